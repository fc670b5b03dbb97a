#include "store/database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <limits>
#include <thread>

#include "io/temporary_directory.h"

namespace strongroom::store {
namespace {

/// SQLite's own file layer with calls that fail on command.
class FailingDisk {
 public:
  FailingDisk() {
    layer_ = *sqlite3_vfs_find(nullptr);
    real_open() = layer_.xOpen;
    layer_.zName = "failing";
    layer_.xOpen = &open;
    sqlite3_vfs_register(&layer_, 1);
    sync_code() = database_sync_code() = write_code() = SQLITE_OK;
  }
  ~FailingDisk() { sqlite3_vfs_unregister(&layer_); }
  void fail_syncs_with(int code) { sync_code() = code; }
  void fail_writes_with(int code) { write_code() = code; }
  /// Of the database file itself; its log still syncs.
  void fail_database_syncs_with(int code) { database_sync_code() = code; }

 private:
  using Open = int (*)(sqlite3_vfs*, const char*, sqlite3_file*, int, int*);
  static Open& real_open() {
    static Open open = nullptr;
    return open;
  }
  static int& sync_code() {
    static int code = SQLITE_OK;
    return code;
  }
  static int& database_sync_code() {
    static int code = SQLITE_OK;
    return code;
  }
  static int& write_code() {
    static int code = SQLITE_OK;
    return code;
  }
  static sqlite3_io_methods& real_methods() {
    static sqlite3_io_methods methods{};
    return methods;
  }
  static int open(sqlite3_vfs* layer, const char* name, sqlite3_file* file, int flags, int* out) {
    const int opened = real_open()(layer, name, file, flags, out);
    if (opened != SQLITE_OK) return opened;
    static std::map<std::pair<const sqlite3_io_methods*, bool>, sqlite3_io_methods> wrapped;
    const bool is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    const auto [found, is_new] =
        wrapped.try_emplace({file->pMethods, is_database}, *file->pMethods);
    if (is_new) {
      real_methods() = found->second;  // every Unix file writes and syncs by the same functions
      found->second.xSync = [](sqlite3_file* synced, int how) {
        return sync_code() != SQLITE_OK ? sync_code() : real_methods().xSync(synced, how);
      };
      if (is_database) {
        found->second.xSync = [](sqlite3_file* synced, int how) {
          return database_sync_code() != SQLITE_OK ? database_sync_code()
                                                   : real_methods().xSync(synced, how);
        };
      }
      found->second.xWrite = [](sqlite3_file* written, const void* bytes, int count,
                                sqlite3_int64 at) {
        return write_code() != SQLITE_OK ? write_code()
                                         : real_methods().xWrite(written, bytes, count, at);
      };
    }
    file->pMethods = &found->second;
    return SQLITE_OK;
  }
  sqlite3_vfs layer_;
};

class ADatabase : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return directory_ / "test.sqlite"; }
  void SetUp() override { open_with_table(); }
  void open_with_table() {
    open();
    change("CREATE TABLE IF NOT EXISTS things(id INTEGER PRIMARY KEY, value BLOB) STRICT");
  }
  void open() {
    database_.reset();
    Result<std::unique_ptr<Database>> opened = open_sqlite(path(), 10);
    ASSERT_TRUE(opened.has_value()) << opened.error().context;
    database_ = std::move(*opened);
  }
  void change(std::string_view sql, Parameters parameters = {}) {
    auto transaction = database_->begin();
    ASSERT_TRUE(transaction.has_value()) << transaction.error().context;
    const auto changed = (*transaction)->execute(sql, parameters);
    ASSERT_TRUE(changed.has_value()) << changed.error().context;
    const auto committed = (*transaction)->commit();
    ASSERT_TRUE(committed.has_value()) << committed.error().context;
  }
  static std::int64_t count_in(Queries& queries) {
    auto rows = queries.query("SELECT count(*) FROM things");
    if (!rows || !rows->next().value_or(false)) return -1;
    return rows->integer(0).value_or(-1);
  }
  std::int64_t count() { return count_in(*database_->snapshot().value()); }

  io::TemporaryDirectory directory_;
  std::unique_ptr<Database> database_;
};

