#include "store/sqlite_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "io/files.h"

namespace strongroom::store {
namespace {

constexpr int kLogPagesBeforeMoving = 1'000;  // about 4 MiB, as SQLite's own default

ErrorCode code_of(int extended) {
  switch (extended) {
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
      return ErrorCode::kDurability;
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
      return ErrorCode::kAlreadyExists;
    default:
      break;
  }
  switch (extended & 0xff) {
    case SQLITE_FULL:
      return ErrorCode::kNoSpace;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kMalformed;
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return ErrorCode::kDisk;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kConflict;
    case SQLITE_TOOBIG:
      return ErrorCode::kTooLarge;
    case SQLITE_NOMEM:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

std::string_view words_for(ErrorCode code, int extended) {
  switch (extended & 0xff) {
    case SQLITE_READONLY:
      return "the database may only be read: check who owns the file and how its disk is mounted";
    case SQLITE_CANTOPEN:
      return "the database file could not be opened: check the path and its permissions";
    case SQLITE_NOTADB:
      return "the file is not a database";
    case SQLITE_CORRUPT:
      return "the database file is damaged: restore it from a backup";
    default:
      break;
  }
  switch (code) {
    case ErrorCode::kDurability:
      return "the disk did not confirm what was written: stop, and check the disk";
    case ErrorCode::kNoSpace:
      return "the disk is full: make room and try again";
    case ErrorCode::kConflict:
      return "another program is holding the database: stop it, or wait";
    default:
      return "the database says";
  }
}

/// SQLite would make the file readable by all; its -wal and -shm files take the file's mode.
/// A file that is there is not opened here: closing it again would drop every lock that this
/// process holds on it (POSIX), and another program could then take the log of writes away.
Result<void> make_file_if_missing(const std::string& path) {
  const io::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.is_open() && errno != EEXIST && errno != EROFS && errno != EACCES) {
    return tl::unexpected<Error>(io::error_of(errno, "opening the database " + path));
  }
  return {};
}

bool is_only_space(std::string_view text) {
  return text.find_first_not_of(" \n\t;") == std::string_view::npos;
}

}  // namespace

Error sqlite_error(sqlite3* database, std::string_view doing) {
  const int extended = sqlite3_extended_errcode(database);
  const ErrorCode code = code_of(extended);
  return {code, fmt::format("{}: {} ({}, SQLite code {})", doing, words_for(code, extended),
                            sqlite3_errmsg(database), extended)};
}

/// The rows of one statement, which goes back to its connection afterwards.
class SqliteCursor final : public Rows::Cursor {
 public:
  SqliteCursor(SqliteConnection& connection, SqliteConnection::Statement statement)
      : connection_(connection), statement_(statement) {}
  ~SqliteCursor() override { connection_.give_back(statement_); }
  SqliteCursor(const SqliteCursor&) = delete;
  SqliteCursor& operator=(const SqliteCursor&) = delete;

  Result<bool> next() override {
    if (at_end_) return false;
    ASSIGN_OR_RETURN(on_row_, connection_.step(statement_));
    at_end_ = !on_row_;
    return on_row_;
  }

  Result<Parameter::Value> column(int column) const override {
    sqlite3_stmt* const statement = statement_.handle;
    CHECK(on_row_ && column >= 0 && column < sqlite3_column_count(statement));
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER:
        return Parameter::Value(std::int64_t{sqlite3_column_int64(statement, column)});
      case SQLITE_TEXT: {
        const unsigned char* const text = sqlite3_column_text(statement, column);
        if (text == nullptr) break;
        const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        return Parameter::Value(as_text(ByteView(text, bytes)));
      }
      case SQLITE_BLOB: {
        const void* const blob = sqlite3_column_blob(statement, column);
        const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        if (blob == nullptr && bytes != 0) break;
        return Parameter::Value(ByteView(static_cast<const std::uint8_t*>(blob), bytes));
      }
      case SQLITE_NULL:
        return Parameter::Value(nullptr);
      default:
        return fail(ErrorCode::kMalformed, "the database holds a floating point number");
    }
    return fail(ErrorCode::kUnavailable, "no memory to read a value from the database");
  }

