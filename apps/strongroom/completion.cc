#include <fmt/format.h>

#include "verb.h"

namespace strongroom::terminal {

namespace {

// In single quotes nothing means anything to a shell but the quote itself.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}
// fish knows \' and \\ inside single quotes.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += (c == '\'' || c == '\\' ? "\\" : "") + std::string(1, c);
  return out + "'";
}
// What _arguments reads has a grammar of its own.
std::string zsh_told(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += (c == '[' || c == ']' || c == ':' || c == '\\' ? "\\" : "") + std::string(1, c);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> names_of(const Verb& verb) {
  std::vector<std::string> names = {verb.name};
  names.insert(names.end(), verb.aliases.begin(), verb.aliases.end());
  return names;
}

std::string pattern_of(const Verb& verb) {
  std::string out;
  for (const std::string& name : names_of(verb)) out += (out.empty() ? "" : "|") + name;
  return out;
}

// --- bash ----------------------------------------------------------------------------------------

std::string bash_values(const Option& option) {
  switch (option.completes) {
    case Completes::kFile:
      return "_strongroom_paths -f";
    case Completes::kDirectory:
      return "_strongroom_paths -d";
    case Completes::kName:
      return "_strongroom_candidates \"$1\" names";
    case Completes::kProposal:
      return "_strongroom_candidates \"$1\" proposals";
    case Completes::kChoice:
      return "_strongroom_words " + joined(option.choices);
    case Completes::kNothing:
      break;
  }
  return ":";
}

std::string bash_verb(const Verb& verb, const std::vector<Option>& common) {
  std::string values;
  std::string place = ":";
  std::string flags;
  std::vector<Option> options = verb.options;
  options.insert(options.end(), common.begin(), common.end());
  for (const Option& option : options) {
    if (option.is_by_place()) {
      place = bash_values(option);
      continue;
    }
    flags += " " + option.spelled;
    if (!option.is_flag())
      values += fmt::format("        {}) {}; return ;;\n", option.spelled, bash_values(option));
  }
  return fmt::format(
      "    {})\n      case \"$before\" in\n{}      esac\n"
      "      case \"$now\" in\n        -*) _strongroom_words{} ;;\n        *) {} ;;\n      esac "
      ";;\n",
      pattern_of(verb), values, flags, place);
}

// Candidates are compared as plain words: nothing that others have named is ever expanded.
constexpr std::string_view kBashHead =
    R"(# bash completion for strongroom; made by: strongroom completion bash
_strongroom_words() {
  local each
  for each in "$@"; do
    [[ "$each" == "$now"* ]] && COMPREPLY+=("$each")
  done
}
_strongroom_paths() {
  compopt -o filenames 2>/dev/null
  local each
  while IFS= read -r each; do COMPREPLY+=("$each"); done < <(compgen "$1" -- "$now")
}
_strongroom_candidates() {
  local each typed
  while IFS=$'\t' read -r each _; do
    printf -v typed '%q' "$each"
    [[ "$each" == "$now"* || "$typed" == "$now"* ]] && COMPREPLY+=("$typed")
  done < <("$1" candidates "$2" -- "${COMP_WORDS[@]}" 2>/dev/null)
}
_strongroom() {
  local now="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" verb="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
      --) return ;;
)";

std::string bash_script(const std::vector<Verb>& verbs) {
  Common unused;
  const std::vector<Option> common = common_options(unused);
  std::string script(kBashHead);
  std::string words;
  std::string values;
  for (const Option& option : common) {
    words += " " + option.spelled;
    if (option.is_flag()) continue;
    script += fmt::format("      {}) ((i++)) ;;\n", option.spelled);
    values += fmt::format("        {}) {}; return ;;\n", option.spelled, bash_values(option));
  }
  script +=
      "      -*) ;;\n      *) verb=\"${COMP_WORDS[i]}\"; break ;;\n    esac\n  done\n"
      "  case \"$verb\" in\n";
  for (const Verb& verb : verbs) {
    if (verb.is_hidden) continue;
    words += " " + joined(names_of(verb));
    script += bash_verb(verb, common);
  }
  script += fmt::format(
      "    '')\n      case \"$before\" in\n{}      esac\n"
      "      _strongroom_words{} ;;\n",
      values, words);
  return script + "  esac\n}\ncomplete -F _strongroom strongroom\n";
}

// --- zsh -----------------------------------------------------------------------------------------

std::string zsh_values(const Option& option) {
  switch (option.completes) {
    case Completes::kFile:
      return "_files";
    case Completes::kDirectory:
      return "_files -/";
    case Completes::kName:
      return " _strongroom_candidates names";
    case Completes::kProposal:
      return " _strongroom_candidates proposals";
    case Completes::kChoice:
      return "(" + joined(option.choices) + ")";
    case Completes::kNothing:
      break;
  }
  return " ";
}

std::string zsh_option(const Option& option) {
  const std::string told = zsh_told(option.about);
  if (option.is_by_place())
    return quoted(fmt::format(":{}:{}", zsh_told(option.spelled), zsh_values(option)));
  if (option.is_flag()) return quoted(fmt::format("{}[{}]", option.spelled, told));
  return quoted(fmt::format("{}=[{}]:{}:{}", option.spelled, told, zsh_told(option.value),
                            zsh_values(option)));
}

constexpr std::string_view kZshHead = R"(#compdef strongroom
# zsh completion for strongroom; made by: strongroom completion zsh
_strongroom_candidates() {
  local -a found
  local line
  while IFS= read -r line; do
    found+=("${line%%$'\t'*}")
  done < <("${strongroom_typed[1]}" candidates "$1" -- "${(@)strongroom_typed}" 2>/dev/null)
  compadd -a found
}
_strongroom() {
  local -a strongroom_typed=("${(@)words}") verbs
  local curcontext="$curcontext" state line
  typeset -A opt_args
)";

std::string zsh_script(const std::vector<Verb>& verbs) {
  Common unused;
  std::string common;
  for (const Option& option : common_options(unused)) common += " " + zsh_option(option);
  std::string script(kZshHead);
  script += "  verbs=(\n";
  for (const Verb& verb : verbs) {
    if (verb.is_hidden) continue;
    for (const std::string& name : names_of(verb))
      script += "    " + quoted(name + ":" + zsh_told(verb.summary)) + "\n";
  }
  script += "  )\n  _arguments -C" + common +
            " '1:verb:->verb' '*::argument:->rest' && return\n"
            "  case $state in\n    verb) _describe -t verbs verb verbs ;;\n"
            "    rest) case $words[1] in\n";
  for (const Verb& verb : verbs) {
    if (verb.is_hidden) continue;
    std::string own;
    for (const Option& option : verb.options) own += " " + zsh_option(option);
    script += "      " + pattern_of(verb) + ") _arguments" + own + common + " ;;\n";
  }
  return script +
         "    esac ;;\n  esac\n}\n"
         "if [[ $funcstack[1] == _strongroom ]]; then _strongroom \"$@\"; else compdef _strongroom "
         "strongroom; fi\n";
}

// --- fish ----------------------------------------------------------------------------------------

std::string fish_values(const Option& option) {
  switch (option.completes) {
    case Completes::kFile:
      return " -F";
    case Completes::kDirectory:
      return " -a '(__fish_complete_directories (commandline -ct))'";
    case Completes::kName:
      return " -a '(__strongroom_candidates names)'";
    case Completes::kProposal:
      return " -a '(__strongroom_candidates proposals)'";
    case Completes::kChoice:
      return " -a " + fish_quoted(joined(option.choices));
    case Completes::kNothing:
      break;
  }
  return "";
}

std::string fish_option(const Option& option, const std::string& when) {
  std::string line = "complete -c strongroom -n " + fish_quoted(when);
  if (option.is_by_place()) return line + fish_values(option) + "\n";
  line += " -l " + option.spelled.substr(2) + " -d " + fish_quoted(option.about);
  return line + (option.is_flag() ? "" : " -r" + fish_values(option)) + "\n";
}

constexpr std::string_view kFishHead =
    R"(# fish completion for strongroom; made by: strongroom completion fish
function __strongroom_candidates
    set -l typed (commandline -opc)
    command $typed[1] candidates $argv[1] -- $typed 2>/dev/null
end
complete -c strongroom -f
)";

std::string fish_script(const std::vector<Verb>& verbs) {
  std::string script(kFishHead);
  std::string all;
  for (const Verb& verb : verbs) {
    if (!verb.is_hidden) all += " " + joined(names_of(verb));
  }
  const std::string none = "not __fish_seen_subcommand_from" + all;
  for (const Verb& verb : verbs) {
    if (verb.is_hidden) continue;
    const std::string when = "__fish_seen_subcommand_from " + joined(names_of(verb));
    for (const std::string& name : names_of(verb))
      script += "complete -c strongroom -n " + fish_quoted(none) + " -a " + name + " -d " +
                fish_quoted(verb.summary) + "\n";
    for (const Option& option : verb.options) script += fish_option(option, when);
  }
  Common unused;
  for (const Option& option : common_options(unused)) script += fish_option(option, "true");
  return script;
}

}  // namespace

Result<std::string> completion_script(const std::vector<Verb>& verbs, std::string_view shell) {
  if (shell == "bash") return bash_script(verbs);
  if (shell == "zsh") return zsh_script(verbs);
  if (shell == "fish") return fish_script(verbs);
  return fail(ErrorCode::kUsage, "completion knows bash, zsh and fish");
}

}  // namespace strongroom::terminal
