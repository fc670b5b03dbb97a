#ifndef STRONGROOM_STRONGROOM_SCREEN_H_
#define STRONGROOM_STRONGROOM_SCREEN_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "options.h"

/// What a person sees besides the answer: colours, progress, errors, and the last words after
/// Control-C.
namespace strongroom::terminal {

/// Colours only on a terminal, and never the only sign of anything.
enum class Ink { kPlain, kGood, kWarning, kBad };
/// `words` in that colour if `common` and the stream allow it. `stream`: a descriptor.
[[nodiscard]] std::string inked(const Common& common, int stream, Ink ink, std::string_view words);
/// Of the terminal at stdout; 80 when there is none, or it does not say.
[[nodiscard]] std::size_t columns();
/// The same of its rows; 24 when it does not say.
[[nodiscard]] std::size_t rows();
/// Is stdout a terminal?
[[nodiscard]] bool is_terminal();

/// How every error ends: one line on stderr that says what to do next, with --verbose what was in
/// hand, with --json {"ok":false,"error":…,"message":…}. Gives the exit status.
[[nodiscard]] int report_error(const Common& common, std::string_view verb, const Error& error);

/// Work that takes long, told on stderr: a line redrawn in place on a terminal, elsewhere a plain
/// line each ten seconds. One thread.
class Progress {
 public:
  /// `doing`: "sealing". Silent with --json unless stderr is no terminal either.
  Progress(const Common& common, std::string doing);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Rate, share done and time left.
  void bytes(std::uint64_t done, std::uint64_t total);
  /// What is waited for.
  void waits(std::string_view what);
  /// Takes the line away, before something else is printed.
  void clear();

 private:
  void show(const std::string& line);
  bool is_due();
  const bool on_terminal_;
  const bool silent_;
  bool drawn_ = false;
  const std::string doing_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = start_;
  std::string last_wait_;
};

/// While it lives, SIGINT, SIGTERM and SIGHUP end the program at once with exit status 35 and
/// `words` on stderr: what was left behind, and what to do with it. The latest made counts. One
/// thread.
class LastWords {
 public:
  explicit LastWords(std::string words);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

 private:
  const LastWords* before_;
  const std::string words_;
  friend void last_words_handler(int);
};

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_SCREEN_H_
