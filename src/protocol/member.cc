#include "protocol/member.h"

#include "base/limits.h"
#include "format/base64.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kKeysMax = 8;
constexpr std::size_t kRolesMax = 8;
constexpr std::size_t kSealKeyBytesMax = 2048;

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<Level, 5> kLevels{{{Level::kSl1, "SL1"},
                                   {Level::kSl2, "SL2"},
                                   {Level::kSl3, "SL3"},
                                   {Level::kSl4, "SL4"},
                                   {Level::kSl5, "SL5"}}};
constexpr Names<PersonKind, 3> kKinds{{{PersonKind::kHuman, "human"},
                                       {PersonKind::kService, "service"},
                                       {PersonKind::kAiAgent, "ai-agent"}}};
constexpr Names<Role, 4> kRoles{{{Role::kCustodian, "custodian"},
                                 {Role::kOfficer, "officer"},
                                 {Role::kDepositor, "depositor"},
                                 {Role::kRequester, "requester"}}};
constexpr Names<crypto::KemKind, 2> kKems{
    {{crypto::KemKind::kX25519, "x25519"}, {crypto::KemKind::kP256, "p256"}}};

template <class Enum, std::size_t N>
std::string_view name_in(const Names<Enum, N>& names, Enum value) {
  for (const auto& [each, name] : names) {
    if (each == value) return name;
  }
  return "unknown";
}

template <class Enum, std::size_t N>
Result<Enum> value_in(const Names<Enum, N>& names, std::string_view name, std::string_view what) {
  for (const auto& [each, text] : names) {
    if (text == name) return each;
  }
  return fail(ErrorCode::kMalformed, std::string(what) + ": no such value: " + printable(name));
}

struct SealKey {
  crypto::KemKind kem;
  Bytes seal;
};

Result<SealKey> seal_key_from(Fields& fields) {
  ASSIGN_OR_RETURN(const std::string kem_name, fields.text("kem"));
  ASSIGN_OR_RETURN(const crypto::KemKind kem, value_in(kKems, kem_name, "kem"));
  ASSIGN_OR_RETURN(Bytes seal, fields.base64("seal", kSealKeyBytesMax));
  if (seal.size() != crypto::kem_public_bytes(kem)) {
    return fail(ErrorCode::kMalformed, "key: wrong length for " + kem_name);
  }
  return SealKey{kem, std::move(seal)};
}

}  // namespace

std::string_view name_of(Level level) { return name_in(kLevels, level); }
Result<Level> level_from(std::string_view name) { return value_in(kLevels, name, "level"); }
std::string_view name_of(PersonKind kind) { return name_in(kKinds, kind); }
std::string_view name_of(Role role) { return name_in(kRoles, role); }
Result<Role> role_from(std::string_view name) { return value_in(kRoles, name, "role"); }
std::string_view name_of(crypto::KemKind kem) { return name_in(kKems, kem); }

std::string key_name(const StrongroomId& strongroom, const KeyId& key) {
  return strongroom.hex() + "." + key.hex();
}

std::optional<KeyId> key_named(const StrongroomId& strongroom, std::string_view name) {
  const std::string prefix = strongroom.hex() + ".";
  if (!name.starts_with(prefix)) return std::nullopt;
  return KeyId::from_hex_text(name.substr(prefix.size()));
}

const crypto::PublicKeys* Member::key(const KeyId& id) const {
  for (const crypto::PublicKeys& each : keys) {
    if (each.id == id) return &each;
  }
  return nullptr;
}

Json to_json(const crypto::PublicKeys& keys) {
  return Json::Object{{"id", keys.id},
                      {"kem", std::string(name_of(keys.kem))},
                      {"seal", format::to_base64(keys.seal)},
                      {"sign", keys.sign}};
}

Result<crypto::PublicKeys> public_keys_from(const Json& json) {
  Fields fields(json, "key");
  crypto::PublicKeys keys;
  ASSIGN_OR_RETURN(keys.id, fields.id<KeyId>("id"));
  ASSIGN_OR_RETURN(keys.sign, fields.id<crypto::Ed25519Public>("sign"));
  ASSIGN_OR_RETURN(SealKey seal, seal_key_from(fields));
  RETURN_IF_ERROR(fields.done());
  keys.kem = seal.kem;
  keys.seal = std::move(seal.seal);
  if (keys.id != crypto::key_id_of(keys.sign, keys.kem, keys.seal)) {
    return fail(ErrorCode::kMalformed, "key: its id is not the digest of its public keys");
  }
  return keys;
}

