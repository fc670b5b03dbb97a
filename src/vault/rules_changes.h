#ifndef STRONGROOM_VAULT_RULES_CHANGES_H_
#define STRONGROOM_VAULT_RULES_CHANGES_H_

#include <optional>
#include <vector>

#include "quorum/quorum.h"
#include "vault/events.h"
#include "vault/rules.h"
#include "vault/rules_levels.h"

/// May the strongroom itself be changed? Pure: facts in, verdict out. Who signed has been decided
/// by people/rules.h before.
namespace strongroom::vault {

/// A tree of thresholds in use (the policy in force, an object's own), and who of its persons could
/// still take part in it once the change is made.
struct TreeLeft {
  protocol::Policy policy;
  std::vector<PersonId> able;
};

/// What the log says of what a change is about. Only what its kind needs is filled in.
struct SubjectFacts {
  std::vector<FreezeInForce> freezes;      ///< not lifted
  bool curbed = false;                     ///< the person cannot freeze alone
  std::optional<protocol::Member> member;  ///< the person, as enrolled now
  bool person_known = false;               ///< the id is or was somebody's
  bool key_known = false;                  ///< one of the new keys, or half of it, is or was held
  std::optional<protocol::Host> host;
  bool host_known = false;                       ///< the id or key is or was a host's
  std::vector<protocol::Member> policy_members;  ///< those whom the new policy names
  std::vector<TreeLeft> trees;                   ///< retirements: every tree in use
  std::vector<PersonId> recovery_left;           ///< retirements: holders who would remain
  std::optional<protocol::Level> asset_level;    ///< what the asset needs now
  std::optional<protocol::Level> triage_level;   ///< what triage asks for, of the asset
  UnixSeconds triage_expires;                    ///< until when that holds
  bool may_lower = false;                        ///< registry: triage could ask for less after it
  std::optional<Error> refused;                  ///< registry: why it cannot be made
  std::vector<HostId> hosts_unlisted;            ///< exceptions: those that take no leases here
  std::optional<protocol::Level> object_level;   ///< exceptions: what the object needs now
  bool demand_met = false;                       ///< exceptions: nothing to except
  std::int64_t made_before = 0;  ///< exceptions of the same object and demand, over or not
  std::optional<protocol::Level> concerns;  ///< the most that something sealed needs which the
                                            ///< change may help to open; none: nothing is sealed
};

/// Could something open after it that could not before? In doubt, yes. Lifting a freeze, a new
/// member, key, host or policy, a lower level: loosening. Retiring somebody or something, a higher
/// level, and giving back the right to freeze: not.
[[nodiscard]] bool loosens(const protocol::Subject& subject, const SubjectFacts& facts);

/// The approvals that a change takes, where the policy in force does not suffice: an exception
/// takes those of the level it excepts from, one more for each that was made before. Else 0.
[[nodiscard]] std::int64_t approvals_at_least(const protocol::Subject& subject,
                                              const SubjectFacts& facts, const Founding& founding);

/// May the change be made now, if a quorum wants it? Errors: kNotFound, kConflict (it would change
/// nothing), kAlreadyExists, kRefused (with what is missing and what to do).
[[nodiscard]] Result<void> may_carry_out(const protocol::Subject& subject,
                                         const SubjectFacts& facts, const Founding& founding,
                                         UnixSeconds now);

struct ProposeChangeFacts {
  std::optional<Founding> founding;
  bool change_exists = false;
  SubjectFacts subject;
  UnixSeconds now;
};
[[nodiscard]] Result<void> may_propose_change(const protocol::Change& change,
                                              const ProposeChangeFacts& facts);

struct VoteChangeFacts {
  std::optional<Founding> founding;
  std::optional<ProposedChange> change;
  SubjectFacts subject;
  KeyId signed_by;
  UnixSeconds now;
};
[[nodiscard]] Result<void> may_vote_change(const protocol::ChangeVote& vote,
                                           const VoteChangeFacts& facts);

struct MakeChangeFacts {
  std::optional<Founding> founding;
  std::optional<ProposedChange> change;
  SubjectFacts subject;
  std::vector<Voter> voters;  ///< of every vote whose key its voter still holds
  UnixSeconds now;
};
/// The quorum's decision at this position, by the policy in force and approvals_at_least. Errors:
/// as may_carry_out; kNotFound, kExpired, kConflict (made already). Not enough approvals is a
/// Decision, not an error.
[[nodiscard]] Result<quorum::Decision> decide_change(const MakeChangeFacts& facts);
/// What follows from a satisfied decision.
[[nodiscard]] Changed made_from(const ProposedChange& change, const quorum::Decision& decision);
/// What is logged as changed must be exactly what the rules give. Errors: as decide_change;
/// kRefused.
[[nodiscard]] Result<void> may_change(const Changed& changed, const MakeChangeFacts& facts);

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_RULES_CHANGES_H_
