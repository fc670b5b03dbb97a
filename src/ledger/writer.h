#ifndef STRONGROOM_LEDGER_WRITER_H_
#define STRONGROOM_LEDGER_WRITER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "ledger/checkpoint.h"
#include "ledger/log_proof.h"
#include "store/blob_store.h"
#include "store/database.h"

namespace strongroom::ledger {

/// Entries in one place: `entries(idx, bytes)`, with the hashes over them. Reading takes any
/// Queries, so that a snapshot of views and entries is one.

inline constexpr std::uint64_t kEntriesReadMax = 1'024;

/// How many there are. Errors: kDisk, kMalformed.
[[nodiscard]] Result<std::uint64_t> count_entries(store::Queries& queries);
/// Entries from `first` on, at most `count` and kEntriesReadMax of them; fewer at the end.
/// Errors: kDisk, kMalformed (one is missing).
[[nodiscard]] Result<std::vector<Bytes>> read_entries(store::Queries& queries, std::uint64_t first,
                                                      std::uint64_t count);

/// The root over the first `size` entries, of those there are. Errors: kDisk, kMalformed.
[[nodiscard]] Result<Digest> root_at(store::Queries& queries, std::uint64_t size);

/// The append-only log: entries and hashes in the database, files for readers in a blob store, at
/// most one object per log. append and publish: one thread. The others: thread-safe.
///
/// After a failed sync every call fails with kDurability: end the program; opening again tells what
/// is there.
class LogWriter {
 public:
  struct Identity {
    NoteKey key;    ///< its name is the log's origin
    Signer signer;  ///< signs for `key`; called by publish alone
  };

  /// Makes the tables when they are missing. Takes O(log n). Borrows `database` and `publication`.
  /// Errors: kConflict (the database lies behind, or beside, what this log has signed), kMalformed,
  /// kNotAuthentic (what is published was not signed by `key`), kDisk, kNoSpace, kDurability.
  [[nodiscard]] static Result<std::unique_ptr<LogWriter>> open(store::Database& database,
                                                               store::BlobStore& publication,
                                                               Identity identity);

  /// Gives the entry's index. Part of `transaction`: several entries and the views they update
  /// commit as one, or not at all. Errors: kTooLarge (over limits::kEntryBytesMax), and
  /// Queries'.
  [[nodiscard]] Result<std::uint64_t> append(store::Transaction& transaction, ByteView entry);

  /// Publishes everything committed: bundles and tiles first, then the checkpoint, signed once all
  /// it commits to is durable. Safe to repeat; after a crash anywhere, opening and publishing again
  /// finishes the work. Gives the checkpoint now published.
  /// Errors: kConflict (what is committed does not continue what was signed: nothing is signed),
  /// kWrongKey, kDisk, kNoSpace, kDurability.
  [[nodiscard]] Result<Checkpoint> publish();

  /// The published checkpoint, as signed; none before the first publish.
  [[nodiscard]] std::optional<std::string> signed_checkpoint() const;
  /// A proof that entry `index` stands in the published log. Errors: kNotYet (not published),
  /// kDisk.
  [[nodiscard]] Result<LogProof> receipt(std::uint64_t index) const;
  /// That the published log continues the tree of `size`. Gives the proof up to the checkpoint
  /// beside it. Errors: kUsage (size 0 or beyond), kNotYet, kDisk.
  struct Consistency {
    std::vector<Digest> path;
    std::string checkpoint;
  };
  [[nodiscard]] Result<Consistency> consistency(std::uint64_t size) const;

 private:
  struct Signed {
    Checkpoint checkpoint;
    std::string note;
  };

  LogWriter(store::Database& database, store::BlobStore& publication, Identity identity)
      : database_(database), publication_(publication), identity_(std::move(identity)) {}

  [[nodiscard]] Result<void> make_tables();
  [[nodiscard]] Result<std::optional<Signed>> read_signed(const std::string& name) const;
  [[nodiscard]] Result<std::optional<Signed>> last_signed() const;
  [[nodiscard]] Result<void> refuse_fork(store::Queries& queries,
                                         const std::optional<Signed>& last) const;
  [[nodiscard]] Result<Checkpoint> publish_once();
  [[nodiscard]] Result<Signed> sign(store::Queries& queries, std::uint64_t size) const;
  [[nodiscard]] Result<void> write_tiles(store::Queries& queries, std::uint64_t from,
                                         std::uint64_t size);
  [[nodiscard]] Result<void> write_bundles(store::Queries& queries, std::uint64_t from,
                                           std::uint64_t size);
  [[nodiscard]] Result<void> write_checkpoint(const Signed& head);
  [[nodiscard]] Result<void> remove_partials(std::uint64_t from, std::uint64_t size);
  [[nodiscard]] Result<Signed> published() const;

  store::Database& database_;
  store::BlobStore& publication_;
  const Identity identity_;
  mutable Mutex mutex_;
  std::optional<Signed> published_ GUARDED_BY(mutex_);
  std::optional<Error> failure_ GUARDED_BY(mutex_);  // of a sync: stays
};

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_WRITER_H_
