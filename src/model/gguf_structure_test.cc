#include <gtest/gtest.h>

#include "model/structure_for_test.h"

namespace strongroom::model {
namespace {

constexpr std::uint32_t kF32 = 0;
constexpr std::uint32_t kQ4K = 12;

/// A GGUF file, put together by hand; every number can lie.
class File {
 public:
  std::uint32_t version = 3;
  std::uint64_t alignment = 32;  ///< that the tensors are laid out by
  std::optional<std::uint64_t> tensors_claimed;
  std::optional<std::uint64_t> keys_claimed;
  std::size_t data_bytes = 0;
  std::string data;  ///< instead of zeroes

  File& key(std::string_view name, std::uint32_t type, const Written& value) {
    keys_.text(name).number(type, 4).raw(value.bytes());
    ++keys_count_;
    return *this;
  }
  File& text_key(std::string_view name, std::string_view value) {
    return key(name, 8, Written().text(value));
  }
  File& tensor(std::string_view name, const std::vector<std::uint64_t>& dimensions,
               std::uint32_t type, std::uint64_t offset) {
    tensors_.text(name).number(dimensions.size(), 4);
    for (const std::uint64_t size : dimensions) tensors_.number(size, 8);
    tensors_.number(type, 4).number(offset, 8);
    ++tensors_count_;
    return *this;
  }
  [[nodiscard]] std::string bytes() const {
    Written whole;
    whole.raw("GGUF").number(version, 4);
    whole.number(tensors_claimed.value_or(tensors_count_), 8);
    whole.number(keys_claimed.value_or(keys_count_), 8);
    whole.raw(keys_.bytes()).raw(tensors_.bytes()).pad_to(alignment);
    return whole.raw(data).zeroes(data_bytes).bytes();
  }
  [[nodiscard]] Seen see() const { return model::see(FileKind::kGguf, bytes()); }

