#ifndef STRONGROOM_CLIENT_SWEEP_PLAN_H_
#define STRONGROOM_CLIENT_SWEEP_PLAN_H_

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "format/json.h"

namespace strongroom::client {

/// What an agent sweeps for weights, and how often: member "sweep" of its config.json.
struct SweepPlan {
  static constexpr std::size_t kDirectoriesMax = 64;
  static constexpr std::int64_t kEveryMax = 366 * 24 * 3600;
  std::vector<std::string> directories;  ///< absolute, at least one
  std::int64_t every_seconds = 0;        ///< 0: only when asked to
};
[[nodiscard]] format::Json to_json(const SweepPlan& plan);
/// Errors: kMalformed.
[[nodiscard]] Result<SweepPlan> sweep_plan_from(const format::Json& json);

/// Of the config.json in `home`; none: nothing is swept. Errors: kNotFound, kMalformed.
[[nodiscard]] Result<std::optional<SweepPlan>> read_sweep_plan(const std::string& home);
/// Into the config.json that is there; the rest of it stays. Errors: as read_config; kDisk,
/// kNoSpace.
[[nodiscard]] Result<void> write_sweep_plan(const std::string& home, const SweepPlan& plan);

}  // namespace strongroom::client

#endif  // STRONGROOM_CLIENT_SWEEP_PLAN_H_
