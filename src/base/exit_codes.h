#ifndef STRONGROOM_BASE_EXIT_CODES_H_
#define STRONGROOM_BASE_EXIT_CODES_H_

#include <span>
#include <string>
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

/// One printable line: what happened and why, as the error has it, and what to do where it does not
/// say so itself.
[[nodiscard]] std::string message_of(const Error& error);
/// More, for who asked for it: lines of label and value, the code, what each step that passed the
/// error on was doing, and what to do in general.
[[nodiscard]] std::string account_of(const Error& error);
/// One such line: "  because     the disk is full".
[[nodiscard]] std::string account_line(std::string_view label, std::string_view value);

}  // namespace strongroom

#endif  // STRONGROOM_BASE_EXIT_CODES_H_
