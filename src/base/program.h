#ifndef STRONGROOM_BASE_PROGRAM_H_
#define STRONGROOM_BASE_PROGRAM_H_

#include <string_view>

#include "base/result.h"

namespace strongroom {

/// How every program ends on an error: one line on stderr, what happened, why, what to do; with
/// `json` also {"ok":false,"error":…,"message":…} as the last line of stdout. Gives the exit
/// status, which is the code's number.
[[nodiscard]] int report(std::string_view program, const Error& error, bool json);

}  // namespace strongroom

#endif  // STRONGROOM_BASE_PROGRAM_H_
