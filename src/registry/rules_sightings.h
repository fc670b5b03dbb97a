#ifndef STRONGROOM_REGISTRY_RULES_SIGHTINGS_H_
#define STRONGROOM_REGISTRY_RULES_SIGHTINGS_H_

#include <optional>

#include "registry/events_sightings.h"

/// What hosts may tell of their disks, and what people may say of it. Pure: facts in, verdict out.
/// Who signed has been decided before. Neither concerns any level.
namespace strongroom::registry {

struct SweepFacts {
  std::optional<HostSweep> last;  ///< of this host
  std::int64_t standing = 0;      ///< places of this host
  bool told_before = false;       ///< a place that it says is new is known
  bool gone_unknown = false;      ///< a place that it says is gone does not stand at this host
};
/// Errors: kConflict (not the next part, or not the next sweep; a place known already), kNotFound
/// (what is gone was not there), kTooLarge (over kPlacesPerHostMax).
[[nodiscard]] Result<void> may_sweep(const protocol::Sweep& sweep, const SweepFacts& facts);

struct ExplainFacts {
  bool was_sighted = false;
  bool asset_exists = false;
  bool is_named = false;                ///< the facts of an asset name the digest
  std::optional<Explanation> standing;  ///< what was said of it last
};
/// Errors: kNotFound (no sweep has seen it; no such asset), kConflict (that was said already, or
/// an asset's facts name it).
[[nodiscard]] Result<void> may_explain(const protocol::Explained& explained,
                                       const ExplainFacts& facts);

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_RULES_SIGHTINGS_H_
