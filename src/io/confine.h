#ifndef STRONGROOM_IO_CONFINE_H_
#define STRONGROOM_IO_CONFINE_H_

#include <string>
#include <vector>

#include "base/result.h"

namespace strongroom::io {

/// What of a confinement took hold: an old kernel gives less.
struct Confinement {
  bool files = false;  ///< no file is written, made, removed or run, but beneath what was allowed
  bool programs = false;  ///< no program is started, no socket opened, no other process looked into
};

/// For a process that is about to read strangers' bytes: whatever a mistake in a decoder lets them
/// do, they can only read what this user may read, and write to what is open already. For good, for
/// this thread and those it starts later; call it before there are others. `writable`: directories
/// beneath which files may still be made and written. Sources: landlock(7), seccomp(2).
/// Errors: kUnavailable (a directory of `writable` cannot be opened). A kernel without Landlock or
/// seccomp is no error.
[[nodiscard]] Result<Confinement> confine(const std::vector<std::string>& writable);

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_CONFINE_H_
