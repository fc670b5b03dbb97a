#include <gtest/gtest.h>

#include "model/structure_for_test.h"

namespace strongroom::model {
namespace {

std::string file(std::string_view json, std::size_t data_bytes) {
  return Written().text(json).zeroes(data_bytes).bytes();
}
Seen see(std::string_view json, std::size_t data_bytes) {
  return see(FileKind::kSafetensors, file(json, data_bytes));
}
/// A header with one tensor of these members.
Seen see_tensor(const std::string& members, std::size_t data_bytes) {
  return see("{\"a\":{" + members + "}}", data_bytes);
}

constexpr std::string_view kTwoTensors =
    R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
    R"("b":{"dtype":"BF16","shape":[],"data_offsets":[24,26]}}   )";

TEST(SafetensorsFile, TellsItsTensorsAndWhatItSaysBeside) {
  const Seen seen = see(kTwoTensors, 26);
  ASSERT_TRUE(seen.is_read()) << seen.structure.error().context;
  EXPECT_EQ(seen.findings.verdict(), Verdict::kClean);
  const Structure& structure = *seen.structure;
  ASSERT_EQ(structure.tensors.size(), 2u);
  EXPECT_EQ(structure.tensors[0].name, "a");
  EXPECT_EQ(structure.tensors[0].type, ElementType::kF32);
  EXPECT_EQ(structure.tensors[0].shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(structure.tensors[0].offset, 8 + kTwoTensors.size());
  EXPECT_EQ(structure.tensors[0].bytes, 24u);
  EXPECT_EQ(structure.tensors[1].name, "b");
  EXPECT_EQ(structure.tensors[1].type, ElementType::kBf16);
  EXPECT_EQ(structure.tensors[1].offset, 8 + kTwoTensors.size() + 24);
  EXPECT_EQ(structure.tensors[1].elements(), 1u);
  EXPECT_EQ(structure.metadata.at("format"), "pt");
  EXPECT_EQ(structure.tensor_bytes, 26u);
}

TEST(SafetensorsFile, MayListItsTensorsInAnyOrder) {
  const Seen seen = see(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]},)"
                        R"("a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}})",
                        4);
  ASSERT_TRUE(seen.is_read());
  EXPECT_EQ(seen.structure->tensors[0].name, "b");
}

TEST(SafetensorsFile, MayHoldEmptyTensorsAndNone) {
  EXPECT_TRUE(see("{}", 0).is_read());
  EXPECT_TRUE(see(R"({"a":{"dtype":"F32","shape":[0,7],"data_offsets":[4,4]},)"
                  R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                  4)
                  .is_read());
}

TEST(SafetensorsFile, MayPackSeveralElementsIntoAByte) {
  EXPECT_TRUE(see_tensor(R"("dtype":"F4","shape":[2,3],"data_offsets":[0,3])", 3).is_read());
  EXPECT_TRUE(see_tensor(R"("dtype":"F6_E2M3","shape":[8],"data_offsets":[0,6])", 6).is_read());
  EXPECT_EQ(see_tensor(R"("dtype":"F4","shape":[3],"data_offsets":[0,2])", 2).rules(),
            "safetensors-size-lie");
}

TEST(SafetensorsFile, CutAnywhereIsNeverTakenForWhole) {
  const std::string bytes = file(kTwoTensors, 26);
  EXPECT_EQ(first_cut_taken_for_whole(FileKind::kSafetensors, bytes), bytes.size());
}

TEST(SafetensorsFile, WithAnyBitTurnedNeverPointsOutsideItself) {
  const std::string bytes = file(kTwoTensors, 26);
  EXPECT_EQ(first_flip_that_misleads(FileKind::kSafetensors, bytes), 8 * bytes.size());
}

TEST(SafetensorsHeader, OverTheFormatsBoundIsTooLarge) {
  const Seen seen = see(FileKind::kSafetensors, Written().number(100'000'001, 8).raw("{}").bytes());
  ASSERT_FALSE(seen.is_read());
  EXPECT_EQ(seen.structure.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(seen.rules(), "safetensors-header-too-large");
}

TEST(SafetensorsHeader, LongerThanTheFileIsACut) {
  const Seen seen = see(FileKind::kSafetensors, Written().number(3, 8).raw("{}").bytes());
  EXPECT_EQ(seen.rules(), "safetensors-cut");
}

TEST(SafetensorsHeader, MustBeginWithItsObject) {
  EXPECT_EQ(see(" {}", 0).rules(), "safetensors-header-malformed");
  EXPECT_EQ(see("[]", 0).rules(), "safetensors-header-malformed");
  EXPECT_EQ(see("", 0).rules(), "safetensors-header-malformed");
}

TEST(SafetensorsHeader, IsPaddedWithSpacesOnly) {
  EXPECT_TRUE(see("{}     ", 0).is_read());
  EXPECT_EQ(see("{}\n", 0).rules(), "safetensors-header-malformed");
  EXPECT_EQ(see("{}  {}", 0).rules(), "safetensors-header-malformed");
  EXPECT_EQ(see(std::string("{}") + '\0', 0).rules(), "safetensors-header-malformed");
}

TEST(SafetensorsHeader, MustBeUtf8) {
  EXPECT_EQ(see("{\"\xff\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}", 1).rules(),
            "safetensors-header-malformed");
}

TEST(SafetensorsHeader, WithATensorTwiceIsHostile) {
  const Seen seen = see(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                        R"("\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                        2);
  EXPECT_EQ(seen.rules(), "safetensors-duplicate-name");
  EXPECT_EQ(seen.findings.verdict(), Verdict::kHostile);
  EXPECT_FALSE(seen.is_read());
}

TEST(SafetensorsHeader, WithAMemberTwiceIsHostile) {
  const Seen seen =
      see_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"data_offsets":[0,1])", 1);
  EXPECT_EQ(seen.rules(), "safetensors-duplicate-name");
}

