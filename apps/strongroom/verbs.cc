#include "verbs.h"

#include <algorithm>

#include "inventory.h"

namespace strongroom::terminal {

std::vector<Verb> all_verbs() {
  return {
      init_verb(),       key_verb(),       sign_verb(),         found_verb(),
      join_verb(),       enrol_verb(),     person_verb(),       host_verb(),
      rehearse_verb(),   recover_verb(),  // founding
      scan_verb(),       delta_verb(),     seal_verb(),         open_verb(),
      close_verb(),      rekey_verb(),     triage_verb(),       import_verb(),
      inventory_verb(),
      explain_verb(),  // models
      approve_verb(),    refuse_verb(),    freeze_verb(),       unfreeze_verb(),
      confirm_verb(),    level_verb(),     policy_verb(),       recall_verb(),
      deliver_verb(),    reference_verb(), public_index_verb(), triage_rules_verb(),
      finding_verb(),    dismiss_verb(),   levels_verb(),       exception_verb(),  // deciding
      status_verb(),     changes_verb(),   log_verb(),
      sightings_verb(),                                        // looking
      doctor_verb(),     backup_verb(),    restore_verb(),     // this machine
      completion_verb(), man_verb(),       candidates_verb(),  // the shell
  };
}

std::vector<Option> common_options(Common& common) {
  return {
      {.spelled = "--home",
       .value = "DIR",
       .about = "Your home: the directory with config.json and key.json",
       .into = &common.home,
       .completes = Completes::kDirectory,
       .environment = "STRONGROOM_HOME"},
      {.spelled = "--passphrase-fd",
       .value = "N",
       .about = "Read the passphrase from this descriptor, not from the terminal",
       .into = &common.passphrase_descriptor},
      {.spelled = "--json", .about = "One line of JSON instead of words", .into = &common.json},
      {.spelled = "--verbose",
       .about = "Say more: after an error, what was in hand when it happened",
       .into = &common.verbose},
      {.spelled = "--color",
       .value = "WHEN",
       .about = "auto (on a terminal, unless NO_COLOR is set), always or never",
       .into = &common.color,
       .completes = Completes::kChoice,
       .choices = {"auto", "always", "never"}},
      {.spelled = "--demonstration",
       .about = "Work with a demonstration, which protects nothing",
       .into = &common.demonstration,
       .environment = "STRONGROOM_DEMONSTRATION"},
      {.spelled = "--parse-only",
       .about = "Check the command line, and do nothing",
       .into = &common.parse_only},
  };
}

const Verb* find_verb(const std::vector<Verb>& verbs, std::string_view name) {
  for (const Verb& verb : verbs) {
    if (verb.name == name ||
        std::find(verb.aliases.begin(), verb.aliases.end(), name) != verb.aliases.end())
      return &verb;
  }
  return nullptr;
}

std::string_view title_of(Group group) {
  switch (group) {
    case Group::kFounding:
      return "Founding and people";
    case Group::kModels:
      return "Models";
    case Group::kDeciding:
      return "Deciding (anyone may lock; only a quorum may open)";
    case Group::kLooking:
      return "Looking";
    case Group::kMachine:
      return "This machine";
    case Group::kShell:
      return "The shell";
  }
  return "";
}

}  // namespace strongroom::terminal