 private:
  Written keys_;
  Written tensors_;
  std::uint64_t keys_count_ = 0;
  std::uint64_t tensors_count_ = 0;
};

/// One key of each type, two tensors.
File usual() {
  File file;
  file.text_key("general.architecture", "llama");
  file.text_key("tokenizer.chat_template", "{{ messages }}");
  file.key("a.u8", 0, Written().number(255, 1)).key("a.i8", 1, Written().number(255, 1));
  file.key("a.u16", 2, Written().number(65535, 2)).key("a.i16", 3, Written().number(65535, 2));
  file.key("a.i32", 5, Written().number(0xffffffff, 4));
  file.key("a.f32", 6, Written().number(0x3fc00000, 4));
  file.key("a.bool", 7, Written().number(1, 1));
  file.key("a.u64", 10, Written().number(~std::uint64_t{0}, 8));
  file.key("a.i64", 11, Written().number(~std::uint64_t{0}, 8));
  file.key("a.f64", 12, Written().number(0x3ff8000000000000, 8));
  file.key("tokens", 9, Written().number(8, 4).number(2, 8).text("a").text("bc"));
  file.key("numbers", 9, Written().number(5, 4).number(3, 8).zeroes(12));
  file.key("nested", 9,
           Written()
               .number(9, 4)
               .number(2, 8)
               .number(0, 4)
               .number(1, 8)
               .zeroes(1)
               .number(8, 4)
               .number(1, 8)
               .text("x"));
  file.tensor("tok", {256, 3}, kQ4K, 0).tensor("out", {5}, kF32, 448);
  file.data_bytes = 448 + 20;
  return file;
}

TEST(GgufFile, TellsItsTensorsOutermostDimensionFirst) {
  const std::string bytes = usual().bytes();
  const Seen seen = see(FileKind::kGguf, bytes);
  ASSERT_TRUE(seen.is_read()) << seen.structure.error().context;
  EXPECT_EQ(seen.rules(), "");
  const Structure& structure = *seen.structure;
  EXPECT_EQ(structure.version, 3u);
  ASSERT_EQ(structure.tensors.size(), 2u);
  EXPECT_EQ(structure.tensors[0].name, "tok");
  EXPECT_EQ(structure.tensors[0].type, ElementType::kQ4K);
  EXPECT_EQ(structure.tensors[0].shape, (std::vector<std::uint64_t>{3, 256}));
  EXPECT_EQ(structure.tensors[0].bytes, 3u * 144);
  EXPECT_EQ(structure.tensors[0].offset, bytes.size() - 468);
  EXPECT_EQ(structure.tensors[1].offset, bytes.size() - 20);
  EXPECT_EQ(structure.tensor_bytes, 3u * 144 + 20);
}

TEST(GgufFile, TellsTheValuesOfItsKeys) {
  const Seen seen = usual().see();
  ASSERT_TRUE(seen.is_read());
  const auto& metadata = seen.structure->metadata;
  EXPECT_EQ(metadata.at("general.architecture"), "llama");
  EXPECT_EQ(metadata.at("tokenizer.chat_template"), "{{ messages }}");
  EXPECT_EQ(metadata.at("a.u8"), "255");
  EXPECT_EQ(metadata.at("a.i8"), "-1");
  EXPECT_EQ(metadata.at("a.u16"), "65535");
  EXPECT_EQ(metadata.at("a.i16"), "-1");
  EXPECT_EQ(metadata.at("a.i32"), "-1");
  EXPECT_EQ(metadata.at("a.f32"), "1.5");
  EXPECT_EQ(metadata.at("a.bool"), "true");
  EXPECT_EQ(metadata.at("a.u64"), "18446744073709551615");
  EXPECT_EQ(metadata.at("a.i64"), "-1");
  EXPECT_EQ(metadata.at("a.f64"), "1.5");
  EXPECT_EQ(metadata.at("tokens"), "[string × 2]");
  EXPECT_EQ(metadata.at("numbers"), "[i32 × 3]");
  EXPECT_EQ(metadata.at("nested"), "[array × 2]");
}

TEST(GgufFile, CutAnywhereIsNeverTakenForWhole) {
  const std::string bytes = usual().bytes();
  EXPECT_EQ(first_cut_taken_for_whole(FileKind::kGguf, bytes), bytes.size());
}

TEST(GgufFile, WithAnyBitTurnedNeverPointsOutsideItself) {
  const std::string bytes = usual().bytes();
  EXPECT_EQ(first_flip_that_misleads(FileKind::kGguf, bytes), 8 * bytes.size());
}

TEST(GgufFile, OfVersion2IsReadAlike) {
  File file = usual();
  file.version = 2;
  EXPECT_TRUE(file.see().is_read());
}

TEST(GgufFile, OfAnotherVersionOrForBigEndianMachinesIsUnreadable) {
  for (const std::uint32_t version : {0u, 1u, 4u, 0x03000000u, 0xffffffffu}) {
    File file = usual();
    file.version = version;
    EXPECT_EQ(file.see().rules(), "gguf-version") << version;
    EXPECT_FALSE(file.see().is_read()) << version;
  }
}

TEST(GgufFile, MayHoldNoTensor) { EXPECT_TRUE(File().text_key("a", "b").see().is_read()); }

TEST(GgufFile, MayEndWithThePaddingOfItsLastTensor) {
  File file = usual();
  file.data_bytes = 480;
  EXPECT_EQ(file.see().rules(), "");
}

TEST(GgufFile, WithBytesBehindItsLastTensorIsSuspicious) {
  File file = usual();
  file.data_bytes = 481;
  EXPECT_EQ(file.see().rules(), "gguf-hole");
  EXPECT_TRUE(file.see().is_read());
}

TEST(GgufHeader, ThatClaimsMoreThanTheFileHoldsIsMalformed) {
  File file = usual();
  file.tensors_claimed = ~std::uint64_t{0};
  EXPECT_EQ(file.see().rules(), "gguf-header-malformed");
  file = usual();
  file.keys_claimed = ~std::uint64_t{0} / 2;
  EXPECT_EQ(file.see().rules(), "gguf-header-malformed");
}

TEST(GgufHeader, WithMoreTensorsThanAnyModelHasIsTooLarge) {
  File file;
  file.tensors_claimed = 1'000'001;
  file.data_bytes = 25'000'000;
  EXPECT_EQ(file.see().rules(), "gguf-header-too-large");
  EXPECT_EQ(file.see().structure.error().code, ErrorCode::kTooLarge);
}

TEST(GgufHeader, WithATextLongerThanTheFileIsCut) {
  EXPECT_EQ(File().key("k", 8, Written().number(1'000, 8)).see().rules(), "gguf-cut");
  EXPECT_EQ(File().key("k", 8, Written().number(~std::uint64_t{0}, 8)).see().rules(), "gguf-cut");
}

TEST(GgufHeader, WithAnArrayLongerThanTheFileIsMalformed) {
  EXPECT_EQ(File().key("k", 9, Written().number(0, 4).number(~std::uint64_t{0}, 8)).see().rules(),
            "gguf-header-malformed");
  EXPECT_EQ(File().key("k", 9, Written().number(10, 4).number(1ull << 61, 8)).see().rules(),
            "gguf-header-malformed");
}

TEST(GgufHeader, WithUnknownValueTypesIsMalformed) {
  EXPECT_EQ(File().key("k", 13, Written()).see().rules(), "gguf-header-malformed");
  EXPECT_EQ(File().key("k", 9, Written().number(13, 4).number(0, 8)).see().rules(),
            "gguf-header-malformed");
}

TEST(GgufHeader, WithArraysTooDeepInArraysIsMalformed) {
  Written deep;
  for (int i = 0; i < 4; ++i) deep.number(9, 4).number(1, 8);
  deep.number(0, 4).number(0, 8);
  EXPECT_EQ(File().key("k", 9, deep).see().rules(), "gguf-header-malformed");
}

TEST(GgufHeader, WithATruthOfTwoIsMalformed) {
  EXPECT_EQ(File().key("k", 7, Written().number(2, 1)).see().rules(), "gguf-header-malformed");
}

TEST(GgufHeader, WithAnEmptyKeyIsMalformed) {
  EXPECT_EQ(File().text_key("", "x").see().rules(), "gguf-header-malformed");
}

TEST(GgufHeader, WithAKeyTwiceIsHostile) {
  const Seen seen = File().text_key("a", "1").text_key("b", "1").text_key("a", "2").see();
  EXPECT_EQ(seen.rules(), "gguf-duplicate-name");
  EXPECT_EQ(seen.findings.verdict(), Verdict::kHostile);
}

TEST(GgufHeader, WithATensorTwiceIsHostile) {
  File file;
  file.tensor("a", {8}, kF32, 0).tensor("a", {8}, kF32, 32).data_bytes = 64;
  EXPECT_EQ(file.see().rules(), "gguf-duplicate-name");
}

TEST(GgufHeader, WithATextTooLongToKeepNamesIt) {
  const Seen seen = File().text_key("long", std::string(kMetadataBytesMax + 1, 'x')).see();
  ASSERT_TRUE(seen.is_read());
  EXPECT_EQ(seen.structure->metadata_left_out, std::vector<std::string>{"long"});
}

TEST(GgufAlignment, IsObeyed) {
  File file;
  file.alignment = 256;
  file.key("general.alignment", 4, Written().number(256, 4));
  file.tensor("a", {8}, kF32, 0).tensor("b", {8}, kF32, 256).data_bytes = 256 + 32;
  EXPECT_EQ(file.see().rules(), "");
}

TEST(GgufAlignment, IsAPowerOfTwoUpToOneMebibyteInA32BitNumber) {
  for (const std::uint64_t value : {0u, 3u, 48u, 1u << 21}) {
    EXPECT_EQ(File().key("general.alignment", 4, Written().number(value, 4)).see().rules(),
              "gguf-header-malformed")
        << value;
  }
  EXPECT_EQ(File().key("general.alignment", 10, Written().number(32, 8)).see().rules(),
            "gguf-header-malformed");
}

TEST(GgufAlignment, LeavesOnlyZeroesBetweenTensors) {
  File file;
  file.alignment = 256;
  file.key("general.alignment", 4, Written().number(256, 4));
  file.tensor("a", {8}, kF32, 0).tensor("b", {8}, kF32, 256);
  file.data = std::string(100, '\0') + "payload" + std::string(256 + 32 - 107, '\0');
  EXPECT_EQ(file.see().rules(), "gguf-hole");
}

TEST(GgufTensor, HasAShortNameAndAtMostFourDimensions) {
  File file;
  file.tensor(std::string(64, 'n'), {8}, kF32, 0).data_bytes = 32;
  EXPECT_EQ(file.see().rules(), "gguf-header-malformed");
  file = File();
  file.tensor("a", {1, 1, 1, 1, 8}, kF32, 0).data_bytes = 32;
  EXPECT_EQ(file.see().rules(), "gguf-header-malformed");
}

TEST(GgufTensor, OfAnUnknownOrRemovedTypeIsMalformed) {
  for (const std::uint32_t type : {4u, 5u, 31u, 33u, 36u, 38u, 43u, 0xffffffffu}) {
    File file;
    file.tensor("a", {256}, type, 0).data_bytes = 1024;
    EXPECT_EQ(file.see().rules(), "gguf-header-malformed") << type;
  }
}

TEST(GgufTensor, FillsItsBlocksRowByRow) {
  File file;
  file.tensor("a", {128, 2}, kQ4K, 0).data_bytes = 144;
  EXPECT_EQ(file.see().rules(), "gguf-header-malformed");
}

TEST(GgufTensor, WhoseSizeOverflowsIsMalformed) {
  File file;
  file.tensor("a", {1ull << 32, 1ull << 32}, kF32, 0).data_bytes = 32;
  EXPECT_EQ(file.see().rules(), "gguf-header-malformed");
}

TEST(GgufTensor, BehindTheFilesEndIsCut) {
  File file;
  file.tensor("a", {9}, kF32, 0).data_bytes = 32;
  EXPECT_EQ(file.see().rules(), "gguf-cut");
  file = File();
  file.tensor("a", {8}, kF32, ~std::uint64_t{31}).data_bytes = 32;
  EXPECT_EQ(file.see().rules(), "gguf-cut");
}

TEST(GgufTensors, ThatOverlapAreHostile) {
  File file;
  file.tensor("a", {16}, kF32, 0).tensor("b", {8}, kF32, 32).data_bytes = 64;
  EXPECT_EQ(file.see().rules(), "gguf-tensors-overlap");
}

TEST(GgufTensors, OutOfOrderAreRefused) {
  File file;
  file.tensor("a", {8}, kF32, 32).tensor("b", {8}, kF32, 0).data_bytes = 64;
  EXPECT_FALSE(file.see().is_read());
}

TEST(GgufTensors, BeginAtAlignedPlaces) {
  File file;
  file.tensor("a", {1}, kF32, 0).tensor("b", {8}, kF32, 4).data_bytes = 64;
  EXPECT_EQ(file.see().rules(), "gguf-header-malformed");
}

TEST(GgufTensors, LeaveNoByteBetweenThem) {
  File file;
  file.tensor("a", {8}, kF32, 0).tensor("b", {8}, kF32, 64).data_bytes = 96;
  EXPECT_EQ(file.see().rules(), "gguf-hole");
  EXPECT_FALSE(file.see().is_read());
}

}  // namespace
}  // namespace strongroom::model
