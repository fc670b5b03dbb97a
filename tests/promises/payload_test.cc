// What must fail of the payload (spec/payload.md), on storage that belongs to the attacker: the
// bytes alone changed; the leaf file rewritten to match them; and, beyond what storage can do, even
// a manifest that names the changed bytes, which shows that the cipher holds without the root.
#include <gtest/gtest.h>

#include "crypto/merkle.h"
#include "seal/audit.h"
#include "seal/sealed_for_test.h"

namespace strongroom::promises {
namespace {

using namespace seal;

enum class Reach { kBytes, kLeafFile, kManifest };

constexpr std::size_t kTail = 5;
constexpr std::size_t kLong = 2 * kSegmentBytes + kTail;

/// Where each file stands: groups {a, b} and {c, empty, exact}.
const Files& files() {
  static const Files all{{"a", pattern(kLong, 1)},
                         {"b", pattern(kLong, 2)},
                         {"c", pattern(kLong, 3)},
                         {"empty", {}},
                         {"exact", pattern(2 * kSegmentBytes, 5)}};
  return all;
}
const std::vector<std::vector<std::size_t>> kGroups{{0, 1}, {2, 3, 4}};

struct Place {
  std::size_t group;
  std::size_t file;
};
constexpr Place kA{0, 0};
constexpr Place kB{0, 1};
constexpr Place kC{1, 0};
constexpr Place kEmpty{1, 1};
constexpr Place kExact{1, 2};

std::size_t offset(std::uint64_t segment) {
  return static_cast<std::size_t>(segment_offset(segment));
}

std::vector<Digest> leaves_of(ByteView blob) {
  std::vector<Digest> leaves;
  std::size_t at = 0;
  while (at < blob.size()) {
    const std::size_t whole = at == 0 ? kFloeHeaderBytes : kSealedSegmentBytes;
    const std::size_t size = std::min(whole, blob.size() - at);
    leaves.push_back(crypto::leaf_hash(crypto::TreeHash::kBlake3, blob.subspan(at, size)));
    at += size;
  }
  return leaves;
}

Bytes leaf_file_of(const std::vector<Digest>& leaves) {
  Bytes bytes;
  for (const Digest& leaf : leaves) bytes.insert(bytes.end(), leaf.bytes.begin(), leaf.bytes.end());
  return bytes;
}

/// The plaintext length that a blob of this size would have; the old one when none fits.
std::uint64_t length_of(std::size_t blob_bytes, std::uint64_t otherwise) {
  if (blob_bytes < kFloeHeaderBytes + kFloeSegmentOverheadBytes) return otherwise;
  const std::uint64_t segments = blob_bytes - kFloeHeaderBytes;
  const std::uint64_t whole = segments / kSealedSegmentBytes;
  const std::uint64_t tail = segments % kSealedSegmentBytes;
  if (tail == 0) return whole * kSegmentBytes;
  if (tail > kFloeSegmentOverheadBytes || whole == 0) {
    return whole * kSegmentBytes + tail - kFloeSegmentOverheadBytes;
  }
  return otherwise;
}

/// One sealed object on a disk that is the attacker's, and a host that holds its true keys.
class Attacked {
 public:
  explicit Attacked(const Lab& lab)
      : sealed(lab, files(), PayloadSuite::kFloe1mBlake3, kGroups), manifest(sealed.manifest) {}

  [[nodiscard]] std::string blob_name(Place place) const {
    return file_streams(sealed.manifest, static_cast<std::int64_t>(place.group))
        .at(place.file)
        .blob;
  }
  [[nodiscard]] Bytes blob(Place place) const { return sealed.blob(blob_name(place)); }

  void put(Place place, const Bytes& forged, Reach reach) {
    sealed.overwrite(blob_name(place), forged);
    if (reach == Reach::kBytes) return;
    const std::vector<Digest> leaves = leaves_of(forged);
    sealed.overwrite(blob_name(place) + std::string(kLeavesSuffix), leaf_file_of(leaves));
    if (reach == Reach::kLeafFile) return;
    SealedStream& named = manifest.groups.at(place.group).files.at(place.file);
    named.root = crypto::root_of(crypto::TreeHash::kBlake3, leaves);
    named.bytes = length_of(forged.size(), named.bytes);
  }

