#include <CLI/CLI.hpp>

#include "base/program.h"
#include "base/secret.h"
#include "site.h"

int main(int argc, char** argv) {
  strongroom::begin_program();
  strongroom::harden_process();
  CLI::App app{"Serves one strongroom: its log, its keeper, and the requests of people and hosts."};
  app.footer("Example: strongroom-server --data /var/lib/strongroom --listen 127.0.0.1:7443");
  std::string directory;
  std::string listen = "127.0.0.1:7443";
  std::string genesis;
  app.add_option("--data", directory, "Directory of the site")->required();
  app.add_option("--listen", listen, "Loopback address and port; port 0 takes a free one")
      ->capture_default_str();
  CLI::App* keys =
      app.add_subcommand("keys", "Make the log key and the deposit key; print their public halves");
  CLI::App* found = app.add_subcommand("found", "Put a signed genesis at the head of a new log");
  found->add_option("--genesis", genesis, "File that strongroom init wrote")->required();
  app.fallthrough();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0
               ? app.exit(error)
               : (app.exit(error), static_cast<int>(strongroom::ErrorCode::kUsage));
  }
  const strongroom::Result<void> result = keys->parsed() ? strongroom::site::make_keys(directory)
                                          : found->parsed()
                                              ? strongroom::site::found(directory, genesis)
                                              : strongroom::site::serve(directory, listen);
  return strongroom::exit_status(
      result ? 0 : strongroom::report("strongroom-server", result.error(), false));
}
