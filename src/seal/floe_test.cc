#include "seal/floe.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "crypto/random.h"

namespace strongroom::seal {
namespace {

constexpr FloeParameters kSmall{40, 2};  // 8 plaintext bytes per segment, a new key every 4
const ByteView kAssociated = as_bytes("This is AAD");

DataKey zero_key() {
  return DataKey::filled([](MutableByteView) {});
}

std::size_t plain_segment_bytes(const FloeParameters& parameters) {
  return parameters.encrypted_segment_bytes - kFloeSegmentOverheadBytes;
}

Bytes seal_stream(const FloeParameters& parameters, const DataKey& key, ByteView plaintext) {
  const FloeStream stream = FloeStream::start(parameters, key, kAssociated);
  FloeCipher cipher(stream);
  Bytes out(stream.header().begin(), stream.header().end());
  std::uint64_t position = 0;
  for (bool final = false; !final; ++position) {
    const std::size_t take = std::min(plaintext.size(), plain_segment_bytes(parameters));
    final = take == plaintext.size();
    Bytes segment(take + kFloeSegmentOverheadBytes);
    std::copy_n(plaintext.begin(), take, segment.begin() + kFloeSegmentPrefixBytes);
    cipher.seal({position, final}, segment);
    out.insert(out.end(), segment.begin(), segment.end());
    plaintext = plaintext.subspan(take);
  }
  return out;
}

// The last segment is the one where the bytes end, as an online reader would have it.
Result<Bytes> open_stream(const FloeParameters& parameters, const DataKey& key, ByteView sealed) {
  if (sealed.size() < kFloeHeaderBytes) return fail(ErrorCode::kMalformed, "short");
  ASSIGN_OR_RETURN(const FloeStream stream,
                   FloeStream::open(parameters, key, kAssociated, sealed.first(kFloeHeaderBytes)));
  FloeCipher cipher(stream);
  ByteView rest = sealed.subspan(kFloeHeaderBytes);
  Bytes plaintext;
  std::uint64_t position = 0;
  for (bool final = false; !final; ++position) {
    const std::size_t take = std::min<std::size_t>(rest.size(), parameters.encrypted_segment_bytes);
    final = take == rest.size();
    Bytes out(take < kFloeSegmentOverheadBytes ? 0 : take - kFloeSegmentOverheadBytes);
    RETURN_IF_ERROR(cipher.open({position, final}, rest.first(take), out));
    plaintext.insert(plaintext.end(), out.begin(), out.end());
    rest = rest.subspan(take);
  }
  return plaintext;
}

struct KnownAnswer {
  const char* name;
  FloeParameters parameters;
};

class KnownAnswers : public testing::TestWithParam<KnownAnswer> {
 protected:
  static std::optional<Bytes> file(const std::string& name) {
    const char* root = std::getenv("STRONGROOM_VECTORS");
    if (root == nullptr) return std::nullopt;
    std::ifstream stream(std::string(root) + "/floe/" + name);
    std::string text;
    stream >> text;
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return from_hex(text);
  }
};

TEST_P(KnownAnswers, OfOthersAreOpened) {
  const auto sealed = file(std::string(GetParam().name) + "_ct.txt");
  const auto plaintext = file(std::string(GetParam().name) + "_pt.txt");
  if (!sealed || !plaintext) GTEST_SKIP() << "STRONGROOM_VECTORS is not set";

  const Result<Bytes> opened = open_stream(GetParam().parameters, zero_key(), *sealed);
  ASSERT_TRUE(opened) << opened.error().context;
  EXPECT_EQ(*opened, *plaintext);
}

TEST_P(KnownAnswers, SealedByUsHaveTheirLengthAndOpenAgain) {
  const auto sealed = file(std::string(GetParam().name) + "_ct.txt");
  const auto plaintext = file(std::string(GetParam().name) + "_pt.txt");
  if (!sealed || !plaintext) GTEST_SKIP() << "STRONGROOM_VECTORS is not set";
  const Bytes ours = seal_stream(GetParam().parameters, zero_key(), *plaintext);
  // A final segment may be empty after a full one: then theirs is one segment longer.
  EXPECT_TRUE(ours.size() == sealed->size() ||
              ours.size() + kFloeSegmentOverheadBytes == sealed->size());
  EXPECT_EQ(open_stream(GetParam().parameters, zero_key(), ours).value(), *plaintext);
}

constexpr FloeParameters k64{64, 20};
constexpr FloeParameters k4K{4096, 20};
constexpr FloeParameters k40{40, 20};
INSTANTIATE_TEST_SUITE_P(
    Floe, KnownAnswers,
    testing::Values(KnownAnswer{"cpp_GCM256_IV256_64", k64},
                    KnownAnswer{"cpp_GCM256_IV256_4K", k4K}, KnownAnswer{"cpp_rotation", kSmall},
                    KnownAnswer{"go_GCM256_IV256_64", k64}, KnownAnswer{"go_GCM256_IV256_4K", k4K},
                    KnownAnswer{"go_rotation", kSmall}, KnownAnswer{"java_GCM256_IV256_64", k64},
                    KnownAnswer{"java_GCM256_IV256_4K", k4K}, KnownAnswer{"java_rotation", kSmall},
                    KnownAnswer{"java_lastSegAligned", k40}, KnownAnswer{"java_lastSegEmpty", k40}),
    [](const auto& known) { return std::string(known.param.name); });

TEST(KnownAnswerFiles, AreAllNamedHere) {
  const char* root = std::getenv("STRONGROOM_VECTORS");
  if (root == nullptr) GTEST_SKIP() << "STRONGROOM_VECTORS is not set";
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(root) + "/floe")) {
    if (entry.path().string().ends_with("_ct.txt")) ++files;
  }
  EXPECT_EQ(files, 11u);
}

