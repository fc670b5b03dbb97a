#include "protocol/genesis.h"

#include <set>

#include "base/limits.h"
#include "crypto/hash.h"
#include "protocol/profile.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kMembersMax = 64;
constexpr std::size_t kHostsMax = 64;
constexpr std::string_view kNoWitnesses = "none";

constexpr std::array<std::pair<Mode, std::string_view>, 4> kModes{
    {{Mode::kDemonstration, "demonstration"},
     {Mode::kSolo, "solo"},
     {Mode::kSmall, "small"},
     {Mode::kLab, "lab"}}};

Result<Mode> mode_from(std::string_view name) {
  for (const auto& [mode, text] : kModes) {
    if (text == name) return mode;
  }
  return fail(ErrorCode::kMalformed, "genesis: no such mode: " + printable(name));
}

// Many small lists are read the same way: each item by its own decoder, bounded.
template <class T, class Decode>
Result<std::vector<T>> list_from(Fields& fields, std::string_view name, std::size_t items_max,
                                 Decode decode) {
  ASSIGN_OR_RETURN(const Json::Array* items, fields.array(name, items_max));
  std::vector<T> list;
  for (const Json& item : *items) {
    ASSIGN_OR_RETURN(T value, decode(item));
    list.push_back(std::move(value));
  }
  return list;
}

template <class T>
Json list_to(const std::vector<T>& list) {
  Json::Array items;
  for (const T& item : list) items.push_back(to_json(item));
  return items;
}

Result<PersonId> person_from(const Json& json) {
  const std::optional<PersonId> id =
      json.text() != nullptr ? PersonId::from_hex_text(*json.text()) : std::nullopt;
  if (!id) return fail(ErrorCode::kMalformed, "genesis: a founder must be a person's id");
  return *id;
}

Result<void> check_people(const Genesis& genesis) {
  std::set<PersonId> persons;
  std::set<crypto::Ed25519Public> sign_keys;
  std::set<Bytes> seal_keys;
  for (const Member& member : genesis.members) {
    if (!persons.insert(member.person).second)
      return fail(ErrorCode::kMalformed, "genesis: a person twice");
    for (const crypto::PublicKeys& key : member.keys) {
      // By halves: else one key under two ids would be two persons.
      if (!sign_keys.insert(key.sign).second || !seal_keys.insert(key.seal).second)
        return fail(ErrorCode::kMalformed, "genesis: one key for two persons");
    }
  }
  std::set<PersonId> founders(genesis.founders.begin(), genesis.founders.end());
  if (founders.size() != genesis.founders.size() || founders.empty()) {
    return fail(ErrorCode::kMalformed, "genesis: founders missing or doubled");
  }
  for (const PersonId& founder : genesis.founders) {
    const Member* member = genesis.member(founder);
    if (member == nullptr || member->kind != PersonKind::kHuman) {
      return fail(ErrorCode::kMalformed, "genesis: a founder is not a human member");
    }
  }
  for (const PersonId& person : genesis.policy.persons()) {
    const Member* member = genesis.member(person);
    if (member == nullptr || !founders.contains(person) || !member->has(Role::kCustodian)) {
      return fail(ErrorCode::kMalformed,
                  "genesis: the policy names someone who is no founding custodian");
    }
  }
  return {};
}

Result<void> check_rest(const Genesis& genesis) {
  if (genesis.origin != origin_for(genesis.nonce)) {
    return fail(ErrorCode::kMalformed, "genesis: the origin does not follow from the nonce");
  }
  if (genesis.witness_policy != kNoWitnesses) {
    return fail(ErrorCode::kMalformed, "genesis: this version knows no witnesses");
  }
  std::set<HostId> hosts;
  std::set<crypto::Ed25519Public> host_keys;
  for (const Host& host : genesis.hosts) {
    if (!hosts.insert(host.host).second || !host_keys.insert(host.key).second) {
      return fail(ErrorCode::kMalformed, "genesis: a host or its key twice");
    }
  }
  return {};
}

}  // namespace

std::string_view name_of(Mode mode) { return kModes[static_cast<std::size_t>(mode)].second; }

std::string origin_for(const GenesisNonce& nonce) {
  return "strongroom.invalid/" + to_hex(nonce.view().first(8));
}

StrongroomId Genesis::id() const {
  return {crypto::sha256(as_bytes(format::encode(to_json(*this)))).bytes};
}

