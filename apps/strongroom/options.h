#ifndef STRONGROOM_STRONGROOM_OPTIONS_H_
#define STRONGROOM_STRONGROOM_OPTIONS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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
  bool no_color = false;             ///< NO_COLOR is set
  /// What --verbose tells after an error: label and value, in the order in which it came to hand.
  std::shared_ptr<std::vector<std::pair<std::string, std::string>>> trail =
      std::make_shared<std::vector<std::pair<std::string, std::string>>>();
};

#ifdef STRONGROOM_VERSION
inline constexpr std::string_view kVersion = STRONGROOM_VERSION;
#endif

struct InitOptions {
  std::string profile;  ///< solo, small, lab; empty with --demonstration
  std::string directory;
  std::vector<std::string> custodians;  ///< names, where one machine makes every key
  std::vector<std::string> founders;    ///< introductions, in profiles small and lab
  std::int64_t threshold = 2;
  std::vector<std::string> recovery;  ///< introductions
  std::int64_t recovery_threshold = 1;
  std::vector<std::string> members;  ///< names, or introductions
  std::vector<std::string> hosts;    ///< NAME, or NAME=FILE with another machine's agent key
  std::int64_t cleared_days = 365;
  bool again = false;
};
struct KeyOptions {
  std::string what;  ///< "new"
  std::string name;
  std::string out;         ///< empty: NAME.introduction
  std::string strongroom;  ///< the one to be enrolled in; empty: not founded yet
  std::string person;      ///< whose further key it is; empty: somebody new
};
struct EnrolOptions {
  std::string introduction;
  std::vector<std::string> roles;
  std::string clearance = "SL5";
  std::int64_t cleared_days = 365;
  std::string reason;
};
struct SignOptions {
  std::string genesis;
  std::string heard;  ///< the id as another founder gave it; empty: asked for
  std::string out;    ///< empty: NAME.signature
};
struct FoundOptions {
  std::string directory;
  std::vector<std::string> signatures;
};
struct JoinOptions {
  std::string id;
  std::string server = "http://127.0.0.1:7443";
  std::string store;  ///< empty: this home neither seals nor opens
  std::string agent;  ///< the directory of an agent, which joins in place of a person
};
struct RehearseOptions {
  std::string agent;
  std::string mount;  ///< empty: in the home
  bool no_wait = false;
};
struct RecoverOptions {
  bool test = false;
  std::string name;  ///< with `test`: one object; empty: all
};
struct SealOptions {
  std::string directory;
  std::string name;
  bool remove_source = false;
  bool even_hostile = false;
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
  std::string offline;  ///< freeze, recall: the file to write, in place of the log
};
struct CloseOptions {
  std::string proposal;
  std::string agent;
};

/// Each prints its own words; with `common.json` one line of JSON at the end of stdout instead. The
/// number is the exit status (0, or that of a command that was run).
[[nodiscard]] Result<int> init(const Common& common, const InitOptions& options);
[[nodiscard]] Result<int> new_key(const Common& common, const KeyOptions& options);
[[nodiscard]] Result<int> sign_genesis(const Common& common, const SignOptions& options);
[[nodiscard]] Result<int> found(const Common& common, const FoundOptions& options);
[[nodiscard]] Result<int> join(const Common& common, const JoinOptions& options);
[[nodiscard]] Result<int> enrol(const Common& common, const EnrolOptions& options);
[[nodiscard]] Result<int> rehearse(const Common& common, const RehearseOptions& options);
[[nodiscard]] Result<int> recover(const Common& common, const RecoverOptions& options);
[[nodiscard]] Result<int> seal(const Common& common, const SealOptions& options);
[[nodiscard]] Result<int> open(const Common& common, const OpenOptions& options);
[[nodiscard]] Result<int> close(const Common& common, const CloseOptions& options);
[[nodiscard]] Result<int> approve(const Common& common, const DecideOptions& options);
[[nodiscard]] Result<int> refuse(const Common& common, const DecideOptions& options);
[[nodiscard]] Result<int> freeze(const Common& common, const DecideOptions& options);
[[nodiscard]] Result<int> recall(const Common& common, const DecideOptions& options);
[[nodiscard]] Result<int> log(const Common& common);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_OPTIONS_H_