class SealedFloe : public testing::Test {
 protected:
  const DataKey key_ = zero_key();
  const Bytes plaintext_ = copy_bytes(as_bytes("20 bytes of plaintext"));
  const Bytes sealed_ = seal_stream(kSmall, key_, plaintext_);

  [[nodiscard]] bool opens(const Bytes& sealed) const {
    return open_stream(kSmall, key_, sealed).has_value();
  }
  [[nodiscard]] ByteView segment(std::size_t i) const {
    return ByteView(sealed_).subspan(kFloeHeaderBytes + i * 40, 40);
  }
};

TEST_F(SealedFloe, WithAnyBitFlippedIsRefused) {
  ASSERT_TRUE(opens(sealed_));
  for (std::size_t at = 0; at < sealed_.size(); ++at) {
    Bytes flipped = sealed_;
    flipped[at] ^= 0x01;
    EXPECT_FALSE(opens(flipped)) << "bit of byte " << at;
  }
}

TEST_F(SealedFloe, TruncatedAnywhereIsRefused) {
  for (std::size_t size = 0; size < sealed_.size(); ++size) {
    EXPECT_FALSE(opens(Bytes(sealed_.begin(), sealed_.begin() + static_cast<long>(size)))) << size;
  }
}

TEST_F(SealedFloe, ExtendedIsRefused) {
  Bytes longer = sealed_;
  longer.push_back(0);
  EXPECT_FALSE(opens(longer));
  Bytes doubled = sealed_;
  doubled.insert(doubled.end(), sealed_.begin() + kFloeHeaderBytes, sealed_.end());
  EXPECT_FALSE(opens(doubled));
}

TEST_F(SealedFloe, WithSegmentsReorderedIsRefused) {
  Bytes swapped = sealed_;
  std::swap_ranges(swapped.begin() + kFloeHeaderBytes, swapped.begin() + kFloeHeaderBytes + 40,
                   swapped.begin() + kFloeHeaderBytes + 40);
  EXPECT_FALSE(opens(swapped));
}

TEST_F(SealedFloe, WithASegmentOfAnotherStreamUnderTheSameKeyIsRefused) {
  const Bytes other = seal_stream(kSmall, key_, plaintext_);
  Bytes spliced = sealed_;
  std::copy_n(other.begin() + kFloeHeaderBytes, 40, spliced.begin() + kFloeHeaderBytes);
  EXPECT_FALSE(opens(spliced));
}

TEST_F(SealedFloe, WithTheHeaderOfAnotherStreamUnderTheSameKeyIsRefused) {
  const Bytes other = seal_stream(kSmall, key_, plaintext_);
  Bytes spliced = sealed_;
  std::copy_n(other.begin(), kFloeHeaderBytes, spliced.begin());
  EXPECT_FALSE(opens(spliced));
}

