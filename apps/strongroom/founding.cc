#include "founding.h"

#include <cstdlib>
#include <set>

#include "base/limits.h"
#include "child.h"
#include "crypto/random.h"
#include "io/directory.h"
#include "protocol/introduction.h"

namespace strongroom::terminal {

using format::Fields;
using format::Json;

namespace {

constexpr std::uint32_t kFileMode = 0600;
}  // namespace

Result<void> check_names(const Proposed& proposed) {
  std::vector<Digest> commitments;
  for (const protocol::Member& member : proposed.genesis.members)
    commitments.push_back(member.name);
  for (const protocol::Host& host : proposed.genesis.hosts) commitments.push_back(host.name);
  std::set<std::string> names;
  for (const Digest& commitment : commitments) {
    const auto text =
        std::find_if(proposed.texts.begin(), proposed.texts.end(), [&](const auto& t) {
          return t.field == "name" && protocol::commitment_to("name", t.opening) == commitment;
        });
    if (text == proposed.texts.end()) {
      return fail(ErrorCode::kMalformed, "the proposal hides a name behind its commitment");
    }
    RETURN_IF_ERROR(protocol::check_person_name(text->opening.text));
    if (!names.insert(text->opening.text).second) {
      return fail(ErrorCode::kRefused, "the proposal calls two by the one name " +
                                           text->opening.text + ": names are what people compare");
    }
  }
  if (names.size() != proposed.texts.size())
    return fail(ErrorCode::kMalformed, "the proposal carries names that nobody has");
  return {};
}

const std::string& Proposed::name(const Digest& commitment) const {
  const auto text = std::find_if(texts.begin(), texts.end(), [&](const protocol::Text& each) {
    return protocol::commitment_to("name", each.opening) == commitment;
  });
  CHECK(text != texts.end());  // read_proposal and init have seen to it
  return text->opening.text;
}

const std::string& Proposed::name(const PersonId& person) const {
  const protocol::Member* member = genesis.member(person);
  CHECK(member != nullptr);  // genesis_from has seen to it
  return name(member->name);
}

protocol::Command Proposed::command() const {
  protocol::Command command;
  command.type = protocol::EntryType::kGenesis;
  command.statement = to_json(genesis);
  command.texts = texts;
  return command;
}

Result<void> write_proposal(const std::string& path, const Proposed& proposed) {
  RETURN_IF_ERROR(check_names(proposed));
  return io::write_file_atomically(path, as_bytes(encode(proposed.command())), kFileMode);
}

Result<Proposed> read_proposal(const std::string& path) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(path, protocol::kCommandBytesMax));
  ASSIGN_OR_RETURN(protocol::Command command, protocol::decode_command(as_text(bytes)));
  const bool is_proposal = command.type == protocol::EntryType::kGenesis && command.statement &&
                           command.signatures.empty() && !command.body &&
                           command.attachments.empty();
  if (!is_proposal)
    return fail(ErrorCode::kMalformed, printable(path) + " is not a proposed genesis");
  ASSIGN_OR_RETURN(protocol::Genesis genesis, protocol::genesis_from(*command.statement));
  Proposed proposed{std::move(genesis), std::move(command.texts)};
  RETURN_IF_ERROR(check_names(proposed));
  return proposed;
}

Result<Digest> commit_name(const std::string& name, std::vector<protocol::Text>& texts) {
  RETURN_IF_ERROR(protocol::check_person_name(name));
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(name));
  texts.push_back({"name", opening});
  return protocol::commitment_to("name", opening);
}

Result<protocol::Policy> policy_of(const std::vector<PersonId>& persons, std::int64_t threshold) {
  protocol::PolicyNode root;
  root.threshold = threshold;
  for (const PersonId& person : persons)
    root.of.push_back({.person = person, .threshold = 0, .of = {}});
  return protocol::Policy::checked(std::move(root));
}

Result<void> take_site_keys(protocol::Genesis& genesis, const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string line,
                   run_sibling("strongroom-server", {"--data", directory, "keys"}));
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(line, limits::kEntryBytesMax));
  Fields fields(json, "the server's keys");
  ASSIGN_OR_RETURN(genesis.log_key, fields.id<crypto::Ed25519Public>("log_key"));
  ASSIGN_OR_RETURN(const Json* deposit_key, fields.any("deposit_key"));
  ASSIGN_OR_RETURN(genesis.deposit_key, protocol::deposit_key_from(*deposit_key));
  return fields.done();
}

Result<crypto::Ed25519Public> agent_key(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string line,
                   run_sibling("strongroom-agent", {"--data", directory, "key"}));
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(line, limits::kEntryBytesMax));
  Fields fields(json, "the agent's key");
  ASSIGN_OR_RETURN(const auto key, fields.id<crypto::Ed25519Public>("key"));
  RETURN_IF_ERROR(fields.done());
  return key;
}

Result<std::string> absolute(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return fail(ErrorCode::kDisk, "cannot resolve " + printable(path));
  std::string text = resolved;
  std::free(resolved);
  return text;
}

// A policy must stand before a genesis can be made, and a key before it can be checked.
Result<protocol::Genesis> blank_genesis(protocol::Mode mode) {
  ASSIGN_OR_RETURN(protocol::Policy placeholder, policy_of({crypto::random_id<PersonId>()}, 1));
  protocol::Genesis genesis{.policy = std::move(placeholder)};
  genesis.mode = mode;
  genesis.nonce = crypto::random_id<protocol::GenesisNonce>();
  genesis.origin = protocol::origin_for(genesis.nonce);
  genesis.witness_policy = "none";
  genesis.levels = protocol::catalog_levels();
  genesis.triage = to_json(triage::shipped_rules());
  genesis.deposit_key.seal.assign(crypto::kem_public_bytes(genesis.deposit_key.kem), 0);
  genesis.deposit_key.id = crypto::key_id_of(genesis.deposit_key.kem, genesis.deposit_key.seal);
  return genesis;
}

}  // namespace strongroom::terminal
