#include "seal/seal_object.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>

#include <filesystem>
#include <fstream>
#include <thread>

#include "io/failing_files.h"
#include "seal/audit.h"
#include "seal/names.h"
#include "seal/sealed_for_test.h"
#include "seal/stream_reader.h"

namespace strongroom::seal {
namespace {

const Files kFiles{{"config.json", pattern(300, 1)},
                   {"empty", {}},
                   {"exact", pattern(2 * kSegmentBytes, 2)},
                   {"shards/model-1.bin", pattern(3 * kSegmentBytes + 5, 3)},
                   {"shards/model-2.bin", pattern(3 * kSegmentBytes + 5, 4)}};
constexpr std::size_t kShard1 = 3;  // index in files() and in the manifest

class SealedObjectTest : public testing::TestWithParam<PayloadSuite> {
 protected:
  const Lab lab_{two_of_three()};
  const Sealed sealed_{lab_, kFiles, GetParam()};

  [[nodiscard]] std::string shard() const { return file_blob(sealed_.object.object, kShard1); }
  [[nodiscard]] static std::string leaves(const std::string& blob) {
    return blob + std::string(kLeavesSuffix);
  }
  [[nodiscard]] ErrorCode reading_shard() const {
    const auto opened = sealed_.open();
    if (!opened) return opened.error().code;
    const auto read = read_file(**opened, kShard1);
    return read ? ErrorCode::kInternal : read.error().code;
  }
  [[nodiscard]] std::vector<AuditFinding> audit() const {
    return audit_object(*sealed_.store, sealed_.manifest, 2).value().findings;
  }
};

INSTANTIATE_TEST_SUITE_P(Suites, SealedObjectTest,
                         testing::Values(PayloadSuite::kFloe1mBlake3, PayloadSuite::kFloe1mSha256),
                         [](const auto& suite) {
                           return suite.param == PayloadSuite::kFloe1mBlake3 ? "Blake3" : "Sha256";
                         });

TEST_P(SealedObjectTest, OpensToTheSameFiles) {
  const auto opened = sealed_.open().value();
  ASSERT_EQ(opened->files().size(), kFiles.size());
  std::size_t at = 0;
  for (const auto& [name, bytes] : kFiles) {
    EXPECT_EQ(opened->files()[at].name, name);
    EXPECT_EQ(read_file(*opened, at).value(), bytes) << name;
    ++at;
  }
}

TEST_P(SealedObjectTest, PassesItsAuditWithoutAKey) {
  const Audit audit = audit_object(*sealed_.store, sealed_.manifest).value();
  EXPECT_TRUE(audit.findings.empty());
  EXPECT_EQ(audit.bytes_read, sealed_.object.sealed_bytes);
}

TEST_P(SealedObjectTest, ShowsNoNameAndNoContentInTheStore) {
  const std::vector<std::string> names = sealed_.store->list("", 100).value();
  for (const std::string& name : names) {
    const Bytes blob = sealed_.blob(name);
    EXPECT_EQ(as_text(blob).find("model-1"), std::string_view::npos) << name;
    const Bytes content = pattern(64, 3);
    EXPECT_EQ(as_text(blob).find(as_text(content)), std::string_view::npos) << name;
  }
}

TEST_P(SealedObjectTest, WithAFlipAnywhereIsRefusedAndAudited) {
  const Bytes good = sealed_.blob(shard());
  // Header: parameters, IV, tag. Segment 1: length, IV, ciphertext, tag. The last byte.
  const std::size_t segment = static_cast<std::size_t>(segment_offset(1));
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{12}, std::size_t{50}, segment, segment + 5, segment + 1000,
        segment + kSealedSegmentBytes - 1, good.size() - 1}) {
    Bytes flipped = good;
    flipped[at] ^= 0x10;
    sealed_.overwrite(shard(), flipped);
    EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic) << "byte " << at;
    EXPECT_EQ(audit().size(), 1u) << "byte " << at;
  }
}

TEST_P(SealedObjectTest, WithAFlippedLeafFileIsRefusedAndAudited) {
  Bytes flipped = sealed_.blob(leaves(shard()));
  flipped[40] ^= 1;
  sealed_.overwrite(leaves(shard()), flipped);
  EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic);
  ASSERT_EQ(audit().size(), 1u);
  EXPECT_EQ(audit()[0].blob, leaves(shard()));
}

