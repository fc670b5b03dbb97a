#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <optional>

#include <filesystem>

#include "io/directory.h"
#include "io/failing_files.h"
#include "io/listing.h"
#include "io/temporary_directory.h"

namespace strongroom::io {
namespace {

ErrorCode code_of(const Result<void>& result) { return result.error().code; }

std::size_t entries_in(const std::string& path) {
  const auto all = std::filesystem::directory_iterator(path);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(AtomicWrite, LeavesTheWholeFileAndNothingElse) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("new"), 0600));
  EXPECT_EQ(read_file(directory / "a", 3).value(), copy_bytes(as_bytes("new")));
  EXPECT_EQ(entries_in(directory.path()), 1u);
}

TEST(AtomicWrite, CrashedAtAnyCallLeavesTheOldOrTheNewFile) {
  const TemporaryDirectory directory;
  FailingFiles files;
  ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("old!"), 0600, files));
  const std::size_t calls = files.calls().size();
  ASSERT_EQ(calls, 5u);  // create, write, sync, rename, sync of the directory
  for (std::size_t n = 0; n < calls; ++n) {
    ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("old!"), 0600));
    files.crash_at(n);
    EXPECT_EQ(code_of(write_file_atomically(directory / "a", as_bytes("new"), 0600, files)),
              ErrorCode::kInterrupted);
    files.recover();
    const Bytes left = read_file(directory / "a", 100).value();
    EXPECT_EQ(as_text(left), n < 4 ? "old!" : "new") << "crash at call " << n;
  }
}

TEST(PartialFilesOfACrash, AreNotListedAndAreSwept) {
  const TemporaryDirectory path;
  FailingFiles files;
  const Directory directory = Directory::open(path.path(), files).value();
  files.crash_at(1);
  EXPECT_FALSE(directory.write_file_atomically("a", as_bytes("new"), 0600));
  files.recover();
  EXPECT_EQ(entries_in(path.path()), 1u);
  EXPECT_TRUE(directory.entries(10).value().empty());
  ASSERT_TRUE(directory.remove_partial_files());
  EXPECT_EQ(entries_in(path.path()), 0u);
}

TEST(AFileThatIsBeingWritten, IsNotSweptByWhoComesMeanwhile) {
  const TemporaryDirectory path;
  const Directory directory = Directory::open(path.path()).value();
  DurableFile file = directory.create_file("a", 0600).value();
  ASSERT_TRUE(file.append(as_bytes("whole")));
  ASSERT_TRUE(Directory::open(path.path()).value().remove_partial_files());
  ASSERT_TRUE(file.commit(OnExisting::kRefuse));
  EXPECT_EQ(as_text(directory.read_file("a", 100).value()), "whole");
}

TEST(FailedSync, IsADurabilityErrorForEverAfter) {
  const TemporaryDirectory path;
  FailingFiles files;
  const Directory directory = Directory::open(path.path(), files).value();
  DurableFile file = directory.create_file("a", 0600).value();
  ASSERT_TRUE(file.append(as_bytes("x")));
  files.fail_at(0, ErrorCode::kDurability);
  EXPECT_EQ(code_of(file.sync()), ErrorCode::kDurability);
  EXPECT_EQ(code_of(file.sync()), ErrorCode::kDurability);
  EXPECT_EQ(code_of(file.append(as_bytes("y"))), ErrorCode::kDurability);
  EXPECT_EQ(code_of(file.commit(OnExisting::kReplace)), ErrorCode::kDurability);
  EXPECT_FALSE(std::filesystem::exists(path / "a"));
}

TEST(FullDisk, IsSaidAndLeavesTheOldFile) {
  const TemporaryDirectory directory;
  FailingFiles files;
  ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("old"), 0600, files));
  files.fail_at(1, ErrorCode::kNoSpace);
  EXPECT_EQ(code_of(write_file_atomically(directory / "a", as_bytes("new"), 0600, files)),
            ErrorCode::kNoSpace);
  EXPECT_EQ(as_text(read_file(directory / "a", 3).value()), "old");
  EXPECT_EQ(entries_in(directory.path()), 1u);
}

TEST(FullDevice, GivesNoSpace) {
  Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.is_open());
  EXPECT_EQ(code_of(system_files().write_at(full.number(), 0, as_bytes("x"))), ErrorCode::kNoSpace);
}

