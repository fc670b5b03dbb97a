#ifndef STRONGROOM_STORE_SQLITE_CONNECTION_H_
#define STRONGROOM_STORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/database.h"

namespace strongroom::store {

/// What the extended result code of `database` means, with what was being done. Private to SQLite's
/// files, as is everything here.
[[nodiscard]] Error sqlite_error(sqlite3* database, std::string_view doing);

/// One connection and its prepared statements. One thread at a time.
class SqliteConnection {
 public:
  enum class Use { kRead, kWrite };
  [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> open(const std::string& path,
                                                                      Use use, int busy_wait_ms);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  [[nodiscard]] Result<Rows> query(std::string_view sql, Parameters parameters);
  [[nodiscard]] Result<std::int64_t> execute(std::string_view sql, Parameters parameters = {});
  /// Is a transaction open? SQLite closes it itself after some errors.
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  /// Has any call failed to sync? Stays true.
  [[nodiscard]] bool sync_failed() const { return sync_failed_; }
  /// Moves the write-ahead log into the database when it has grown; after a commit.
  [[nodiscard]] Result<void> move_log_when_long();

 private:
  friend class SqliteCursor;
  /// Given back to the connection at the end, reset.
  struct Statement {
    sqlite3_stmt* handle = nullptr;
    const std::string* sql = nullptr;  // the key in idle_
  };

  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  [[nodiscard]] Result<void> set_up(Use use, int busy_wait_ms);
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  void give_back(Statement statement) noexcept;
  void bind(const Statement& statement, Parameters parameters, bool keep);
  /// SQLITE_ROW gives true, SQLITE_DONE false.
  [[nodiscard]] Result<bool> step(const Statement& statement);
  [[nodiscard]] tl::unexpected<Error> failed(std::string_view doing);

  sqlite3* handle_;
  std::map<std::string, std::vector<sqlite3_stmt*>, std::less<>> idle_;
  int log_pages_ = 0;
  bool sync_failed_ = false;
};

}  // namespace strongroom::store

#endif  // STRONGROOM_STORE_SQLITE_CONNECTION_H_
