#ifndef STRONGROOM_SEAL_STREAM_SEALER_H_
#define STRONGROOM_SEAL_STREAM_SEALER_H_

#include <functional>
#include <memory>
#include <vector>

#include "io/reader.h"
#include "seal/manifest.h"
#include "seal/seal_object.h"
#include "store/blob_store.h"

namespace strongroom::seal {

/// A plaintext on its way into the store.
struct StreamToSeal {
  StreamIdentity identity;
  std::string blob;
  const DataKey* key;  ///< borrowed
  /// Called once, on any thread.
  std::function<Result<std::unique_ptr<io::Reader>>()> open;
  std::string shown_name;  ///< for errors
};

struct SealingOptions {
  std::size_t threads = 0;  ///< 0: one per core
  const OnProgress* on_progress = nullptr;
};

/// Seals every stream, segments and streams side by side over the threads, each blob and leaf file
/// committed before this returns. Results stand in the order of `streams`. A segment is read,
/// sealed in place, hashed and written by one thread in one buffer; the tree is fed in order, with
/// at most a few hundred leaves waiting. Errors: as seal_object's; the first one stops all.
[[nodiscard]] Result<std::vector<SealedStream>> seal_streams(
    const std::vector<StreamToSeal>& streams, store::BlobStore& store,
    const SealingOptions& options);

/// One per core, within reason, when `asked` is 0.
[[nodiscard]] std::size_t thread_count(std::size_t asked);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_STREAM_SEALER_H_
