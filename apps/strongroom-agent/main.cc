#include <CLI/CLI.hpp>

#include "base/program.h"
#include "base/secret.h"
#include "host.h"

int main(int argc, char** argv) {
  strongroom::begin_program();
  strongroom::harden_process();
  CLI::App app{
      "The host's side of releases: asks, redeems, mounts read-only, ends leases and wipes."};
  app.fallthrough();  // before there are verbs: they take it over
  app.footer("Example: strongroom-agent --data /var/lib/strongroom-agent");
  std::string directory;
  app.add_option("--data", directory, "Directory of the agent: config.json, host.key, agent.sock")
      ->required();
  strongroom::host::SweepAsked sweep;
  app.add_option("--sweep", sweep.directories,
                 "Directories to sweep for weights, kept in config.json (docs/sweeps.md)");
  app.add_option("--every", sweep.every, "Sweep so often: hours, or 30m, 90s; kept too");
  app.add_flag("--sweep-now", sweep.now, "Begin with a sweep, whenever the last one was");
  bool verbose = false;
  app.add_flag("--verbose", verbose, "Say more after an error");
  CLI::App* key = app.add_subcommand("key", "Make the host's key; print its public half");
  strongroom::host::Introduced introduced;
  key->add_option("--strongroom", introduced.strongroom,
                  "To be added to one that stands: its id; prints what strongroom host add takes");
  key->add_option("--name", introduced.name, "What the host is to be called there");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error)
                                      : strongroom::report_usage("strongroom-agent", error.what());
  }
  const strongroom::Result<void> result = key->parsed()
                                              ? strongroom::host::make_key(directory, introduced)
                                              : strongroom::host::serve(directory, sweep);
  return strongroom::exit_status(result ? 0
                                        : strongroom::report("strongroom-agent", result.error(),
                                                             {.json = false, .verbose = verbose}));
}
