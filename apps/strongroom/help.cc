#include <fmt/format.h>

#include "usage.h"

namespace strongroom::terminal {

namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kOptionColumn = 26;

// Words put into lines, each after the first behind `indent` blanks.
std::string filled(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (column > indent && column + 1 + word.size() > kColumns) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += " ";
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out;
}

std::string row(const std::string& left, std::string_view right) {
  std::string line = "  " + left;
  line += line.size() + 2 > kOptionColumn ? "\n" + std::string(kOptionColumn, ' ')
                                          : std::string(kOptionColumn - line.size(), ' ');
  return line + filled(right, kOptionColumn) + "\n";
}

std::string option_row(const Option& option) {
  std::string left = option.is_by_place() ? option.spelled : option.spelled;
  if (!option.value.empty()) left += " " + option.value;
  std::string right = option.about;
  if (option.required && !option.is_by_place()) right += " (needed)";
  if (!option.environment.empty()) right += " [" + option.environment + "]";
  return row(left, right);
}

}  // namespace

std::string usage_of(const Verb& verb) {
  std::string usage = "strongroom " + verb.name;
  for (const Option& option : verb.options) {
    if (!option.is_by_place() && !option.required) continue;
    std::string part = option.spelled + (option.value.empty() ? "" : " " + option.value);
    if (option.is_by_place() && std::holds_alternative<std::vector<std::string>*>(option.into))
      part += "...";
    usage += option.required ? " " + part : " [" + part + "]";
  }
  usage += " [options]";
  if (verb.takes_command) usage += " [-- command...]";
  return usage;
}

std::string help(const Verb& verb) {
  std::string text = filled(verb.summary + ".", 0) + "\n\n  " + usage_of(verb) + "\n";
  if (!verb.more.empty()) text += "\n" + filled(verb.more, 0) + "\n";
  if (!verb.options.empty()) text += "\n";
  for (const Option& option : verb.options) text += option_row(option);
  text += "\nExamples:\n";
  for (const Example& example : verb.examples)
    text += "  " + example.line + "\n      " + filled(example.does, 6) + "\n";
  if (!verb.aliases.empty()) text += "\nAlso called: " + verb.aliases.front() + "\n";
  return text + "\nOptions of every verb: strongroom --help. All of it: man strongroom.\n";
}

std::string help(const std::vector<Verb>& verbs) {
  std::string text =
      "Keeps models sealed; opens them only for a quorum, on a checked host, for a while.\n\n"
      "  strongroom VERB [options]        strongroom VERB --help says more, with examples\n";
  for (int group = 0; group <= static_cast<int>(Group::kShell); ++group) {
    std::string rows;
    for (const Verb& verb : verbs) {
      if (static_cast<int>(verb.group) == group && !verb.is_hidden)
        rows += row(verb.name, verb.summary);
    }
    if (!rows.empty()) text += fmt::format("\n{}:\n{}", title_of(static_cast<Group>(group)), rows);
  }
  text += "\nOptions of every verb:\n";
  Common unused;
  for (const Option& option : common_options(unused)) text += option_row(option);
  return text + "\nExample: strongroom seal ./my-model --name my-model\n";
}

}  // namespace strongroom::terminal
