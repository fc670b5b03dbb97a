#ifndef STRONGROOM_PROTOCOL_CONFIRMATION_H_
#define STRONGROOM_PROTOCOL_CONFIRMATION_H_

#include <string>
#include <vector>

#include "protocol/statement.h"

/// What makes a deposit certain: custodians who opened their own leaves, and a host that rehearsed
/// an opening.
namespace strongroom::protocol {

/// "My client opened my leaf of every group, and each is what was committed to." Signed by a
/// custodian with the key that opened them.
struct Confirmation {
  StrongroomId strongroom;
  ObjectId object;
  std::int64_t epoch = 0;
  Digest key_record;
  std::int64_t groups = 1;  ///< all of the object's
  PersonId person;
  KeyId key;
  CheckpointSeen checkpoint;
  bool operator==(const Confirmation&) const = default;
};
[[nodiscard]] format::Json to_json(const Confirmation& confirmation);
[[nodiscard]] Result<Confirmation> confirmation_from(const format::Json& json);

/// "From the leaves of this release I recomputed these nodes of the tree, in every group, and each
/// is what was committed to." Signed by the host that redeemed.
struct Rehearsal {
  StrongroomId strongroom;
  ProposalId proposal;
  std::int64_t n = 1;  ///< the redemption
  HostId host;
  std::vector<std::string> nodes;  ///< paths, ascending; "" is the root
  bool operator==(const Rehearsal&) const = default;
};
inline constexpr std::size_t kRehearsedNodesMax = 600;
[[nodiscard]] format::Json to_json(const Rehearsal& rehearsal);
[[nodiscard]] Result<Rehearsal> rehearsal_from(const format::Json& json);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_CONFIRMATION_H_
