#ifndef STRONGROOM_STRONGROOM_VERB_H_
#define STRONGROOM_STRONGROOM_VERB_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "options.h"

/// What can be typed, described once. Parsing, --help, shell completion and the man page are all
/// made from these descriptions: a new verb is one function that gives a Verb, and one line in
/// verbs.cc.
namespace strongroom::terminal {

/// What a shell may offer in an option's place.
enum class Completes {
  kNothing,
  kFile,
  kDirectory,
  kName,      ///< what has been sealed
  kProposal,  ///< ids of proposals
  kChoice,    ///< one of `choices`
};

/// Where a value goes. Borrowed from what the verb's `run` keeps alive.
using Into =
    std::variant<bool*, int*, std::int64_t*, double*, std::string*, std::vector<std::string>*>;

/// An option ("--name", with `value` as the help names its value; a flag has none) or an argument
/// by place ("directory").
struct Option {
  std::string spelled;
  std::string value = {};
  std::string about;  ///< a clause; begins large, ends without a stop
  Into into;          ///< a list is comma separated, unless by place: then it takes all the rest
  bool required = false;
  Completes completes = Completes::kNothing;
  std::string environment = {};           ///< the variable that it is taken from when not given
  std::vector<std::string> choices = {};  ///< kChoice: nothing else is taken
  [[nodiscard]] bool is_by_place() const { return !spelled.starts_with('-'); }
  [[nodiscard]] bool is_flag() const { return std::holds_alternative<bool*>(into); }
};

/// One line that works as it stands, and what it does.
struct Example {
  std::string line;
  std::string does;
};

enum class Group { kFounding, kModels, kDeciding, kLooking, kMachine, kShell };
[[nodiscard]] std::string_view title_of(Group group);

struct Verb {
  std::string name;
  std::vector<std::string> aliases = {};
  Group group = Group::kModels;
  std::string summary;    ///< one line: begins large, ends without a stop
  std::string more = {};  ///< what else one must know, for help and man page
  std::vector<Option> options = {};
  std::vector<Example> examples;  ///< at least one
  bool takes_command = false;     ///< what follows "--" is a command that it runs
  bool is_hidden = false;         ///< for shells, not for people
  /// Prints its own words; with `common.json` one line of JSON at the end of stdout instead. The
  /// number is the exit status (0, or that of a command that was run).
  std::function<Result<int>(const Common&)> run;
};

/// Every verb, in the order of the help.
[[nodiscard]] std::vector<Verb> all_verbs();
/// What every verb takes besides its own.
[[nodiscard]] std::vector<Option> common_options(Common& common);

/// By name or alias; null: there is none. Borrowed from `verbs`.
[[nodiscard]] const Verb* find_verb(const std::vector<Verb>& verbs, std::string_view name);

/// "strongroom --help", and of one verb: plain text, at most 100 columns wide.
[[nodiscard]] std::string help(const std::vector<Verb>& verbs);
[[nodiscard]] std::string help(const Verb& verb);
/// roff for man(1), from the same descriptions.
[[nodiscard]] std::string manual_page(const std::vector<Verb>& verbs);
/// A script for "bash", "zsh" or "fish". Errors: kUsage (another shell).
[[nodiscard]] Result<std::string> completion_script(const std::vector<Verb>& verbs,
                                                    std::string_view shell);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_VERB_H_
