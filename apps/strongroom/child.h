#ifndef STRONGROOM_STRONGROOM_CHILD_H_
#define STRONGROOM_STRONGROOM_CHILD_H_

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace strongroom::terminal {

/// Runs a program that stands beside this one and gives what it wrote to stdout. Errors: kNotFound,
/// and kInternal with its exit status (its own words have gone to stderr).
[[nodiscard]] Result<std::string> run_sibling(const std::string& program,
                                              std::vector<std::string> arguments);

/// What a program wrote to stdout, and what it ended with.
struct Answer {
  int status = 0;
  std::string output;
};
inline constexpr std::size_t kAnswerBytesMax = 1u << 20;
/// The same, for programs whose exit status is an answer too. Errors: kNotFound, kUnavailable,
/// kTooLarge (it wrote `bytes_max` or more).
[[nodiscard]] Result<Answer> ask_sibling(const std::string& program,
                                         std::vector<std::string> arguments,
                                         std::size_t bytes_max = kAnswerBytesMax);

/// Runs a program that stands beside this one with the terminal's own input and output, and every
/// descriptor that is not closed on exec. Gives the exit status. Errors: kInterrupted (a signal
/// ended it), kNotFound, kUnavailable.
[[nodiscard]] Result<int> run_beside(const std::string& program,
                                     std::vector<std::string> arguments);

/// Runs a command with the terminal's own input and output and one more line ("NAME=value") in its
/// environment. `before` runs in the child first; when it fails, the command is not run and the
/// status is 126. Gives the exit status, or 128 + signal.
[[nodiscard]] Result<int> run_command(const std::vector<std::string>& command,
                                      const std::string& environment_line,
                                      const std::function<Result<void>()>& before);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_CHILD_H_
