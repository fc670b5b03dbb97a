#ifndef STRONGROOM_JUDGE_JUDGE_H_
#define STRONGROOM_JUDGE_JUDGE_H_

#include <optional>
#include <variant>

#include "people/events.h"
#include "protocol/entry.h"
#include "quorum/quorum.h"
#include "registry/events.h"
#include "vault/events.h"

/// The one place where an entry of the log is judged. The sequencer asks it before it appends; the
/// verifier, keeper, agent and custodian ask it again of every entry they follow.
namespace strongroom::judge {

/// An entry, decoded and typed.
struct Genesis {
  protocol::Genesis genesis;
};
using Event = std::variant<Genesis, protocol::Registration, registry::Triage, protocol::Deposit,
                           vault::Proposed, protocol::Vote, vault::Granted, protocol::Redemption,
                           protocol::LeaseEnd, protocol::Freeze, protocol::Recall, protocol::Change,
                           protocol::ChangeVote, vault::Changed, protocol::Confirmation,
                           protocol::Rehearsal, protocol::Rekey, protocol::FactsStated,
                           protocol::Finding, protocol::Sweep, protocol::Explained>;
/// Errors: kMalformed.
[[nodiscard]] Result<Event> event_of(const protocol::Entry& entry);

/// The log's own tree before the entry, to compare what a signer says to have seen.
class Tree {
 public:
  virtual ~Tree() = default;
  /// The root over the first `size` entries; nothing for a size beyond the tree. Errors: kDisk.
  [[nodiscard]] virtual Result<std::optional<Digest>> root_at(std::int64_t size) const = 0;
};

/// What is true before the entry. Borrowed for the call.
struct Rooms {
  const people::State& people;
  const registry::State& registry;
  const vault::State& vault;
  const Tree& tree;
};
/// What the entry changes. Borrowed for the call.
struct Changes {
  people::Changes& people;
  registry::Changes& registry;
  vault::Changes& vault;
};

/// Is this the entry's right place, are its signatures by the right keys, and do the rules allow
/// it? `previous_time`: of the entry before it; time never runs back. Not thread-safe beyond
/// `rooms`. Errors: those of the rules; kNotAuthentic for signatures.
[[nodiscard]] Result<Event> judge(const protocol::Entry& entry, const Rooms& rooms,
                                  UnixSeconds previous_time);
/// The state of the log that the event's signer says to have seen; null: none. Borrowed from
/// `event`. `judge` has compared it.
[[nodiscard]] const protocol::CheckpointSeen* checkpoint_seen(const Event& event);
[[nodiscard]] Result<void> apply(const Event& event, const protocol::Entry& entry,
                                 const Changes& changes);

/// What the server must say next, of its own, in the same commit: the triage that is due, the grant
/// or change that the last vote completed. Index and time of the result are `entry`'s successor's.
[[nodiscard]] Result<std::optional<protocol::Entry>> follow_up(const Event& event,
                                                               const protocol::Entry& entry,
                                                               const Rooms& after);

/// Facts for the grant of one proposal, from any State. The same filler serves all who decide.
[[nodiscard]] Result<quorum::Decision> decision_on(const ProposalId& proposal, const Rooms& rooms,
                                                   UnixSeconds now);
/// The same for a change of the strongroom. Errors also: why it can no longer be made.
[[nodiscard]] Result<quorum::Decision> decision_on(const protocol::ChangeId& change,
                                                   const Rooms& rooms, UnixSeconds now);
/// How many people must approve this change, as things stand: k of the policy in force, or more.
[[nodiscard]] Result<std::int64_t> approvals_at_least(const protocol::Subject& subject,
                                                      const Rooms& rooms, UnixSeconds now);
/// Could something open after this change that could not before?
[[nodiscard]] Result<bool> loosens(const protocol::Subject& subject, const Rooms& rooms,
                                   UnixSeconds now);

/// Must a release of the throwaway object still be rehearsed before anything real is deposited?
[[nodiscard]] Result<bool> rehearsal_wanted(const Rooms& rooms);

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_JUDGE_H_
