#ifndef STRONGROOM_VAULT_EVENTS_H_
#define STRONGROOM_VAULT_EVENTS_H_

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "protocol/deposit.h"
#include "protocol/entry.h"
#include "protocol/genesis.h"
#include "protocol/release.h"
#include "vault/events_changes.h"
#include "vault/events_object.h"
#include "vault/events_stamp.h"

/// What can happen to sealed objects and their releases, forever, and what it folds to in memory.
namespace strongroom::vault {

/// What everything else hangs from: the genesis, and the policy and levels now in force.
struct Founding {
  StrongroomId strongroom;
  protocol::Mode mode = protocol::Mode::kDemonstration;
  protocol::Policy policy;  ///< in force
  protocol::DepositKey deposit_key;
  std::vector<protocol::LevelDemand> levels;  ///< in force
  std::int64_t witnesses = 0;                 ///< that the genesis names; this version knows none
  std::optional<protocol::Recovery> recovery;
  bool operator==(const Founding&) const = default;
};
[[nodiscard]] Founding founding_of(const protocol::Genesis& genesis);

struct CastVote {
  protocol::Vote vote;
  Stamp stamp;
  bool operator==(const CastVote&) const = default;
};
struct Granted {
  ProposalId proposal;
  std::vector<std::int64_t> votes;  ///< log positions of the votes that counted
  bool operator==(const Granted&) const = default;
};
struct Redeemed {
  protocol::Redemption redemption;
  Stamp stamp;
  bool operator==(const Redeemed&) const = default;
};
struct Ended {
  protocol::LeaseEnd end;
  Stamp stamp;
  bool operator==(const Ended&) const = default;
};

/// proposed → votes → granted → redeemed(n) → ended
enum class Phase { kProposed, kGranted, kRedeemed, kEnded };
[[nodiscard]] std::string_view name_of(Phase phase);

struct Proposal {
  ProposalId id;
  protocol::Request request;
  Digest evidence;
  Stamp stamp;
  std::vector<CastVote> votes;  ///< in log order
  std::optional<Granted> granted;
  std::optional<Stamp> granted_at;
  std::vector<Redeemed> redemptions;  ///< n = 1, 2, …
  std::vector<Ended> ends;
  std::optional<Stamp> recalled;
  [[nodiscard]] Phase phase() const;
  bool operator==(const Proposal&) const = default;
};

/// A freeze that no quorum has lifted.
struct FreezeInForce {
  protocol::Freeze freeze;
  Stamp stamp;
  /// False: half a freeze, by somebody whose last one a quorum lifted. It freezes together with
  /// another person's half.
  bool alone = true;
  bool operator==(const FreezeInForce&) const = default;
};

[[nodiscard]] format::Json to_json(const Granted& granted);
[[nodiscard]] Result<Granted> granted_from(const format::Json& json);

/// A request with the digest of its host's evidence: the body of a "proposed" entry holds the
/// digest.
struct Proposed {
  protocol::Request request;
  Digest evidence;
};
[[nodiscard]] format::Json proposed_body(const Proposed& proposed);
[[nodiscard]] Result<Proposed> proposed_from(const format::Json& statement,
                                             const format::Json& body);

/// What is true at one position of the log. Two implementations that must agree: Fold, in memory,
/// and View, in tables. Errors: what reading the tables can give.
class State {
 public:
  virtual ~State() = default;
  /// Nothing before the genesis.
  [[nodiscard]] virtual Result<std::optional<Founding>> founding() const = 0;
  [[nodiscard]] virtual Result<std::optional<Object>> object(const ObjectId& id) const = 0;
  [[nodiscard]] virtual Result<std::vector<Object>> objects() const = 0;
  [[nodiscard]] virtual Result<std::optional<Proposal>> proposal(const ProposalId& id) const = 0;
  /// In log order.
  [[nodiscard]] virtual Result<std::vector<Proposal>> proposals() const = 0;
  /// Not lifted, halves among them, in log order.
  [[nodiscard]] virtual Result<std::vector<FreezeInForce>> freezes() const = 0;
  /// Whose next freeze needs a second person. By id.
  [[nodiscard]] virtual Result<std::vector<PersonId>> curbed() const = 0;
  [[nodiscard]] virtual Result<std::optional<ProposedChange>> change(
      const protocol::ChangeId& id) const = 0;
  /// In log order.
  [[nodiscard]] virtual Result<std::vector<ProposedChange>> changes() const = 0;
  /// Is this object, or everything, frozen: by one person alone, or by two halves?
  [[nodiscard]] Result<bool> is_frozen(const ObjectId& id) const;
  /// The policy of this digest, if it is or was in force.
  [[nodiscard]] virtual Result<std::optional<protocol::Policy>> policy(
      const Digest& digest) const = 0;
};

/// The events, applied in the order of the log, each only after `judge` has passed it.
class Changes {
 public:
  virtual ~Changes() = default;
  [[nodiscard]] virtual Result<void> apply(const protocol::Genesis& genesis) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Deposit& deposit,
                                           const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const Proposed& proposed, const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Vote& vote, const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const Granted& granted, const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Redemption& redemption,
                                           const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::LeaseEnd& end, const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Freeze& freeze, const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Recall& recall, const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Confirmation& confirmation,
                                           const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Rehearsal& rehearsal,
                                           const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Rekey& rekey, const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Change& change, const Stamp& stamp) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::ChangeVote& vote,
                                           const Stamp& stamp) = 0;
  /// Gives the change that is made, for the other rooms to make their part of it.
  [[nodiscard]] virtual Result<protocol::Change> apply(const Changed& changed,
                                                       const Stamp& stamp) = 0;
};

