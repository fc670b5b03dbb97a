#ifndef STRONGROOM_STRONGROOM_AGENT_SWEEP_ASKED_H_
#define STRONGROOM_STRONGROOM_AGENT_SWEEP_ASKED_H_

#include <string>
#include <vector>

#include "client/sweep_plan.h"

namespace strongroom::host {

/// What was typed of sweeps.
struct SweepAsked {
  std::vector<std::string> directories;  ///< empty: as config.json has it
  std::string every;                     ///< "12" or "12h" hours, "30m", "10s"; empty: as it is
  bool now = false;
};
/// The plan of `home`/config.json with what was asked for taken into it, and kept there when that
/// changed it; none: nothing is swept. Errors: kUsage, kNotFound (a directory), kDisk, kNoSpace.
[[nodiscard]] Result<std::optional<client::SweepPlan>> take_sweep_plan(const std::string& home,
                                                                       const SweepAsked& asked);

}  // namespace strongroom::host

#endif  // STRONGROOM_STRONGROOM_AGENT_SWEEP_ASKED_H_
