#ifndef STRONGROOM_REGISTRY_VIEW_H_
#define STRONGROOM_REGISTRY_VIEW_H_

#include "registry/events.h"
#include "store/database.h"

namespace strongroom::registry {

/// Assets as a table. The same answers as the Fold's.
/// Borrows `queries`; one thread at a time, as they are.
class View : public State {
 public:
  explicit View(store::Queries& queries) : queries_(queries) {}

  /// Tables that are there already are left as they are.
  [[nodiscard]] static Result<void> create_tables(store::Transaction& transaction);
  /// With all that they hold: only the log can give it back.
  [[nodiscard]] static Result<void> drop_tables(store::Transaction& transaction);

  [[nodiscard]] Result<std::optional<Asset>> asset(const AssetId& id) const override;
  [[nodiscard]] Result<std::vector<Asset>> assets() const override;

 private:
  store::Queries& queries_;
};

/// Reads what it has written itself; kept when the transaction is committed.
class WritableView final : public View, public Changes {
 public:
  explicit WritableView(store::Transaction& transaction)
      : View(transaction), transaction_(transaction) {}

  [[nodiscard]] Result<void> apply(const protocol::Registration& registration,
                                   UnixSeconds at) override;
  [[nodiscard]] Result<void> apply(const Triage& triage) override;
  [[nodiscard]] Result<void> apply(const protocol::Change& change) override;

 private:
  store::Transaction& transaction_;
};

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_VIEW_H_
