#include "screen.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>

#include "base/program.h"
#include "base/shown.h"

namespace strongroom::terminal {

namespace {

constexpr std::size_t kColumnsUsual = 80;
constexpr std::size_t kRowsUsual = 24;
constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kPlainLine{10};
constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};

// What a signal handler may look at: plain pointers, set before the handler is.
std::atomic<const LastWords*> latest{nullptr};

// What is ignored stays so: under nohup, say.
void set_handler(int signal, void (*handler)(int)) {
  struct sigaction before {};
  sigaction(signal, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(signal, &action, nullptr);
}

}  // namespace

void last_words_handler(int) {
  const LastWords* words = latest;
  if (words != nullptr) {
    const ssize_t written = write(STDERR_FILENO, words->words_.data(), words->words_.size());
    static_cast<void>(written);
  }
  _exit(static_cast<int>(ErrorCode::kInterrupted));
}

LastWords::LastWords(std::string words)
    : before_(latest), words_("\nstrongroom: told to stop: " + std::move(words) + "\n") {
  latest = this;
  for (const int signal : kEnding) set_handler(signal, last_words_handler);
}

LastWords::~LastWords() {
  latest = before_;
  if (before_ != nullptr) return;
  for (const int signal : kEnding) set_handler(signal, SIG_DFL);
}

std::string inked(const Common& common, int stream, Ink ink, std::string_view words) {
  const bool wanted = common.color == "always" || (common.color == "auto" && !common.no_color &&
                                                   !common.json && isatty(stream) == 1);
  if (!wanted || ink == Ink::kPlain) return std::string(words);
  const int colour = ink == Ink::kGood ? 32 : ink == Ink::kWarning ? 33 : 31;
  return fmt::format("\x1b[{}m{}\x1b[0m", colour, words);
}

std::size_t columns() {
  winsize size{};
  const bool told = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return told ? size.ws_col : kColumnsUsual;
}

std::size_t rows() {
  winsize size{};
  const bool told = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  return told ? size.ws_row : kRowsUsual;
}

bool is_terminal() { return isatty(STDOUT_FILENO) == 1; }

Progress::Progress(const Common& common, std::string doing)
    : on_terminal_(isatty(STDERR_FILENO) == 1),
      silent_(common.json && on_terminal_),
      doing_(std::move(doing)) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
  if (drawn_) write_err(fmt::format("\r\x1b[K"));
  drawn_ = false;
}

bool Progress::is_due() {
  const auto now = std::chrono::steady_clock::now();
  if (silent_ || now - last_ < (on_terminal_ ? kRedraw : std::chrono::milliseconds(kPlainLine)))
    return false;
  last_ = now;
  return true;
}

void Progress::show(const std::string& line) {
  if (on_terminal_) {
    write_err(fmt::format("\r  {}\x1b[K", line.substr(0, columns() - 3)));
    drawn_ = true;
  } else {
    write_err(fmt::format("strongroom: {}\n", line));
  }
}

void Progress::bytes(std::uint64_t done, std::uint64_t total) {
  if (!is_due() || total == 0) return;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  const double left = rate > 0 ? static_cast<double>(total - std::min(done, total)) / rate : 0;
  show(fmt::format("{} {} of {} ({}%), {}/s, {} left", doing_, shown_bytes(done),
                   shown_bytes(total), done * 100 / total,
                   shown_bytes(static_cast<std::uint64_t>(rate)),
                   shown_duration(static_cast<std::int64_t>(left))));
}

void Progress::waits(std::string_view what) {
  if (silent_ || what == last_wait_) return;
  last_wait_ = what;
  show(fmt::format("{}{}", doing_, what));
}

}  // namespace strongroom::terminal
