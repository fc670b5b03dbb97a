#include "ledger/writer.h"

#include "ledger/writer_for_test.h"
#include "ledger/writer_tables.h"

namespace strongroom::ledger {
namespace {

TEST_F(ALog, IsReadBackByTheAuditorAtEveryAwkwardSize) {
  for (const std::uint64_t size : {0u, 1u, 2u, 255u, 256u, 257u, 511u, 512u, 513u, 768u, 1'025u}) {
    append_and_publish(size - size_);
    expect_audit_passes();
  }
  EXPECT_EQ(audited()->checkpoints, 11u);
}

TEST_F(ALog, OfMoreThanTwoLevelsIsReadBackByTheAuditor) {
  append_and_publish(65'535);
  expect_audit_passes();
  append_and_publish(2);
  expect_audit_passes();
  EXPECT_TRUE(blobs_->exists("tile/2/000.p/1").value());
  EXPECT_TRUE(blobs_->exists("tile/1/000").value());
  EXPECT_FALSE(blobs_->exists("tile/1/000.p/255").value());
  const LogProof proof = writer_->receipt(65'536).value();
  EXPECT_TRUE(verify_log_proof(proof, entry_number(65'536), key_.key()).has_value());
}

TEST_F(ALog, PublishesTheFilesThatTheStandardNames) {
  append_and_publish(257);
  EXPECT_EQ(published_names(),
            (std::vector<std::string>{"checkpoint", "checkpoints/257", "checkpoints/newest",
                                      "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1",
                                      "tile/entries/000", "tile/entries/001.p/1"}));
}

// spec/ledger.md, made by an independent program.
TEST_F(ALog, OfTheWorkedExampleHasThePublishedBytes) {
  append_and_publish(3);
  EXPECT_EQ(encode_note_key(key_.key()),
            "example.com/strongroom+c6e801ac+AYqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c");
  EXPECT_EQ(to_hex(blobs_->get("tile/entries/000.p/3", 1'000).value()),
            "000b7b22656e747279223a307d000b7b22656e747279223a317d000b7b22656e747279223a327d");
  EXPECT_EQ(to_hex(blobs_->get("tile/0/000.p/3", 1'000).value()),
            "960b514353d4c85eaf53de6c77c44b0098cfd1ab87fb8fb26ee58b4ea1d89895"
            "62af7073b036d7fc5b9761b1a35d504d91f8f40fe0599c5233bf9847c1ecc3ad"
            "bfac80e36d3dfb31b8d3fff3798cb30fd168b4ae5ca91bb323326907617c8781");
  EXPECT_EQ(
      encode_log_proof(writer_->receipt(2).value()),
      "c2sp.org/tlog-proof@v1\n"
      "index 2\n"
      "OcaLq9QahtlQgT3ey9+h5mzvl1EuAjlHkMbdGx+BZF8=\n"
      "\n"
      "example.com/strongroom\n"
      "3\n"
      "Egt+ioAUtpjsqvtjTItSUB+Vtq5GrYNEnaO61wDeb6A=\n"
      "\n"
      "\u2014 example.com/strongroom xugBrONktr55l+xg4eu/hbrHgWUxo+zr2ld+/SPFYLTLsrmrhbY0QHqZb4vr"
      "1xAHCFGiaaAF4ycb5MbfwKyj2k4jDg4=\n");
}

TEST_F(ALog, DropsPartialFilesOnceTheFullOneIsThere) {
  append_and_publish(3);
  append_and_publish(2);
  EXPECT_TRUE(blobs_->exists("tile/0/000.p/3").value());
  EXPECT_TRUE(blobs_->exists("tile/entries/000.p/3").value());
  append_and_publish(252);
  EXPECT_TRUE(blobs_->list("tile/0/000.p", 10).value().empty());
  EXPECT_TRUE(blobs_->list("tile/entries/000.p", 10).value().empty());
  expect_audit_passes();
}

TEST_F(ALog, HandsTheAuditorEveryEntryInOrder) {
  append_and_publish(300);
  std::uint64_t next = 0;
  AuditOptions options;
  options.on_entry = [&next](std::uint64_t index, ByteView entry) -> Result<void> {
    EXPECT_EQ(index, next);
    EXPECT_EQ(copy_bytes(entry), entry_number(next));
    ++next;
    return {};
  };
  ASSERT_TRUE(audited(options).has_value());
  EXPECT_EQ(next, 300u);
}

TEST_F(ALog, EndsTheAuditWhereAnEntryIsRefused) {
  append_and_publish(300);
  AuditOptions options;
  options.on_entry = [](std::uint64_t index, ByteView) -> Result<void> {
    if (index == 7) return fail(ErrorCode::kRefused, "not this one");
    return {};
  };
  EXPECT_EQ(audited(options).error().code, ErrorCode::kRefused);
}

TEST_F(ALog, TakesEntriesUpToTheLimit) {
  auto transaction = database_->begin().value();
  EXPECT_TRUE(writer_->append(*transaction, Bytes(limits::kEntryBytesMax, 7)).has_value());
  EXPECT_EQ(writer_->append(*transaction, Bytes(limits::kEntryBytesMax + 1, 7)).error().code,
            ErrorCode::kTooLarge);
  EXPECT_EQ(writer_->append(*transaction, {}).value(), 1u);
  ASSERT_TRUE(transaction->commit().has_value());
  size_ = 2;
  publish();
  expect_audit_passes();
}

TEST_F(ALog, ForgetsTheEntriesOfADroppedTransaction) {
  {
    auto transaction = database_->begin().value();
    ASSERT_EQ(writer_->append(*transaction, as_bytes("never")).value(), 0u);
  }
  append_and_publish(300);
  expect_audit_passes();
}

TEST_F(ALog, ReadsEntriesBack) {
  append(300);
  auto snapshot = database_->snapshot().value();
  EXPECT_EQ(count_entries(*snapshot).value(), 300u);
  const std::vector<Bytes> entries = read_entries(*snapshot, 295, 100).value();
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[0], entry_number(295));
  EXPECT_TRUE(read_entries(*snapshot, 300, 1).value().empty());
  EXPECT_TRUE(read_entries(*snapshot, ~0ull, 1).value().empty());
  EXPECT_TRUE(read_entries(*snapshot, 0, 0).value().empty());
}

TEST_F(ALog, GivesReceiptsThatHoldOffline) {
  append_and_publish(300);
  append(1);
  for (const std::uint64_t index : {0u, 1u, 255u, 256u, 299u}) {
    const std::string text = encode_log_proof(writer_->receipt(index).value());
    const LogProof proof = parse_log_proof(text).value();
    EXPECT_EQ(verify_log_proof(proof, entry_number(index), key_.key()).value().size, 300u);
    EXPECT_FALSE(verify_log_proof(proof, entry_number(index + 1), key_.key()).has_value());
  }
  EXPECT_EQ(writer_->receipt(300).error().code, ErrorCode::kNotYet);
  EXPECT_EQ(writer_->receipt(~0ull).error().code, ErrorCode::kNotYet);
}

TEST_F(ALog, GivesNoReceiptBeforeItIsPublished) {
  append(1);
  EXPECT_EQ(writer_->receipt(0).error().code, ErrorCode::kNotYet);
  EXPECT_FALSE(writer_->signed_checkpoint().has_value());
}

TEST_F(ALog, ShowsThatItContinuesAnEarlierHead) {
  append_and_publish(300);
  const Checkpoint before = open_checkpoint(*writer_->signed_checkpoint(), key_.key()).value();
  append_and_publish(400);
  const LogWriter::Consistency proof = writer_->consistency(300).value();
  const Checkpoint after = open_checkpoint(proof.checkpoint, key_.key()).value();
  EXPECT_TRUE(crypto::verify_consistency(crypto::TreeHash::kSha256, 300, 700, proof.path,
                                         before.root, after.root));
  EXPECT_EQ(writer_->consistency(701).error().code, ErrorCode::kUsage);
  EXPECT_EQ(writer_->consistency(0).error().code, ErrorCode::kUsage);
}

TEST_F(ALog, PublishedTwiceWithoutNewEntriesIsSignedOnce) {
  append_and_publish(3);
  const std::string note = *writer_->signed_checkpoint();
  publish();
  open();
  publish();
  EXPECT_EQ(signatures_, 1);
  EXPECT_EQ(writer_->signed_checkpoint(), note);
}

TEST_F(ALog, PublishesAfterARestartWhatWasCommittedBefore) {
  append_and_publish(255);
  append(3);
  open();
  publish();
  expect_audit_passes();
}

TEST_F(ALog, SurvivesACrashAtEveryCallOfAPublication) {
  append_and_publish(255);
  append(3);
  const std::string whole_database = directory_ / "whole.sqlite";
  const std::string whole_published = directory_ / "whole";
  writer_.reset();
  database_.reset();
  std::filesystem::copy_file(database_path_, whole_database);
  std::filesystem::copy(published_path_, whole_published, std::filesystem::copy_options::recursive);
  for (std::size_t at = 0;; ++at) {
    SCOPED_TRACE("crash at call " + std::to_string(at));
    database_path_ = directory_ / ("log" + std::to_string(at));
    published_path_ = directory_ / ("published" + std::to_string(at));
    std::filesystem::copy_file(whole_database, database_path_);
    std::filesystem::copy(whole_published, published_path_,
                          std::filesystem::copy_options::recursive);
    open();
    files_.crash_at(at);
    const Result<Checkpoint> published = writer_->publish();
    files_.recover();
    // Readers find a whole log, old or new, whatever happened.
    const Result<AuditReport> between = audited();
    ASSERT_TRUE(between.has_value()) << between.error().context;
    EXPECT_TRUE(between->checkpoint.size == 255 || between->checkpoint.size == 258);
    open();
    append_and_publish(2);
    expect_audit_passes();
    size_ -= 2;
    // A checkpoint that was signed and shown, even for a moment, is kept.
    if (between->checkpoint.size == 258) {
      EXPECT_TRUE(blobs_->exists("checkpoints/258").value());
    }
    if (published) {
      EXPECT_GT(at, 40u);  // the loop did crash it, many times
      break;
    }
  }
}

TEST_F(ALog, WhoseDiskDidNotConfirmAWriteStopsForGood) {
  append(3);
  files_.fail_at(4, ErrorCode::kDurability);
  EXPECT_EQ(writer_->publish().error().code, ErrorCode::kDurability);
  files_.recover();
  EXPECT_EQ(writer_->publish().error().code, ErrorCode::kDurability);
  auto transaction = database_->begin().value();
  EXPECT_EQ(writer_->append(*transaction, as_bytes("x")).error().code, ErrorCode::kDurability);
  transaction.reset();
  open();
  publish();
  expect_audit_passes();
}

TEST_F(ALog, PublishesOnceThereIsSpaceAgain) {
  append(3);
  files_.fail_at(3, ErrorCode::kNoSpace);
  EXPECT_EQ(writer_->publish().error().code, ErrorCode::kNoSpace);
  publish();
  expect_audit_passes();
}

TEST_F(ALog, WithAnOlderDatabaseThanWasSignedForIsAConflict) {
  append_and_publish(5);
  writer_.reset();
  database_.reset();
  std::filesystem::copy_file(database_path_, directory_ / "old.sqlite");
  open();
  append_and_publish(5);
  database_path_ = directory_ / "old.sqlite";
  EXPECT_EQ(try_open().error().code, ErrorCode::kConflict);
}

TEST_F(ALog, WithAnEmptyDatabaseBesideAPublicationIsAConflict) {
  append_and_publish(1);
  database_path_ = directory_ / "empty.sqlite";
  EXPECT_EQ(try_open().error().code, ErrorCode::kConflict);
}

TEST_F(ALog, WithOtherEntriesThanWereSignedForIsAConflict) {
  append_and_publish(5);
  const int signatures = signatures_;
  const std::string shown = read_file(published_path_ + "/checkpoint");
  database_path_ = directory_ / "other.sqlite";
  const std::string published = std::exchange(published_path_, directory_ / "elsewhere");
  open();
  size_ = 100;
  auto transaction = database_->begin().value();
  for (std::uint64_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(writer_->append(*transaction, entry_number(100 + i)).has_value());
  }
  ASSERT_TRUE(transaction->commit().has_value());
  transaction.reset();
  published_path_ = published;
  EXPECT_EQ(try_open().error().code, ErrorCode::kConflict);
  EXPECT_EQ(signatures_, signatures);
  EXPECT_EQ(read_file(published_path_ + "/checkpoint"), shown);
}

TEST_F(ALog, ThatAnotherProgramPublishedMeanwhileIsAConflict) {
  append_and_publish(5);
  const TestKey& key = key_;
  const Checkpoint foreign{key.key().name, 9, leaf_number(1), {}};
  const std::string note = sign_checkpoint(foreign, key.key(), key.signer()).value();
  ASSERT_TRUE(blobs_->put("checkpoint", as_bytes(note), store::OnExisting::kReplace).has_value());
  append(1);
  EXPECT_EQ(writer_->publish().error().code, ErrorCode::kConflict);
  append(10);
  EXPECT_EQ(writer_->publish().error().code, ErrorCode::kConflict);
  EXPECT_EQ(signatures_, 1);
}

TEST_F(ALog, StillKnowsWhatItSignedWhenTheCheckpointIsGone) {
  append_and_publish(5);
  ASSERT_TRUE(blobs_->remove("checkpoint").has_value());
  database_path_ = directory_ / "empty.sqlite";
  EXPECT_EQ(try_open().error().code, ErrorCode::kConflict);
}

TEST_F(ALog, SignedTwiceForOneSizeIsAConflict) {
  append_and_publish(5);
  const Checkpoint foreign{key_.key().name, 5, leaf_number(1), {}};
  const std::string note = sign_checkpoint(foreign, key_.key(), key_.signer()).value();
  ASSERT_TRUE(blobs_->put("checkpoint", as_bytes(note), store::OnExisting::kReplace).has_value());
  EXPECT_EQ(try_open().error().code, ErrorCode::kConflict);
}

TEST_F(ALog, UnderACheckpointOfAnotherKeyIsNotAuthentic) {
  append_and_publish(5);
  const TestKey other(key_.key().name, 2);
  const Checkpoint foreign{key_.key().name, 5, leaf_number(1), {}};
  const std::string note = sign_checkpoint(foreign, other.key(), other.signer()).value();
  ASSERT_TRUE(blobs_->put("checkpoint", as_bytes(note), store::OnExisting::kReplace).has_value());
  EXPECT_EQ(try_open().error().code, ErrorCode::kNotAuthentic);
}

TEST_F(ALog, WithASignerOfAnotherKeyPublishesNothing) {
  append(3);
  const TestKey other(key_.key().name, 2);
  writer_ = LogWriter::open(*database_, *blobs_, {key_.key(), other.signer()}).value();
  EXPECT_EQ(writer_->publish().error().code, ErrorCode::kWrongKey);
  EXPECT_FALSE(blobs_->exists("checkpoint").value());
}

TEST_F(ALog, WithADamagedTableIsMalformed) {
  append(300);
  {
    auto transaction = database_->begin().value();
    ASSERT_TRUE(transaction->execute("DELETE FROM entries WHERE idx = 299").has_value());
    ASSERT_TRUE(transaction->commit().has_value());
  }
  EXPECT_EQ(try_open().error().code, ErrorCode::kMalformed);
}

TEST_F(ALog, WithAnEntryMissingInTheMiddleIsMalformed) {
  append(3);
  auto transaction = database_->begin().value();
  ASSERT_TRUE(transaction->execute("DELETE FROM entries WHERE idx = 1").has_value());
  EXPECT_EQ(read_entries(*transaction, 0, 3).error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace strongroom::ledger
