#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/program.h"
#include "base/secret.h"
#include "options.h"

namespace {

using namespace strongroom::terminal;
using strongroom::Result;

/// Everything that can be typed.
struct Typed {
  Common common;
  InitOptions init;
  std::string scan_directory;
  SealOptions seal;
  OpenOptions open;
  DecideOptions decide;
  CloseOptions close;
};

void add_common(CLI::App& app, Typed& typed) {
  app.add_option("--home", typed.common.home, "Directory with config.json and key.json")
      ->envname("STRONGROOM_HOME");
  app.add_option("--passphrase-fd", typed.common.passphrase_descriptor,
                 "Read the passphrase from this descriptor, not the terminal");
  app.add_flag("--json", typed.common.json, "One line of JSON instead of words");
  app.add_flag("--demonstration", typed.common.demonstration,
               "Work with a demonstration, which protects nothing")
      ->envname("STRONGROOM_DEMONSTRATION");
}

CLI::App* add_decision(CLI::App& app, Typed& typed, const char* verb, const char* what,
                       const char* about) {
  CLI::App* added = app.add_subcommand(verb, about);
  added->add_option(what, typed.decide.what, "From strongroom status")->required();
  added->add_option("--reason", typed.decide.reason, "Why; kept beside the log, erasable");
  added->add_flag("--yes", typed.decide.yes, "Do not ask (demonstrations only)");
  return added;
}

CLI::App* add_init(CLI::App& app, Typed& typed) {
  CLI::App* init = app.add_subcommand("init", "Found a strongroom (this version: a demonstration)");
  init->add_option("--data", typed.init.directory, "Where everything of the demonstration lies")
      ->required();
  init->add_option("--custodians", typed.init.custodians, "Names, comma separated")
      ->delimiter(',')
      ->required();
  init->add_option("--threshold", typed.init.threshold, "How many of them release")
      ->capture_default_str();
  init->add_option("--members", typed.init.members, "Others, who may seal and ask")->delimiter(',');
  init->add_option("--host", typed.init.host, "Name of the agent's host")->capture_default_str();
  init->footer(
      "Example: strongroom init --demonstration --data ./lab --custodians alice,bob,carol "
      "--members dana");
  return init;
}

CLI::App* add_open(CLI::App& app, Typed& typed) {
  CLI::App* open =
      app.add_subcommand("open", "Ask for a release to this host; wait; mount; run a command");
  open->add_option("name", typed.open.name, "What was sealed");
  open->add_option("--proposal", typed.open.proposal, "Take up a proposal that was made before");
  open->add_option("--for", typed.open.purpose, "What it is for; custodians read it");
  open->add_option("--hours", typed.open.hours, "How long")->capture_default_str();
  open->add_option("--bytes", typed.open.byte_budget,
                   "How much may be read (default: four times its size)");
  open->add_option("--agent", typed.open.agent, "Socket of the agent on this host")
      ->envname("STRONGROOM_AGENT")
      ->required();
  open->add_option("--mount", typed.open.mount, "An empty directory");
  open->add_flag("--no-wait", typed.open.no_wait, "Do not wait for approvals");
  open->add_flag("--confined", typed.open.confined, "Only a command run through this may read");
  open->footer(
      "Example: strongroom open my-model --for \"eval run\" --hours 4 --mount /mnt/model -- python "
      "eval.py");
  return open;
}

// CLI11 has no notion of "everything after -- is one command", so it is taken off first.
std::vector<std::string> take_command(int& argc, char** argv) {
  std::vector<std::string> command;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--") continue;
    command.assign(argv + i + 1, argv + argc);
    argc = i;
    break;
  }
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  strongroom::harden_process();
  CLI::App app{
      "Keeps models sealed; opens them only for a quorum, on a checked host, for a while."};
  app.require_subcommand(1);
  app.fallthrough();
  Typed typed;
  typed.open.command = take_command(argc, argv);
  add_common(app, typed);
  CLI::App* init_verb = add_init(app, typed);
  CLI::App* scan_verb = app.add_subcommand("scan", "What is in this directory?");
  scan_verb->add_option("directory", typed.scan_directory)->required();
  CLI::App* seal_verb =
      app.add_subcommand("seal", "Recognise, register and seal a model directory");
  seal_verb->add_option("directory", typed.seal.directory)->required();
  seal_verb->add_option("--name", typed.seal.name, "What people call it")->required();
  seal_verb->footer("Example: strongroom seal ./my-model --name my-model");
  CLI::App* open_verb = add_open(app, typed);
  CLI::App* close_verb = app.add_subcommand("close", "End a lease on this host now");
  close_verb->add_option("proposal", typed.close.proposal)->required();
  close_verb->add_option("--agent", typed.close.agent)->envname("STRONGROOM_AGENT")->required();
  CLI::App* approve_verb =
      add_decision(app, typed, "approve", "proposal", "Look at a proposal and approve it");
  CLI::App* refuse_verb =
      add_decision(app, typed, "refuse", "proposal", "Look at a proposal and refuse it");
  CLI::App* freeze_verb =
      add_decision(app, typed, "freeze", "object",
                   "Stop votes, grants and redemptions (\"all\": of everything)");
  CLI::App* recall_verb =
      add_decision(app, typed, "recall", "proposal", "Void a grant and end its lease");
  CLI::App* status_verb = app.add_subcommand("status", "What is sealed, open, waiting, frozen");
  CLI::App* log_verb = app.add_subcommand("log", "The entries, one per line");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0
               ? app.exit(error)
               : (app.exit(error), static_cast<int>(strongroom::ErrorCode::kUsage));
  }
  Result<int> result = 0;
  if (init_verb->parsed()) result = init(typed.common, typed.init);
  if (scan_verb->parsed()) result = scan(typed.common, typed.scan_directory);
  if (seal_verb->parsed()) result = seal(typed.common, typed.seal);
  if (open_verb->parsed()) result = open(typed.common, typed.open);
  if (close_verb->parsed()) result = close(typed.common, typed.close);
  if (approve_verb->parsed()) result = approve(typed.common, typed.decide);
  if (refuse_verb->parsed()) result = refuse(typed.common, typed.decide);
  if (freeze_verb->parsed()) result = freeze(typed.common, typed.decide);
  if (recall_verb->parsed()) result = recall(typed.common, typed.decide);
  if (status_verb->parsed()) result = status(typed.common);
  if (log_verb->parsed()) result = log(typed.common);
  return result ? *result : strongroom::report("strongroom", result.error(), typed.common.json);
}
