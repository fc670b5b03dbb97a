#ifndef STRONGROOM_STRONGROOM_SERVER_BACKUPS_H_
#define STRONGROOM_STRONGROOM_SERVER_BACKUPS_H_

#include <cstdint>
#include <string>

#include "base/result.h"

/// The site's backups, as typed (strongroom backup and strongroom restore run these).
namespace strongroom::site {

struct BackupTyped {
  std::string site;                ///< --data
  std::string directory;           ///< of the backups
  bool keys = false;               ///< wrap the site's keys into it, or take them out of it
  int passphrase_descriptor = -1;  ///< -1: ask on the terminal
  bool reread = false;
  bool json = false;
  std::int64_t number = 0;  ///< of the backup to restore; 0: the newest
  std::string id;           ///< the pinned strongroom, for a restore
};

/// Each prints what it did: words, or with `json` one line.
[[nodiscard]] Result<void> backup(const BackupTyped& typed);
[[nodiscard]] Result<void> restore(const BackupTyped& typed);

}  // namespace strongroom::site

#endif  // STRONGROOM_STRONGROOM_SERVER_BACKUPS_H_
