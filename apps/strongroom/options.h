#ifndef STRONGROOM_STRONGROOM_OPTIONS_H_
#define STRONGROOM_STRONGROOM_OPTIONS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// What was typed, verb by verb; parse.cc reads it, one file per verb does it.
namespace strongroom::terminal {

struct Common {
  std::string home;
  int passphrase_descriptor = -1;  ///< -1: ask on the terminal
  bool json = false;
  bool demonstration = false;
  bool verbose = false;
  std::string color = "auto";
  bool parse_only = false;
  std::vector<std::string> command;  ///< what was typed behind "--"
};

#ifdef STRONGROOM_VERSION
inline constexpr std::string_view kVersion = STRONGROOM_VERSION;
#endif

struct InitOptions {
  std::string directory;
  std::vector<std::string> custodians;
  std::int64_t threshold = 2;
  std::vector<std::string> members;
  std::string host = "this-machine";
};
struct SealOptions {
  std::string directory;
  std::string name;
};
struct OpenOptions {
  std::string name;
  std::string proposal;
  std::string purpose;
  double hours = 1;
  std::int64_t byte_budget = 0;  ///< 0: four times the object's size
  std::string agent;
  std::string mount;
  bool no_wait = false;
  bool confined = false;
  std::vector<std::string> command;
};
struct DecideOptions {
  std::string what;  ///< proposal, change, object, or "all"
  std::string reason;
  bool yes = false;
};
struct CloseOptions {
  std::string proposal;
  std::string agent;
};

/// Each prints its own words; with `common.json` one line of JSON at the end of stdout instead. The
/// number is the exit status (0, or that of a command that was run).
[[nodiscard]] Result<int> init(const Common& common, const InitOptions& options);
[[nodiscard]] Result<int> scan(const Common& common, const std::string& directory);
[[nodiscard]] Result<int> seal(const Common& common, const SealOptions& options);
[[nodiscard]] Result<int> open(const Common& common, const OpenOptions& options);
[[nodiscard]] Result<int> close(const Common& common, const CloseOptions& options);
[[nodiscard]] Result<int> approve(const Common& common, const DecideOptions& options);
[[nodiscard]] Result<int> refuse(const Common& common, const DecideOptions& options);
[[nodiscard]] Result<int> freeze(const Common& common, const DecideOptions& options);
[[nodiscard]] Result<int> recall(const Common& common, const DecideOptions& options);
[[nodiscard]] Result<int> status(const Common& common);
[[nodiscard]] Result<int> log(const Common& common);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_OPTIONS_H_
