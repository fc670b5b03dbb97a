#ifndef STRONGROOM_BACKUP_RESTORE_H_
#define STRONGROOM_BACKUP_RESTORE_H_

#include "backup/backup.h"

namespace strongroom::backup {

/// What is pointed to is borrowed for the call.
struct RestoreTask {
  std::string from;                         ///< the backup directory
  std::int64_t number = 0;                  ///< 0: the newest
  std::string to;                           ///< must not exist, or be an empty directory
  StrongroomId strongroom;                  ///< pinned, from somewhere other than the backup
  const SecretBytes* passphrase = nullptr;  ///< opens the backup's wrapped keys; null: left out
  OnProgress on_progress;
  io::Files* files = &io::system_files();
};

struct Restored {
  Manifest manifest;
  std::int64_t entries = 0;  ///< in the database; those beyond manifest.log_size were not published
  bool keys = false;         ///< the site's keys are in their place
};

/// Builds a site in `to` from a backup, believing nothing: every byte against the index, the log
/// judged from `strongroom`, every object audited without a key against the log, a fresh database
/// filled from the copied one's entries (judged again), texts and attachments. Works beside `to`,
/// in a directory named like it with ".restoring" behind, which takes the name at the end: what is
/// there under the name `to` is whole. A directory of that name which an earlier try left is
/// emptied first.
/// Errors: kNotFound (no such backup; a file is missing), kNotAuthentic (a file is not what the
/// index, the log or a manifest says; of another strongroom), kMalformed, kRefused (`to` is not
/// empty), kWrongKey (the passphrase), kUsage (a passphrase, and no keys in the backup), kConflict
/// (another restore is at work there), kNoSpace, kDisk, kDurability, kInterrupted.
[[nodiscard]] Result<Restored> restore_backup(const RestoreTask& task);

}  // namespace strongroom::backup

#endif  // STRONGROOM_BACKUP_RESTORE_H_