TEST_P(SealedObjectTest, TruncatedOrExtendedIsRefusedAndAudited) {
  const Bytes good = sealed_.blob(shard());
  Bytes shorter = good;
  shorter.resize(static_cast<std::size_t>(segment_offset(3)));  // a whole segment gone
  sealed_.overwrite(shard(), shorter);
  EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic);
  EXPECT_EQ(audit().size(), 1u);
  Bytes longer = good;
  longer.push_back(0);
  sealed_.overwrite(shard(), longer);
  EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic);
  EXPECT_EQ(audit().size(), 1u);
}

TEST_P(SealedObjectTest, WithSegmentsReorderedTogetherWithTheirLeavesIsRefused) {
  const auto swap_at = [](Bytes& bytes, std::size_t a, std::size_t b, std::size_t size) {
    std::swap_ranges(bytes.begin() + static_cast<long>(a),
                     bytes.begin() + static_cast<long>(a + size),
                     bytes.begin() + static_cast<long>(b));
  };
  Bytes swapped = sealed_.blob(shard());
  swap_at(swapped, static_cast<std::size_t>(segment_offset(0)),
          static_cast<std::size_t>(segment_offset(1)), kSealedSegmentBytes);
  sealed_.overwrite(shard(), swapped);
  EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic);
  Bytes swapped_leaves = sealed_.blob(leaves(shard()));
  swap_at(swapped_leaves, 32, 64, 32);
  sealed_.overwrite(leaves(shard()), swapped_leaves);
  EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic);
}

TEST_P(SealedObjectTest, WithASegmentDuplicatedOverAnotherIsRefused) {
  Bytes doubled = sealed_.blob(shard());
  std::copy_n(doubled.begin() + static_cast<long>(segment_offset(0)), kSealedSegmentBytes,
              doubled.begin() + static_cast<long>(segment_offset(1)));
  sealed_.overwrite(shard(), doubled);
  EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic);
}

TEST_P(SealedObjectTest, WithTwoFilesOfOneLengthSwappedIsRefused) {
  const std::string other = file_blob(sealed_.object.object, kShard1 + 1);
  const Bytes stream = sealed_.blob(other);
  const Bytes leaf_file = sealed_.blob(leaves(other));
  sealed_.overwrite(shard(), stream);
  sealed_.overwrite(leaves(shard()), leaf_file);
  EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic);
}

TEST_P(SealedObjectTest, WithABlobMissingIsSaidAndAudited) {
  ASSERT_TRUE(sealed_.store->remove(shard()));
  EXPECT_EQ(reading_shard(), ErrorCode::kNotFound);
  ASSERT_EQ(audit().size(), 1u);
  EXPECT_EQ(audit()[0].what, "is missing");
}

TEST_P(SealedObjectTest, WithASegmentForgedByAFormerKeyHolderIsRefusedBeforeTheKeyTouchesIt) {
  const DataKey key = sealed_.release({person(1), person(2)}).value();
  Bytes blob = sealed_.blob(shard());
  const PlacedStream stream = file_streams(sealed_.manifest, 0)[kShard1];
  const FloeStream floe =
      FloeStream::open(kPayloadFloe, key, associated_with(stream.identity).view(),
                       ByteView(blob).first(kFloeHeaderBytes))
          .value();
  FloeCipher cipher(floe);
  const MutableByteView forged = MutableByteView(blob).subspan(
      static_cast<std::size_t>(segment_offset(1)), kSealedSegmentBytes);
  cipher.seal({1, false}, forged);  // whatever stood there, now as plaintext
  Bytes out(kSegmentBytes);
  ASSERT_TRUE(cipher.open({1, false}, forged, out)) << "the tag alone lets it through";
  sealed_.overwrite(shard(), blob);
  EXPECT_EQ(reading_shard(), ErrorCode::kNotAuthentic);
}

