#ifndef STRONGROOM_TESTS_PROMISES_PUBLISHED_LOG_H_
#define STRONGROOM_TESTS_PROMISES_PUBLISHED_LOG_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "io/temporary_directory.h"
#include "judge/test_lab.h"
#include "ledger/writer.h"

namespace strongroom::promises {

/// A lab's log as static files, written by the real writer under the lab's own log key. It takes
/// any line: what a dishonest server would publish, too.
class PublishedLog {
 public:
  explicit PublishedLog(const judge::TestLab& lab)
      : database_(store::open_sqlite(directory_ / "log.sqlite").value()),
        blobs_(store::open_directory_store(path()).value()),
        key_{lab.genesis.origin, lab.genesis.log_key},
        writer_(ledger::LogWriter::open(*database_, *blobs_, {key_, lab.log_signer()}).value()) {}

  /// Appends what `lines` holds beyond what was published before, and signs for it.
  void publish(const std::vector<std::string>& lines) {
    auto transaction = database_->begin().value();
    for (; size_ < lines.size(); ++size_) {
      ASSERT_TRUE(writer_->append(*transaction, as_bytes(lines[size_])).has_value());
    }
    ASSERT_TRUE(transaction->commit().has_value());
    const auto published = writer_->publish();
    ASSERT_TRUE(published.has_value()) << published.error().context;
  }

  [[nodiscard]] std::string path() const { return directory_ / "published"; }
  [[nodiscard]] const ledger::NoteKey& key() const { return key_; }
  [[nodiscard]] std::vector<std::string> names() const { return blobs_->list("", 100'000).value(); }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path() + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file(path() + "/" + name);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
  }

 private:
  io::TemporaryDirectory directory_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<store::BlobStore> blobs_;
  ledger::NoteKey key_;
  std::unique_ptr<ledger::LogWriter> writer_;
  std::size_t size_ = 0;
};

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_PUBLISHED_LOG_H_
