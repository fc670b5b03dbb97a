#include <fmt/format.h>

#include "base/program.h"
#include "candidates.h"
#include "verbs.h"

namespace strongroom::terminal {

Verb completion_verb() {
  auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .group = Group::kShell,
          .summary = "Write the completion script of a shell",
          .more =
              "Completes verbs, options, names and proposals; the last two from what strongroom "
              "status has seen, without a passphrase.",
          .options = {{.spelled = "shell",
                       .about = "bash, zsh or fish",
                       .into = shell.get(),
                       .required = true,
                       .completes = Completes::kChoice,
                       .choices = {"bash", "zsh", "fish"}}},
          .examples = {{"strongroom completion bash > "
                        "~/.local/share/bash-completion/completions/strongroom",
                        "from the next shell on; zsh: a file _strongroom in $fpath"},
                       {"strongroom completion fish > ~/.config/fish/completions/strongroom.fish",
                        "from the next shell on"}},
          .run = [shell](const Common&) -> Result<int> {
            ASSIGN_OR_RETURN(const std::string script, completion_script(all_verbs(), *shell));
            write_out(script);
            return 0;
          }};
}

Verb man_verb() {
  return {.name = "man",
          .group = Group::kShell,
          .summary = "Write the manual page",
          .examples = {{"strongroom man | man -l -", "reads it"},
                       {"strongroom man > /usr/local/share/man/man1/strongroom.1", "keeps it"}},
          .run = [](const Common&) -> Result<int> {
            write_out(manual_page(all_verbs()));
            return 0;
          }};
}

Verb candidates_verb() {
  auto kind = std::make_shared<std::string>();
  return {.name = "candidates",
          .group = Group::kShell,
          .summary = "Names or proposals that were seen last, for completion",
          .options = {{.spelled = "kind",
                       .about = "names or proposals",
                       .into = kind.get(),
                       .required = true,
                       .completes = Completes::kChoice,
                       .choices = {"names", "proposals"}}},
          .examples = {{"strongroom candidates names", "one on each line"}},
          .takes_command = true,
          .is_hidden = true,
          .run = [kind](const Common& common) -> Result<int> {
            ASSIGN_OR_RETURN(const std::string lines, candidates(common, *kind));
            write_out(lines);
            return 0;
          }};
}

}  // namespace strongroom::terminal
