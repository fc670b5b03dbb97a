#ifndef STRONGROOM_PROTOCOL_MEMBER_H_
#define STRONGROOM_PROTOCOL_MEMBER_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/public_keys.h"
#include "format/json.h"

namespace strongroom::protocol {

/// RAND's security levels.
enum class Level : int { kSl1 = 1, kSl2, kSl3, kSl4, kSl5 };
[[nodiscard]] std::string_view name_of(Level level);
[[nodiscard]] Result<Level> level_from(std::string_view name);

enum class PersonKind { kHuman, kService, kAiAgent };
[[nodiscard]] std::string_view name_of(PersonKind kind);

/// What a person may do. Only a human counts toward a quorum, whatever the roles say.
enum class Role { kCustodian, kOfficer, kDepositor, kRequester };
[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] Result<Role> role_from(std::string_view name);

/// A person, service or AI agent as the log knows it. The name is a commitment (statement.h).
struct Member {
  PersonId person;
  PersonKind kind = PersonKind::kHuman;
  Digest name;
  std::set<Role> roles;
  Level clearance = Level::kSl1;
  UnixSeconds cleared_until;
  std::vector<crypto::PublicKeys> keys;  ///< 1..8: any of them is this one person

  [[nodiscard]] bool has(Role role) const { return roles.contains(role); }
  [[nodiscard]] bool cleared_at(UnixSeconds at) const { return at < cleared_until; }
  [[nodiscard]] const crypto::PublicKeys* key(const KeyId& id) const;
  bool operator==(const Member&) const = default;
};
[[nodiscard]] format::Json to_json(const Member& member);
[[nodiscard]] Result<Member> member_from(const format::Json& json);

/// A machine that may receive a lease, and how it must prove itself.
struct Host {
  HostId host;
  Digest name;
  crypto::Ed25519Public key;
  std::string evidence;  ///< the only kind accepted from it
  bool operator==(const Host&) const = default;
};
/// The only kind of evidence there is so far: it proves nothing, and says so.
inline constexpr std::string_view kEvidenceNone = "none (development)";
[[nodiscard]] format::Json to_json(const Host& host);
[[nodiscard]] Result<Host> host_from(const format::Json& json);

[[nodiscard]] format::Json to_json(const crypto::PublicKeys& keys);
/// The id must be the digest of the rest. Errors: kMalformed.
[[nodiscard]] Result<crypto::PublicKeys> public_keys_from(const format::Json& json);

/// The site's key that T is sealed to.
struct DepositKey {
  KeyId id;
  crypto::KemKind kem = crypto::KemKind::kX25519;
  Bytes seal;
  bool operator==(const DepositKey&) const = default;
};
[[nodiscard]] format::Json to_json(const DepositKey& key);
[[nodiscard]] Result<DepositKey> deposit_key_from(const format::Json& json);

[[nodiscard]] std::string_view name_of(crypto::KemKind kem);

/// A key's name in a signed HTTP request: bound to its strongroom, so that no request replays
/// elsewhere.
[[nodiscard]] std::string key_name(const StrongroomId& strongroom, const KeyId& key);
/// The key that `name` names in this strongroom, or nothing.
[[nodiscard]] std::optional<KeyId> key_named(const StrongroomId& strongroom, std::string_view name);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_MEMBER_H_
