#ifndef STRONGROOM_REGISTRY_EVENTS_H_
#define STRONGROOM_REGISTRY_EVENTS_H_

#include <map>
#include <optional>
#include <set>

#include "protocol/change.h"
#include "protocol/deposit.h"
#include "protocol/entry.h"
#include "protocol/genesis.h"
#include "protocol/inventory.h"
#include "registry/events_sightings.h"
#include "registry/events_triage.h"

/// What can happen to assets, forever, and what it folds to in memory.
namespace strongroom::registry {

/// A level that a quorum set. Triage that asks for more raises it; nothing but a quorum lowers it.
struct LevelSet {
  protocol::Level level = protocol::Level::kSl5;
  UnixSeconds until;
  bool operator==(const LevelSet&) const = default;
};

/// What was last said of an asset, and by whom.
struct Stated {
  protocol::FactsStated facts;
  std::int64_t index = 0;  ///< log position
  UnixSeconds at;
  bool operator==(const Stated&) const = default;
};

struct StandingFinding {
  std::int64_t index = 0;  ///< log position
  protocol::Finding finding;
  UnixSeconds at;
  bool operator==(const StandingFinding&) const = default;
};

struct Asset {
  AssetId asset;
  Digest name;
  std::string kind;
  std::map<std::string, std::int64_t> formats;
  PersonId registered_by;
  UnixSeconds registered_at;
  std::optional<Stated> stated;           ///< none: nothing is known
  std::vector<StandingFinding> findings;  ///< not dismissed, in log order
  std::optional<Decided> triage;          ///< what it needs, as triage says
  std::optional<LevelSet> set;
  /// What binds at `now`: what a quorum has set, while that and triage's decision hold, and never
  /// less than triage asks for; else the strictest.
  [[nodiscard]] protocol::Level level_at(UnixSeconds now) const;
  /// Why, in words: "no quorum has set it; triage asks for SL4: REF-BEYOND".
  [[nodiscard]] std::string because_at(UnixSeconds now) const;
  bool operator==(const Asset&) const = default;
};

/// Two implementations that must agree: Fold (memory) and View (tables).
class State : public Knowledge {
 public:
  [[nodiscard]] virtual Result<std::optional<Asset>> asset(const AssetId& id) const = 0;
  [[nodiscard]] virtual Result<std::vector<Asset>> assets() const = 0;
  /// Whose stated facts name this digest.
  [[nodiscard]] virtual Result<std::optional<AssetId>> asset_of(const Digest& digest) const = 0;
  /// The decisions that must be logged before anything else is: the first kDecisionsMax.
  [[nodiscard]] virtual Result<std::vector<Decided>> due() const = 0;
  /// What sweeps of hosts have seen. Lives as long as this does.
  [[nodiscard]] virtual const Sightings& sightings() const = 0;
  /// Standing, at this log position.
  [[nodiscard]] virtual Result<std::optional<AssetId>> finding_at(std::int64_t index) const = 0;
};

/// The events, applied in the order of the log, each only after `judge` has passed it.
class Changes {
 public:
  virtual ~Changes() = default;
  [[nodiscard]] virtual Result<void> apply(const protocol::Genesis& genesis) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Registration& registration,
                                           const Position& at) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::FactsStated& stated,
                                           const Position& at) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Finding& finding,
                                           const Position& at) = 0;
  /// Of sightings: neither changes any level.
  [[nodiscard]] virtual Result<void> apply(const protocol::Sweep& sweep, const Position& at) = 0;
  [[nodiscard]] virtual Result<void> apply(const protocol::Explained& explained,
                                           const Position& at) = 0;
  [[nodiscard]] virtual Result<void> apply(const Triage& triage) = 0;
  /// A change that a quorum has made. Those of other rooms change nothing here.
  [[nodiscard]] virtual Result<void> apply(const protocol::Change& change, const Position& at) = 0;
};

/// The ground after the change; empty: the change does not concern it. Errors: kMalformed.
[[nodiscard]] Result<std::optional<Ground>> changed_ground(const Ground& ground,
                                                           const protocol::Subject& subject);
/// What the log knows of an asset, findings included.
[[nodiscard]] Result<Known> known_of(const Asset& asset);

class Fold final : public State, public Changes {
 public:
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
  [[nodiscard]] Result<std::optional<Asset>> asset(const AssetId& id) const override;
  [[nodiscard]] Result<std::vector<Asset>> assets() const override;
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
  [[nodiscard]] Result<std::shared_ptr<const Ground>> ground() const override { return ground_; }

 private:
  Result<void> decide(const Touched& touched, UnixSeconds now);
  Result<void> change_facts(Asset& asset, const std::function<void(Asset&)>& change);

  std::shared_ptr<const Ground> ground_ = std::make_shared<const Ground>();
  std::map<AssetId, Asset> assets_;
  std::map<AssetId, std::set<AssetId>> resting_on_;
  std::map<Digest, AssetId> by_digest_;
  std::map<std::int64_t, AssetId> findings_;
  std::map<AssetId, Decided> due_;
  std::set<AssetId> sl5_by_themselves_;
  SightingsFold sightings_;
};

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_EVENTS_H_
