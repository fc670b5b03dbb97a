#include "agent/mount.h"

#include <sys/mman.h>
#include <sys/statvfs.h>

#include <thread>

#include "agent/mount_table.h"
#include "agent/mount_testing.h"
#include "agent/mount_tree.h"

namespace strongroom::agent {
namespace {

using testing::content_at;
using testing::kMiB;
using testing::MemorySource;
using testing::MountTest;

Bytes expected(std::size_t file, std::uint64_t begin, std::size_t bytes) {
  Bytes content(bytes);
  for (std::size_t i = 0; i < bytes; ++i) content[i] = content_at(file, begin + i);
  return content;
}

class Opened {
 public:
  explicit Opened(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    EXPECT_GE(fd_, 0) << path << ": " << strerror(errno);
  }
  ~Opened() { close(fd_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  int fd() const { return fd_; }
  /// Up to `bytes` from `begin`; empty with errno set when it fails.
  Bytes read(std::uint64_t begin, std::size_t bytes) const {
    Bytes content(bytes);
    std::size_t got = 0;
    while (got < bytes) {
      const ssize_t more =
          pread(fd_, content.data() + got, bytes - got, static_cast<off_t>(begin + got));
      if (more < 0) return {};
      if (more == 0) break;
      got += static_cast<std::size_t>(more);
    }
    content.resize(got);
    return content;
  }

 private:
  int fd_;
};

std::vector<std::string> listing(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    names.push_back(entry.path().lexically_relative(directory).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// --- names --------------------------------------------------------------------------------------

ErrorCode refusal_of(std::vector<SourceFile> files) {
  const Result<MountTree> tree = MountTree::build(files);
  return tree ? ErrorCode::kInternal : tree.error().code;
}

TEST(FileNames, ThatClimbOutAreRefused) {
  EXPECT_EQ(refusal_of({{"../x", 1}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{"a/../../x", 1}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{"/etc/passwd", 1}}), ErrorCode::kMalformed);
}

TEST(FileNames, WithEmptyOrDotPartsOrZeroBytesAreRefused) {
  EXPECT_EQ(refusal_of({{"", 1}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{"a//b", 1}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{"a/", 1}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{"./a", 1}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{std::string("a\0b", 3), 1}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{std::string(256, 'a'), 1}}), ErrorCode::kMalformed);
}

TEST(FileNames, ThatOccurTwiceOrAreAlsoAFolderAreRefused) {
  EXPECT_EQ(refusal_of({{"a", 1}, {"a", 2}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{"a", 1}, {"a/b", 2}}), ErrorCode::kMalformed);
  EXPECT_EQ(refusal_of({{"a/b", 1}, {"a", 2}}), ErrorCode::kMalformed);
}

TEST(MountTable, IsReadWithEscapesAndOptionalFieldsUndone) {
  const std::vector<MountRow> rows = parse_mount_table(
      "36 35 98:0 /sub /mnt/a\\040b rw,noatime master:1 shared:2 - ext3 /dev/root rw\n"
      "not a row\n"
      "41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].directory, "/mnt/a b");
  EXPECT_EQ(rows[0].root, "/sub");
  EXPECT_EQ(rows[0].source, "/dev/root");
  EXPECT_EQ(rows[1].type, "cgroup2");
}

// --- reading ------------------------------------------------------------------------------------

TEST_F(MountTest, ShowsNestedFoldersAsNamed) {
  mount({{"model.gguf", 3}, {"tokenizer/vocab.json", 0}, {"tokenizer/deep/er.bin", 7}});
  EXPECT_EQ(listing(directory_.path()),
            (std::vector<std::string>{"model.gguf", "tokenizer", "tokenizer/deep",
                                      "tokenizer/deep/er.bin", "tokenizer/vocab.json"}));
}

TEST_F(MountTest, ListsAFolderLargerThanOneReply) {
  std::vector<SourceFile> files;
  for (int i = 0; i < 5000; ++i) files.push_back({"shard-" + std::to_string(i), 1});
  mount(files);
  EXPECT_EQ(listing(directory_.path()).size(), 5000u);
}

TEST_F(MountTest, GivesFilesTheirOwnersModesAndLengths) {
  mount({{"a/b", kMiB + 1}});
  struct stat file {};
  struct stat folder {};
  ASSERT_EQ(stat(at("a/b").c_str(), &file), 0);
  ASSERT_EQ(stat(at("a").c_str(), &folder), 0);
  EXPECT_EQ(file.st_size, static_cast<off_t>(kMiB + 1));
  EXPECT_EQ(file.st_mode, static_cast<mode_t>(S_IFREG | 0400));
  EXPECT_EQ(folder.st_mode, static_cast<mode_t>(S_IFDIR | 0500));
  EXPECT_EQ(stat(at("a/c").c_str(), &file), -1);
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(MountTest, IsReadOnlyWithoutSuidDevicesOrPrograms) {
  mount({{"a", 1}});
  struct statvfs status {};
  ASSERT_EQ(statvfs(directory_.path().c_str(), &status), 0);
  const unsigned long wanted = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC;
  EXPECT_EQ(status.f_flag & wanted, wanted);
}

class MountedFileOf : public MountTest, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(MountedFileOf, ThatManyBytesReadsBackExactly) {
  mount({{"other", 5}, {"file", GetParam()}});
  EXPECT_EQ(Opened(at("file")).read(0, GetParam() + 100), expected(1, 0, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Bytes, MountedFileOf,
                         ::testing::Values(0, 1, kMiB - 1, kMiB, kMiB + 1, 5 * kMiB));

TEST_F(MountTest, ReadsAtOddOffsetsAcrossSegments) {
  mount({{"file", 5 * kMiB + 77}});
  const Opened file(at("file"));
  EXPECT_EQ(file.read(1, 3), expected(0, 1, 3));
  EXPECT_EQ(file.read(kMiB - 5, 11), expected(0, kMiB - 5, 11));
  EXPECT_EQ(file.read(2 * kMiB + 4093, 2 * kMiB + 9), expected(0, 2 * kMiB + 4093, 2 * kMiB + 9));
  EXPECT_EQ(file.read(5 * kMiB + 70, 100), expected(0, 5 * kMiB + 70, 7));
  EXPECT_EQ(file.read(6 * kMiB, 10), Bytes{});
}

TEST_F(MountTest, ReadsPastThePageCacheAreTheSame) {
  mount({{"file", 3 * kMiB + 5}});
  const int fd = open(at("file").c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  Bytes content(3 * kMiB + 5);
  EXPECT_EQ(pread(fd, content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  EXPECT_EQ(content, expected(0, 0, 3 * kMiB + 5));
  close(fd);
}

TEST_F(MountTest, MapsAsItReads) {
  const std::size_t bytes = 3 * kMiB + 4099;
  mount({{"file", bytes}});
  const Opened file(at("file"));
  void* const mapped = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.fd(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  const Bytes wanted = expected(0, 0, bytes);
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), static_cast<const std::uint8_t*>(mapped)));
  munmap(mapped, bytes);
}

TEST_F(MountTest, DoesNotDecryptASegmentAgainForEachOfTheKernelsSmallReads) {
  mount({{"file", 16 * kMiB}});
  EXPECT_EQ(Opened(at("file")).read(0, 16 * kMiB).size(), 16 * kMiB);
  EXPECT_LT(source_->reads(), 32u);  // 128 reads of 128 KiB without the cache
}

TEST_F(MountTest, ServesManyReadersOfManyFilesAtOnce) {
  mount({{"a", 9 * kMiB + 1}, {"b", 9 * kMiB + 2}, {"c", 9 * kMiB + 3}},
        {.cached_segments_max = 4});
  std::atomic<int> right{0};
  std::vector<std::thread> readers;
  for (std::size_t reader = 0; reader < 6; ++reader) {
    readers.emplace_back([this, reader, &right] {
      const std::size_t file = reader % 3;
      const std::uint64_t begin = reader < 3 ? 0 : 4 * kMiB + 13;
      const Bytes content = Opened(at(std::string(1, "abc"[file]))).read(begin, 5 * kMiB);
      if (content.size() > 4 * kMiB && content == expected(file, begin, content.size())) ++right;
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(right, 6);
}

TEST_F(MountTest, RefusesEveryKindOfWriting) {
  mount({{"file", 10}});
  EXPECT_EQ(open(at("file").c_str(), O_WRONLY), -1);
  EXPECT_EQ(errno, EROFS);
  EXPECT_EQ(open(at("new").c_str(), O_CREAT | O_WRONLY, 0600), -1);
  EXPECT_EQ(errno, EROFS);
  EXPECT_EQ(unlink(at("file").c_str()), -1);
  EXPECT_EQ(errno, EROFS);
  EXPECT_EQ(mkdir(at("folder").c_str(), 0700), -1);
  EXPECT_EQ(errno, EROFS);
}

// --- corruption and budget ----------------------------------------------------------------------

TEST_F(MountTest, WithACorruptSegmentGivesEioThereAndTheRestElsewhere) {
  mount({{"file", 4 * kMiB}});
  source_->corrupt({0, 2});
  const Opened file(at("file"));
  EXPECT_EQ(file.read(2 * kMiB + 5, 10), Bytes{});
  EXPECT_EQ(errno, EIO);
  EXPECT_EQ(file.read(0, 2 * kMiB), expected(0, 0, 2 * kMiB));
  EXPECT_EQ(file.read(3 * kMiB, kMiB), expected(0, 3 * kMiB, kMiB));
}

TEST_F(MountTest, WithACorruptSegmentSaysWhichFileAndWhy) {
  std::mutex mutex;
  std::vector<MountRefusal> refusals;
  mount({{"good", 1}, {"bad", 1}}, {.on_refusal = [&](const MountRefusal& refusal) {
          const std::lock_guard lock(mutex);
          refusals.push_back(refusal);
        }});
  source_->corrupt({1, 0});
  EXPECT_EQ(Opened(at("bad")).read(0, 1), Bytes{});
  ASSERT_TRUE(mount_->end());
  const std::lock_guard lock(mutex);
  ASSERT_FALSE(refusals.empty());
  EXPECT_EQ(refusals[0].why, MountRefusal::Why::kUnreadable);
  EXPECT_EQ(refusals[0].file, "bad");
  EXPECT_EQ(refusals[0].error.code, ErrorCode::kNotAuthentic);
}

TEST_F(MountTest, CountsWhatItServed) {
  mount({{"file", 2 * kMiB + 3}});
  EXPECT_EQ(Opened(at("file")).read(0, 3 * kMiB).size(), 2 * kMiB + 3);
  EXPECT_EQ(mount_->served_bytes(), 2 * kMiB + 3);
}

TEST_F(MountTest, BeyondTheByteBudgetGivesEioAndTellsOnce) {
  std::atomic<int> told{0};
  mount({{"first", kMiB}, {"second", kMiB}},
        {.byte_budget = kMiB + 100, .on_refusal = [&](const MountRefusal& refusal) {
           if (refusal.why == MountRefusal::Why::kBudgetSpent) ++told;
         }});
  EXPECT_EQ(Opened(at("first")).read(0, kMiB).size(), kMiB);
  const Opened second(at("second"));
  EXPECT_EQ(second.read(0, kMiB), Bytes{});
  EXPECT_EQ(errno, EIO);
  EXPECT_EQ(second.read(8192, 4096), Bytes{});
  EXPECT_EQ(mount_->served_bytes(), kMiB);
  ASSERT_TRUE(mount_->end());
  EXPECT_EQ(told, 1);
}

// --- where it may be mounted --------------------------------------------------------------------

TEST_F(MountTest, OnADirectoryWithSomethingInItIsRefused) {
  ASSERT_EQ(mkdir(at("mine").c_str(), 0700), 0);
  const auto source = std::make_shared<MemorySource>(std::vector<SourceFile>{{"a", 1}});
  const auto mounted = Mount::open(source, {.directory = directory_.path()});
  ASSERT_FALSE(mounted);
  EXPECT_EQ(mounted.error().code, ErrorCode::kConflict);
  ASSERT_EQ(rmdir(at("mine").c_str()), 0);
}

TEST_F(MountTest, OnTopOfAMountIsRefused) {
  mount({{"a", 1}});
  const auto second = Mount::open(source_, {.directory = directory_.path()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
}

TEST_F(MountTest, OnNothingIsNotFound) {
  const auto source = std::make_shared<MemorySource>(std::vector<SourceFile>{{"a", 1}});
  const auto mounted = Mount::open(source, {.directory = at("absent")});
  ASSERT_FALSE(mounted);
  EXPECT_EQ(mounted.error().code, ErrorCode::kNotFound);
}

TEST_F(MountTest, WithTooSmallACacheIsAUsageError) {
  const auto source = std::make_shared<MemorySource>(std::vector<SourceFile>{{"a", 1}});
  const auto mounted =
      Mount::open(source, {.directory = directory_.path(), .cached_segments_max = 1});
  ASSERT_FALSE(mounted);
  EXPECT_EQ(mounted.error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace strongroom::agent
