#ifndef STRONGROOM_BACKUP_BACKUP_H_
#define STRONGROOM_BACKUP_BACKUP_H_

#include <functional>
#include <string>
#include <vector>

#include "backup/index.h"
#include "base/secret.h"
#include "io/files.h"

namespace strongroom::backup {

struct Progress {
  std::string doing;  ///< "copying", "checking"
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  ///< 0: not known yet
};
/// Called now and then on the thread that called us; false stops the work (kInterrupted).
using OnProgress = std::function<bool(const Progress&)>;

/// What is pointed to is borrowed for the call.
struct BackupTask {
  std::string site;                         ///< the server's directory; the server may be running
  std::string to;                           ///< the backup directory; made when it is missing
  const SecretBytes* passphrase = nullptr;  ///< wraps the site's keys into it; null: left out
  bool reread = false;  ///< also read again, and audit, what earlier backups copied
  const Clock* clock = nullptr;
  OnProgress on_progress;
  io::Files* files = &io::system_files();
};

struct Made {
  Manifest manifest;
  std::int64_t files_copied = 0;  ///< the others were there already
  std::int64_t bytes_copied = 0;
  std::int64_t undeposited = 0;     ///< objects in the store that no deposit names: not copied
  std::vector<std::int64_t> swept;  ///< numbers of backups that were begun and never finished
};

/// Makes the next numbered backup. What lies in the directory already and never changes is not
/// copied again. The log is judged from its genesis and every newly copied object audited before
/// the manifest is written; a crash anywhere before leaves no backup, and nothing that the next one
/// would mistake for one. Errors: kNotFound (no site there), kRefused (the directory holds backups
/// of another strongroom, or something else), kConflict (another backup is being made there),
/// kNotAuthentic (the site itself is damaged: the file is named), kNoSpace, kDisk, kDurability,
/// kInterrupted; kUsage (an empty passphrase).
[[nodiscard]] Result<Made> make_backup(const BackupTask& task);

/// The backups in a directory that have a manifest, by number. Errors: kNotFound, kMalformed,
/// kDisk.
[[nodiscard]] Result<std::vector<Manifest>> list_backups(const std::string& directory);

}  // namespace strongroom::backup

#endif  // STRONGROOM_BACKUP_BACKUP_H_
