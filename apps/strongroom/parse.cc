#include "parse.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

namespace strongroom::terminal {

namespace {

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

const Option* find_option(const std::vector<Option>& options, std::string_view spelled) {
  for (const Option& option : options) {
    if (option.spelled == spelled) return &option;
  }
  return nullptr;
}

// "--hours=4" is "--hours".
std::string_view spelled_in(std::string_view word) { return word.substr(0, word.find('=')); }

void add(CLI::App& app, const Option& option) {
  const std::string name = option.spelled;
  CLI::Option* added =
      std::visit(Match{[&](bool* into) { return app.add_flag(name, *into, option.about); },
                       [&](std::vector<std::string>* into) {
                         CLI::Option* list = app.add_option(name, *into, option.about);
                         return option.is_by_place() ? list : list->delimiter(',');
                       },
                       [&](auto* into) { return app.add_option(name, *into, option.about); }},
                 option.into);
  if (option.required) added->required();
  if (!option.environment.empty()) added->envname(option.environment);
  if (!option.choices.empty()) added->check(CLI::IsMember(option.choices));
}

std::string words_of(const CLI::ParseError& error) {
  std::string words = printable(error.what());
  for (std::size_t at = words.find("\\n"); at != std::string::npos; at = words.find("\\n"))
    words.replace(at, 2, " ");
  constexpr std::string_view kNoNumber = "Could not convert: ";  // "--hours = abc"
  const std::size_t sign = words.find(" = ");
  if (!words.starts_with(kNoNumber) || sign == std::string::npos) return words;
  return words.substr(kNoNumber.size(), sign - kNoNumber.size()) + ": " + words.substr(sign + 3) +
         " is not a number";
}

/// Where the verb stands among the arguments, once options of every verb are passed over.
struct Found {
  const Verb* verb = nullptr;
  std::size_t at = 0;
  bool wants_help = false;
};

bool asks_for_help(std::string_view word) { return word == "--help" || word == "-h"; }

Result<Found> find_in(const std::vector<Verb>& verbs, const std::vector<Option>& common,
                      const std::vector<std::string>& arguments) {
  Found found;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    found.wants_help = found.wants_help || asks_for_help(word);
    const Option* option = find_option(common, spelled_in(word));
    if (option != nullptr && !option->is_flag() && word.find('=') == std::string::npos) ++i;
    if (option != nullptr || asks_for_help(word)) continue;
    found.at = i;
    if (!word.starts_with('-')) found.verb = find_verb(verbs, word);
    if (found.verb != nullptr) return found;
    std::vector<std::string> known;
    for (const Verb& verb : verbs) {
      if (!verb.is_hidden) known.push_back(verb.name);
      known.insert(known.end(), verb.aliases.begin(), verb.aliases.end());
    }
    for (const Option& each : common) known.push_back(each.spelled);
    const std::string near = nearest(word, known);
    return fail(ErrorCode::kUsage,
                fmt::format("there is no {} {}{}; strongroom --help lists all",
                            word.starts_with('-') ? "option" : "verb", printable(word),
                            near.empty() ? "" : ": did you mean " + near + "?"));
  }
  return found;
}

// What is no option of this verb is told with the nearest that is.
Result<bool> check_options(const Verb& verb, const std::vector<Option>& common,
                           const std::vector<std::string>& arguments, std::size_t from) {
  for (std::size_t i = from; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (asks_for_help(word)) return true;
    if (!word.starts_with('-') || word == "-") continue;
    const Option* option = find_option(verb.options, spelled_in(word));
    if (option == nullptr) option = find_option(common, spelled_in(word));
    if (option != nullptr) {
      if (!option->is_flag() && word.find('=') == std::string::npos) ++i;
      continue;
    }
    std::vector<std::string> known;
    for (const Option& each : verb.options) {
      if (!each.is_by_place()) known.push_back(each.spelled);
    }
    for (const Option& each : common) known.push_back(each.spelled);
    const std::string near = nearest(spelled_in(word), known);
    return fail(ErrorCode::kUsage,
                fmt::format("{} has no option {}{}; strongroom {} --help lists them", verb.name,
                            printable(spelled_in(word)),
                            near.empty() ? "" : ": did you mean " + near + "?", verb.name));
  }
  return false;
}

Result<void> parse_values(const Verb& verb, const std::vector<Option>& common,
                          std::vector<std::string> arguments) {
  CLI::App app;
  app.set_help_flag();
  for (const Option& option : verb.options) add(app, option);
  for (const Option& option : common) add(app, option);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kUsage, fmt::format("{}: {}; for example: {}", verb.name,
                                               words_of(error), verb.examples.front().line));
  }
  return {};
}

}  // namespace

Result<Typed> parse(const std::vector<Verb>& verbs, Common& common,
                    std::vector<std::string> arguments) {
  common.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  const std::vector<Option> options = common_options(common);
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  const bool has_command = end != arguments.end();
  if (has_command) common.command.assign(end + 1, arguments.end());
  arguments.erase(end, arguments.end());
  if (!arguments.empty() && arguments.front() == "--version")
    return Typed{nullptr, "strongroom " + std::string(kVersion) + "\n"};
  if (!arguments.empty() && arguments.front() == "help") arguments.front() = "--help";
  ASSIGN_OR_RETURN(const Found found, find_in(verbs, options, arguments));
  if (found.verb == nullptr) {
    if (found.wants_help) return Typed{nullptr, help(verbs)};
    return fail(ErrorCode::kUsage,
                "say what to do; strongroom --help lists all, strongroom status "
                "shows what there is");
  }
  ASSIGN_OR_RETURN(const bool wants_help,
                   check_options(*found.verb, options, arguments, found.at + 1));
  if (wants_help || found.wants_help) return Typed{nullptr, help(*found.verb)};
  if (has_command && (!found.verb->takes_command || common.command.empty())) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: {}", found.verb->name,
                            found.verb->takes_command ? "-- wants a command behind it"
                                                      : "it runs no command: leave out --"));
  }
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(found.at));
  RETURN_IF_ERROR(parse_values(*found.verb, options, std::move(arguments)));
  return Typed{found.verb, ""};
}

}  // namespace strongroom::terminal
