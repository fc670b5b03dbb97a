#include "ledger/writer.h"

#include <fmt/format.h>

#include "ledger/writer_tables.h"

namespace strongroom::ledger {
namespace {

using store::OnExisting;

/// The first tile of `level` that is not full in a tree of `size`.
std::uint64_t first_open_tile(unsigned level, std::uint64_t size) {
  return hashes_at(level, size) / kTileWidth;
}

/// Would readers of a tree of `from` leaves look for a partial form of a tile that is full at
/// `size`?
bool became_full(unsigned level, std::uint64_t from, std::uint64_t size) {
  return hashes_at(level, from) % kTileWidth != 0 &&
         first_open_tile(level, size) > first_open_tile(level, from);
}

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::open(store::Database& database,
                                                   store::BlobStore& publication,
                                                   Identity identity) {
  if (!is_key_name(identity.key.name)) {
    return fail(ErrorCode::kUsage, "not a name for a log: " + identity.key.name);
  }
  std::unique_ptr<LogWriter> writer(new LogWriter(database, publication, std::move(identity)));
  RETURN_IF_ERROR(writer->make_tables());
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot, database.snapshot());
  RETURN_IF_ERROR(check_log_tables(*snapshot));
  ASSIGN_OR_RETURN(const std::optional<Signed> last, writer->last_signed());
  RETURN_IF_ERROR(writer->refuse_fork(*snapshot, last));
  ASSIGN_OR_RETURN(std::optional<Signed> published, writer->read_signed(kCheckpointPath));
  const Lock lock(writer->mutex_);
  writer->published_ = std::move(published);
  return writer;
}

Result<void> LogWriter::make_tables() {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, database_.begin());
  RETURN_IF_ERROR(make_log_tables(*transaction));
  return transaction->commit();
}

Result<std::uint64_t> LogWriter::append(store::Transaction& transaction, ByteView entry) {
  {
    const Lock lock(mutex_);
    if (failure_) return tl::unexpected<Error>(*failure_);
  }
  return append_entry(transaction, entry);
}

Result<std::optional<LogWriter::Signed>> LogWriter::read_signed(const std::string& name) const {
  const Result<Bytes> bytes = publication_.get(name, kNoteBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::kNotFound) return std::optional<Signed>();
  if (!bytes) return fail(bytes.error(), name);
  std::string note(as_text(*bytes));
  Result<Checkpoint> checkpoint = open_checkpoint(note, identity_.key);
  if (!checkpoint) return fail(checkpoint.error(), name);
  return std::optional<Signed>({std::move(*checkpoint), std::move(note)});
}

/// What was signed last may have missed "checkpoint" by a crash; it is signed all the same.
Result<std::optional<LogWriter::Signed>> LogWriter::last_signed() const {
  ASSIGN_OR_RETURN(std::optional<Signed> newest, read_signed(kNewestCheckpointPath));
  ASSIGN_OR_RETURN(std::optional<Signed> shown, read_signed(kCheckpointPath));
  if (newest && shown && newest->checkpoint.size == shown->checkpoint.size &&
      newest->checkpoint.root != shown->checkpoint.root) {
    return fail(ErrorCode::kConflict,
                fmt::format("two different logs of {} entries have been signed with this key",
                            newest->checkpoint.size));
  }
  if (!newest || (shown && shown->checkpoint.size > newest->checkpoint.size)) return shown;
  return newest;
}

Result<void> LogWriter::refuse_fork(store::Queries& queries,
                                    const std::optional<Signed>& last) const {
  if (!last) return {};
  ASSIGN_OR_RETURN(const std::uint64_t size, count_entries(queries));
  const std::uint64_t signed_size = last->checkpoint.size;
  if (size < signed_size) {
    return fail(ErrorCode::kConflict,
                fmt::format("the database holds {} log entries, but {} have been signed for: it "
                            "is an older copy; find the newer one, and publish nothing from this",
                            size, signed_size));
  }
  ASSIGN_OR_RETURN(const Digest root, root_from(DatabaseTiles(queries), signed_size));
  if (root != last->checkpoint.root) {
    return fail(ErrorCode::kConflict,
                fmt::format("the first {} log entries in the database are not those that were "
                            "signed for: this is another log; publish nothing from it",
                            signed_size));
  }
  return {};
}

Result<Checkpoint> LogWriter::publish() {
  {
    const Lock lock(mutex_);
    if (failure_) return tl::unexpected<Error>(*failure_);
  }
  Result<Checkpoint> checkpoint = publish_once();
  if (!checkpoint && checkpoint.error().code == ErrorCode::kDurability) {
    const Lock lock(mutex_);
    failure_ = checkpoint.error();
  }
  return checkpoint;
}

Result<Checkpoint> LogWriter::publish_once() {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot, database_.snapshot());
  ASSIGN_OR_RETURN(const std::uint64_t size, count_entries(*snapshot));
  ASSIGN_OR_RETURN(const std::optional<Signed> last, last_signed());
  RETURN_IF_ERROR(refuse_fork(*snapshot, last));
  // A crash may have come between signing and showing: finish that first.
  if (last) RETURN_IF_ERROR(write_checkpoint(*last));
  if (last && last->checkpoint.size == size) return last->checkpoint;

  const std::uint64_t from = last ? last->checkpoint.size : 0;
  // A crash from here to the signature leaves files ahead of every checkpoint, which nobody reads
  // and the next run writes again.
  RETURN_IF_ERROR(write_bundles(*snapshot, from, size));
  RETURN_IF_ERROR(write_tiles(*snapshot, from, size));
  ASSIGN_OR_RETURN(const Signed head, sign(*snapshot, size));
  // From here on the signature exists: it must be found again before anything else is signed.
  RETURN_IF_ERROR(
      publication_.put(kNewestCheckpointPath, as_bytes(head.note), OnExisting::kReplace));
  RETURN_IF_ERROR(write_checkpoint(head));
  RETURN_IF_ERROR(remove_partials(from, size));
  return head.checkpoint;
}

