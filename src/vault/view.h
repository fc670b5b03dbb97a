#ifndef STRONGROOM_VAULT_VIEW_H_
#define STRONGROOM_VAULT_VIEW_H_

#include "store/database.h"
#include "vault/events.h"

namespace strongroom::vault {

/// Objects, proposals, freezes and changes as tables. The same answers as the Fold's.
/// Borrows `queries`; one thread at a time, as they are.
class View : public State {
 public:
  explicit View(store::Queries& queries) : queries_(queries) {}

  /// Tables that are there already are left as they are.
  [[nodiscard]] static Result<void> create_tables(store::Transaction& transaction);
  /// With all that they hold: only the log can give it back.
  [[nodiscard]] static Result<void> drop_tables(store::Transaction& transaction);

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

 private:
  Result<void> add_steps(Proposal& proposal) const;
  Result<void> add_steps(ProposedChange& change) const;
  Result<void> add_steps(Object& object) const;
  store::Queries& queries_;
};

/// Reads what it has written itself; kept when the transaction is committed.
class WritableView final : public View, public Changes {
 public:
  explicit WritableView(store::Transaction& transaction)
      : View(transaction), transaction_(transaction) {}

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
  Result<void> apply_recall(const protocol::Recall& recall, const Stamp& stamp);
  Result<void> lift(const protocol::Unfreeze& unfreeze);
  Result<void> apply_step(std::string_view kind, const ProposalId& proposal,
                          const format::Json& document, const Stamp& stamp);
  store::Transaction& transaction_;
};

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_VIEW_H_