Json to_json(const DepositKey& key) {
  return Json::Object{{"id", key.id},
                      {"kem", std::string(name_of(key.kem))},
                      {"seal", format::to_base64(key.seal)}};
}

Result<DepositKey> deposit_key_from(const Json& json) {
  Fields fields(json, "deposit key");
  DepositKey key;
  ASSIGN_OR_RETURN(key.id, fields.id<KeyId>("id"));
  ASSIGN_OR_RETURN(SealKey seal, seal_key_from(fields));
  RETURN_IF_ERROR(fields.done());
  key.kem = seal.kem;
  key.seal = std::move(seal.seal);
  if (key.id != crypto::key_id_of(key.kem, key.seal)) {
    return fail(ErrorCode::kMalformed, "deposit key: its id is not the digest of its public key");
  }
  return key;
}

Json to_json(const Member& member) {
  Json::Array roles;
  for (const Role role : member.roles) roles.push_back(std::string(name_of(role)));
  Json::Array keys;
  for (const crypto::PublicKeys& each : member.keys) keys.push_back(to_json(each));
  return Json::Object{{"person", member.person},
                      {"kind", std::string(name_of(member.kind))},
                      {"name", member.name},
                      {"roles", std::move(roles)},
                      {"clearance", std::string(name_of(member.clearance))},
                      {"cleared_until", member.cleared_until.value},
                      {"keys", std::move(keys)}};
}

Result<Member> member_from(const Json& json) {
  Fields fields(json, "member");
  Member member;
  ASSIGN_OR_RETURN(member.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(const std::string kind, fields.text("kind"));
  ASSIGN_OR_RETURN(member.kind, value_in(kKinds, kind, "kind"));
  ASSIGN_OR_RETURN(member.name, fields.id<Digest>("name"));
  ASSIGN_OR_RETURN(const std::string clearance, fields.text("clearance"));
  ASSIGN_OR_RETURN(member.clearance, level_from(clearance));
  ASSIGN_OR_RETURN(member.cleared_until.value,
                   fields.integer("cleared_until", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const Json::Array* roles, fields.array("roles", kRolesMax));
  for (const Json& each : *roles) {
    if (each.text() == nullptr) return fail(ErrorCode::kMalformed, "member: a role must be text");
    ASSIGN_OR_RETURN(const Role role, role_from(*each.text()));
    const bool in_order = member.roles.empty() || *member.roles.rbegin() < role;
    if (!in_order) return fail(ErrorCode::kMalformed, "member: roles out of order or doubled");
    member.roles.insert(role);
  }
  ASSIGN_OR_RETURN(const Json::Array* keys, fields.array("keys", kKeysMax));
  for (const Json& each : *keys) {
    ASSIGN_OR_RETURN(crypto::PublicKeys public_keys, public_keys_from(each));
    if (member.key(public_keys.id) != nullptr)
      return fail(ErrorCode::kMalformed, "member: a key twice");
    member.keys.push_back(std::move(public_keys));
  }
  RETURN_IF_ERROR(fields.done());
  if (member.keys.empty()) return fail(ErrorCode::kMalformed, "member: no key");
  return member;
}

Json to_json(const Host& host) {
  return Json::Object{
      {"host", host.host}, {"name", host.name}, {"key", host.key}, {"evidence", host.evidence}};
}

Result<Host> host_from(const Json& json) {
  Fields fields(json, "host");
  Host host;
  ASSIGN_OR_RETURN(host.host, fields.id<HostId>("host"));
  ASSIGN_OR_RETURN(host.name, fields.id<Digest>("name"));
  ASSIGN_OR_RETURN(host.key, fields.id<crypto::Ed25519Public>("key"));
  ASSIGN_OR_RETURN(host.evidence, fields.text("evidence"));
  RETURN_IF_ERROR(fields.done());
  if (host.evidence != kEvidenceNone) {
    return fail(ErrorCode::kMalformed,
                "host: unknown kind of evidence: " + printable(host.evidence));
  }
  return host;
}

}  // namespace strongroom::protocol
