#ifndef STRONGROOM_AGENT_CGROUP_H_
#define STRONGROOM_AGENT_CGROUP_H_

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace strongroom::agent {

/// A control group (version 2, wherever this machine has it mounted) that holds a consumer and all
/// its descendants, so that none outlives the lease. Not thread-safe; move-only.
class Cgroup {
 public:
  /// Makes the group strongroom-`name`. `name`: 1..64 of a–z, 0–9 and '-'.
  /// Errors: kUsage for the name; kAlreadyExists (an earlier agent's: remove_stale_cgroup);
  /// kUnavailable where there is no cgroup2 mount or no permission to make groups in it.
  [[nodiscard]] static Result<Cgroup> create(std::string_view name);
  ~Cgroup();  ///< kills what is in it and removes it, as far as five seconds go
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  /// Moves a process (all its threads) in; what it forks later is born inside.
  /// Errors: kNotFound when it is gone, kUnavailable.
  [[nodiscard]] Result<void> add(pid_t pid);
  /// SIGKILL to everything in it and below it; comes back when nothing is left.
  /// Errors: kUnavailable when something is still alive after `bound`.
  [[nodiscard]] Result<void> kill_all(std::chrono::milliseconds bound);
  /// What kill_all does on kernels older than 5.14, which lack cgroup.kill.
  [[nodiscard]] Result<void> kill_one_by_one(std::chrono::milliseconds bound);
  /// Removes it and the groups below it. Errors: kConflict when processes are left.
  [[nodiscard]] Result<void> remove();

  /// The group as /proc/<pid>/cgroup writes it: "/strongroom-x".
  [[nodiscard]] const std::string& membership() const { return membership_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  friend Result<bool> remove_stale_cgroup(std::string_view name, std::chrono::milliseconds bound);
  Cgroup(std::string directory, std::string membership)
      : directory_(std::move(directory)), membership_(std::move(membership)) {}
  std::string directory_;  ///< empty once moved from or removed
  std::string membership_;
};

/// Kills and removes what an agent that died left under this name; true if there was something.
[[nodiscard]] Result<bool> remove_stale_cgroup(std::string_view name,
                                               std::chrono::milliseconds bound);

/// Whether the process (or thread) is in the group or below it now. False when it is gone.
[[nodiscard]] bool is_in_cgroup(pid_t pid, std::string_view membership);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_CGROUP_H_
