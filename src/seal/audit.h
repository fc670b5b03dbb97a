#ifndef STRONGROOM_SEAL_AUDIT_H_
#define STRONGROOM_SEAL_AUDIT_H_

#include <vector>

#include "seal/manifest.h"
#include "seal/seal_object.h"
#include "store/blob_store.h"

namespace strongroom::seal {

struct AuditFinding {
  std::string blob;
  std::string what;  ///< missing, of another length, segment 7 altered, …
};
struct Audit {
  std::uint64_t bytes_read = 0;
  std::vector<AuditFinding> findings;  ///< empty: every byte is what the manifest says
};

/// Reads every byte of every stream and checks it against the manifest. Needs no key. Streams are
/// shared out over `threads` (0: one per core); a few MiB each. Errors: kDisk, kInterrupted;
/// damage is a finding, not an error.
[[nodiscard]] Result<Audit> audit_object(const store::BlobStore& store, const Manifest& manifest,
                                         std::size_t threads = 0,
                                         const OnProgress& on_progress = {});

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_AUDIT_H_
