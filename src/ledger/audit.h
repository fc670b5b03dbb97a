#ifndef STRONGROOM_LEDGER_AUDIT_H_
#define STRONGROOM_LEDGER_AUDIT_H_

#include <functional>
#include <string>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/publication.h"

namespace strongroom::ledger {

struct AuditOptions {
  /// Called for every entry in order, before the log as a whole has been checked: act on nothing
  /// until the audit has returned. An error ends the audit. May be empty.
  std::function<Result<void>(std::uint64_t index, ByteView entry)> on_entry;
  /// Heads seen earlier, of this log: each must be a prefix of what is published now.
  std::vector<Checkpoint> seen;
  /// Our logs keep every signed checkpoint; those of others need not.
  bool history_required = true;
};

struct AuditReport {
  Checkpoint checkpoint;
  std::uint64_t tiles = 0;        ///< tile files compared, partial ones too
  std::uint64_t bundles = 0;      ///< entry bundle files compared, partial ones too
  std::uint64_t checkpoints = 0;  ///< kept checkpoints, each found to lie on the one tree
  bool history_listed = false;  ///< false: the place cannot list, so older files were not looked at
};

/// Re-derives every tile, every root and every kept checkpoint from the entries alone and compares
/// them with the files. In memory: one bundle and 256 hashes a level. Files ahead of the
/// checkpoint, left by an interrupted publication, are not looked at. Errors, naming the file:
/// kNotAuthentic (something differs, or a signature does not hold), kMalformed, kNotFound (a file
/// is missing), kConflict (shorter than a head seen earlier), kDisk, and on_entry's.
[[nodiscard]] Result<AuditReport> audit(const Publication& publication, const NoteKey& log,
                                        const AuditOptions& options = {});

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_AUDIT_H_
