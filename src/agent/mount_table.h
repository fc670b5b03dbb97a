#ifndef STRONGROOM_AGENT_MOUNT_TABLE_H_
#define STRONGROOM_AGENT_MOUNT_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace strongroom::agent {

/// A line of /proc/self/mountinfo, escapes undone.
struct MountRow {
  std::string root;       ///< what of the file system is mounted: "/" for all of it
  std::string directory;  ///< where
  std::string type;       ///< "cgroup2", "fuse.strongroom"
  std::string source;
};

/// The rows in the order given, later ones on top of earlier. Lines that are not in the format are
/// left out. Pure. Source: proc(5), /proc/pid/mountinfo.
[[nodiscard]] std::vector<MountRow> parse_mount_table(std::string_view text);

/// What this process sees mounted now. Errors: kUnavailable without /proc.
[[nodiscard]] Result<std::vector<MountRow>> read_mount_table();

/// A small file of the kernel's (/proc, cgroup), whole; at most `bytes_max`, else kTooLarge.
/// Errors: kNotFound, kUnavailable.
[[nodiscard]] Result<std::string> read_kernel_file(const std::string& path, std::size_t bytes_max);

/// Writes `text` to a control file whose effect is good to have and may be forbidden.
void tell_kernel(const std::string& path, std::string_view text);

/// `doing` with errno's meaning, for an Error's text.
[[nodiscard]] std::string with_errno(std::string_view doing, int error_number);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_MOUNT_TABLE_H_
