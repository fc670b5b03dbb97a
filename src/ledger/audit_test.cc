#include "ledger/audit.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "crypto/merkle.h"

namespace strongroom::ledger {
namespace {

// The verifier key of the log in transparency-dev/tessera testdata/log, as append_lifecycle_test.go
// there gives it.
constexpr std::string_view kTesseraKey =
    "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

class ALogWrittenByTessera : public testing::Test {
 protected:
  void SetUp() override {
    const char* vectors = std::getenv("STRONGROOM_VECTORS");
    if (vectors == nullptr) GTEST_SKIP() << "STRONGROOM_VECTORS is not set: no external vectors";
    publication_ = open_publication(std::string(vectors) + "/tessera-log").value();
  }
  [[nodiscard]] Result<Checkpoint> checkpoint_at(int size) const {
    ASSIGN_OR_RETURN(const Bytes bytes,
                     publication_->read(fmt::format("checkpoint.{}", size), kNoteBytesMax));
    return open_checkpoint(as_text(bytes), key_);
  }

  const NoteKey key_ = parse_note_key(kTesseraKey).value();
  std::unique_ptr<Publication> publication_;
};

TEST_F(ALogWrittenByTessera, PassesTheAuditWithEveryCheckpointOnOneTree) {
  AuditOptions options;
  options.history_required = false;
  for (int size = 0; size <= 15; ++size) {
    const Result<Checkpoint> seen = checkpoint_at(size);
    ASSERT_TRUE(seen.has_value()) << size << ": " << seen.error().context;
    ASSERT_EQ(seen->size, static_cast<std::uint64_t>(size));
    options.seen.push_back(*seen);
  }
  std::uint64_t entries = 0;
  options.on_entry = [&entries](std::uint64_t index, ByteView) -> Result<void> {
    EXPECT_EQ(index, entries++);
    return {};
  };
  const Result<AuditReport> report = audit(*publication_, key_, options);
  ASSERT_TRUE(report.has_value()) << report.error().context;
  EXPECT_EQ(report->checkpoint.size, 15u);
  EXPECT_EQ(entries, 15u);
  EXPECT_EQ(report->tiles, 15u);  // every partial form, 1 to 15
  EXPECT_EQ(report->bundles, 15u);
}

TEST_F(ALogWrittenByTessera, GivesProofsThatHold) {
  const PublishedTiles tiles(*publication_);
  const Checkpoint head = checkpoint_at(15).value();
  const std::vector<Bytes> entries = read_bundle(*publication_, {0, 15}).value();
  for (std::uint64_t size = 1; size <= 15; ++size) {
    const Checkpoint before = checkpoint_at(static_cast<int>(size)).value();
    EXPECT_TRUE(crypto::verify_consistency(crypto::TreeHash::kSha256, size, 15,
                                           prove_consistency(tiles, size, 15).value(), before.root,
                                           head.root));
    const Digest leaf = crypto::leaf_hash(crypto::TreeHash::kSha256, entries[size - 1]);
    EXPECT_TRUE(crypto::verify_inclusion(crypto::TreeHash::kSha256, size - 1, 15, leaf,
                                         prove_inclusion(tiles, size - 1, 15).value(), head.root));
  }
}

TEST_F(ALogWrittenByTessera, IsRefusedUnderAnotherKey) {
  NoteKey other = key_;
  other.key.bytes[0] ^= 1;
  AuditOptions options;
  options.history_required = false;
  EXPECT_EQ(audit(*publication_, other, options).error().code, ErrorCode::kNotAuthentic);
}

TEST_F(ALogWrittenByTessera, ShorterThanAHeadSeenEarlierIsAConflict) {
  AuditOptions options;
  options.history_required = false;
  options.seen.push_back({std::string(key_.name), 16, Digest{}, {}});
  EXPECT_EQ(audit(*publication_, key_, options).error().code, ErrorCode::kConflict);
}

TEST_F(ALogWrittenByTessera, OnAnotherTreeThanAHeadSeenEarlierIsNotAuthentic) {
  AuditOptions options;
  options.history_required = false;
  options.seen.push_back({std::string(key_.name), 7, Digest{}, {}});
  EXPECT_EQ(audit(*publication_, key_, options).error().code, ErrorCode::kNotAuthentic);
}

TEST(ADirectoryThatIsNoLog, IsReported) {
  EXPECT_EQ(open_publication("/nonexistent").error().code, ErrorCode::kNotFound);
  const NoteKey key = parse_note_key(kTesseraKey).value();
  const auto publication = open_publication("/proc/self/fd").value();
  EXPECT_EQ(audit(*publication, key).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace strongroom::ledger