TEST(CommitThatMustNotReplace, IsRefusedAndLeavesTheFirstFile) {
  const TemporaryDirectory path;
  const Directory directory = Directory::open(path.path()).value();
  ASSERT_TRUE(directory.write_file_atomically("a", as_bytes("first"), 0600));
  DurableFile second = directory.create_file("a", 0600).value();
  ASSERT_TRUE(second.append(as_bytes("second")));
  EXPECT_EQ(code_of(second.commit(OnExisting::kRefuse)), ErrorCode::kAlreadyExists);
  EXPECT_EQ(as_text(directory.read_file("a", 100).value()), "first");
}

TEST(FileDroppedWithoutCommit, LeavesNothing) {
  const TemporaryDirectory path;
  const Directory directory = Directory::open(path.path()).value();
  {
    DurableFile file = directory.create_file("a", 0600).value();
    ASSERT_TRUE(file.write_at(4, as_bytes("late")));
  }
  EXPECT_EQ(entries_in(path.path()), 0u);
}

TEST(ReadFile, ThroughALinkIsRefused) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("x"), 0600));
  ASSERT_EQ(symlink((directory / "a").c_str(), (directory / "link").c_str()), 0);
  EXPECT_EQ(read_file(directory / "link", 10).error().code, ErrorCode::kRefused);
}

TEST(ReadFile, OfAFifoIsRefusedWithoutWaiting) {
  const TemporaryDirectory directory;
  ASSERT_EQ(mkfifo((directory / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(directory / "fifo", 10).error().code, ErrorCode::kRefused);
}

TEST(ReadFile, OverItsBoundIsRefused) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("four"), 0600));
  EXPECT_EQ(read_file(directory / "a", 3).error().code, ErrorCode::kTooLarge);
}

TEST(NamesThatLeaveTheDirectory, AreRefused) {
  const TemporaryDirectory path;
  const Directory directory = Directory::open(path.path()).value();
  EXPECT_EQ(directory.open_file("../a").error().code, ErrorCode::kUsage);
  EXPECT_EQ(directory.create_file("..", 0600).error().code, ErrorCode::kUsage);
  EXPECT_EQ(directory.open_file("").error().code, ErrorCode::kUsage);
  EXPECT_EQ(directory.open_file(std::string("a\0b", 3)).error().code, ErrorCode::kUsage);
}

TEST(Listing, IsSortedBytewiseWithSizesAndNamesWhatIsNoFile) {
  const TemporaryDirectory directory;
  const Directory below = Directory::open_or_make(directory / "a", 0700).value();
  ASSERT_TRUE(below.write_file_atomically("c", as_bytes("12"), 0600));
  ASSERT_TRUE(write_file_atomically(directory / "a.b", as_bytes("1"), 0600));
  ASSERT_EQ(symlink("/etc/passwd", (directory / "link").c_str()), 0);
  ASSERT_EQ(mkfifo((directory / "a/fifo").c_str(), 0600), 0);
  const Listing listing = list_files(directory.path(), {.files_max = 10}).value();
  ASSERT_EQ(listing.files.size(), 2u);
  EXPECT_EQ(listing.files[0].name, "a.b");
  EXPECT_EQ(listing.files[1].name, "a/c");
  EXPECT_EQ(listing.files[1].size_bytes, 2u);
  EXPECT_EQ(listing.total_bytes, 3u);
  ASSERT_EQ(listing.oddities.size(), 2u);
  EXPECT_EQ(listing.oddities[0].name, "a/fifo");
  EXPECT_EQ(listing.oddities[0].kind, EntryKind::kOther);
  EXPECT_EQ(listing.oddities[1].kind, EntryKind::kLink);
}

TEST(Listing, OfMoreFilesThanAllowedIsRefused) {
  const TemporaryDirectory directory;
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(write_file_atomically(directory / name, {}, 0600));
  }
  EXPECT_EQ(list_files(directory.path(), {.files_max = 2}).error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(list_files(directory.path(), {.files_max = 3}));
}

TEST(Listing, DeeperThanAllowedIsRefused) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(Directory::open_or_make(directory / "1/2/3", 0700));
  EXPECT_EQ(list_files(directory.path(), {.files_max = 9, .depth_max = 3}).error().code,
            ErrorCode::kTooLarge);
  EXPECT_TRUE(list_files(directory.path(), {.files_max = 9, .depth_max = 4}));
}

TEST(Listing, LeavesOutPartialFilesUnlessItIsAskedForThem) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory / ".x.partial", as_bytes("1"), 0600));
  EXPECT_TRUE(list_files(directory.path(), {.files_max = 9}).value().files.empty());
  const ListingLimits all{.files_max = 9, .partial = PartialNames::kListed};
  EXPECT_EQ(list_files(directory.path(), all).value().files.size(), 1u);
}

