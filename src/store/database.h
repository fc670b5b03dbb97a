#ifndef STRONGROOM_STORE_DATABASE_H_
#define STRONGROOM_STORE_DATABASE_H_

#include <concepts>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace strongroom::store {

/// One `?` of a statement; borrowed for the call. Ids and digests go in as blobs.
class Parameter {
 public:
  using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, ByteView>;

  /// In the range of std::int64_t: anything else is our bug.
  template <std::integral T>
  Parameter(T value)  // NOLINT(google-explicit-constructor)
      : value_(static_cast<std::int64_t>(value)) {
    if constexpr (!std::same_as<T, bool>) CHECK(std::in_range<std::int64_t>(value));
  }
  Parameter(std::string_view value) : value_(value) {}                      // NOLINT
  Parameter(const std::string& value) : value_(std::string_view(value)) {}  // NOLINT
  Parameter(const char* value) : value_(std::string_view(value)) {}         // NOLINT
  Parameter(ByteView value) : value_(value) {}                              // NOLINT
  Parameter(const Bytes& value) : value_(ByteView(value)) {}                // NOLINT
  template <std::size_t N, class Meaning>
  Parameter(const FixedBytes<N, Meaning>& id) : value_(id.view()) {}  // NOLINT
  Parameter(std::nullopt_t) : value_(nullptr) {}                      // NOLINT

  [[nodiscard]] const Value& value() const { return value_; }

 private:
  Value value_;
};
using Parameters = std::initializer_list<Parameter>;

/// The rows of one query, one at a time. Not thread-safe. Gone before the Queries that gave it.
class Rows {
 public:
  /// What an engine gives. Columns are counted from 0; one past the last is our bug.
  class Cursor {
   public:
    virtual ~Cursor() = default;
    [[nodiscard]] virtual Result<bool> next() = 0;
    [[nodiscard]] virtual Result<Parameter::Value> column(int column) const = 0;
  };
  explicit Rows(std::unique_ptr<Cursor> cursor) : cursor_(std::move(cursor)) {}

  /// Moves to the first row, then to the next; false: there is none. Errors: kDisk, kMalformed.
  [[nodiscard]] Result<bool> next() { return cursor_->next(); }

  /// Of the row that `next` reached. A value of another type is damage: kMalformed.
  [[nodiscard]] Result<std::int64_t> integer(int column) const;
  [[nodiscard]] Result<std::string> text(int column) const;
  [[nodiscard]] Result<Bytes> blob(int column) const;
  [[nodiscard]] Result<bool> is_null(int column) const;
  /// A blob of exactly Id::kBytes bytes.
  template <class Id>
  [[nodiscard]] Result<Id> id(int column) const {
    ASSIGN_OR_RETURN(const Bytes bytes, blob(column));
    const std::optional<Id> id = Id::from_view(bytes);
    if (!id) return fail(ErrorCode::kMalformed, "the database holds an id of the wrong length");
    return *id;
  }

 private:
  std::unique_ptr<Cursor> cursor_;
};

/// What can be asked: of a Snapshot, or inside a Transaction, whose own writes it then sees. `sql`
/// is one statement, written by us and never put together from input, in the dialect that SQLite
/// and PostgreSQL share, with `?` for parameters; prepared once per connection. One thread at a
/// time.
class Queries {
 public:
  virtual ~Queries() = default;
  /// Errors: kDisk, kMalformed (damage), kInternal (the statement is wrong), and from statements
  /// that write: kAlreadyExists (a key is taken), kNoSpace, kDisk, kDurability.
  [[nodiscard]] virtual Result<Rows> query(std::string_view sql, Parameters parameters = {}) = 0;
};

/// The committed state at one moment, unmoved by later commits. May be held while others write; not
/// for long, as it keeps the log of writes from shrinking.
class Snapshot : public Queries {};

/// All or nothing: dropped without `commit`, nothing happened.
class Transaction : public Queries {
 public:
  /// Errors: as query's for statements that write. Gives the number of rows changed.
  [[nodiscard]] virtual Result<std::int64_t> execute(std::string_view sql,
                                                     Parameters parameters = {}) = 0;
  /// Once; durable when it returns. After an error nothing happened, except after kDurability:
  /// what is on the disk is then unknown, the database takes no more transactions, and the program
  /// must end; opening it again tells.
  [[nodiscard]] virtual Result<void> commit() = 0;
};

/// Tables in one place. Thread-safe: any number of snapshots, one transaction at a time.
class Database {
 public:
  virtual ~Database() = default;
  /// Waits for the transaction that is open in this program; for one of another program some
  /// seconds, then kConflict. A thread that holds one must not ask for another. What it gives ends
  /// before this does. Errors: kDurability (a sync failed before), kDisk, kConflict.
  [[nodiscard]] virtual Result<std::unique_ptr<Transaction>> begin() = 0;
  /// Errors: kDisk, kMalformed.
  [[nodiscard]] virtual Result<std::unique_ptr<Snapshot>> snapshot() = 0;
};

/// A SQLite file at `path`, made with mode 0600 if it is missing; its -wal and -shm files stand
/// beside it. Waits up to `busy_wait_ms` for another program. Write-ahead log, every commit synced,
/// foreign keys on. Errors: kMalformed (not a database, or damaged), kDisk (not readable, not
/// writable), kNoSpace.
[[nodiscard]] Result<std::unique_ptr<Database>> open_sqlite(const std::string& path,
                                                            int busy_wait_ms = 5'000);

/// The committed state of the SQLite file at `from` at one moment, as a new file at `to` (mode
/// 0600, not synced) without free pages, so without what was erased. Programs that use the database
/// go on meanwhile. Errors: kNotFound, kAlreadyExists, and open_sqlite's.
[[nodiscard]] Result<void> copy_sqlite(const std::string& from, const std::string& to);

}  // namespace strongroom::store

#endif  // STRONGROOM_STORE_DATABASE_H_
