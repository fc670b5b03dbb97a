#include <memory>

#include "child.h"
#include "verbs.h"

// The site's files are the server's: its own program, which stands beside this one, does the work.
namespace strongroom::terminal {

namespace {

struct BackupOptions {
  std::string site;
  std::string directory;
  bool keys = false;
  bool reread = false;
  std::string id;
  std::int64_t number = 0;
};

std::vector<std::string> common_arguments(const Common& common, const BackupOptions& options) {
  std::vector<std::string> arguments;
  if (options.keys) arguments.emplace_back("--keys");
  if (common.json) arguments.emplace_back("--json");
  if (common.passphrase_descriptor >= 0) {
    arguments.insert(arguments.end(),
                     {"--passphrase-fd", std::to_string(common.passphrase_descriptor)});
  }
  return arguments;
}

Result<int> backup(const Common& common, const BackupOptions& options) {
  std::vector<std::string> arguments{"--data", options.site, "backup", "--to", options.directory};
  if (options.reread) arguments.emplace_back("--reread");
  const std::vector<std::string> more = common_arguments(common, options);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_beside("strongroom-server", std::move(arguments));
}

Result<int> restore(const Common& common, const BackupOptions& options) {
  std::vector<std::string> arguments{"--data",          options.site, "restore", "--from",
                                     options.directory, "--id",       options.id};
  if (options.number != 0)
    arguments.insert(arguments.end(), {"--number", std::to_string(options.number)});
  const std::vector<std::string> more = common_arguments(common, options);
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_beside("strongroom-server", std::move(arguments));
}

Option keys_option(BackupOptions& typed) {
  return {.spelled = "--keys",
          .about = "With the site's log key and deposit key, wrapped under a passphrase",
          .into = &typed.keys};
}

}  // namespace

Verb backup_verb() {
  auto typed = std::make_shared<BackupOptions>();
  return {.name = "backup",
          .group = Group::kMachine,
          .summary = "Back a site up while its server runs",
          .more =
              "Run where the server's directory is. What never changes is copied once; the log is "
              "judged and what was copied is audited before the backup counts. The site's private "
              "keys are left out unless --keys is given. docs/operating/backup.md says what a "
              "backup holds, and what it means for texts that are erased later.",
          .options = {{.spelled = "--data",
                       .value = "DIR",
                       .about = "The server's directory",
                       .into = &typed->site,
                       .required = true,
                       .completes = Completes::kDirectory},
                      {.spelled = "--to",
                       .value = "DIR",
                       .about = "Directory of the backups; made when it is missing",
                       .into = &typed->directory,
                       .required = true,
                       .completes = Completes::kDirectory},
                      keys_option(*typed),
                      {.spelled = "--reread",
                       .about = "Read again what earlier backups copied, too",
                       .into = &typed->reread}},
          .examples = {{"strongroom backup --data ./lab/server --to /mnt/backups",
                        "makes the next backup there"}},
          .run = [typed](const Common& common) { return backup(common, *typed); }};
}

Verb restore_verb() {
  auto typed = std::make_shared<BackupOptions>();
  return {
      .name = "restore",
      .group = Group::kMachine,
      .summary = "Build a site anew from a backup",
      .more =
          "Believes nothing in the backup: every byte, the log from the id, every object. Writes "
          "over nothing. Clients that saw a later log will refuse the restored one, as they "
          "must.",
      .options = {{.spelled = "--from",
                   .value = "DIR",
                   .about = "Directory of the backups",
                   .into = &typed->directory,
                   .required = true,
                   .completes = Completes::kDirectory},
                  {.spelled = "--data",
                   .value = "DIR",
                   .about = "A directory that does not exist yet, or is empty",
                   .into = &typed->site,
                   .required = true,
                   .completes = Completes::kDirectory},
                  {.spelled = "--id",
                   .value = "ID",
                   .about = "The strongroom's id, from somewhere other than the backup",
                   .into = &typed->id,
                   .required = true},
                  {.spelled = "--number",
                   .value = "N",
                   .about = "Which backup (without it: the newest)",
                   .into = &typed->number},
                  keys_option(*typed)},
      .examples = {{"strongroom restore --from /mnt/backups --data ./server --id demo-0123…",
                    "the newest backup, checked against that id"}},
      .run = [typed](const Common& common) { return restore(common, *typed); }};
}

}  // namespace strongroom::terminal
