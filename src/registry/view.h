#ifndef STRONGROOM_REGISTRY_VIEW_H_
#define STRONGROOM_REGISTRY_VIEW_H_

#include "registry/events.h"
#include "registry/view_sightings.h"
#include "store/database.h"

namespace strongroom::registry {

/// Which assets to list: all; those of which triage asks for this level; those whose level no
/// quorum has set; those with standing findings; those whose triage ends before a time (by that
/// time).
struct Query {
  enum class Which { kAll, kAsked, kUnset, kWithFindings, kExpiring };
  Which which = Which::kAll;
  protocol::Level asked = protocol::Level::kSl5;
  UnixSeconds before;
  std::optional<AssetId> after;  ///< in the order of ids; not of kExpiring
  std::size_t limit = 100;       ///< 1..kPageMax
};
inline constexpr std::size_t kPageMax = 1'000;

/// Assets as tables. The same answers as the Fold's.
/// Borrows `queries`; one thread at a time, as they are.
class View : public State {
 public:
  explicit View(store::Queries& queries) : queries_(queries), sightings_(queries) {}

  /// Tables that are there already are left as they are.
  [[nodiscard]] static Result<void> create_tables(store::Transaction& transaction);
  /// With all that they hold: only the log can give it back.
  [[nodiscard]] static Result<void> drop_tables(store::Transaction& transaction);

  [[nodiscard]] Result<std::optional<Asset>> asset(const AssetId& id) const override;
  [[nodiscard]] Result<std::vector<Asset>> assets() const override;
  /// The next ones that the query asks for, ascending. What it costs grows with the page, not with
  /// the inventory.
  [[nodiscard]] Result<std::vector<Asset>> page(const Query& query) const;
  [[nodiscard]] Result<std::optional<AssetId>> asset_of(const Digest& digest) const override;
  [[nodiscard]] Result<std::vector<Decided>> due() const override;
  [[nodiscard]] const Sightings& sightings() const override { return sightings_; }
  [[nodiscard]] Result<std::optional<AssetId>> finding_at(std::int64_t index) const override;
  [[nodiscard]] Result<std::optional<Known>> known(const AssetId& id) const override;
  [[nodiscard]] Result<std::optional<Last>> last(const AssetId& id) const override;
  [[nodiscard]] Result<std::vector<AssetId>> resting_on(const AssetId& id) const override;
  [[nodiscard]] Result<std::int64_t> count_sl5_by_themselves() const override;
  [[nodiscard]] Result<void> each_known(
      const std::function<Result<void>(Known)>& take) const override;
  [[nodiscard]] Result<void> each_last(
      const std::function<Result<void>(Last)>& take) const override;
  [[nodiscard]] Result<std::shared_ptr<const Ground>> ground() const override;

 protected:
  [[nodiscard]] const SightingsView& sightings_view() const { return sightings_; }

 private:
  [[nodiscard]] Result<store::Rows> rows_of(const Query& query) const;
  [[nodiscard]] Result<Asset> asset_in(const store::Rows& rows) const;
  [[nodiscard]] Result<std::vector<StandingFinding>> findings_of(const AssetId& id) const;
  [[nodiscard]] Result<std::map<AssetId, std::vector<protocol::Finding>>> all_findings() const;

  store::Queries& queries_;
  SightingsView sightings_;
  struct GroundTexts {
    std::string rules;
    std::optional<triage::Reference> reference;
    std::string roots;
    bool operator==(const GroundTexts&) const = default;
  };
  // The ground as last read, so that the same texts are parsed once.
  mutable GroundTexts ground_texts_;
  mutable std::shared_ptr<const Ground> ground_;
};

/// Reads what it has written itself; kept when the transaction is committed.
class WritableView : public View, public Changes {
 public:
  explicit WritableView(store::Transaction& transaction)
      : View(transaction), transaction_(transaction) {}

  [[nodiscard]] Result<void> apply(const protocol::Genesis& genesis) override;
  [[nodiscard]] Result<void> apply(const protocol::Registration& registration,
                                   const Position& at) override;
  [[nodiscard]] Result<void> apply(const protocol::FactsStated& stated,
                                   const Position& at) override;
  [[nodiscard]] Result<void> apply(const protocol::Finding& finding, const Position& at) override;
  [[nodiscard]] Result<void> apply(const protocol::Sweep& sweep, const Position& at) override;
  [[nodiscard]] Result<void> apply(const protocol::Explained& explained,
                                   const Position& at) override;
  [[nodiscard]] Result<void> apply(const Triage& triage) override;
  [[nodiscard]] Result<void> apply(const protocol::Change& change, const Position& at) override;

 protected:
  /// What is due after a change.
  [[nodiscard]] virtual Result<void> decide(const Touched& touched, UnixSeconds now);

 private:
  [[nodiscard]] Result<void> write_ground(const Ground& ground);
  [[nodiscard]] Result<Known> write_facts(const AssetId& id);
  [[nodiscard]] Result<void> dismiss(const protocol::Dismiss& dismissed, UnixSeconds now);

  store::Transaction& transaction_;
};

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_VIEW_H_
