#ifndef STRONGROOM_VAULT_RULES_H_
#define STRONGROOM_VAULT_RULES_H_

#include <optional>
#include <vector>

#include "quorum/quorum.h"
#include "vault/events.h"

/// May it happen? The whole custody state machine, as pure functions: facts in, verdict out; no
/// I/O, no clock. Who signed, and whether they may act at all, has been decided by people/rules.h
/// before. Every refusal says what a person can do about it.
namespace strongroom::vault {

/// Does this mode want a rehearsal before the first real deposit?
[[nodiscard]] bool wants_rehearsal(protocol::Mode mode);
/// Was this a whole release: k approvals, a redemption, something read, and the host's word that it
/// is over?
[[nodiscard]] bool is_rehearsal(const Proposal& proposal);

struct DepositFacts {
  std::optional<Founding> founding;
  bool object_exists = false;
  bool asset_exists = false;
  bool is_throwaway = false;  ///< of a rehearsal
  bool is_first = false;      ///< nothing has been deposited before
  bool rehearsed = false;     ///< the throwaway object has been released, read and given back; or
                              ///< this mode wants no rehearsal
};
/// In modes small and lab nothing is deposited before a release has been rehearsed, except, first
/// and once, the small throwaway object that it is rehearsed with.
[[nodiscard]] Result<void> may_deposit(const protocol::Deposit& deposit, const DepositFacts& facts);

/// What an object's level demands and this strongroom does not give; empty where levels do not
/// bind. Of a re-key: with the tree that it ends in, for what is sealed to too weak a tree may
/// still be re-keyed.
struct Shortfall {
  protocol::Level level = protocol::Level::kSl5;
  std::vector<std::string> unmet;
};

struct ProposeFacts {
  std::optional<Founding> founding;
  std::optional<Object> object;
  bool is_throwaway = false;
  bool host_listed = false;
  bool frozen = false;
  bool proposal_exists = false;
  Shortfall shortfall;
  UnixSeconds now;
};
[[nodiscard]] Result<void> may_propose(const Proposed& proposed, const ProposeFacts& facts);

struct VoteFacts {
  std::optional<Founding> founding;
  std::optional<Proposal> proposal;
  std::optional<Object> object;
  std::optional<protocol::Policy> object_policy;
  bool frozen = false;
  KeyId signed_by;
  Shortfall shortfall;
  UnixSeconds now;
};
[[nodiscard]] Result<void> may_vote(const protocol::Vote& vote, const VoteFacts& facts);

/// What the log says now of somebody who voted, with a key that is still theirs.
struct Voter {
  PersonId person;
  KeyId key;  ///< that the vote names
  protocol::PersonKind kind = protocol::PersonKind::kService;
  bool custodian = false;
  bool cleared = false;
};
struct GrantFacts {
  std::optional<Founding> founding;
  std::optional<Proposal> proposal;
  std::optional<Object> object;
  std::optional<protocol::Policy> object_policy;
  std::vector<Voter> voters;
  bool frozen = false;
  Shortfall shortfall;
  UnixSeconds now;
};
/// The quorum's decision at this position. Errors: kNotFound, kFrozen, kExpired, kConflict (granted
/// already), and those of record_stands. Not enough approvals is a Decision, not an error.
[[nodiscard]] Result<quorum::Decision> decide_grant(const GrantFacts& facts);
/// The grant that follows from a satisfied decision.
[[nodiscard]] Granted grant_from(const Proposal& proposal, const quorum::Decision& decision);
/// A logged grant must be exactly the one that the rules give. Errors: as decide_grant; kRefused.
[[nodiscard]] Result<void> may_grant(const Granted& granted, const GrantFacts& facts);

struct RedeemFacts {
  std::optional<Founding> founding;
  std::optional<Proposal> proposal;
  std::optional<Object> object;
  bool frozen = false;
  Shortfall shortfall;
  UnixSeconds now;
};
[[nodiscard]] Result<void> may_redeem(const protocol::Redemption& redemption,
                                      const RedeemFacts& facts);

struct LeaseEndFacts {
  std::optional<Proposal> proposal;
  StrongroomId strongroom;
};
[[nodiscard]] Result<void> may_end_lease(const protocol::LeaseEnd& end, const LeaseEndFacts& facts);

struct FreezeFacts {
  StrongroomId strongroom;
  bool object_exists = false;
};
[[nodiscard]] Result<void> may_freeze(const protocol::Freeze& freeze, const FreezeFacts& facts);

struct RecallFacts {
  std::optional<Proposal> proposal;
  StrongroomId strongroom;
};
[[nodiscard]] Result<void> may_recall(const protocol::Recall& recall, const RecallFacts& facts);

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_RULES_H_
