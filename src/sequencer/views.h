#ifndef STRONGROOM_SEQUENCER_VIEWS_H_
#define STRONGROOM_SEQUENCER_VIEWS_H_

#include "judge/judge.h"
#include "ledger/writer.h"
#include "people/view.h"
#include "registry/view.h"
#include "vault/view.h"

namespace strongroom::sequencer {

/// The log's tree, from the writer's hashes. Borrows `queries`.
class LoggedTree final : public judge::Tree {
 public:
  explicit LoggedTree(store::Queries& queries) : queries_(queries) {}
  [[nodiscard]] Result<std::optional<Digest>> root_at(std::int64_t size) const override {
    ASSIGN_OR_RETURN(const std::uint64_t count, ledger::count_entries(queries_));
    if (size < 0 || static_cast<std::uint64_t>(size) > count) return std::nullopt;
    ASSIGN_OR_RETURN(const Digest root,
                     ledger::root_at(queries_, static_cast<std::uint64_t>(size)));
    return root;
  }

 private:
  store::Queries& queries_;
};

/// Every room's view of one snapshot. Borrows `queries`.
struct Views {
  explicit Views(store::Queries& queries)
      : people(queries), registry(queries), vault(queries), tree(queries) {}
  [[nodiscard]] judge::Rooms rooms() const { return {people, registry, vault, tree}; }

  people::View people;
  registry::View registry;
  vault::View vault;
  LoggedTree tree;
};

/// Every room's view inside one transaction. Borrows `transaction`.
struct WritableViews {
  explicit WritableViews(store::Transaction& transaction)
      : people(transaction), registry(transaction), vault(transaction), tree(transaction) {}
  [[nodiscard]] judge::Rooms rooms() const { return {people, registry, vault, tree}; }
  [[nodiscard]] judge::Changes changes() { return {people, registry, vault}; }

  people::WritableView people;
  registry::WritableView registry;
  vault::WritableView vault;
  LoggedTree tree;
};

/// Of the tables below: raised whenever their columns or meaning change, so that a server derives
/// them from its log again when it first opens with another version.
inline constexpr std::int64_t kViewsVersion = 6;

[[nodiscard]] inline Result<void> create_views(store::Transaction& transaction) {
  RETURN_IF_ERROR(people::View::create_tables(transaction));
  RETURN_IF_ERROR(registry::View::create_tables(transaction));
  return vault::View::create_tables(transaction);
}

[[nodiscard]] inline Result<void> drop_views(store::Transaction& transaction) {
  RETURN_IF_ERROR(vault::View::drop_tables(transaction));
  RETURN_IF_ERROR(registry::View::drop_tables(transaction));
  return people::View::drop_tables(transaction);
}

}  // namespace strongroom::sequencer

#endif  // STRONGROOM_SEQUENCER_VIEWS_H_
