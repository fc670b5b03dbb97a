#include "ledger/writer_tables.h"

#include <fmt/format.h>

#include <limits>

#include "crypto/merkle.h"
#include "ledger/writer.h"

namespace strongroom::ledger {
namespace {

using crypto::TreeHash;

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(ErrorCode::kMalformed, fmt::format("the log's tables are damaged: {}", what));
}

/// One more than the highest value of a column, or 0 without rows.
Result<std::uint64_t> one_past(store::Queries& queries, std::string_view sql) {
  ASSIGN_OR_RETURN(store::Rows rows, queries.query(sql));
  ASSIGN_OR_RETURN(const bool found, rows.next());
  if (!found) return std::uint64_t{0};
  ASSIGN_OR_RETURN(const std::int64_t highest, rows.integer(0));
  if (highest < 0) return damaged("a negative position");
  return static_cast<std::uint64_t>(highest) + 1;
}

}  // namespace

Result<void> make_log_tables(store::Transaction& transaction) {
  RETURN_IF_ERROR(transaction.execute(
      "CREATE TABLE IF NOT EXISTS entries(idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT"));
  RETURN_IF_ERROR(
      transaction.execute("CREATE TABLE IF NOT EXISTS log_hashes(level INTEGER NOT NULL, "
                          "idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(level, idx)) "
                          "STRICT, WITHOUT ROWID"));
  return {};
}

Result<std::uint64_t> count_entries(store::Queries& queries) {
  return one_past(queries, "SELECT idx FROM entries ORDER BY idx DESC LIMIT 1");
}

Result<Digest> root_at(store::Queries& queries, std::uint64_t size) {
  return root_from(DatabaseTiles(queries), size);
}

Result<std::vector<Bytes>> read_entries(store::Queries& queries, std::uint64_t first,
                                        std::uint64_t count) {
  std::vector<Bytes> entries;
  if (first > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return entries;
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries.query("SELECT idx, bytes FROM entries WHERE idx >= ? ORDER BY idx LIMIT ?",
                    {first, std::min(count, kEntriesReadMax)}));
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.next());
    if (!found) return entries;
    ASSIGN_OR_RETURN(const std::int64_t index, rows.integer(0));
    if (static_cast<std::uint64_t>(index) != first + entries.size()) {
      return damaged(fmt::format("entry {} is missing", first + entries.size()));
    }
    ASSIGN_OR_RETURN(Bytes bytes, rows.blob(1));
    entries.push_back(std::move(bytes));
  }
}

Result<std::uint64_t> append_entry(store::Transaction& transaction, ByteView entry) {
  if (entry.size() > limits::kEntryBytesMax) {
    return fail(ErrorCode::kTooLarge, fmt::format("a log entry of {} bytes; at most {} are taken",
                                                  entry.size(), limits::kEntryBytesMax));
  }
  ASSIGN_OR_RETURN(const std::uint64_t index, count_entries(transaction));
  RETURN_IF_ERROR(
      transaction.execute("INSERT INTO entries(idx, bytes) VALUES (?, ?)", {index, entry}));
  Digest hash = crypto::leaf_hash(TreeHash::kSha256, entry);
  std::uint64_t position = index;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    RETURN_IF_ERROR(transaction.execute("INSERT INTO log_hashes(level, idx, hash) VALUES (?, ?, ?)",
                                        {level, position, hash}));
    if ((position + 1) % kTileWidth != 0) break;
    position /= kTileWidth;
    ASSIGN_OR_RETURN(const std::vector<Digest> tile,
                     DatabaseTiles(transaction).hashes({level, position, kTileWidth}));
    hash = crypto::root_of(TreeHash::kSha256, tile);
  }
  return index;
}

Result<void> check_log_tables(store::Queries& queries) {
  ASSIGN_OR_RETURN(const std::uint64_t entries, count_entries(queries));
  ASSIGN_OR_RETURN(
      const std::uint64_t hashes,
      one_past(queries, "SELECT idx FROM log_hashes WHERE level = 0 ORDER BY idx DESC LIMIT 1"));
  if (entries != hashes) return damaged("entries and hashes do not end together");
  if (entries == 0) return {};
  ASSIGN_OR_RETURN(const std::vector<Bytes> last, read_entries(queries, entries - 1, 1));
  const TileId tile = tile_in(entries, 0, (entries - 1) / kTileWidth);
  ASSIGN_OR_RETURN(const std::vector<Digest> leaves, DatabaseTiles(queries).hashes(tile));
  if (last.empty() || crypto::leaf_hash(TreeHash::kSha256, last.front()) != leaves.back()) {
    return damaged("the last entry is not the one that was hashed");
  }
  return {};
}

Result<std::vector<Digest>> DatabaseTiles::hashes(const TileId& tile) const {
  const std::uint64_t first = tile.index * kTileWidth;
  ASSIGN_OR_RETURN(
      store::Rows rows,
      queries_.query("SELECT hash FROM log_hashes WHERE level = ? AND idx >= ? AND idx < ? "
                     "ORDER BY idx",
                     {tile.level, first, first + tile.width}));
  std::vector<Digest> hashes;
  while (true) {
    ASSIGN_OR_RETURN(const bool found, rows.next());
    if (!found) break;
    ASSIGN_OR_RETURN(const Digest hash, rows.id<Digest>(0));
    hashes.push_back(hash);
  }
  if (hashes.size() != tile.width) return damaged("a hash is missing");
  return hashes;
}

}  // namespace strongroom::ledger
