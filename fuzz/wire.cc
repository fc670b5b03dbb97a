// rooms: protocol seal
// The bodies that clients and server send one another.
#include "property.h"
#include "protocol/command.h"
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
      input, seal::decode_resealed_leaves,
      [](const std::vector<seal::ResealedLeaf>& leaves) { return seal::encode(leaves); },
      "re-sealed leaves");
}

}  // namespace strongroom::fuzz
