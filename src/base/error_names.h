#ifndef STRONGROOM_BASE_ERROR_NAMES_H_
#define STRONGROOM_BASE_ERROR_NAMES_H_

#include <optional>
#include <string_view>

#include "base/result.h"

namespace strongroom {

/// The ErrorCode that name_of() calls so; none: nobody calls any so.
[[nodiscard]] std::optional<ErrorCode> code_named(std::string_view name);

}  // namespace strongroom

#endif  // STRONGROOM_BASE_ERROR_NAMES_H_