  /// kInternal when it gave plaintext.
  [[nodiscard]] ErrorCode reading(Place place) const {
    std::vector<GroupKey> keys;
    for (const std::int64_t group : {0, 1}) {
      keys.push_back({group, sealed.release(sealed.enough(), group).value()});
    }
    const auto opened = OpenObject::open(*sealed.store, manifest, std::move(keys));
    if (!opened) return opened.error().code;
    std::size_t at = place.file;
    for (std::size_t g = 0; g < place.group; ++g) at += kGroups[g].size();
    const auto read = read_file(**opened, at);
    return read ? ErrorCode::kInternal : read.error().code;
  }

  Sealed sealed;
  Manifest manifest;  // as the attacker shows it
};

class PayloadOnHostileStorage : public testing::TestWithParam<Reach> {
 protected:
  const Lab lab_{two_of_three()};
  Attacked object_{lab_};

  void put(Place place, const Bytes& forged) { object_.put(place, forged, GetParam()); }
  void expect_refused(Place place) const {
    const ErrorCode code = object_.reading(place);
    // A manifest that the attacker wrote names another length: then not even the header fits.
    const bool refused = code == ErrorCode::kNotAuthentic ||
                         (GetParam() == Reach::kManifest && code == ErrorCode::kWrongKey);
    EXPECT_TRUE(refused) << "answered with code " << static_cast<int>(code);
    EXPECT_FALSE(
        audit_object(*object_.sealed.store, object_.sealed.manifest, 2).value().findings.empty());
  }
  static void copy_segment(const Bytes& from, std::uint64_t segment, Bytes& to,
                           std::uint64_t onto) {
    std::copy_n(from.begin() + static_cast<long>(offset(segment)), kSealedSegmentBytes,
                to.begin() + static_cast<long>(offset(onto)));
  }
};

INSTANTIATE_TEST_SUITE_P(Reach, PayloadOnHostileStorage,
                         testing::Values(Reach::kBytes, Reach::kLeafFile, Reach::kManifest),
                         [](const auto& reach) {
                           switch (reach.param) {
                             case Reach::kBytes:
                               return "BytesAlone";
                             case Reach::kLeafFile:
                               return "WithTheLeafFile";
                             case Reach::kManifest:
                               break;
                           }
                           return "WithLeafFileAndManifest";
                         });

TEST(PayloadLeftAlone, IsRead) {
  const Lab lab{two_of_three()};
  const Attacked object{lab};
  for (const Place place : {kA, kB, kC, kEmpty, kExact}) {
    EXPECT_EQ(object.reading(place), ErrorCode::kInternal);
  }
}

TEST_P(PayloadOnHostileStorage, WithTwoSegmentsInEachOthersPlaceIsRefused) {
  const Bytes good = object_.blob(kA);
  Bytes swapped = good;
  copy_segment(good, 0, swapped, 1);
  copy_segment(good, 1, swapped, 0);
  put(kA, swapped);
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, WithASegmentInThePlaceOfTheNextIsRefused) {
  Bytes doubled = object_.blob(kA);
  copy_segment(doubled, 0, doubled, 1);
  put(kA, doubled);
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, WithASegmentInsertedTwiceIsRefused) {
  Bytes longer = object_.blob(kA);
  const Bytes segment(longer.begin() + static_cast<long>(offset(0)),
                      longer.begin() + static_cast<long>(offset(1)));
  longer.insert(longer.begin() + static_cast<long>(offset(1)), segment.begin(), segment.end());
  put(kA, longer);
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, WithASegmentOfAnotherFileIsRefused) {
  Bytes spliced = object_.blob(kA);
  copy_segment(object_.blob(kB), 1, spliced, 1);
  put(kA, spliced);
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, WithAnotherFileOfItsGroupIsRefused) {
  put(kA, object_.blob(kB));
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, WithAFileOfAnotherGroupIsRefused) {
  put(kA, object_.blob(kC));
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, WithASegmentOfAnotherGroupIsRefused) {
  Bytes spliced = object_.blob(kA);
  copy_segment(object_.blob(kC), 0, spliced, 0);
  put(kA, spliced);
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, WithTheSameFileOfAnotherObjectIsRefused) {
  const Attacked other(lab_);  // the same plaintext, the same people, sealed again
  put(kA, other.blob(kA));
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, WithASegmentOfAnotherObjectIsRefused) {
  const Attacked other(lab_);
  Bytes spliced = object_.blob(kA);
  copy_segment(other.blob(kA), 1, spliced, 1);
  put(kA, spliced);
  expect_refused(kA);
}

TEST_P(PayloadOnHostileStorage, TruncatedIsRefused) {
  const Bytes good = object_.blob(kA);
  for (const std::size_t size :
       {std::size_t{0}, kFloeHeaderBytes - 1, kFloeHeaderBytes, offset(1), offset(2), offset(2) + 1,
        offset(2) + kFloeSegmentOverheadBytes, good.size() - 1}) {
    put(kA, Bytes(good.begin(), good.begin() + static_cast<long>(size)));
    expect_refused(kA);
  }
}

TEST_P(PayloadOnHostileStorage, ExtendedIsRefused) {
  const Bytes good = object_.blob(kA);
  for (const std::size_t more : {std::size_t{1}, kFloeSegmentOverheadBytes, kSealedSegmentBytes}) {
    Bytes longer = good;
    longer.resize(good.size() + more);
    put(kA, longer);
    expect_refused(kA);
  }
}

TEST_P(PayloadOnHostileStorage, ThatIsEmptyCannotBecomeAnythingElse) {
  const Bytes good = object_.blob(kEmpty);
  ASSERT_EQ(good.size(), kFloeHeaderBytes + kFloeSegmentOverheadBytes);
  for (std::size_t at = 0; at < good.size(); at += 3) {
    Bytes flipped = good;
    flipped[at] ^= 0x04;
    put(kEmpty, flipped);
    const ErrorCode code = object_.reading(kEmpty);
    EXPECT_NE(code, ErrorCode::kInternal) << "byte " << at;
  }
  Bytes longer = good;
  longer.push_back(0);
  put(kEmpty, longer);
  expect_refused(kEmpty);
  put(kEmpty, Bytes(good.begin(), good.begin() + kFloeHeaderBytes));
  expect_refused(kEmpty);
}

TEST_P(PayloadOnHostileStorage, OfWholeSegmentsCannotLoseItsLastOne) {
  const Bytes good = object_.blob(kExact);
  ASSERT_EQ(good.size(), offset(2));
  put(kExact, Bytes(good.begin(), good.begin() + static_cast<long>(offset(1))));
  expect_refused(kExact);
}

TEST_P(PayloadOnHostileStorage, OfWholeSegmentsCannotGetAnEmptyOneBehind) {
  Bytes longer = object_.blob(kExact);
  const Bytes empty = object_.blob(kEmpty);  // a valid empty final segment, of another stream
  longer.insert(longer.end(), empty.begin() + kFloeHeaderBytes, empty.end());
  put(kExact, longer);
  expect_refused(kExact);
}

/// Somebody who was once leased the object and kept its data key. They can encrypt validly.
class AFormerKeyHolder : public testing::Test {
 protected:
  const Lab lab_{two_of_three()};
  Attacked object_{lab_};
  const DataKey key_ = object_.sealed.release(object_.sealed.enough(), 0).value();

