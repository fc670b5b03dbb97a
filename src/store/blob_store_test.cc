#include "store/blob_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "io/failing_files.h"
#include "io/temporary_directory.h"

namespace strongroom::store {
namespace {

class ABlobStore : public testing::Test {
 protected:
  ABlobStore() : store_(open_directory_store(directory_ / "blobs", files_).value()) {}
  Result<void> put(const std::string& name, std::string_view bytes,
                   OnExisting on_existing = OnExisting::kReplace) {
    return store_->put(name, as_bytes(bytes), on_existing);
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    const Result<Bytes> bytes = store_->get(name, 1 << 20);
    return bytes ? std::string(as_text(*bytes)) : std::string(name_of(bytes.error().code));
  }
  [[nodiscard]] std::vector<std::string> all() const { return store_->list("", 1'000).value(); }

  io::TemporaryDirectory directory_;
  io::FailingFiles files_;
  std::unique_ptr<BlobStore> store_;
};

TEST_F(ABlobStore, GivesBackWhatWasPut) {
  ASSERT_TRUE(put("tile/0/x001/067", "hashes").has_value());
  EXPECT_EQ(text("tile/0/x001/067"), "hashes");
  EXPECT_EQ(store_->size_bytes("tile/0/x001/067").value(), 6u);
  EXPECT_TRUE(store_->exists("tile/0/x001/067").value());
}

TEST_F(ABlobStore, ThatMustBeThereIsNotMade) {
  const Result<std::unique_ptr<BlobStore>> opened =
      open_existing_directory_store(directory_ / "unmounted");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "unmounted"));
  EXPECT_TRUE(open_existing_directory_store(directory_ / "blobs").has_value());
}

TEST_F(ABlobStore, TellsWhatThereIsRoomFor) {
  const std::optional<io::Room> room = store_->room().value();
  ASSERT_TRUE(room.has_value());
  EXPECT_GT(room->bytes, 0u);
  EXPECT_GE(room->block_bytes, 1u);
}

TEST_F(ABlobStore, HoldsAnEmptyBlob) {
  ASSERT_TRUE(put("empty", "").has_value());
  EXPECT_EQ(store_->size_bytes("empty").value(), 0u);
  EXPECT_EQ(text("empty"), "");
}

TEST_F(ABlobStore, SaysThatANameIsNotThere) {
  EXPECT_EQ(text("a/b"), "not_found");
  EXPECT_FALSE(store_->exists("a/b").value());
  EXPECT_EQ(store_->open("a").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->remove("a").error().code, ErrorCode::kNotFound);
}

TEST_F(ABlobStore, RefusesNamesThatCouldLeadAstray) {
  for (const std::string_view name :
       {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", ".hidden", "a/.partial",
        "a b", "a\\b", "a:b", "\xc3\xa9", "a\n"}) {
    EXPECT_FALSE(is_blob_name(name)) << name;
    EXPECT_EQ(put(std::string(name), "x").error().code, ErrorCode::kUsage) << name;
  }
  EXPECT_FALSE(is_blob_name(std::string_view("a\0b", 3)));
}

TEST_F(ABlobStore, BoundsItsNames) {
  EXPECT_TRUE(is_blob_name(std::string(BlobStore::kSegmentBytesMax, 'a')));
  EXPECT_FALSE(is_blob_name(std::string(BlobStore::kSegmentBytesMax + 1, 'a')));
  std::string deep = "a";
  for (std::size_t i = 1; i < BlobStore::kNameDepthMax; ++i) deep += "/a";
  EXPECT_TRUE(is_blob_name(deep));
  EXPECT_FALSE(is_blob_name(deep + "/a"));
}

TEST_F(ABlobStore, ReplacesOrKeepsAsItIsTold) {
  ASSERT_TRUE(put("a", "old").has_value());
  EXPECT_EQ(put("a", "new", OnExisting::kRefuse).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(text("a"), "old");
  ASSERT_TRUE(put("a", "new", OnExisting::kReplace).has_value());
  EXPECT_EQ(text("a"), "new");
}

TEST_F(ABlobStore, RefusesToReadMoreThanTheBound) {
  ASSERT_TRUE(put("a", "12345").has_value());
  EXPECT_TRUE(store_->get("a", 5).has_value());
  EXPECT_EQ(store_->get("a", 4).error().code, ErrorCode::kTooLarge);
}

TEST_F(ABlobStore, ReadsRangesUpToTheEnd) {
  ASSERT_TRUE(put("a", "0123456789").has_value());
  std::array<std::uint8_t, 4> out{};
  EXPECT_EQ(store_->read_range("a", 2, out).value(), 4u);
  EXPECT_EQ(as_text(out), "2345");
  EXPECT_EQ(store_->read_range("a", 8, out).value(), 2u);
  EXPECT_EQ(store_->read_range("a", 10, out).value(), 0u);
  EXPECT_EQ(store_->read_range("a", 1'000, out).value(), 0u);
}

TEST_F(ABlobStore, KeepsAnOpenBlobReadableWhenItIsReplacedOrRemoved) {
  ASSERT_TRUE(put("a", "old").has_value());
  const auto reader = store_->open("a").value();
  ASSERT_TRUE(put("a", "newer").has_value());
  ASSERT_TRUE(store_->remove("a").has_value());
  Bytes out(3);
  EXPECT_EQ(reader->read_at(0, out).value(), 3u);
  EXPECT_EQ(as_text(out), "old");
}

TEST_F(ABlobStore, ListsAFolderInOrder) {
  for (const char* name : {"b", "a/2", "a/10", "a/x/1", "aa/1", "a-1"}) {
    ASSERT_TRUE(put(name, "x").has_value());
  }
  EXPECT_EQ(all(), (std::vector<std::string>{"a-1", "a/10", "a/2", "a/x/1", "aa/1", "b"}));
  EXPECT_EQ(store_->list("a", 10).value(), (std::vector<std::string>{"a/10", "a/2", "a/x/1"}));
  EXPECT_TRUE(store_->list("nowhere", 10).value().empty());
  EXPECT_EQ(store_->list("a", 2).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(store_->list("../a", 10).error().code, ErrorCode::kUsage);
}

TEST_F(ABlobStore, HidesABlobUntilItIsCommitted) {
  const auto writer = store_->create("big", OnExisting::kRefuse).value();
  ASSERT_TRUE(writer->append(as_bytes("part")).has_value());
  EXPECT_EQ(text("big"), "not_found");
  EXPECT_TRUE(all().empty());
  ASSERT_TRUE(writer->append(as_bytes("s")).has_value());
  ASSERT_TRUE(writer->commit().has_value());
  EXPECT_EQ(text("big"), "parts");
}

TEST_F(ABlobStore, KeepsNothingOfAnAbandonedWriter) {
  {
    const auto writer = store_->create("big", OnExisting::kRefuse).value();
    ASSERT_TRUE(writer->append(as_bytes("part")).has_value());
  }
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(rmdir((directory_ / "blobs").c_str()), 0);
}

TEST_F(ABlobStore, CreatesOnceWhenTwoWritersRace) {
  const auto first = store_->create("big", OnExisting::kRefuse).value();
  const auto second = store_->create("big", OnExisting::kRefuse).value();
  ASSERT_TRUE(first->append(as_bytes("first")).has_value());
  ASSERT_TRUE(second->append(as_bytes("second")).has_value());
  ASSERT_TRUE(second->commit().has_value());
  EXPECT_EQ(first->commit().error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(text("big"), "second");
}

TEST_F(ABlobStore, TakesRangesFromManyThreads) {
  constexpr std::size_t kPiece = 10'000;
  const auto writer = store_->create("big", OnExisting::kRefuse).value();
  std::vector<std::thread> threads;
  for (std::uint8_t i = 0; i < 4; ++i) {
    threads.emplace_back([&writer, i] {
      for (std::size_t piece = i; piece < 20; piece += 4) {
        const Bytes bytes(kPiece, static_cast<std::uint8_t>(piece));
        EXPECT_TRUE(writer->write_at(piece * kPiece, bytes).has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(writer->commit().has_value());
  const Bytes whole = store_->get("big", 1 << 20).value();
  ASSERT_EQ(whole.size(), 20 * kPiece);
  for (std::size_t i = 0; i < whole.size(); ++i) ASSERT_EQ(whole[i], i / kPiece);
}

TEST_F(ABlobStore, DoesNotFollowLinks) {
  ASSERT_TRUE(put("a/real", "inside").has_value());
  std::ofstream(directory_ / "outside") << "outside";
  ASSERT_EQ(symlink((directory_ / "outside").c_str(), (directory_ / "blobs/a/link").c_str()), 0);
  ASSERT_EQ(symlink(directory_.path().c_str(), (directory_ / "blobs/folder").c_str()), 0);
  EXPECT_EQ(text("a/link"), "refused");
  EXPECT_EQ(text("folder/outside"), "refused");
  EXPECT_EQ(put("folder/outside", "x").error().code, ErrorCode::kRefused);
  EXPECT_EQ(all(), (std::vector<std::string>{"a/real"}));
}

TEST_F(ABlobStore, ReportsAFailedSyncAsLostDurability) {
  ASSERT_TRUE(put("a/b", "old").has_value());
  files_.fail_at(2, ErrorCode::kDurability);  // create, write, sync
  EXPECT_EQ(put("a/b", "new").error().code, ErrorCode::kDurability);
  EXPECT_EQ(text("a/b"), "old");
}

TEST_F(ABlobStore, ReportsAFullDisk) {
  ASSERT_TRUE(put("a/b", "old").has_value());
  files_.fail_at(1, ErrorCode::kNoSpace);
  EXPECT_EQ(put("a/b", "new").error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(text("a/b"), "old");
}

TEST_F(ABlobStore, HoldsTheOldOrTheNewBlobAfterACrashAtAnyCall) {
  const std::size_t before = files_.calls().size();
  ASSERT_TRUE(put("a/b/c", "old").has_value());
  const std::size_t calls = files_.calls().size() - before;
  for (std::size_t at = 0; at < calls; ++at) {
    SCOPED_TRACE("crash at call " + std::to_string(at));
    const std::string name = "x" + std::to_string(at) + "/b/c";
    files_.crash_at(at);
    EXPECT_FALSE(put(name, "whole").has_value());
    files_.recover();
    store_ = open_directory_store(directory_ / "blobs", files_).value();
    ASSERT_TRUE(store_->remove_abandoned().has_value());
    const std::string found = text(name);
    EXPECT_TRUE(found == "whole" || found == "not_found") << found;
    EXPECT_TRUE(put(name, "whole").has_value());
    EXPECT_EQ(text(name), "whole");
  }
}

TEST_F(ABlobStore, RemovesAFolderWithWhatACrashLeftInIt) {
  ASSERT_TRUE(put("a/one/x", "x").has_value());
  ASSERT_TRUE(put("a/two/y", "y").has_value());
  {
    auto writer = store_->create("a/one/big", OnExisting::kRefuse).value();
    ASSERT_TRUE(writer->append(as_bytes("part")).has_value());
    files_.crash_at(0);
  }
  files_.recover();
  EXPECT_EQ(store_->folders("a", 10).value(), (std::vector<std::string>{"one", "two"}));
  EXPECT_GT(store_->last_written("a/one").value().value, 0);
  ASSERT_TRUE(store_->remove_folder("a/one").has_value());
  ASSERT_TRUE(store_->remove_folder("a/one").has_value());
  ASSERT_TRUE(store_->remove_folder("no/such/folder").has_value());
  EXPECT_EQ(store_->folders("a", 10).value(), std::vector<std::string>{"two"});
  EXPECT_EQ(store_->last_written("a/one").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(text("a/two/y"), "y");
}

TEST_F(ABlobStore, KeepsAFolderIntoWhichSomethingIsBeingWritten) {
  auto writer = store_->create("a/big", OnExisting::kRefuse).value();
  ASSERT_TRUE(writer->append(as_bytes("whole")).has_value());
  EXPECT_FALSE(store_->remove_folder("a").has_value());
  ASSERT_TRUE(store_->remove_abandoned().has_value());
  ASSERT_TRUE(writer->commit().has_value());
  EXPECT_EQ(text("a/big"), "whole");
}

TEST_F(ABlobStore, SweepsWhatACrashLeft) {
  {
    auto writer = store_->create("a/big", OnExisting::kRefuse).value();
    ASSERT_TRUE(writer->append(as_bytes("part")).has_value());
    files_.crash_at(0);
  }
  files_.recover();
  store_ = open_directory_store(directory_ / "blobs", files_).value();
  ASSERT_TRUE(store_->remove_abandoned().has_value());
  EXPECT_EQ(rmdir((directory_ / "blobs/a").c_str()), 0);
}

}  // namespace
}  // namespace strongroom::store
