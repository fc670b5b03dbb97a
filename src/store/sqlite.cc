#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/mutex.h"
#include "io/descriptor.h"
#include "store/database.h"
#include "store/sqlite_connection.h"

namespace strongroom::store {
namespace {

tl::unexpected<Error> sync_failed_before() {
  return fail(ErrorCode::kDurability,
              "the disk did not confirm an earlier write: end this program, check the disk, and "
              "start again");
}

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string path, std::unique_ptr<SqliteConnection> writer, int busy_wait_ms)
      : path_(std::move(path)), busy_wait_ms_(busy_wait_ms), writer_(std::move(writer)) {}

  Result<std::unique_ptr<Transaction>> begin() override;
  Result<std::unique_ptr<Snapshot>> snapshot() override;

 private:
  friend class SqliteTransaction;
  friend class SqliteSnapshot;
  [[nodiscard]] Result<std::unique_ptr<SqliteConnection>> take_reader();
  void give_back_reader(std::unique_ptr<SqliteConnection> reader);

  const std::string path_;
  const int busy_wait_ms_;
  std::mutex writers_turn_;  // held by the open transaction
  const std::unique_ptr<SqliteConnection> writer_;
  Mutex readers_mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> idle_readers_ GUARDED_BY(readers_mutex_);
};

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(SqliteDatabase& database, std::unique_lock<std::mutex> turn)
      : connection_(*database.writer_), turn_(std::move(turn)) {}
  ~SqliteTransaction() override {
    // A crash here leaves what a rollback leaves: frames in the log that no commit follows.
    if (connection_.in_transaction()) static_cast<void>(connection_.execute("ROLLBACK"));
  }

  Result<Rows> query(std::string_view sql, Parameters parameters) override {
    RETURN_IF_ERROR(is_alive());
    return connection_.query(sql, parameters);
  }
  Result<std::int64_t> execute(std::string_view sql, Parameters parameters) override {
    RETURN_IF_ERROR(is_alive());
    return connection_.execute(sql, parameters);
  }
  Result<void> commit() override {
    RETURN_IF_ERROR(is_alive());
    RETURN_IF_ERROR(connection_.execute("COMMIT"));
    // The commit is durable already. Should moving the log fail to sync, the next begin() says so.
    static_cast<void>(connection_.move_log_when_long());
    return {};
  }

 private:
  /// After some errors (disk full, I/O) SQLite rolls back by itself; without this check the next
  /// statement would be committed alone.
  [[nodiscard]] Result<void> is_alive() const {
    if (connection_.sync_failed()) return sync_failed_before();
    if (connection_.in_transaction()) return {};
    return fail(ErrorCode::kConflict, "this transaction has ended: nothing of it was kept");
  }

  SqliteConnection& connection_;
  std::unique_lock<std::mutex> turn_;
};

class SqliteSnapshot final : public Snapshot {
 public:
  SqliteSnapshot(SqliteDatabase& database, std::unique_ptr<SqliteConnection> connection)
      : database_(database), connection_(std::move(connection)) {}
  ~SqliteSnapshot() override {
    if (connection_->execute("COMMIT")) database_.give_back_reader(std::move(connection_));
  }
  Result<Rows> query(std::string_view sql, Parameters parameters) override {
    return connection_->query(sql, parameters);
  }

 private:
  SqliteDatabase& database_;
  std::unique_ptr<SqliteConnection> connection_;
};

/// Reads the first page, which tells a database from a file that is none, and pins the snapshot.
Result<void> read_first_page(SqliteConnection& connection) {
  ASSIGN_OR_RETURN(Rows rows, connection.query("SELECT count(*) FROM sqlite_schema", {}));
  RETURN_IF_ERROR(rows.next());
  return {};
}

Result<std::unique_ptr<Transaction>> SqliteDatabase::begin() {
  std::unique_lock<std::mutex> turn(writers_turn_);
  if (writer_->sync_failed()) return sync_failed_before();
  RETURN_IF_ERROR(writer_->execute("BEGIN IMMEDIATE"));
  return std::make_unique<SqliteTransaction>(*this, std::move(turn));
}

Result<std::unique_ptr<Snapshot>> SqliteDatabase::snapshot() {
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> reader, take_reader());
  RETURN_IF_ERROR(reader->execute("BEGIN"));
  RETURN_IF_ERROR(read_first_page(*reader));
  return std::make_unique<SqliteSnapshot>(*this, std::move(reader));
}

Result<std::unique_ptr<SqliteConnection>> SqliteDatabase::take_reader() {
  {
    const Lock lock(readers_mutex_);
    if (!idle_readers_.empty()) {
      std::unique_ptr<SqliteConnection> reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
  }
  return SqliteConnection::open(path_, SqliteConnection::Use::kRead, busy_wait_ms_);
}

void SqliteDatabase::give_back_reader(std::unique_ptr<SqliteConnection> reader) {
  const Lock lock(readers_mutex_);
  idle_readers_.push_back(std::move(reader));
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, int busy_wait_ms) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> writer,
                   SqliteConnection::open(path, SqliteConnection::Use::kWrite, busy_wait_ms));
  if (const Result<void> read = read_first_page(*writer); !read) {
    return fail(read.error(), "opening the database " + path);
  }
  return std::make_unique<SqliteDatabase>(path, std::move(writer), busy_wait_ms);
}

Result<void> copy_sqlite(const std::string& from, const std::string& to) {
  constexpr int kBusyWaitMs = 5'000;
  // Opening would make what is missing; VACUUM INTO fills an empty file, and so keeps its mode.
  if (::access(from.c_str(), F_OK) != 0)
    return tl::unexpected<Error>(io::error_of(errno, "opening " + from));
  const io::Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target.is_open()) return tl::unexpected<Error>(io::error_of(errno, "creating " + to));
  ASSIGN_OR_RETURN(const std::unique_ptr<SqliteConnection> connection,
                   SqliteConnection::open(from, SqliteConnection::Use::kWrite, kBusyWaitMs));
  RETURN_IF_ERROR(connection->execute("VACUUM INTO ?", {to}));
  return {};
}

}  // namespace strongroom::store
