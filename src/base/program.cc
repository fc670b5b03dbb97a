#include "base/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "base/exit_codes.h"

namespace strongroom {

namespace {

constexpr std::array kStopSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr mode_t kOwnersBits = 0700;

volatile std::sig_atomic_t stop_signal = 0;
int lost_output = 0;  // errno of the first write to standard output that failed

// SA_RESETHAND has put the default back already: the next one is obeyed.
void note_stop(int signal) { stop_signal = signal; }

void put(std::FILE* stream, std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stream) == text.size() && std::fflush(stream) == 0;
  if (!written && stream == stdout && lost_output == 0) lost_output = errno == 0 ? EIO : errno;
}

}  // namespace

void begin_program() {
  // openat() gives the lowest free number: 0, then 1, then 2.
  for (int number = 0; number <= STDERR_FILENO; ++number) {
    if (fcntl(number, F_GETFD) < 0 && errno == EBADF && ::open("/dev/null", O_RDWR) < 0) _exit(1);
  }
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  ::umask(::umask(0) & ~kOwnersBits);
}

void restore_signals() {
  std::signal(SIGXFSZ, SIG_DFL);
  std::signal(SIGPIPE, SIG_DFL);
  for (const int signal : kStopSignals) std::signal(signal, SIG_DFL);
}

void write_out(std::string_view text) { put(stdout, text); }
void write_err(std::string_view text) { put(stderr, text); }
bool out_has_failed() { return lost_output != 0; }

int exit_status(int status) {
  if (std::fflush(stdout) != 0 && lost_output == 0) lost_output = errno;
  if (lost_output == 0) return status;
  if (lost_output == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
  }
  write_err(
      fmt::format("strongroom: standard output could not be written ({}); what was done is "
                  "done: strongroom status shows it\n",
                  std::strerror(lost_output)));
  return status != 0 ? status : static_cast<int>(ErrorCode::kDisk);
}

StopSignals::StopSignals() {
  stop_signal = 0;
  for (const int signal : kStopSignals) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;  // under nohup, say
    struct sigaction noted {};
    noted.sa_handler = &note_stop;
    noted.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(signal, &noted, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (const int signal : kStopSignals) {
    struct sigaction now {};
    sigaction(signal, nullptr, &now);
    if (now.sa_handler == &note_stop) std::signal(signal, SIG_DFL);
  }
}

int StopSignals::came() { return stop_signal; }

int report_usage(std::string_view program, std::string_view why) {
  return report(program, {ErrorCode::kUsage, fmt::format("{}; {} --help shows how", why, program)},
                {});
}

int report(std::string_view program, const Error& error, Telling telling) {
  const std::string message = message_of(error);
  write_err(fmt::format("{}: {}\n", program, message));
  if (telling.verbose) write_err(account_of(error));
  if (telling.json) {
    std::string escaped;
    for (const char c : message) {
      if (c == '"' || c == '\\') escaped.push_back('\\');
      escaped.push_back(c);
    }
    write_out(fmt::format("{{\"error\":\"{}\",\"message\":\"{}\",\"ok\":false}}\n",
                          name_of(error.code), escaped));
  }
  return static_cast<int>(error.code);
}

}  // namespace strongroom
