#ifndef STRONGROOM_IO_PROGRAM_DIRECTORY_H_
#define STRONGROOM_IO_PROGRAM_DIRECTORY_H_

#include <string>

#include "base/result.h"

namespace strongroom::io {

/// Where the running program stands, links resolved; its siblings stand beside it. Without a slash
/// at the end. Errors: kUnavailable (no /proc).
[[nodiscard]] Result<std::string> program_directory();

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_PROGRAM_DIRECTORY_H_
