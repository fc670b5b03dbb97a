#ifndef STRONGROOM_BASE_EXIT_CODES_H_
#define STRONGROOM_BASE_EXIT_CODES_H_

#include <span>
#include <string_view>

#include "base/result.h"

namespace strongroom {

/// What a program ends with, for people: the words of docs/operating/exit-codes.md and of the man
/// page.
struct ExitCode {
  ErrorCode code;
  std::string_view meaning;
  std::string_view remedy;  ///< what to do
};

/// Every ErrorCode once, by number.
[[nodiscard]] std::span<const ExitCode> exit_codes();
/// What to do, in general, after an error of this kind.
[[nodiscard]] std::string_view remedy_of(ErrorCode code);

}  // namespace strongroom

#endif  // STRONGROOM_BASE_EXIT_CODES_H_
