#ifndef STRONGROOM_SEAL_LEAF_INDEX_H_
#define STRONGROOM_SEAL_LEAF_INDEX_H_

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "crypto/merkle.h"
#include "io/reader.h"

namespace strongroom::seal {

/// A stream's leaf file: untrusted, so checked against the root once when opened, and piece by
/// piece again whenever it is read. Holds one hash for every 1024 leaves and the few blocks last
/// used, so that memory does not grow with the object: 320 KiB for 10 TB. Thread-safe.
class LeafIndex {
 public:
  /// Errors: kNotAuthentic (not the leaves under `root`, or not `count` of them), kDisk.
  [[nodiscard]] static Result<std::unique_ptr<LeafIndex>> open(std::unique_ptr<io::Reader> file,
                                                               std::uint64_t count,
                                                               crypto::TreeHash hash,
                                                               const Digest& root);
  /// Of leaf `index` < count. Errors: kNotAuthentic (the file changed since), kDisk.
  [[nodiscard]] Result<Digest> leaf(std::uint64_t index);

 private:
  using Block = std::vector<Digest>;
  struct Recent {
    std::uint64_t number;
    std::shared_ptr<const Block> block;
  };
  LeafIndex(std::unique_ptr<io::Reader> file, std::uint64_t count, crypto::TreeHash hash)
      : file_(std::move(file)), count_(count), hash_(hash) {}
  [[nodiscard]] Result<Block> read_block(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t block_count() const;
  [[nodiscard]] std::shared_ptr<const Block> recent(std::uint64_t number);

  const std::unique_ptr<io::Reader> file_;
  const std::uint64_t count_;
  const crypto::TreeHash hash_;
  std::vector<Digest> block_roots_;  // fixed once open
  Mutex mutex_;
  std::vector<Recent> recent_ GUARDED_BY(mutex_);  // latest first
};

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_LEAF_INDEX_H_
