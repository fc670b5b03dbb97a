#ifndef STRONGROOM_REGISTRY_EVENTS_SIGHTINGS_H_
#define STRONGROOM_REGISTRY_EVENTS_SIGHTINGS_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/sweep.h"

/// What hosts saw of weights on their disks, what of it nobody has explained, and by when somebody
/// must. No level follows from any of it.
namespace strongroom::registry {

/// From the first sighting of a digest, or from when its explanation was withdrawn.
inline constexpr std::int64_t kExplainWithinSeconds = 72 * 3600;
/// Standing at one host: what is beyond is counted by the host, and not told.
inline constexpr std::int64_t kPlacesPerHostMax = 10'000;

/// Where an event stands.
struct Position {
  std::int64_t index = 0;
  UnixSeconds time;
};

/// One digest at one place of one host. Times are the log's.
struct Sighted {
  Digest digest;
  HostId host;
  Digest place;  ///< commitment "place"
  std::string kind;
  std::string format;
  std::int64_t bytes = 0;
  UnixSeconds first_seen;
  UnixSeconds last_seen;            ///< the host's last whole sweep that did not say it was gone
  std::optional<UnixSeconds> gone;  ///< since a sweep told so
  bool operator==(const Sighted&) const = default;
};

/// How far a host's sweeps have come.
struct HostSweep {
  HostId host;
  std::int64_t number = 0;
  std::int64_t part = 0;
  bool is_whole = false;                ///< its last part is there
  UnixSeconds at;                       ///< of the newest part
  std::optional<UnixSeconds> whole_at;  ///< of the last sweep that was whole
  std::int64_t period_seconds = 0;      ///< 0: none is promised
  std::int64_t files = 0;
  std::int64_t unreadable = 0;
  std::int64_t left_out = 0;
  /// When two periods will have passed without a whole one; none: no period.
  [[nodiscard]] std::optional<UnixSeconds> due_by() const;
  bool operator==(const HostSweep&) const = default;
};

/// What was last said of a digest.
struct Explanation {
  protocol::Meaning meaning = protocol::Meaning::kNotOurs;
  std::optional<AssetId> asset;
  std::optional<Digest> reason;  ///< commitment; none: an asset's facts name, or named, the digest
  PersonId person;
  UnixSeconds at;
  bool operator==(const Explanation&) const = default;
};

/// A digest that nobody has explained.
struct Unexplained {
  Digest digest;
  UnixSeconds deadline;
  bool is_overdue = false;
  std::vector<Sighted> places;  ///< by first sighting; those that are gone too: a thief tidies up
  bool operator==(const Unexplained&) const = default;
};

/// Two implementations that must agree: SightingsFold and SightingsView.
class Sightings {
 public:
  virtual ~Sightings() = default;
  [[nodiscard]] virtual Result<std::optional<HostSweep>> last_sweep(const HostId& host) const = 0;
  /// Of each host that ever swept, ascending.
  [[nodiscard]] virtual Result<std::vector<HostSweep>> sweeps() const = 0;
  /// All there ever were, ascending by place.
  [[nodiscard]] virtual Result<std::vector<Sighted>> all() const = 0;
  [[nodiscard]] virtual Result<std::optional<Sighted>> at_place(const Digest& place) const = 0;
  [[nodiscard]] virtual Result<bool> was_sighted(const Digest& digest) const = 0;
  /// Not gone.
  [[nodiscard]] virtual Result<std::int64_t> count_standing(const HostId& host) const = 0;
  /// The latest, whether the digest was sighted or not.
  [[nodiscard]] virtual Result<std::optional<Explanation>> explanation(
      const Digest& digest) const = 0;
  /// The earliest deadline first.
  [[nodiscard]] Result<std::vector<Unexplained>> unexplained(UnixSeconds now) const;

 protected:
  /// Sighted, and nothing said of it, or that withdrawn; and since when the latter. Any order.
  struct Open {
    Digest digest;
    std::optional<UnixSeconds> withdrawn;
    std::vector<Sighted> places;
  };
  [[nodiscard]] virtual Result<std::vector<Open>> open() const = 0;
};

/// Pure; both implementations use them. After `sweep`, which the rules have passed:
[[nodiscard]] HostSweep after(const std::optional<HostSweep>& before, const protocol::Sweep& sweep,
                              UnixSeconds now);
[[nodiscard]] Sighted sighted(const protocol::Sighting& sighting, const HostId& host,
                              UnixSeconds now);
[[nodiscard]] Explanation explanation_of(const protocol::Explained& explained, UnixSeconds now);

class SightingsFold final : public Sightings {
 public:
  void apply(const protocol::Sweep& sweep, const Position& at);
  void apply(const protocol::Explained& explained, const Position& at);
  /// The facts of an asset name the digest.
  void named(const Digest& digest, const AssetId& asset, const PersonId& person, UnixSeconds now);

  [[nodiscard]] Result<std::optional<HostSweep>> last_sweep(const HostId& host) const override;
  [[nodiscard]] Result<std::vector<HostSweep>> sweeps() const override;
  [[nodiscard]] Result<std::vector<Sighted>> all() const override;
  [[nodiscard]] Result<std::optional<Sighted>> at_place(const Digest& place) const override;
  [[nodiscard]] Result<bool> was_sighted(const Digest& digest) const override;
  [[nodiscard]] Result<std::int64_t> count_standing(const HostId& host) const override;
  [[nodiscard]] Result<std::optional<Explanation>> explanation(const Digest& digest) const override;

 private:
  [[nodiscard]] Result<std::vector<Open>> open() const override;
  [[nodiscard]] Sighted shown(const Sighted& kept) const;
  void end(const Digest& place, UnixSeconds last, UnixSeconds now);

  std::map<Digest, Sighted> places_;
  std::map<Digest, std::set<Digest>> by_digest_;
  std::map<HostId, std::set<Digest>> standing_;
  std::map<HostId, HostSweep> sweeps_;
  std::map<Digest, Explanation> explained_;
};

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_EVENTS_SIGHTINGS_H_