Result<void> LogWriter::write_bundles(store::Queries& queries, std::uint64_t from,
                                      std::uint64_t size) {
  for (std::uint64_t index = from / kTileWidth; index * kTileWidth < size; ++index) {
    const BundleId bundle{index, tile_in(size, 0, index).width};
    ASSIGN_OR_RETURN(const std::vector<Bytes> entries,
                     read_entries(queries, index * kTileWidth, bundle.width));
    CHECK(entries.size() == bundle.width);
    RETURN_IF_ERROR(
        publication_.put(path_of(bundle), encode_bundle(entries), OnExisting::kReplace));
  }
  return {};
}

Result<void> LogWriter::write_tiles(store::Queries& queries, std::uint64_t from,
                                    std::uint64_t size) {
  const DatabaseTiles tiles(queries);
  for (unsigned level = 0; level < kTileLevels; ++level) {
    if (hashes_at(level, from) == hashes_at(level, size)) break;  // nor is there more above
    for (std::uint64_t index = first_open_tile(level, from);; ++index) {
      const TileId tile = tile_in(size, level, index);
      if (tile.width == 0) break;
      ASSIGN_OR_RETURN(const std::vector<Digest> hashes, tiles.hashes(tile));
      RETURN_IF_ERROR(publication_.put(path_of(tile), encode_tile(hashes), OnExisting::kReplace));
    }
  }
  return {};
}

Result<LogWriter::Signed> LogWriter::sign(store::Queries& queries, std::uint64_t size) const {
  ASSIGN_OR_RETURN(const Digest root, root_from(DatabaseTiles(queries), size));
  Checkpoint checkpoint{identity_.key.name, size, root, {}};
  ASSIGN_OR_RETURN(std::string note, sign_checkpoint(checkpoint, identity_.key, identity_.signer));
  return Signed{std::move(checkpoint), std::move(note)};
}

Result<void> LogWriter::write_checkpoint(const Signed& head) {
  {
    const Lock lock(mutex_);
    if (published_ && published_->note == head.note) return {};
  }
  const std::string kept_path = checkpoint_path(head.checkpoint.size);
  const Result<void> kept = publication_.put(kept_path, as_bytes(head.note), OnExisting::kRefuse);
  if (!kept && kept.error().code != ErrorCode::kAlreadyExists) return kept;
  if (!kept) {
    ASSIGN_OR_RETURN(const std::optional<Signed> there, read_signed(kept_path));
    if (!there || there->checkpoint != head.checkpoint) {
      return fail(ErrorCode::kConflict, kept_path + " holds another checkpoint of the same size");
    }
  }
  RETURN_IF_ERROR(publication_.put(kCheckpointPath, as_bytes(head.note), OnExisting::kReplace));
  const Lock lock(mutex_);
  published_ = head;
  return {};
}

Result<void> LogWriter::remove_partials(std::uint64_t from, std::uint64_t size) {
  std::vector<std::string> folders;
  if (became_full(0, from, size)) {
    folders.push_back(partials_folder_of(BundleId{first_open_tile(0, from)}));
  }
  for (unsigned level = 0; level < kTileLevels; ++level) {
    if (became_full(level, from, size)) {
      folders.push_back(partials_folder_of(TileId{level, first_open_tile(level, from)}));
    }
  }
  for (const std::string& folder : folders) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, publication_.list(folder, kTileWidth));
    for (const std::string& name : names) RETURN_IF_ERROR(publication_.remove(name));
  }
  return {};
}

std::optional<std::string> LogWriter::signed_checkpoint() const {
  const Lock lock(mutex_);
  if (!published_) return std::nullopt;
  return published_->note;
}

Result<LogWriter::Signed> LogWriter::published() const {
  const Lock lock(mutex_);
  if (!published_) return fail(ErrorCode::kNotYet, "the log has not been published yet");
  return *published_;
}

Result<LogProof> LogWriter::receipt(std::uint64_t index) const {
  ASSIGN_OR_RETURN(Signed head, published());
  if (index >= head.checkpoint.size) {
    return fail(ErrorCode::kNotYet, fmt::format("log entry {} is not published yet", index));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot, database_.snapshot());
  ASSIGN_OR_RETURN(std::vector<Digest> path,
                   prove_inclusion(DatabaseTiles(*snapshot), index, head.checkpoint.size));
  return LogProof{std::nullopt, index, std::move(path), std::move(head.note)};
}

Result<LogWriter::Consistency> LogWriter::consistency(std::uint64_t size) const {
  ASSIGN_OR_RETURN(Signed head, published());
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Snapshot> snapshot, database_.snapshot());
  ASSIGN_OR_RETURN(std::vector<Digest> path,
                   prove_consistency(DatabaseTiles(*snapshot), size, head.checkpoint.size));
  return Consistency{std::move(path), std::move(head.note)};
}

}  // namespace strongroom::ledger
