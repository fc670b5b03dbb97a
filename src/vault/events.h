#ifndef STRONGROOM_VAULT_EVENTS_H_
#define STRONGROOM_VAULT_EVENTS_H_

#include <map>
#include <optional>
#include <vector>

#include "protocol/deposit.h"
#include "protocol/entry.h"
#include "protocol/genesis.h"
#include "protocol/release.h"

/// What can happen to sealed objects and their releases, forever, and what it folds to in memory.
namespace strongroom::vault {

/// Where an event stands in the log, and whose key signed it (none: the server's own judgement).
struct Stamp {
  std::int64_t index = 0;
  UnixSeconds time;
  std::optional<KeyId> signed_by;
  bool operator==(const Stamp&) const = default;
};

/// What everything else hangs from; from the genesis.
struct Founding {
  StrongroomId strongroom;
  protocol::Mode mode = protocol::Mode::kDemonstration;
  protocol::Policy policy;  ///< in force
  protocol::DepositKey deposit_key;
  std::vector<protocol::LevelDemand> levels;
  bool operator==(const Founding&) const = default;
};

struct Object {
  protocol::Deposit deposit;
  Stamp stamp;
  bool operator==(const Object&) const = default;
};

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

struct FreezeInForce {
  protocol::Freeze freeze;
  Stamp stamp;
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
  /// In log order.
  [[nodiscard]] virtual Result<std::vector<FreezeInForce>> freezes() const = 0;
  /// Is this object, or everything, frozen?
  [[nodiscard]] Result<bool> is_frozen(const ObjectId& id) const;
  /// The policy of this digest, from the genesis on.
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
};

class Fold final : public State, public Changes {
 public:
  [[nodiscard]] Result<std::optional<Founding>> founding() const override;
  [[nodiscard]] Result<std::optional<Object>> object(const ObjectId& id) const override;
  [[nodiscard]] Result<std::vector<Object>> objects() const override;
  [[nodiscard]] Result<std::optional<Proposal>> proposal(const ProposalId& id) const override;
  [[nodiscard]] Result<std::vector<Proposal>> proposals() const override;
  [[nodiscard]] Result<std::vector<FreezeInForce>> freezes() const override;
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

 private:
  Proposal& existing(const ProposalId& id);
  std::optional<Founding> founding_;
  std::map<Digest, protocol::Policy> policies_;
  std::map<ObjectId, Object> objects_;
  std::map<ProposalId, Proposal> proposals_;
  std::vector<ProposalId> proposal_order_;
  std::vector<FreezeInForce> freezes_;
};

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_EVENTS_H_