TEST_F(SealedFloe, OpenedWithAWrongFinalFlagIsRefused) {
  const FloeStream stream =
      FloeStream::open(kSmall, key_, kAssociated, ByteView(sealed_).first(kFloeHeaderBytes))
          .value();
  FloeCipher cipher(stream);
  Bytes out(8);
  EXPECT_FALSE(cipher.open({0, true}, segment(0), out));
  const ByteView last = ByteView(sealed_).subspan(kFloeHeaderBytes + 80);
  Bytes tail(last.size() - kFloeSegmentOverheadBytes);
  EXPECT_FALSE(cipher.open({2, false}, last, tail));
  EXPECT_TRUE(cipher.open({2, true}, last, tail));
}

TEST_F(SealedFloe, ThatFailsLeavesZeroes) {
  const FloeStream stream =
      FloeStream::open(kSmall, key_, kAssociated, ByteView(sealed_).first(kFloeHeaderBytes))
          .value();
  Bytes broken = copy_bytes(segment(0));
  broken.back() ^= 0x80;
  Bytes out(8, 0xAA);
  EXPECT_FALSE(FloeCipher(stream).open({0, false}, broken, out));
  EXPECT_EQ(out, Bytes(8));
}

TEST_F(SealedFloe, UnderAnotherKeyOrAssociatedDataIsAWrongKey) {
  const ByteView header = ByteView(sealed_).first(kFloeHeaderBytes);
  const DataKey other = DataKey::filled([](MutableByteView out) { out[31] = 1; });
  EXPECT_EQ(FloeStream::open(kSmall, other, kAssociated, header).error().code,
            ErrorCode::kWrongKey);
  EXPECT_EQ(FloeStream::open(kSmall, key_, as_bytes("other"), header).error().code,
            ErrorCode::kWrongKey);
}

TEST_F(SealedFloe, ReadOutOfOrderGivesThePlaintext) {
  const Bytes long_plaintext = Bytes(8 * 11, 0x5A);  // three key rotations
  const Bytes sealed = seal_stream(kSmall, key_, long_plaintext);
  const FloeStream stream =
      FloeStream::open(kSmall, key_, kAssociated, ByteView(sealed).first(kFloeHeaderBytes)).value();
  FloeCipher cipher(stream);
  for (const std::uint64_t position : {9u, 0u, 5u, 10u, 4u}) {
    Bytes out(8);
    const auto at = kFloeHeaderBytes + static_cast<std::size_t>(position) * 40;
    ASSERT_TRUE(cipher.open({position, position == 10}, ByteView(sealed).subspan(at, 40), out));
    EXPECT_EQ(out, Bytes(8, 0x5A));
  }
}

TEST(EmptyFloe, IsOneEmptyFinalSegmentAndIsBound) {
  const DataKey key = zero_key();
  Bytes sealed = seal_stream(kSmall, key, {});
  EXPECT_EQ(sealed.size(), kFloeHeaderBytes + kFloeSegmentOverheadBytes);
  EXPECT_TRUE(open_stream(kSmall, key, sealed).value().empty());
  sealed.back() ^= 1;
  EXPECT_FALSE(open_stream(kSmall, key, sealed));
}

TEST(ExactMultipleInFloe, EndsInAFullFinalSegment) {
  const DataKey key = zero_key();
  const Bytes plaintext(16, 7);
  const Bytes sealed = seal_stream(kSmall, key, plaintext);
  EXPECT_EQ(sealed.size(), kFloeHeaderBytes + 80);
  EXPECT_EQ(open_stream(kSmall, key, sealed).value(), plaintext);
}

TEST(FloeIvs, AreNeverTheSame) {
  const DataKey key = zero_key();
  const Bytes sealed = seal_stream(kSmall, key, Bytes(8 * 200));
  std::set<Bytes> seen;
  for (std::size_t i = 0; i < 200; ++i) {
    const auto at = sealed.begin() + static_cast<long>(kFloeHeaderBytes + i * 40 + 4);
    seen.insert(Bytes(at, at + 12));
  }
  EXPECT_EQ(seen.size(), 200u);
}

}  // namespace
}  // namespace strongroom::seal