TEST(SafetensorsHeader, WithMetadataTwiceIsHostile) {
  EXPECT_EQ(see(R"({"__metadata__":{},"__metadata__":{}})", 0).rules(),
            "safetensors-duplicate-name");
}

TEST(SafetensorsHeader, HoldsOnlyTextAsMetadata) {
  EXPECT_EQ(see(R"({"__metadata__":{"a":1}})", 0).rules(), "safetensors-header-malformed");
  EXPECT_EQ(see(R"({"__metadata__":"a"})", 0).rules(), "safetensors-header-malformed");
}

TEST(SafetensorsHeader, WithHugeMetadataNamesWhatItLeavesOut) {
  const Seen seen = see(
      R"({"__metadata__":{"big":")" + std::string(kMetadataBytesMax + 1, 'x') + R"(","s":"t"}})",
      0);
  ASSERT_TRUE(seen.is_read());
  EXPECT_EQ(seen.structure->metadata_left_out, std::vector<std::string>{"big"});
  EXPECT_EQ(seen.structure->metadata.size(), 1u);
}

TEST(SafetensorsHeader, WithAnUnknownTypeIsMalformed) {
  for (const std::string_view type : {"F33", "f32", "C128", "Q4_0", ""}) {
    EXPECT_EQ(
        see_tensor("\"dtype\":\"" + std::string(type) + R"(","shape":[],"data_offsets":[0,4])", 4)
            .rules(),
        "safetensors-header-malformed")
        << type;
  }
}

TEST(SafetensorsHeader, WithNumbersThatAreNotWholeIsMalformed) {
  for (const std::string_view shape :
       {"[-1]", "[1.0]", "[1e0]", "[true]", "[[1]]", "1", "null", "[18446744073709551616]"}) {
    EXPECT_EQ(see_tensor(
                  "\"dtype\":\"U8\",\"shape\":" + std::string(shape) + ",\"data_offsets\":[0,1]", 1)
                  .rules(),
              "safetensors-header-malformed")
        << shape;
  }
}

TEST(SafetensorsHeader, WithoutAMemberIsMalformed) {
  EXPECT_EQ(see_tensor(R"("dtype":"U8","shape":[1])", 1).rules(), "safetensors-header-malformed");
  EXPECT_EQ(see_tensor(R"("dtype":"U8","data_offsets":[0,1])", 1).rules(),
            "safetensors-header-malformed");
  EXPECT_EQ(see_tensor(R"("shape":[1],"data_offsets":[0,1])", 1).rules(),
            "safetensors-header-malformed");
}

TEST(SafetensorsHeader, WithAMemberOfItsOwnIsReadAndSuspicious) {
  const Seen seen =
      see_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"run":{"x":[1,{}]})", 1);
  EXPECT_TRUE(seen.is_read());
  EXPECT_EQ(seen.rules(), "safetensors-unknown-member");
}

TEST(SafetensorsTensor, WhoseSizeOverflowsIsALie) {
  EXPECT_EQ(see_tensor(R"("dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0])", 0)
                .rules(),
            "safetensors-size-lie");
  EXPECT_EQ(
      see_tensor(R"("dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0])", 0).rules(),
      "safetensors-size-lie");
}

TEST(SafetensorsTensor, ThatEndsBeforeItBeginsIsALie) {
  EXPECT_EQ(see_tensor(R"("dtype":"U8","shape":[1],"data_offsets":[1,0])", 1).rules(),
            "safetensors-size-lie");
}

TEST(SafetensorsTensor, WhosePlaceDoesNotFitItsShapeIsALie) {
  EXPECT_EQ(see_tensor(R"("dtype":"U8","shape":[2],"data_offsets":[0,1])", 1).rules(),
            "safetensors-size-lie");
}

TEST(SafetensorsTensor, BehindTheFilesEndIsCut) {
  EXPECT_EQ(see_tensor(R"("dtype":"U8","shape":[9],"data_offsets":[0,9])", 8).rules(),
            "safetensors-cut");
}

TEST(SafetensorsTensors, ThatOverlapAreHostile) {
  const Seen seen = see(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                        R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                        3);
  EXPECT_EQ(seen.rules(), "safetensors-tensors-overlap");
  EXPECT_EQ(seen.findings.verdict(), Verdict::kHostile);
}

TEST(SafetensorsTensors, LeaveNoByteBetweenThem) {
  const std::string json = R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                           R"("b":{"dtype":"U8","shape":[2],"data_offsets":[3,5]}})";
  const Seen seen = see(json, 5);
  EXPECT_EQ(seen.rules(), "safetensors-hole");
  EXPECT_EQ(seen.findings.all()[0].offset, 8 + json.size() + 2);
}

TEST(SafetensorsTensors, LeaveNoByteBeforeOrBehindThem) {
  EXPECT_EQ(see_tensor(R"("dtype":"U8","shape":[2],"data_offsets":[1,3])", 3).rules(),
            "safetensors-hole");
  EXPECT_EQ(see_tensor(R"("dtype":"U8","shape":[2],"data_offsets":[0,2])", 3).rules(),
            "safetensors-hole");
  EXPECT_EQ(see("{}", 1).rules(), "safetensors-hole");
}

}  // namespace
}  // namespace strongroom::model