TEST(Listing, OfWhatIsAFileIsRefused) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("1"), 0600));
  EXPECT_EQ(list_files(directory / "a", {.files_max = 9}).error().code, ErrorCode::kRefused);
}

class AListedDirectory : public testing::Test {
 protected:
  AListedDirectory() {
    for (const char* name : {"a", "b"}) {
      EXPECT_TRUE(write_file_atomically(directory_ / name, as_bytes("1"), 0600));
    }
    listing_.emplace(list_files(directory_.path(), {.files_max = 9}).value());
  }
  ErrorCode verdict() { return code_of(check_unchanged(*listing_)); }

  const TemporaryDirectory directory_;
  std::optional<Listing> listing_;
};

TEST_F(AListedDirectory, IsUnchangedWhenNobodyTouchesIt) {
  EXPECT_TRUE(check_unchanged(*listing_).has_value());
}

TEST_F(AListedDirectory, IsUnchangedWhenItIsOnlyRead) {
  ASSERT_TRUE(read_file(directory_ / "a", 9));
  EXPECT_TRUE(check_unchanged(*listing_).has_value());
}

TEST_F(AListedDirectory, HasChangedWhenAFileCame) {
  ASSERT_TRUE(write_file_atomically(directory_ / "c", {}, 0600));
  EXPECT_EQ(verdict(), ErrorCode::kConflict);
}

TEST_F(AListedDirectory, HasChangedWhenAFileWent) {
  std::filesystem::remove(directory_ / "b");
  EXPECT_EQ(verdict(), ErrorCode::kConflict);
}

TEST_F(AListedDirectory, HasChangedWhenAFileWasWrittenInPlaceAtEqualLength) {
  const std::array<timespec, 2> times{{{0, UTIME_OMIT}, {1, 0}}};
  ASSERT_EQ(utimensat(AT_FDCWD, (directory_ / "b").c_str(), times.data(), 0), 0);
  const Result<void> checked = check_unchanged(*listing_);
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().context, "b changed meanwhile");
}

TEST_F(AListedDirectory, HasChangedWhenALinkCame) {
  ASSERT_EQ(symlink("a", (directory_ / "link").c_str()), 0);
  EXPECT_EQ(verdict(), ErrorCode::kConflict);
}

TEST_F(AListedDirectory, HasChangedWhenItsPlaceIsGone) {
  std::filesystem::remove_all(directory_.path());
  EXPECT_EQ(verdict(), ErrorCode::kConflict);
}

TEST(ALockedDirectory, IsRefusedToASecondOneUntilTheFirstLetsGo) {
  const TemporaryDirectory path;
  const Directory directory = Directory::open(path.path()).value();
  {
    const Result<Descriptor> first = directory.lock("lock");
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(directory.lock("lock").error().code, ErrorCode::kConflict);
  }
  EXPECT_TRUE(directory.lock("lock").has_value());
}

TEST(ALockedDirectory, WhoseLockIsALinkIsRefused) {
  const TemporaryDirectory path;
  ASSERT_EQ(symlink("/tmp/elsewhere", (path / "lock").c_str()), 0);
  EXPECT_EQ(Directory::open(path.path()).value().lock("lock").error().code, ErrorCode::kRefused);
}

TEST(ListedFile, ReplacedByAnotherIsNotOpened) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("1"), 0600));
  const Listing listing = list_files(directory.path(), {.files_max = 9}).value();
  ASSERT_TRUE(open_listed(listing, listing.files[0]));
  ASSERT_TRUE(write_file_atomically(directory / "a", as_bytes("2"), 0600));
  EXPECT_EQ(open_listed(listing, listing.files[0]).error().code, ErrorCode::kConflict);
}

TEST(ListedFile, UnderADirectoryReplacedByALinkIsNotOpened) {
  const TemporaryDirectory directory;
  const Directory below = Directory::open_or_make(directory / "d", 0700).value();
  ASSERT_TRUE(below.write_file_atomically("a", as_bytes("1"), 0600));
  const Listing listing = list_files(directory.path(), {.files_max = 9}).value();
  std::filesystem::rename(directory / "d", directory / "moved");
  ASSERT_EQ(symlink("moved", (directory / "d").c_str()), 0);
  EXPECT_EQ(open_listed(listing, listing.files[0]).error().code, ErrorCode::kRefused);
}

TEST(ReadExactly, PastTheEndIsAnError) {
  const MemoryReader reader(as_bytes("abc"));
  Bytes out(2);
  EXPECT_TRUE(read_exactly(reader, 1, out, "text"));
  EXPECT_EQ(code_of(read_exactly(reader, 2, out, "text")), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(read_exactly(reader, 9, out, "text")), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace strongroom::io
