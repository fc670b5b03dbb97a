#ifndef STRONGROOM_STRONGROOM_VERIFY_VERIFICATION_H_
#define STRONGROOM_STRONGROOM_VERIFY_VERIFICATION_H_

#include <string>

#include "judge/world.h"
#include "ledger/audit.h"

namespace strongroom::verifier {

struct Task {
  std::string directory;  ///< the log's published files
  std::string id;         ///< as people write it, with or without "demo-"
  bool demonstration = false;
  std::string since;  ///< a file with a checkpoint kept from earlier; empty: none
};

/// A log in which everything held.
struct Verified {
  judge::World world;
  ledger::AuditReport audit;
  UnixSeconds founded;
  std::uint64_t since_size = 0;  ///< entries in the checkpoint kept from earlier; 0: none
};

/// Takes the log key from a genesis that has the id, then derives every file again and judges every
/// entry again. Memory: a World's. Errors, naming the file or the log position: kUsage (no id, no
/// directory; a demonstration taken for the real thing, or the reverse), kRefused (an entry that
/// the rules forbid), kNotAuthentic, kMalformed, kNotFound, kConflict, kDisk, and the rules' own.
[[nodiscard]] Result<Verified> verify_log(const Task& task);

}  // namespace strongroom::verifier

#endif  // STRONGROOM_STRONGROOM_VERIFY_VERIFICATION_H_