  [[nodiscard]] FloeStream stream(Place place, const Bytes& blob) const {
    const auto streams =
        file_streams(object_.sealed.manifest, static_cast<std::int64_t>(place.group));
    return FloeStream::open(kPayloadFloe, key_,
                            associated_with(streams.at(place.file).identity).view(),
                            ByteView(blob).first(kFloeHeaderBytes))
        .value();
  }
  /// Puts plaintext of the forger's own into `segment`, sealed with the true key for that place.
  [[nodiscard]] Bytes forged(std::uint64_t segment, bool final) const {
    Bytes blob = object_.blob(kA);
    const FloeStream floe = stream(kA, blob);
    FloeCipher cipher(floe);
    const std::size_t size = segment == 2 ? kTail + kFloeSegmentOverheadBytes : kSealedSegmentBytes;
    const MutableByteView place = MutableByteView(blob).subspan(offset(segment), size);
    std::ranges::fill(place, std::uint8_t{0x66});
    cipher.seal({segment, final}, place);
    return blob;
  }
};

TEST_F(AFormerKeyHolder, CanForgeASegmentThatTheCipherAloneWouldAccept) {
  const Bytes blob = forged(1, false);
  const FloeStream floe = stream(kA, blob);
  FloeCipher cipher(floe);
  Bytes out(kSegmentBytes);
  ASSERT_TRUE(cipher.open({1, false}, ByteView(blob).subspan(offset(1), kSealedSegmentBytes), out));
  EXPECT_EQ(out, Bytes(kSegmentBytes, 0x66));
}

TEST_F(AFormerKeyHolder, CannotHaveTheirSegmentRead) {
  object_.put(kA, forged(1, false), Reach::kBytes);
  EXPECT_EQ(object_.reading(kA), ErrorCode::kNotAuthentic);
}

TEST_F(AFormerKeyHolder, CannotHaveItReadWithTheLeafFileRewrittenToo) {
  object_.put(kA, forged(1, false), Reach::kLeafFile);
  EXPECT_EQ(object_.reading(kA), ErrorCode::kNotAuthentic);
  const Audit audit = audit_object(*object_.sealed.store, object_.sealed.manifest, 1).value();
  EXPECT_FALSE(audit.findings.empty());
}

TEST_F(AFormerKeyHolder, CannotReplaceAWholeFile) {
  const auto streams = file_streams(object_.sealed.manifest, 0);
  const FloeStream fresh =
      FloeStream::start(kPayloadFloe, key_, associated_with(streams[kA.file].identity).view());
  FloeCipher cipher(fresh);
  Bytes blob(object_.blob(kA).size(), 0x66);
  std::ranges::copy(fresh.header(), blob.begin());
  for (const std::uint64_t segment : {0u, 1u, 2u}) {
    const std::size_t size = segment == 2 ? kTail + kFloeSegmentOverheadBytes : kSealedSegmentBytes;
    cipher.seal({segment, segment == 2}, MutableByteView(blob).subspan(offset(segment), size));
  }
  object_.put(kA, blob, Reach::kLeafFile);
  EXPECT_EQ(object_.reading(kA), ErrorCode::kNotAuthentic);
}

// Here leaf file and root are made to fit, so that the flag alone is wrong.
TEST(OneWrongFinalFlag, IsRefusedThoughEverythingElseFits) {
  const Lab lab{two_of_three()};
  for (const bool both : {true, false}) {  // flagged as final: both, or neither
    Attacked object{lab};
    const DataKey key = object.sealed.release(object.sealed.enough(), 1).value();
    const auto streams = file_streams(object.sealed.manifest, 1);
    const FloeStream floe =
        FloeStream::start(kPayloadFloe, key, associated_with(streams[kExact.file].identity).view());
    FloeCipher cipher(floe);
    Bytes blob(offset(2), 0x66);
    std::ranges::copy(floe.header(), blob.begin());
    for (const std::uint64_t segment : {0u, 1u}) {
      cipher.seal({segment, both},
                  MutableByteView(blob).subspan(offset(segment), kSealedSegmentBytes));
    }
    object.put(kExact, blob, Reach::kManifest);
    EXPECT_EQ(object.reading(kExact), ErrorCode::kNotAuthentic);
  }
}

}  // namespace
}  // namespace strongroom::promises
