#ifndef STRONGROOM_REGISTRY_EVENTS_H_
#define STRONGROOM_REGISTRY_EVENTS_H_

#include <map>
#include <optional>

#include "protocol/change.h"
#include "protocol/deposit.h"
#include "protocol/entry.h"

/// What can happen to assets, forever, and what it folds to in memory.
namespace strongroom::registry {

/// A level that a quorum set, in place of triage's.
struct LevelSet {
  protocol::Level level = protocol::Level::kSl5;
  UnixSeconds until;
  bool operator==(const LevelSet&) const = default;
};

struct Asset {
  AssetId asset;
  Digest name;
  std::string kind;
  std::map<std::string, std::int64_t> formats;
  PersonId registered_by;
  UnixSeconds registered_at;
  std::optional<protocol::Level> level;  ///< what it needs, as triage says
  std::string level_because;
  std::optional<LevelSet> set;
  /// What it needs at `now`: the strictest while nothing is said.
  [[nodiscard]] protocol::Level level_at(UnixSeconds now) const;
  bool operator==(const Asset&) const = default;
};

/// The server's own judgement, in the body of a "triaged" entry.
struct Triage {
  AssetId asset;
  protocol::Level level = protocol::Level::kSl5;
  std::string because;  ///< the rule's name
};
[[nodiscard]] format::Json to_json(const Triage& triage);
[[nodiscard]] Result<Triage> triage_from(const format::Json& json);

/// Two implementations that must agree: Fold (memory) and View (tables).
class State {
 public:
  virtual ~State() = default;
  [[nodiscard]] virtual Result<std::optional<Asset>> asset(const AssetId& id) const = 0;
  [[nodiscard]] virtual Result<std::vector<Asset>> assets() const = 0;
};

/// The events, applied in the order of the log, each only after `judge` has passed it.
class Changes {
 public:
  virtual ~Changes() = default;
  [[nodiscard]] virtual Result<void> apply(const protocol::Registration& registration,
                                           UnixSeconds at) = 0;
  [[nodiscard]] virtual Result<void> apply(const Triage& triage) = 0;
  /// A change that a quorum has made. Those of other rooms change nothing here.
  [[nodiscard]] virtual Result<void> apply(const protocol::Change& change) = 0;
};

class Fold final : public State, public Changes {
 public:
  [[nodiscard]] Result<void> apply(const protocol::Registration& registration,
                                   UnixSeconds at) override;
  [[nodiscard]] Result<void> apply(const Triage& triage) override;
  [[nodiscard]] Result<void> apply(const protocol::Change& change) override;
  [[nodiscard]] Result<std::optional<Asset>> asset(const AssetId& id) const override;
  [[nodiscard]] Result<std::vector<Asset>> assets() const override;

 private:
  std::map<AssetId, Asset> assets_;
};

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_EVENTS_H_
