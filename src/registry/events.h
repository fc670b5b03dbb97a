#ifndef STRONGROOM_REGISTRY_EVENTS_H_
#define STRONGROOM_REGISTRY_EVENTS_H_

#include <map>
#include <optional>

#include "protocol/deposit.h"
#include "protocol/entry.h"

/// What can happen to assets, forever, and what it folds to in memory.
namespace strongroom::registry {

struct Asset {
  AssetId asset;
  Digest name;
  std::string kind;
  std::map<std::string, std::int64_t> formats;
  PersonId registered_by;
  UnixSeconds registered_at;
  std::optional<protocol::Level> level;  ///< what it needs; set by triage
  std::string level_because;
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
};

class Fold final : public State, public Changes {
 public:
  [[nodiscard]] Result<void> apply(const protocol::Registration& registration,
                                   UnixSeconds at) override;
  [[nodiscard]] Result<void> apply(const Triage& triage) override;
  [[nodiscard]] Result<std::optional<Asset>> asset(const AssetId& id) const override;
  [[nodiscard]] Result<std::vector<Asset>> assets() const override;

 private:
  std::map<AssetId, Asset> assets_;
};

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_EVENTS_H_