TEST_F(ADatabase, KeepsWhatWasCommittedWhenItIsOpenedAgain) {
  change("INSERT INTO things VALUES (1, x'00')");
  open();
  EXPECT_EQ(count(), 1);
}

TEST_F(ADatabase, IsReadableByItsOwnerAlone) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(stat((path() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(ADatabase, ForgetsATransactionThatIsDropped) {
  {
    auto transaction = database_->begin().value();
    ASSERT_TRUE(transaction->execute("INSERT INTO things VALUES (1, x'00')").has_value());
    EXPECT_EQ(count_in(*transaction), 1);
  }
  EXPECT_EQ(count(), 0);
}

TEST_F(ADatabase, RefusesWorkInATransactionThatWasCommitted) {
  auto transaction = database_->begin().value();
  ASSERT_TRUE(transaction->commit().has_value());
  EXPECT_EQ(transaction->commit().error().code, ErrorCode::kConflict);
  EXPECT_EQ(transaction->execute("DELETE FROM things").error().code, ErrorCode::kConflict);
  EXPECT_EQ(transaction->query("SELECT 1").error().code, ErrorCode::kConflict);
}

TEST_F(ADatabase, ShowsASnapshotThatLaterCommitsDoNotMove) {
  auto before = database_->snapshot().value();
  change("INSERT INTO things VALUES (1, x'00')");
  EXPECT_EQ(count_in(*before), 0);
  EXPECT_EQ(count(), 1);
}

TEST_F(ADatabase, RefusesWritesThroughASnapshot) {
  auto snapshot = database_->snapshot().value();
  auto rows = snapshot->query("INSERT INTO things VALUES (1, x'00') RETURNING id");
  ASSERT_TRUE(rows.has_value());
  EXPECT_FALSE(rows->next().has_value());
}

TEST_F(ADatabase, GivesBackEveryValueItWasGiven) {
  change("CREATE TABLE all_types(i INTEGER, t TEXT, b BLOB, n BLOB)");
  const Bytes blob{0x00, 0xff};
  change("INSERT INTO all_types VALUES (?, ?, ?, ?)",
         {std::numeric_limits<std::int64_t>::min(), std::string_view("a\0\xc3\xa9", 4), blob,
          std::nullopt});
  change("INSERT INTO all_types VALUES (?, ?, ?, ?)", {true, "", Bytes(), PersonId{{1}}});
  auto snapshot = database_->snapshot().value();
  auto rows = snapshot->query("SELECT i, t, b, n FROM all_types ORDER BY rowid").value();
  ASSERT_TRUE(rows.next().value());
  EXPECT_EQ(rows.integer(0).value(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows.text(1).value(), std::string_view("a\0\xc3\xa9", 4));
  EXPECT_EQ(rows.blob(2).value(), blob);
  EXPECT_TRUE(rows.is_null(3).value());
  ASSERT_TRUE(rows.next().value());
  EXPECT_EQ(rows.integer(0).value(), 1);
  EXPECT_EQ(rows.text(1).value(), "");
  EXPECT_EQ(rows.blob(2).value(), Bytes());
  EXPECT_EQ(rows.id<PersonId>(3).value(), PersonId{{1}});
  EXPECT_FALSE(rows.next().value());
  EXPECT_FALSE(rows.next().value());
}

TEST_F(ADatabase, ReportsAValueOfAnotherTypeAsDamage) {
  change("INSERT INTO things VALUES (1, x'00')");
  auto snapshot = database_->snapshot().value();
  auto rows = snapshot->query("SELECT id, value, 1.5 FROM things").value();
  ASSERT_TRUE(rows.next().value());
  EXPECT_EQ(rows.blob(0).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(rows.text(1).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(rows.id<PersonId>(1).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(rows.integer(2).error().code, ErrorCode::kMalformed);
}

TEST_F(ADatabase, ServesTwoReadersOfTheSameStatementAtOnce) {
  change("INSERT INTO things VALUES (1, x'01'), (2, x'02')");
  auto snapshot = database_->snapshot().value();
  auto one = snapshot->query("SELECT id FROM things ORDER BY id").value();
  auto other = snapshot->query("SELECT id FROM things ORDER BY id").value();
  ASSERT_TRUE(one.next().value());
  ASSERT_TRUE(other.next().value());
  ASSERT_TRUE(other.next().value());
  EXPECT_EQ(one.integer(0).value(), 1);
  EXPECT_EQ(other.integer(0).value(), 2);
}

TEST_F(ADatabase, SaysThatAKeyIsTakenAndGoesOn) {
  auto transaction = database_->begin().value();
  ASSERT_TRUE(transaction->execute("INSERT INTO things VALUES (1, x'00')").has_value());
  EXPECT_EQ(transaction->execute("INSERT INTO things VALUES (1, x'01')").error().code,
            ErrorCode::kAlreadyExists);
  EXPECT_TRUE(transaction->execute("INSERT INTO things VALUES (2, x'00')").has_value());
  ASSERT_TRUE(transaction->commit().has_value());
  EXPECT_EQ(count(), 2);
}

TEST_F(ADatabase, EnforcesForeignKeys) {
  change("CREATE TABLE parts(thing INTEGER NOT NULL REFERENCES things(id))");
  auto transaction = database_->begin().value();
  EXPECT_EQ(transaction->execute("INSERT INTO parts VALUES (7)").error().code,
            ErrorCode::kInternal);
}

TEST_F(ADatabase, CallsAWrongStatementABug) {
  auto transaction = database_->begin().value();
  EXPECT_EQ(transaction->execute("INSERT INTO nowhere VALUES (1)").error().code,
            ErrorCode::kInternal);
}

TEST_F(ADatabase, TakesTransactionsOfManyThreadsOneByOne) {
  change("INSERT INTO things VALUES (1, x'')");
  change("CREATE TABLE counter(n INTEGER)");
  change("INSERT INTO counter VALUES (0)");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 25; ++j) change("UPDATE counter SET n = n + 1");
    });
  }
  for (std::thread& thread : threads) thread.join();
  auto snapshot = database_->snapshot().value();
  auto rows = snapshot->query("SELECT n FROM counter").value();
  ASSERT_TRUE(rows.next().value());
  EXPECT_EQ(rows.integer(0).value(), 100);
}

TEST_F(ADatabase, HeldByAnotherProgramIsAConflict) {
  const auto other = open_sqlite(path(), 10).value();
  const auto held = other->begin().value();
  EXPECT_EQ(database_->begin().error().code, ErrorCode::kConflict);
}

TEST_F(ADatabase, MovesItsLogOnceItIsLong) {
  const Bytes large(1 << 20, 0x55);
  for (int i = 0; i < 12; ++i) change("INSERT INTO things VALUES (?, ?)", {i, large});
  struct stat log {};
  ASSERT_EQ(stat((path() + "-wal").c_str(), &log), 0);
  EXPECT_LT(log.st_size, 8 << 20);
  EXPECT_EQ(count(), 12);
}

TEST(AFileThatIsNoDatabase, IsMalformed) {
  const io::TemporaryDirectory directory;
  std::ofstream(directory / "text") << std::string(5'000, 'x');
  EXPECT_EQ(open_sqlite(directory / "text").error().code, ErrorCode::kMalformed);
}

TEST(ADatabaseInADirectoryThatIsNotThere, IsNotFound) {
  EXPECT_EQ(open_sqlite("/nonexistent/test.sqlite").error().code, ErrorCode::kNotFound);
}

TEST_F(ADatabase, WithADamagedPageIsMalformed) {
  for (int i = 0; i < 50; ++i) change("INSERT INTO things VALUES (?, ?)", {i, Bytes(500, 0x55)});
  database_.reset();
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4'096);
    file << std::string(4'096, '\xee');
  }
  open();
  auto snapshot = database_->snapshot().value();
  auto rows = snapshot->query("SELECT sum(length(value)) FROM things");
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(rows->next().error().code, ErrorCode::kMalformed);
}

class ADatabaseOnAFailingDisk : public ADatabase {
 protected:
  void TearDown() override { database_.reset(); }
  FailingDisk disk_;
};

TEST_F(ADatabase, IsHeldAgainstOtherProgramsWhileItsReadersComeAndGo) {
  const std::string path = directory_ / "held.sqlite";
  // Another program, begun before ours opens anything: it opens the database when told, looks, and
  // closes it. As if it were the last to do so?
  std::array<int, 2> told{};
  ASSERT_EQ(pipe(told.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    char word = 0;
    close(told[1]);
    static_cast<void>(read(told[0], &word, 1));
    sqlite3* handle = nullptr;
    sqlite3_open(path.c_str(), &handle);
    const int looked = sqlite3_exec(handle, "SELECT * FROM t", nullptr, nullptr, nullptr);
    _exit(sqlite3_close(handle) == SQLITE_OK ? looked : 1);
  }
  const auto database = open_sqlite(path).value();
  const auto transaction = database->begin().value();
  ASSERT_TRUE(transaction->execute("CREATE TABLE t (x INTEGER)").has_value());
  ASSERT_TRUE(transaction->commit().has_value());
  ASSERT_TRUE(database->snapshot().has_value());
  ASSERT_EQ(write(told[1], "x", 1), 1);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(access((path + "-wal").c_str(), F_OK), 0) << "the log of writes was taken away";
  close(told[0]);
  close(told[1]);
}

TEST_F(ADatabaseOnAFailingDisk, SaysThatACommitMayBeLostAndTakesNoMore) {
  auto transaction = database_->begin().value();
  ASSERT_TRUE(transaction->execute("INSERT INTO things VALUES (1, x'00')").has_value());
  disk_.fail_syncs_with(SQLITE_IOERR_FSYNC);
  EXPECT_EQ(transaction->commit().error().code, ErrorCode::kDurability);
  transaction.reset();
  disk_.fail_syncs_with(SQLITE_OK);
  EXPECT_EQ(database_->begin().error().code, ErrorCode::kDurability);
  open();
  EXPECT_TRUE(database_->begin().has_value());
}

TEST_F(ADatabaseOnAFailingDisk, TakesNoMoreAfterMovingTheLogFailedToSync) {
  auto transaction = database_->begin().value();
  ASSERT_TRUE(
      transaction->execute("INSERT INTO things VALUES (1, ?)", {Bytes(5 << 20, 0x55)}).has_value());
  disk_.fail_database_syncs_with(SQLITE_IOERR_FSYNC);
  EXPECT_TRUE(transaction->commit().has_value());  // the log itself was synced
  transaction.reset();
  EXPECT_EQ(database_->begin().error().code, ErrorCode::kDurability);
  disk_.fail_database_syncs_with(SQLITE_OK);
  open();
  EXPECT_EQ(count(), 1);
}

TEST_F(ADatabaseOnAFailingDisk, KeepsNothingOfATransactionThatFoundTheDiskFull) {
  auto transaction = database_->begin().value();
  ASSERT_TRUE(transaction->execute("INSERT INTO things VALUES (1, x'00')").has_value());
  disk_.fail_writes_with(SQLITE_FULL);
  EXPECT_EQ(transaction->commit().error().code, ErrorCode::kNoSpace);
  disk_.fail_writes_with(SQLITE_OK);
  transaction.reset();
  EXPECT_EQ(count(), 0);
  change("INSERT INTO things VALUES (2, x'00')");
  EXPECT_EQ(count(), 1);
}

TEST_F(ADatabaseOnAFailingDisk, SaysInPlainWordsThatItMayOnlyBeRead) {
  auto transaction = database_->begin().value();
  ASSERT_TRUE(transaction->execute("INSERT INTO things VALUES (1, x'00')").has_value());
  disk_.fail_writes_with(SQLITE_READONLY);
  const Result<void> committed = transaction->commit();
  disk_.fail_writes_with(SQLITE_OK);
  ASSERT_FALSE(committed.has_value());
  EXPECT_EQ(committed.error().code, ErrorCode::kDisk);
  EXPECT_NE(committed.error().context.find("may only be read"), std::string::npos)
      << committed.error().context;
}

}  // namespace
}  // namespace strongroom::store