const Member* Genesis::member(const PersonId& person) const {
  for (const Member& each : members) {
    if (each.person == person) return &each;
  }
  return nullptr;
}

Json to_json(const Genesis& genesis) {
  Json::Array founders;
  for (const PersonId& founder : genesis.founders) founders.push_back(founder);
  Json::Object body{{"mode", std::string(name_of(genesis.mode))},
                    {"nonce", genesis.nonce},
                    {"origin", genesis.origin},
                    {"log_key", genesis.log_key},
                    {"witness_policy", genesis.witness_policy},
                    {"levels", to_json(genesis.levels)},
                    {"triage", genesis.triage},
                    {"members", list_to(genesis.members)},
                    {"founders", std::move(founders)},
                    {"hosts", list_to(genesis.hosts)},
                    {"policy", genesis.policy.to_json()},
                    {"deposit_key", to_json(genesis.deposit_key)}};
  if (genesis.recovery) body.emplace("recovery", to_json(*genesis.recovery));
  return body;
}

Result<Genesis> genesis_from(const Json& body) {
  Fields fields(body, "genesis");
  ASSIGN_OR_RETURN(const Json* policy_json, fields.any("policy"));
  ASSIGN_OR_RETURN(Policy policy, Policy::from_json(*policy_json));
  Genesis genesis{.policy = std::move(policy)};
  ASSIGN_OR_RETURN(const std::string mode, fields.text("mode"));
  ASSIGN_OR_RETURN(genesis.mode, mode_from(mode));
  ASSIGN_OR_RETURN(genesis.nonce, fields.id<GenesisNonce>("nonce"));
  ASSIGN_OR_RETURN(genesis.origin, fields.text("origin"));
  ASSIGN_OR_RETURN(genesis.log_key, fields.id<crypto::Ed25519Public>("log_key"));
  ASSIGN_OR_RETURN(genesis.witness_policy, fields.text("witness_policy"));
  ASSIGN_OR_RETURN(const Json* levels, fields.any("levels"));
  ASSIGN_OR_RETURN(genesis.levels, levels_from(*levels));
  ASSIGN_OR_RETURN(const Json::Object* triage, fields.object("triage"));
  genesis.triage = *triage;
  ASSIGN_OR_RETURN(genesis.members, list_from<Member>(fields, "members", kMembersMax, member_from));
  ASSIGN_OR_RETURN(genesis.founders,
                   list_from<PersonId>(fields, "founders", kMembersMax, person_from));
  ASSIGN_OR_RETURN(genesis.hosts, list_from<Host>(fields, "hosts", kHostsMax, host_from));
  ASSIGN_OR_RETURN(const Json* deposit_key, fields.any("deposit_key"));
  ASSIGN_OR_RETURN(genesis.deposit_key, deposit_key_from(*deposit_key));
  if (fields.has("recovery")) {
    ASSIGN_OR_RETURN(const Json* recovery, fields.any("recovery"));
    ASSIGN_OR_RETURN(genesis.recovery, recovery_from(*recovery));
  }
  RETURN_IF_ERROR(fields.done());
  RETURN_IF_ERROR(check_people(genesis));
  RETURN_IF_ERROR(check_rest(genesis));
  RETURN_IF_ERROR(check_profile(genesis));
  return genesis;
}

Bytes genesis_signed_bytes(const StrongroomId& id) {
  return Joined().add("genesis").add(id.view()).bytes();
}

Result<void> verify_founders(const Genesis& genesis, std::span<const Signature> signatures) {
  if (signatures.size() != genesis.founders.size()) {
    return fail(ErrorCode::kNotAuthentic, "genesis: not signed by exactly its founders");
  }
  const Bytes bytes = genesis_signed_bytes(genesis.id());
  std::set<PersonId> signers;
  for (const PersonId& founder : genesis.founders) {
    const Member* member = genesis.member(founder);
    CHECK(member != nullptr);  // genesis_from has checked it
    for (const Signature& signature : signatures) {
      const crypto::PublicKeys* key = member->key(signature.key);
      if (key == nullptr) continue;
      RETURN_IF_ERROR(crypto::ed25519_verify(key->sign, bytes, signature.signature));
      signers.insert(founder);
    }
  }
  if (signers.size() != genesis.founders.size()) {
    return fail(ErrorCode::kNotAuthentic, "genesis: a founder has not signed");
  }
  return {};
}

}  // namespace strongroom::protocol
