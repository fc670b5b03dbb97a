#include "ledger/writer_for_test.h"

namespace strongroom::ledger {
namespace {

/// Every kind of file, with partial ones of an earlier size beside the newest.
class APublishedLog : public ALog {
 protected:
  void SetUp() override {
    ALog::SetUp();
    append_and_publish(300);
    append_and_publish(10);
    expect_audit_passes();
  }
  void write_file(const std::string& name, const std::string& bytes) const {
    std::ofstream file(published_path_ + "/" + name, std::ios::binary | std::ios::trunc);
    file << bytes;
  }
};

TEST_F(APublishedLog, WithAFlippedByteAnywhereFailsItsAudit) {
  for (const std::string& name : published_names()) {
    const std::string whole = read_file(published_path_ + "/" + name);
    for (const std::size_t at : {std::size_t{0}, whole.size() / 2, whole.size() - 1}) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1);
      write_file(name, flipped);
      const Result<AuditReport> report = audited();
      ASSERT_FALSE(report.has_value()) << name << " at " << at;
      EXPECT_TRUE(report.error().code == ErrorCode::kNotAuthentic ||
                  report.error().code == ErrorCode::kMalformed)
          << name << " at " << at << ": " << report.error().context;
    }
    write_file(name, whole);
  }
  expect_audit_passes();
}

TEST_F(APublishedLog, WithAFileCutShortOrLengthenedFailsItsAudit) {
  for (const std::string& name : published_names()) {
    const std::string whole = read_file(published_path_ + "/" + name);
    write_file(name, whole.substr(0, whole.size() - 1));
    EXPECT_FALSE(audited().has_value()) << name;
    write_file(name, whole + "x");
    EXPECT_FALSE(audited().has_value()) << name;
    write_file(name, "");
    EXPECT_FALSE(audited().has_value()) << name;
    write_file(name, whole);
  }
}

TEST_F(APublishedLog, WithAFileOfItsHeadMissingFailsItsAudit) {
  for (const char* name : {"checkpoint", "checkpoints/310", "tile/0/000", "tile/0/001.p/54",
                           "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/54"}) {
    const std::string whole = read_file(published_path_ + "/" + name);
    ASSERT_FALSE(whole.empty()) << name;
    std::filesystem::remove(published_path_ + "/" + name);
    EXPECT_EQ(audited().error().code, ErrorCode::kNotFound) << name;
    write_file(name, whole);
  }
  expect_audit_passes();
}

TEST_F(APublishedLog, WithAStrangersFileAmongItsPartialsFailsItsAudit) {
  write_file("tile/0/001.p/044", "x");
  EXPECT_EQ(audited().error().code, ErrorCode::kMalformed);
}

TEST_F(APublishedLog, WithItsCheckpointPutBackIsStillAuditedToItsNewestHead) {
  write_file("checkpoint", read_file(published_path_ + "/checkpoints/300"));
  EXPECT_EQ(audited()->checkpoint.size, 310u);
}

TEST_F(APublishedLog, WithOneCheckpointUnderTheNameOfAnotherFailsItsAudit) {
  write_file("checkpoints/301", read_file(published_path_ + "/checkpoints/300"));
  EXPECT_EQ(audited().error().code, ErrorCode::kNotAuthentic);
}

}  // namespace
}  // namespace strongroom::ledger