class Fold final : public State, public Changes {
 public:
  [[nodiscard]] Result<std::optional<Founding>> founding() const override;
  [[nodiscard]] Result<std::optional<Object>> object(const ObjectId& id) const override;
  [[nodiscard]] Result<std::vector<Object>> objects() const override;
  [[nodiscard]] Result<std::optional<Proposal>> proposal(const ProposalId& id) const override;
  [[nodiscard]] Result<std::vector<Proposal>> proposals() const override;
  [[nodiscard]] Result<std::vector<FreezeInForce>> freezes() const override;
  [[nodiscard]] Result<std::vector<PersonId>> curbed() const override;
  [[nodiscard]] Result<std::optional<ProposedChange>> change(
      const protocol::ChangeId& id) const override;
  [[nodiscard]] Result<std::vector<ProposedChange>> changes() const override;
  [[nodiscard]] Result<std::optional<protocol::Policy>> policy(const Digest& digest) const override;

  [[nodiscard]] Result<void> apply(const protocol::Genesis& genesis) override;
  [[nodiscard]] Result<void> apply(const protocol::Deposit& deposit, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const Proposed& proposed, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::Vote& vote, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const Granted& granted, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::Redemption& redemption,
                                   const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::LeaseEnd& end, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::Freeze& freeze, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::Recall& recall, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::Confirmation& confirmation,
                                   const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::Rehearsal& rehearsal,
                                   const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::Rekey& rekey, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::Change& change, const Stamp& stamp) override;
  [[nodiscard]] Result<void> apply(const protocol::ChangeVote& vote, const Stamp& stamp) override;
  [[nodiscard]] Result<protocol::Change> apply(const Changed& changed, const Stamp& stamp) override;

 private:
  Proposal& existing(const ProposalId& id);
  ProposedChange& existing(const protocol::ChangeId& id);
  void settle_pending(Object& object);
  std::optional<Founding> founding_;
  std::map<Digest, protocol::Policy> policies_;
  std::map<ObjectId, Object> objects_;
  std::map<ProposalId, Proposal> proposals_;
  std::vector<ProposalId> proposal_order_;
  std::vector<FreezeInForce> freezes_;
  std::set<PersonId> curbed_;
  std::vector<ProposedChange> changes_;
};

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_EVENTS_H_
