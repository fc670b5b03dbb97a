#ifndef STRONGROOM_BASE_PROGRAM_H_
#define STRONGROOM_BASE_PROGRAM_H_

#include <string_view>

#include "base/result.h"

namespace strongroom {

/// First thing in every main(), whoever started it and however: standard input, output and error
/// are open (a file that took the number of a closed one would get our messages); a write beyond a
/// size limit or to a closed pipe is an error and not the end (SIGXFSZ, SIGPIPE); files that are
/// made can be read again by their owner, whatever the umask.
void begin_program();
/// In a child, before it becomes another program: signals as they are by default.
void restore_signals();

/// Text to standard output, or standard error. Never throws and never ends the program: a command
/// that did something has done it, whoever reads about it. `exit_status` tells of what was lost.
void write_out(std::string_view text);
void write_err(std::string_view text);
[[nodiscard]] bool out_has_failed();
/// What main() returns in place of `status`. When output was lost: kDisk, with a line on standard
/// error; when its reader had gone (EPIPE) the program ends here as SIGPIPE ends any other.
[[nodiscard]] int exit_status(int status);

/// While it lives, the first SIGINT, SIGTERM or SIGHUP is noted instead of obeyed, so that what was
/// begun can be taken back; the second is obeyed. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  /// Its number; 0: none came.
  [[nodiscard]] static int came();
};

/// How every program ends on an error: one line on stderr, what happened, why, what to do; with
/// `json` also {"ok":false,"error":…,"message":…} as the last line of stdout. Gives the exit
/// status, which is the code's number.
struct Telling {
  bool json = false;
  bool verbose = false;  ///< then more lines below the one
};
[[nodiscard]] int report(std::string_view program, const Error& error, Telling telling);
/// The same of a command line that could not be read, in the words of who tried.
[[nodiscard]] int report_usage(std::string_view program, std::string_view why);

}  // namespace strongroom

#endif  // STRONGROOM_BASE_PROGRAM_H_
