#ifndef STRONGROOM_SEQUENCER_VIEWS_H_
#define STRONGROOM_SEQUENCER_VIEWS_H_

#include "judge/judge.h"
#include "people/view.h"
#include "registry/view.h"
#include "vault/view.h"

namespace strongroom::sequencer {

/// Every room's view of one snapshot. Borrows `queries`.
struct Views {
  explicit Views(store::Queries& queries) : people(queries), registry(queries), vault(queries) {}
  [[nodiscard]] judge::Rooms rooms() const { return {people, registry, vault}; }

  people::View people;
  registry::View registry;
  vault::View vault;
};

/// Every room's view inside one transaction. Borrows `transaction`.
struct WritableViews {
  explicit WritableViews(store::Transaction& transaction)
      : people(transaction), registry(transaction), vault(transaction) {}
  [[nodiscard]] judge::Rooms rooms() const { return {people, registry, vault}; }
  [[nodiscard]] judge::Changes changes() { return {people, registry, vault}; }

  people::WritableView people;
  registry::WritableView registry;
  vault::WritableView vault;
};

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
