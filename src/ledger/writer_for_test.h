#ifndef STRONGROOM_LEDGER_WRITER_FOR_TEST_H_
#define STRONGROOM_LEDGER_WRITER_FOR_TEST_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "io/failing_files.h"
#include "io/temporary_directory.h"
#include "ledger/audit.h"
#include "ledger/log_for_test.h"
#include "ledger/writer.h"

/// Inside this room's tests only.
namespace strongroom::ledger {

/// Leaves out the waiting for the disk: no test here pulls a plug.
class UnsyncedFiles final : public io::Files {
 public:
  [[nodiscard]] Result<io::Descriptor> create(int directory, const std::string& name,
                                              std::uint32_t mode) override {
    return io::system_files().create(directory, name, mode);
  }
  [[nodiscard]] Result<void> write_at(int file, std::uint64_t offset, ByteView bytes) override {
    return io::system_files().write_at(file, offset, bytes);
  }
  [[nodiscard]] Result<void> sync(int) override { return {}; }
  [[nodiscard]] Result<void> rename(int directory, const std::string& from, const std::string& to,
                                    io::OnExisting on_existing) override {
    return io::system_files().rename(directory, from, to, on_existing);
  }
  [[nodiscard]] Result<void> remove(int directory, const std::string& name) override {
    return io::system_files().remove(directory, name);
  }
  [[nodiscard]] Result<void> make_directory(int directory, const std::string& name,
                                            std::uint32_t mode) override {
    return io::system_files().make_directory(directory, name, mode);
  }
};

/// One log in a directory of its own, which can be dropped and opened again.
class ALog : public testing::Test {
 protected:
  void SetUp() override { open(); }

  /// What restarting the program does.
  [[nodiscard]] Result<void> try_open() {
    writer_.reset();
    blobs_.reset();
    database_.reset();
    ASSIGN_OR_RETURN(database_, store::open_sqlite(database_path_, 10));
    ASSIGN_OR_RETURN(blobs_, store::open_directory_store(published_path_, files_));
    ASSIGN_OR_RETURN(writer_,
                     LogWriter::open(*database_, *blobs_, {key_.key(), counting_signer()}));
    return {};
  }
  void open() {
    const Result<void> opened = try_open();
    ASSERT_TRUE(opened.has_value()) << opened.error().context;
  }
  [[nodiscard]] Signer counting_signer() {
    return [this, sign = key_.signer()](ByteView message) {
      ++signatures_;
      return sign(message);
    };
  }

  void append(std::uint64_t count) {
    auto transaction = database_->begin().value();
    for (std::uint64_t i = 0; i < count; ++i, ++size_) {
      const Result<std::uint64_t> index = writer_->append(*transaction, entry_number(size_));
      ASSERT_TRUE(index.has_value()) << index.error().context;
      ASSERT_EQ(*index, size_);
    }
    ASSERT_TRUE(transaction->commit().has_value());
  }
  void publish() {
    const Result<Checkpoint> head = writer_->publish();
    ASSERT_TRUE(head.has_value()) << head.error().context;
    EXPECT_EQ(head->size, size_);
  }
  void append_and_publish(std::uint64_t count) {
    append(count);
    publish();
  }

  [[nodiscard]] Result<AuditReport> audited(const AuditOptions& options = {}) const {
    return audit(*open_publication(published_path_).value(), key_.key(), options);
  }
  void expect_audit_passes() const {
    const Result<AuditReport> report = audited();
    ASSERT_TRUE(report.has_value()) << report.error().context;
    EXPECT_EQ(report->checkpoint.size, size_);
  }
  [[nodiscard]] std::vector<std::string> published_names() const {
    return blobs_->list("", 100'000).value();
  }
  [[nodiscard]] static std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const TestKey key_{"example.com/strongroom"};
  io::TemporaryDirectory directory_;
  UnsyncedFiles unsynced_;
  io::FailingFiles files_{unsynced_};
  std::string database_path_ = directory_ / "log.sqlite";
  std::string published_path_ = directory_ / "published";
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::BlobStore> blobs_;
  std::unique_ptr<LogWriter> writer_;
  std::uint64_t size_ = 0;
  int signatures_ = 0;
};

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_WRITER_FOR_TEST_H_
