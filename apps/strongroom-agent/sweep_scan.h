#ifndef STRONGROOM_STRONGROOM_AGENT_SWEEP_SCAN_H_
#define STRONGROOM_STRONGROOM_AGENT_SWEEP_SCAN_H_

#include <functional>
#include <string>
#include <vector>

#include "agent/sweep.h"

namespace strongroom::host {

/// Runs `strongroom scan --sightings`, which stands beside this program, over the directories: in a
/// process of its own that confines itself before it reads, holds no descriptor of ours, runs with
/// the lowest priority for processor and disk, may hold at most 4 GiB, and dies with this one. Ends
/// it when `goes_on` says no. Errors: kNotFound (not installed), kInterrupted, kUnavailable,
/// kInternal (how it ended; its own words have gone to stderr), those of sweep_scan_from.
[[nodiscard]] Result<agent::SweepScan> scan_beside(const std::vector<std::string>& directories,
                                                   const std::function<bool()>& goes_on);

}  // namespace strongroom::host

#endif  // STRONGROOM_STRONGROOM_AGENT_SWEEP_SCAN_H_