 private:
  SqliteConnection& connection_;
  SqliteConnection::Statement statement_;
  bool on_row_ = false;
  bool at_end_ = false;
};

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& path, Use use,
                                                                 int busy_wait_ms) {
  RETURN_IF_ERROR(make_file_if_missing(path));
  sqlite3* handle = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  CHECK(handle != nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle));
  sqlite3_extended_result_codes(handle, 1);
  if (opened != SQLITE_OK) return connection->failed("opening the database " + path);
  if (const Result<void> ready = connection->set_up(use, busy_wait_ms); !ready) {
    return fail(ready.error(), "opening the database " + path);
  }
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statements] : idle_) {
    for (sqlite3_stmt* const statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close(handle_);
}

Result<void> SqliteConnection::set_up(Use use, int busy_wait_ms) {
  sqlite3_busy_timeout(handle_, busy_wait_ms);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  {
    ASSIGN_OR_RETURN(Rows rows, query("PRAGMA journal_mode=WAL", {}));
    ASSIGN_OR_RETURN(const bool answered, rows.next());
    CHECK(answered);
    ASSIGN_OR_RETURN(const std::string mode, rows.text(0));
    if (mode != "wal") {
      return fail(ErrorCode::kDisk, "this file system cannot hold a write-ahead log");
    }
  }
  {
    // What is deleted is overwritten: texts can be erased. Answers with its new value.
    ASSIGN_OR_RETURN(Rows rows, query("PRAGMA secure_delete=ON", {}));
    RETURN_IF_ERROR(rows.next());
  }
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  for (const char* pragma : {"PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
                             "PRAGMA cell_size_check=ON", "PRAGMA temp_store=MEMORY"}) {
    RETURN_IF_ERROR(execute(pragma));
  }
  if (use == Use::kRead) RETURN_IF_ERROR(execute("PRAGMA query_only=ON"));
  // SQLite's own automatic move of the log would swallow a failed sync: ours looks.
  sqlite3_wal_hook(
      handle_,
      [](void* pages, sqlite3*, const char*, int now) {
        *static_cast<int*>(pages) = now;
        return SQLITE_OK;
      },
      &log_pages_);
  return {};
}

Result<void> SqliteConnection::move_log_when_long() {
  if (log_pages_ < kLogPagesBeforeMoving) return {};
  const int moved =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (moved == SQLITE_OK || (moved & 0xff) == SQLITE_BUSY) return {};
  return failed("moving the write-ahead log into the database");
}

Result<SqliteConnection::Statement> SqliteConnection::prepare(std::string_view sql) {
  auto found = idle_.find(sql);
  if (found == idle_.end()) {
    found = idle_.emplace(std::string(sql), std::vector<sqlite3_stmt*>()).first;
  }
  if (!found->second.empty()) {
    sqlite3_stmt* const handle = found->second.back();
    found->second.pop_back();
    return Statement{handle, &found->first};
  }
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  const std::string& text = found->first;
  if (sqlite3_prepare_v3(handle_, text.c_str(), static_cast<int>(text.size()),
                         SQLITE_PREPARE_PERSISTENT, &handle, &rest) != SQLITE_OK) {
    return failed("preparing a statement");
  }
  CHECK(handle != nullptr && is_only_space(rest));  // one statement at a time, and one there is
  return Statement{handle, &found->first};
}

void SqliteConnection::give_back(Statement statement) noexcept {
  sqlite3_reset(statement.handle);
  sqlite3_clear_bindings(statement.handle);
  idle_.find(*statement.sql)->second.push_back(statement.handle);
}

void SqliteConnection::bind(const Statement& statement, Parameters parameters, bool keep) {
  CHECK(sqlite3_bind_parameter_count(statement.handle) == static_cast<int>(parameters.size()));
  // SQLITE_TRANSIENT casts -1 to a function pointer, in the old style.
  const auto lifetime = keep ? reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1})
                             : static_cast<sqlite3_destructor_type>(nullptr);
  int at = 0;
  for (const Parameter& parameter : parameters) {
    ++at;
    int bound = SQLITE_OK;
    if (const auto* integer = std::get_if<std::int64_t>(&parameter.value())) {
      bound = sqlite3_bind_int64(statement.handle, at, *integer);
    } else if (const auto* text = std::get_if<std::string_view>(&parameter.value())) {
      bound = sqlite3_bind_text64(statement.handle, at, text->data() == nullptr ? "" : text->data(),
                                  text->size(), lifetime, SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<ByteView>(&parameter.value())) {
      bound = blob->empty()
                  ? sqlite3_bind_zeroblob(statement.handle, at, 0)
                  : sqlite3_bind_blob64(statement.handle, at, blob->data(), blob->size(), lifetime);
    } else {
      bound = sqlite3_bind_null(statement.handle, at);
    }
    CHECK(bound == SQLITE_OK);
  }
}

Result<bool> SqliteConnection::step(const Statement& statement) {
  const int stepped = sqlite3_step(statement.handle);
  if (stepped == SQLITE_ROW) return true;
  if (stepped == SQLITE_DONE) return false;
  return failed("using the database");
}

tl::unexpected<Error> SqliteConnection::failed(std::string_view doing) {
  Error error = sqlite_error(handle_, doing);
  if (error.code == ErrorCode::kDurability) sync_failed_ = true;
  return tl::unexpected<Error>(std::move(error));
}

Result<Rows> SqliteConnection::query(std::string_view sql, Parameters parameters) {
  ASSIGN_OR_RETURN(const Statement statement, prepare(sql));
  auto cursor = std::make_unique<SqliteCursor>(*this, statement);
  bind(statement, parameters, true);
  return Rows(std::move(cursor));
}

Result<std::int64_t> SqliteConnection::execute(std::string_view sql, Parameters parameters) {
  ASSIGN_OR_RETURN(const Statement statement, prepare(sql));
  SqliteCursor cursor(*this, statement);
  bind(statement, parameters, false);
  ASSIGN_OR_RETURN(const bool gave_a_row, cursor.next());
  CHECK(!gave_a_row);  // a statement with rows goes through query
  return std::int64_t{sqlite3_changes64(handle_)};
}

}  // namespace strongroom::store
