#ifndef STRONGROOM_REGISTRY_VIEW_SIGHTINGS_H_
#define STRONGROOM_REGISTRY_VIEW_SIGHTINGS_H_

#include "registry/events_sightings.h"
#include "store/database.h"

namespace strongroom::registry {

/// Sightings as tables. The same answers as the SightingsFold's. Borrows `queries`; one thread at a
/// time, as they are.
class SightingsView final : public Sightings {
 public:
  explicit SightingsView(store::Queries& queries) : queries_(queries) {}

  /// Tables that are there already are left as they are.
  [[nodiscard]] static Result<void> create_tables(store::Transaction& transaction);
  [[nodiscard]] static Result<void> drop_tables(store::Transaction& transaction);

  [[nodiscard]] Result<std::optional<HostSweep>> last_sweep(const HostId& host) const override;
  [[nodiscard]] Result<std::vector<HostSweep>> sweeps() const override;
  [[nodiscard]] Result<std::vector<Sighted>> all() const override;
  [[nodiscard]] Result<std::optional<Sighted>> at_place(const Digest& place) const override;
  [[nodiscard]] Result<bool> was_sighted(const Digest& digest) const override;
  [[nodiscard]] Result<std::int64_t> count_standing(const HostId& host) const override;
  [[nodiscard]] Result<std::optional<Explanation>> explanation(const Digest& digest) const override;

  /// The events, as SightingsFold takes them.
  [[nodiscard]] Result<void> apply(store::Transaction& transaction, const protocol::Sweep& sweep,
                                   const Position& at) const;
  [[nodiscard]] static Result<void> explain(store::Transaction& transaction, const Digest& digest,
                                            const Explanation& explanation);

 private:
  [[nodiscard]] Result<std::vector<Open>> open() const override;

  store::Queries& queries_;
};

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_VIEW_SIGHTINGS_H_
