#include <fmt/format.h>

#include <iostream>

#include "founding.h"
#include "io/directory.h"
#include "protocol/introduction.h"
#include "protocol/spoken_id.h"

namespace strongroom::terminal {

namespace {

constexpr std::uint32_t kFileMode = 0600;

Result<const protocol::Member*> founder_with(const Proposed& proposed, const KeyId& key) {
  for (const PersonId& founder : proposed.genesis.founders) {
    const protocol::Member* member = proposed.genesis.member(founder);
    if (member->key(key) != nullptr) return member;
  }
  return fail(ErrorCode::kRefused,
              "no founder of this proposal has this home's key: you were left out, or your key was "
              "swapped. Nothing was signed; ask who proposes, not by the way it came");
}

// The id is what is signed, so the id is what people must have compared, by a way that the gatherer
// does not hold in hand.
Result<void> compared(const StrongroomId& id, const SignOptions& options) {
  if (!options.heard.empty()) {
    if (protocol::is_spoken_of(options.heard, id) || options.heard == id.hex()) return {};
    return fail(ErrorCode::kNotAuthentic,
                "the id that you heard is not this proposal's: somebody was shown another. Nothing "
                "was signed");
  }
  fmt::print(
      "Compare the id aloud with every other founder, by voice or in person.\n"
      "Then type its last group, as one of them reads it to you: ");
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != protocol::spoken_groups(id).back())
    return fail(ErrorCode::kInterrupted, "that is not the last group: nothing was signed");
  return {};
}

}  // namespace

Result<int> sign_genesis(const Common& common, const SignOptions& options) {
  if (common.home.empty()) return fail(ErrorCode::kUsage, "with whose key? --home DIR");
  if (common.json && options.heard.empty())
    return fail(ErrorCode::kUsage, "with --json nothing is shown: say --heard ID, or leave it out");
  ASSIGN_OR_RETURN(const Proposed proposed, read_proposal(options.genesis));
  ASSIGN_OR_RETURN(const crypto::PublicKeys own, keys::read_public(client::key_path(common.home)));
  const StrongroomId id = proposed.genesis.id();
  say(common, describe(proposed, own.id));
  ASSIGN_OR_RETURN(const protocol::Member* founder, founder_with(proposed, own.id));
  const std::string& name = proposed.name(founder->name);
  RETURN_IF_ERROR(compared(id, options));
  ASSIGN_OR_RETURN(const SecretBytes passphrase,
                   passphrase_from(common, "Passphrase of " + common.home + ": "));
  ASSIGN_OR_RETURN(const keys::KeyFile key,
                   keys::KeyFile::open(client::key_path(common.home), passphrase));
  const crypto::PublicKeys* listed = founder->key(own.id);
  if (*listed != key.public_keys()) {
    return fail(ErrorCode::kNotAuthentic,
                "the proposal lists another key under this home's key id: nothing was signed");
  }
  const protocol::FoundingSignature signature{
      id, {own.id, key.sign(protocol::genesis_signed_bytes(id))}};
  const std::string out = options.out.empty() ? name + ".signature" : options.out;
  RETURN_IF_ERROR(io::write_file_atomically(out, as_bytes(encode(signature)), kFileMode));
  say(common, fmt::format("Signed as {}: send {} to who gathers. Keep the id; this home joins with "
                          "it:\n  strongroom join --id {} --server URL",
                          name, printable(out), id.hex()));
  tell(common, {{"id", id}, {"person", founder->person}, {"file", out}});
  return 0;
}

}  // namespace strongroom::terminal
