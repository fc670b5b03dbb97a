#ifndef STRONGROOM_AGENT_MOUNT_POINT_H_
#define STRONGROOM_AGENT_MOUNT_POINT_H_

#include <string>

#include "base/result.h"

namespace strongroom::agent {

/// The type of our mounts in the mount table.
inline constexpr const char* kMountType = "fuse.strongroom";

/// The directory as the mount table will write it, once it is known to be a directory, empty, and
/// not mounted on. Errors: kNotFound, kConflict, kUnavailable.
[[nodiscard]] Result<std::string> free_mount_point(const std::string& directory);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_MOUNT_POINT_H_