TEST_P(SealedObjectTest, AlteredWhileOpenIsNoticedAndGivesZeroes) {
  const auto opened = sealed_.open().value();
  ASSERT_TRUE(read_file(*opened, kShard1));
  const std::string path = sealed_.vault / shard();
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<long>(segment_offset(2)) + 77);
  file.put('!').put('?');
  file.close();
  Bytes out(kSegmentBytes, 0xAA);
  EXPECT_EQ(opened->read_segment(kShard1, 2, out).error().code, ErrorCode::kNotAuthentic);
  EXPECT_EQ(out, Bytes(kSegmentBytes));
}

TEST_P(SealedObjectTest, ReadByManyThreadsGivesEachTheRightBytes) {
  const auto opened = sealed_.open().value();
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 4; ++i) {
      readers.emplace_back([&] {
        const auto bytes = read_file(*opened, kShard1);
        if (!bytes || *bytes != kFiles.at("shards/model-1.bin")) ++wrong;
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

TEST_P(SealedObjectTest, WipedIsReadNoMore) {
  const auto opened = sealed_.open().value();
  opened->wipe();
  Bytes out(300, 0xAA);
  EXPECT_EQ(opened->read_segment(0, 0, out).error().code, ErrorCode::kExpired);
  EXPECT_EQ(out, Bytes(300));
}

TEST_P(SealedObjectTest, UnderAnotherDataKeyIsAWrongKey) {
  std::vector<GroupKey> keys;
  keys.push_back({0, random_data_key()});
  EXPECT_EQ(OpenObject::open(*sealed_.store, sealed_.manifest, std::move(keys)).error().code,
            ErrorCode::kWrongKey);
}

TEST_P(SealedObjectTest, BindsEachStreamToItsPlaceBesideTheRoot) {
  const DataKey key = sealed_.release({person(1), person(2)}).value();
  const PlacedStream good = file_streams(sealed_.manifest, 0)[kShard1];
  ASSERT_TRUE(StreamReader::open(*sealed_.store, good, key));
  PlacedStream group = good, object = good, strongroom = good, kind = good, index = good;
  group.identity.group = 1;
  object.identity.object.bytes[0] ^= 1;
  strongroom.identity.strongroom.bytes[0] ^= 1;
  kind.identity.kind = StreamKind::kNames;
  index.identity.index += 1;
  for (const PlacedStream& moved : {group, object, strongroom, kind, index}) {
    EXPECT_EQ(StreamReader::open(*sealed_.store, moved, key).error().code, ErrorCode::kWrongKey);
  }
}

TEST(GroupsOfAnObject, OpenOnlyUnderTheirOwnKeys) {
  const Lab lab{two_of_three()};
  const Sealed sealed{lab, kFiles, PayloadSuite::kFloe1mBlake3, {{0, 2, 4}, {1, 3}}};
  const auto first = sealed.open(0).value();
  ASSERT_EQ(first->files().size(), 3u);
  EXPECT_EQ(first->files()[2].name, "shards/model-2.bin");
  EXPECT_EQ(read_file(*first, 2).value(), kFiles.at("shards/model-2.bin"));
  std::vector<GroupKey> crossed;
  crossed.push_back({1, sealed.release(sealed.enough(), 0).value()});
  EXPECT_EQ(OpenObject::open(*sealed.store, sealed.manifest, std::move(crossed)).error().code,
            ErrorCode::kWrongKey);
  std::vector<GroupKey> both;
  both.push_back({0, sealed.release(sealed.enough(), 0).value()});
  both.push_back({1, sealed.release(sealed.enough(), 1).value()});
  const auto all = OpenObject::open(*sealed.store, sealed.manifest, std::move(both)).value();
  ASSERT_EQ(all->files().size(), 5u);
  EXPECT_EQ(all->files()[3].name, "shards/model-1.bin");
  EXPECT_EQ(read_file(*all, 3).value(), kFiles.at("shards/model-1.bin"));
}

/// Sealing that goes wrong.
class Sealing : public testing::Test {
 protected:
  Sealing() { write("a", pattern(100)); }
  void write(const std::string& name, ByteView bytes) {
    ASSERT_TRUE(io::write_file_atomically(source_ / name, bytes, 0600));
  }
  void list() { listing_.emplace(io::list_files(source_.path(), {.files_max = 100}).value()); }
  Result<SealedObject> seal(const OnProgress& on_progress = {}) {
    if (!listing_) list();
    const SealRequest request{.source = &*listing_,
                              .groups = groups_,
                              .strongroom = lab_.strongroom,
                              .policy = lab_.policy,
                              .custodians = lab_.custodians,
                              .deposit_key = lab_.deposit_key,
                              .payload_suite = PayloadSuite::kFloe1mBlake3,
                              .wrap_suite = WrapSuite::kDevelopmentX25519,
                              .previous = std::nullopt,
                              .threads = 2};
    store_ = store::open_directory_store(vault_.path(), files_).value();
    return seal_object(request, *store_, on_progress);
  }
  ErrorCode code(const Result<SealedObject>& sealed) {
    return sealed ? ErrorCode::kInternal : sealed.error().code;
  }

  const Lab lab_{two_of_three()};
  const io::TemporaryDirectory source_;
  const io::TemporaryDirectory vault_;
  io::FailingFiles files_;
  std::vector<std::vector<std::size_t>> groups_;
  std::optional<io::Listing> listing_;
  std::unique_ptr<store::BlobStore> store_;
};

TEST_F(Sealing, OfADirectoryWithALinkIsRefusedAndNamesIt) {
  ASSERT_EQ(symlink("/etc/passwd", (source_ / "link").c_str()), 0);
  const auto sealed = seal();
  EXPECT_EQ(code(sealed), ErrorCode::kRefused);
  EXPECT_NE(sealed.error().context.find("link is a symbolic link"), std::string::npos);
}

TEST_F(Sealing, OfAFileThatGrewSinceItWasListedIsAConflictAndLeavesNothing) {
  list();
  std::ofstream(source_ / "a", std::ios::app) << "more";
  EXPECT_EQ(code(seal()), ErrorCode::kConflict);
  EXPECT_TRUE(store_->list("", 10).value().empty());
}

TEST_F(Sealing, OfAFileThatShrankSinceItWasListedIsAConflict) {
  list();
  std::filesystem::resize_file(source_ / "a", 50);
  EXPECT_EQ(code(seal()), ErrorCode::kConflict);
}

TEST_F(Sealing, OfAFileReplacedSinceItWasListedIsAConflict) {
  list();
  write("a", pattern(100, 9));
  EXPECT_EQ(code(seal()), ErrorCode::kConflict);
}

TEST_F(Sealing, OfAFileWrittenInPlaceSinceItWasListedIsAConflictAndLeavesNothing) {
  list();
  std::fstream(source_ / "a", std::ios::in | std::ios::out) << "other";
  const std::array<timespec, 2> times{{{0, UTIME_OMIT}, {1, 0}}};
  ASSERT_EQ(utimensat(AT_FDCWD, (source_ / "a").c_str(), times.data(), 0), 0);
  const auto sealed = seal();
  EXPECT_EQ(code(sealed), ErrorCode::kConflict);
  EXPECT_EQ(sealed.error().context, "a changed meanwhile");
  EXPECT_TRUE(store_->list("", 10).value().empty());
}

TEST_F(Sealing, OfADirectoryToWhichAFileCameIsAConflict) {
  list();
  write("b", {});
  EXPECT_EQ(code(seal()), ErrorCode::kConflict);
}

TEST_F(Sealing, OfAFileThatGivesMoreThanItSaysIsAConflict) {
  // What /proc shows has no size.
  listing_.emplace(io::list_files("/proc/sys/fs/inotify", {.files_max = 10}).value());
  EXPECT_EQ(code(seal()), ErrorCode::kConflict);
}

TEST_F(Sealing, OfMoreThanTheStoresDiskHoldsIsRefusedBeforeTheFirstWrite) {
  std::filesystem::resize_file(source_ / "a", std::uintmax_t{1} << 43);  // sparse
  const auto sealed = seal();
  EXPECT_EQ(code(sealed), ErrorCode::kNoSpace);
  EXPECT_NE(sealed.error().context.find("are missing"), std::string::npos);
  EXPECT_TRUE(files_.calls().empty());
}

TEST_F(Sealing, OfNothingIsRefused) {
  std::filesystem::remove(source_ / "a");
  EXPECT_EQ(code(seal()), ErrorCode::kUsage);
}

TEST_F(Sealing, OfANameThatHidesItselfIsRefused) {
  write("evil\xe2\x80\xae.txt", {});
  EXPECT_EQ(code(seal()), ErrorCode::kRefused);
}

TEST_F(Sealing, WithAFileInTwoGroupsOrNoneIsRefused) {
  write("b", {});
  groups_ = {{0, 1}, {1}};
  EXPECT_EQ(code(seal()), ErrorCode::kUsage);
  groups_ = {{0}};
  EXPECT_EQ(code(seal()), ErrorCode::kUsage);
}

TEST_F(Sealing, OnAFullDiskSaysSoAndLeavesNothing) {
  write("big", pattern(3 * kSegmentBytes));
  list();
  files_.fail_at(9, ErrorCode::kNoSpace);
  EXPECT_EQ(code(seal()), ErrorCode::kNoSpace);
  EXPECT_TRUE(store_->list("", 10).value().empty());
}

TEST_F(Sealing, CrashedAnywhereLeavesNoManifestUnlessAllIsThere) {
  ASSERT_TRUE(seal());
  const std::size_t calls = files_.calls().size();
  for (std::size_t n = 0; n < calls; ++n) {
    files_.crash_at(n);
    const auto crashed = seal();
    files_.recover();
    if (crashed) continue;  // the order of threads differs: it was through before the n-th call
    const std::vector<std::string> names = store_->list("", 1000).value();
    for (const std::string& name : names) {
      if (!name.ends_with("/manifest")) continue;
      const Manifest manifest =
          decode_manifest(as_text(store_->get(name, 1 << 20).value())).value();
      EXPECT_TRUE(audit_object(*store_, manifest).value().findings.empty());
    }
  }
}

TEST_F(Sealing, ToldToStopStopsAndLeavesNothing) {
  std::filesystem::resize_file(source_ / "a", std::size_t{256} << 20);  // sparse
  EXPECT_EQ(code(seal([](const Progress&) { return false; })), ErrorCode::kInterrupted);
  EXPECT_TRUE(store_->list("", 10).value().empty());
}

TEST_F(Sealing, ReportsProgressUpToTheTotal) {
  std::filesystem::resize_file(source_ / "a", std::size_t{96} << 20);
  std::uint64_t last = 0;
  ASSERT_TRUE(seal([&](const Progress& progress) {
    EXPECT_GT(progress.bytes_done, last);
    EXPECT_LE(progress.bytes_done, progress.bytes_total);
    last = progress.bytes_done;
    return true;
  }));
  EXPECT_GT(last, 0u);
}

TEST_F(Sealing, TwiceOfTheSameFilesSharesNoByte) {
  const SealedObject first = seal().value();
  const SealedObject second = seal().value();
  EXPECT_NE(first.object, second.object);
  EXPECT_NE(store_->get(file_blob(first.object, 0), 1000).value(),
            store_->get(file_blob(second.object, 0), 1000).value());
}

TEST_F(Sealing, RemovedLeavesNothing) {
  const SealedObject sealed = seal().value();
  ASSERT_TRUE(remove_object(*store_, sealed.object));
  EXPECT_TRUE(store_->list("", 10).value().empty());
}

TEST(SegmentArithmetic, CountsEmptyAndExactMultiples) {
  EXPECT_EQ(segment_count(0), 1u);
  EXPECT_EQ(segment_count(1), 1u);
  EXPECT_EQ(segment_count(kSegmentBytes), 1u);
  EXPECT_EQ(segment_count(kSegmentBytes + 1), 2u);
  EXPECT_EQ(segment_bytes(0, 0), 0u);
  EXPECT_EQ(segment_bytes(2 * kSegmentBytes, 1), kSegmentBytes);
  EXPECT_EQ(segment_bytes(kSegmentBytes + 7, 1), 7u);
  EXPECT_EQ(sealed_bytes(kSegmentBytes + 7), kFloeHeaderBytes + kSegmentBytes + 7 + 64);
}

}  // namespace
}  // namespace strongroom::seal
