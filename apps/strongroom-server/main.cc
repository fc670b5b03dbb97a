#include <CLI/CLI.hpp>

#include "backups.h"
#include "base/program.h"
#include "base/secret.h"
#include "site.h"

int main(int argc, char** argv) {
  strongroom::begin_program();
  strongroom::harden_process();
  CLI::App app{"Serves one strongroom: its log, its keeper, and the requests of people and hosts."};
  app.fallthrough();  // before there are verbs: they take it over
  app.footer("Example: strongroom-server --data /var/lib/strongroom --listen 127.0.0.1:7443");
  std::string directory;
  std::string listen = "127.0.0.1:7443";
  std::string genesis;
  app.add_option("--data", directory, "Directory of the site")->required();
  app.add_option("--listen", listen, "Loopback address and port; port 0 takes a free one")
      ->capture_default_str();
  bool verbose = false;
  app.add_flag("--verbose", verbose, "Say more after an error");
  CLI::App* keys =
      app.add_subcommand("keys", "Make the log key and the deposit key; print their public halves");
  CLI::App* found = app.add_subcommand("found", "Put a signed genesis at the head of a new log");
  found->add_option("--genesis", genesis, "File that strongroom init wrote")->required();
  strongroom::site::BackupTyped typed;
  const auto add_backup_options = [&typed](CLI::App* verb) {
    verb->add_flag("--keys", typed.keys, "With the site's keys, wrapped under a passphrase");
    verb->add_option("--passphrase-fd", typed.passphrase_descriptor,
                     "Read that passphrase from this descriptor, not the terminal");
    verb->add_flag("--json", typed.json, "One line of JSON instead of words");
  };
  CLI::App* backup = app.add_subcommand("backup", "Back the site up; the server may be running");
  backup->add_option("--to", typed.directory, "Directory of the backups")->required();
  backup->add_flag("--reread", typed.reread, "Read again what earlier backups copied, too");
  add_backup_options(backup);
  CLI::App* restore =
      app.add_subcommand("restore", "Build the site anew, in --data, from a backup");
  restore->add_option("--from", typed.directory, "Directory of the backups")->required();
  restore->add_option("--id", typed.id, "The strongroom's id, from elsewhere")->required();
  restore->add_option("--number", typed.number, "Which backup (default: the newest)");
  add_backup_options(restore);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error)
                                      : strongroom::report_usage("strongroom-server", error.what());
  }
  typed.site = directory;
  const strongroom::Result<void> result =
      keys->parsed()      ? strongroom::site::make_keys(directory)
      : found->parsed()   ? strongroom::site::found(directory, genesis)
      : backup->parsed()  ? strongroom::site::backup(typed)
      : restore->parsed() ? strongroom::site::restore(typed)
                          : strongroom::site::serve(directory, listen);
  return strongroom::exit_status(
      result ? 0
             : strongroom::report("strongroom-server", result.error(),
                                  {.json = typed.json, .verbose = verbose}));
}
