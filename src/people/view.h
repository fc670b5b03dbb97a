#ifndef STRONGROOM_PEOPLE_VIEW_H_
#define STRONGROOM_PEOPLE_VIEW_H_

#include "people/events.h"
#include "store/database.h"

namespace strongroom::people {

/// People and hosts as tables. The same answers as the Fold's.
/// Borrows `queries`; one thread at a time, as they are.
class View : public State {
 public:
  explicit View(store::Queries& queries) : queries_(queries) {}

  /// Tables that are there already are left as they are.
  [[nodiscard]] static Result<void> create_tables(store::Transaction& transaction);
  /// With all that they hold: only the log can give it back.
  [[nodiscard]] static Result<void> drop_tables(store::Transaction& transaction);

  [[nodiscard]] Result<std::optional<protocol::Member>> member(
      const PersonId& person) const override;
  [[nodiscard]] Result<std::optional<KeyHolder>> holder_of(const KeyId& key) const override;
  [[nodiscard]] Result<std::optional<protocol::Host>> host(const HostId& host) const override;
  [[nodiscard]] Result<std::vector<protocol::Member>> members() const override;
  [[nodiscard]] Result<std::vector<protocol::Host>> hosts() const override;
  [[nodiscard]] Result<std::optional<protocol::Member>> former_member(
      const PersonId& person) const override;
  [[nodiscard]] Result<std::optional<std::int64_t>> held_since(const KeyId& key) const override;
  [[nodiscard]] Result<bool> is_known(const crypto::PublicKeys& key) const override;
  [[nodiscard]] Result<bool> is_known(const protocol::Host& host) const override;

 private:
  store::Queries& queries_;
};

/// Reads what it has written itself; kept when the transaction is committed.
class WritableView final : public View, public Changes {
 public:
  explicit WritableView(store::Transaction& transaction)
      : View(transaction), transaction_(transaction) {}

  [[nodiscard]] Result<void> apply(const protocol::Genesis& genesis) override;
  [[nodiscard]] Result<void> apply(const protocol::Change& change, std::int64_t index) override;

 private:
  Result<void> enrol(const protocol::Member& member, std::int64_t index);
  Result<void> take_key(const PersonId& person, const crypto::PublicKeys& key, std::int64_t index);
  Result<void> rewrite(const protocol::Member& member);
  Result<void> retire(const PersonId& person);
  Result<void> take_host(const protocol::Host& host);
  store::Transaction& transaction_;
};

}  // namespace strongroom::people

#endif  // STRONGROOM_PEOPLE_VIEW_H_
