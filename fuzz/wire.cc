// rooms: protocol seal
// The bodies that clients and server send one another.
#include "property.h"
#include "protocol/bulk.h"
#include "seal/resealed_leaves.h"

namespace strongroom::fuzz {

FUZZ(input) {
  must_round_trip(
      input, protocol::decode_command,
      [](const protocol::Command& command) { return encode(command); }, "command");
  must_round_trip(
      input, protocol::decode_receipt,
      [](const protocol::Receipt& receipt) { return encode(receipt); }, "receipt");
  must_round_trip(
      input, protocol::decode_redeemed_sites,
      [](const std::vector<protocol::RedeemedSite>& sites) { return protocol::encode(sites); },
      "redeemed sites");
  must_round_trip(
      input, protocol::decode_commands,
      [](const std::vector<protocol::Command>& commands) { return protocol::encode(commands); },
      "commands");
  must_round_trip(
      input, protocol::decode_answers,
      [](const std::vector<Result<protocol::Receipt>>& answers) {
        return protocol::encode(answers);
      },
      "answers");
  must_round_trip(
      input, protocol::decode_commitments,
      [](const std::vector<Digest>& commitments) { return protocol::encode(commitments); },
      "commitments");
  must_round_trip(
      input, protocol::decode_openings,
      [](const std::vector<std::optional<protocol::Opening>>& openings) {
        return protocol::encode(openings);
      },
      "openings");
  must_round_trip(
      input, seal::decode_resealed_leaves,
      [](const std::vector<seal::ResealedLeaf>& leaves) { return seal::encode(leaves); },
      "re-sealed leaves");
}

}  // namespace strongroom::fuzz
