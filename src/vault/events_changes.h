#ifndef STRONGROOM_VAULT_EVENTS_CHANGES_H_
#define STRONGROOM_VAULT_EVENTS_CHANGES_H_

#include <optional>
#include <vector>

#include "protocol/change.h"
#include "vault/events_stamp.h"

/// What can happen to changes of the strongroom itself: proposed, voted on, made.
namespace strongroom::vault {

struct CastChangeVote {
  protocol::ChangeVote vote;
  Stamp stamp;
  bool operator==(const CastChangeVote&) const = default;
};

/// The server's word that the quorum is met and the change is made; anyone can re-judge it.
struct Changed {
  protocol::ChangeId change;
  std::vector<std::int64_t> votes;  ///< log positions of the votes that counted
  bool operator==(const Changed&) const = default;
};
[[nodiscard]] format::Json to_json(const Changed& changed);
[[nodiscard]] Result<Changed> changed_from(const format::Json& json);

/// A change from its proposal on.
struct ProposedChange {
  protocol::ChangeId id;
  protocol::Change change;
  Stamp stamp;
  std::vector<CastChangeVote> votes;  ///< in log order
  std::optional<Changed> made;
  std::optional<Stamp> made_at;
  bool operator==(const ProposedChange&) const = default;
};

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_EVENTS_CHANGES_H_
