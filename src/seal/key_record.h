#ifndef STRONGROOM_SEAL_KEY_RECORD_H_
#define STRONGROOM_SEAL_KEY_RECORD_H_

#include <string>
#include <vector>

#include "protocol/policy.h"
#include "protocol/recovery.h"
#include "seal/keys.h"
#include "seal/manifest.h"

namespace strongroom::seal {

/// SHA-384 over Joined("commitment", ctx, path, x, secret) of a leaf or inner node.
using Commitment = FixedBytes<48, struct CommitmentMeaning>;

struct NodeCommitment {
  std::string path;  ///< "" for the root
  Commitment commitment;
  bool operator==(const NodeCommitment&) const = default;
};

struct GroupKeys {
  WrappedKey wrapped;
  std::vector<NodeCommitment> commitments;  ///< of every node of the policy, parents first
  std::vector<Commitment> recovery = {};    ///< of T's share of each recovery holder: x = 1, 2, …
  bool operator==(const GroupKeys&) const = default;
};

/// Who can open an object together, in one epoch; replaced whole. Group g is groups[g]. Source:
/// spec/key-record.md.
struct KeyRecord {
  StrongroomId strongroom;
  ObjectId object;
  std::int64_t epoch = 0;
  WrapSuite suite = WrapSuite::kDevelopmentX25519;
  protocol::Policy policy;
  std::vector<GroupKeys> groups;
  std::optional<protocol::Recovery> recovery = std::nullopt;  ///< who can rebuild T
  bool operator==(const KeyRecord&) const = default;

  [[nodiscard]] bool has_group(std::int64_t group) const;
  [[nodiscard]] Context context(std::int64_t group) const;
  /// Of a group and path that exist.
  [[nodiscard]] const Commitment& commitment(std::int64_t group, const std::string& path) const;
};

/// Canonical bytes. Errors: kTooLarge.
[[nodiscard]] Result<std::string> encode(const KeyRecord& record);
/// Total; encode(decode(x)) == x. The commitments are exactly those of the policy's nodes. Errors:
/// kMalformed, kTooLarge, kRefused (a reserved wrap suite).
[[nodiscard]] Result<KeyRecord> decode_key_record(std::string_view bytes);
/// labelled_digest("key record", bytes).
[[nodiscard]] Digest key_record_digest(std::string_view bytes);
/// Same strongroom, object and number of groups. Errors: kConflict.
[[nodiscard]] Result<void> check_belongs(const KeyRecord& record, const Manifest& manifest);

/// The paths of every node, parents first, children in order: the order of commitments.
[[nodiscard]] std::vector<std::string> node_paths(const protocol::Policy& policy);
/// The last number of a path that stands in a policy; 0 for the root.
[[nodiscard]] std::uint8_t x_of(const std::string& path);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_KEY_RECORD_H_
