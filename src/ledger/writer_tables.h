#ifndef STRONGROOM_LEDGER_WRITER_TABLES_H_
#define STRONGROOM_LEDGER_WRITER_TABLES_H_

#include "ledger/tree.h"
#include "store/database.h"

namespace strongroom::ledger {

/// The writer's own tables: `entries(idx, bytes)`, and `log_hashes(level, idx, hash)` with every
/// hash that stands in a tile, so that a proof or a root reads O(log n) rows and opening reads
/// none.

/// Errors: as Queries'.
[[nodiscard]] Result<void> make_log_tables(store::Transaction& transaction);
/// As LogWriter::append.
[[nodiscard]] Result<std::uint64_t> append_entry(store::Transaction& transaction, ByteView entry);
/// Do entries and hashes end together? Errors: kMalformed when they do not.
[[nodiscard]] Result<void> check_log_tables(store::Queries& queries);

/// Borrows `queries`.
class DatabaseTiles final : public TileSource {
 public:
  explicit DatabaseTiles(store::Queries& queries) : queries_(queries) {}
  [[nodiscard]] Result<std::vector<Digest>> hashes(const TileId& tile) const override;

 private:
  store::Queries& queries_;
};

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_WRITER_TABLES_H_
