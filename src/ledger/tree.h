#ifndef STRONGROOM_LEDGER_TREE_H_
#define STRONGROOM_LEDGER_TREE_H_

#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ledger/tile.h"

namespace strongroom::ledger {

/// Where a log's hashes come from: published files, or the database.
class TileSource {
 public:
  virtual ~TileSource() = default;
  /// Exactly `tile.width` hashes. Errors: kNotFound, kMalformed, kDisk.
  [[nodiscard]] virtual Result<std::vector<Digest>> hashes(const TileId& tile) const = 0;
};

/// What follows reads O(log size) tiles of a tree of `size` leaves, and believes them: whoever uses
/// a proof verifies it (crypto/merkle.h). Errors: the source's, and kUsage for positions outside
/// the tree. Source: RFC 6962 §2.1, C2SP tlog-tiles.

[[nodiscard]] Result<Digest> root_from(const TileSource& source, std::uint64_t size);
/// From the leaf's sibling upward.
[[nodiscard]] Result<std::vector<Digest>> prove_inclusion(const TileSource& source,
                                                          std::uint64_t index, std::uint64_t size);
/// That the tree of `size1` (at least 1) is a prefix of the tree of `size2`.
[[nodiscard]] Result<std::vector<Digest>> prove_consistency(const TileSource& source,
                                                            std::uint64_t size1,
                                                            std::uint64_t size2);

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_TREE_H_
