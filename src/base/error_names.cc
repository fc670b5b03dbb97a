#include "base/error_names.h"

#include "base/exit_codes.h"

namespace strongroom {

std::optional<ErrorCode> code_named(std::string_view name) {
  for (const ExitCode& each : exit_codes()) {
    if (name_of(each.code) == name) return each.code;
  }
  return std::nullopt;
}

}  // namespace strongroom
