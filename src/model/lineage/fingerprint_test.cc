#include "model/lineage/fingerprint.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "crypto/blake3_stream.h"
#include "crypto/hash.h"
#include "model/lineage/tensor_printer.h"
#include "model/lineage/zoo_files_for_test.h"

namespace strongroom::model::lineage {
namespace {

using zoo::Dice;
using zoo::Size;

Bytes random_bytes(std::size_t count, std::uint64_t seed) {
  Dice dice(seed);
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(dice.bits());
  return bytes;
}

Tensor tensor_of(std::string name, ElementType type, std::vector<std::uint64_t> shape) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.type = type;
  tensor.shape = std::move(shape);
  const ValueBlock block = value_block(type).value_or(ValueBlock{1, 1});
  tensor.bytes = elements_of(tensor.shape) / block.elements * block.bytes;
  return tensor;
}

TensorPrint print_with(const Kernels& kernels, const Tensor& tensor, ByteView bytes,
                       std::size_t piece_bytes) {
  TensorPrinter printer(tensor, PrintPlan{}, kernels);
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    printer.feed(bytes.subspan(at, std::min(piece_bytes, bytes.size() - at)));
  }
  return printer.finish();
}

std::vector<float> normal_values(std::size_t count, std::uint64_t seed) {
  Dice dice(seed);
  std::vector<float> values(count);
  for (float& value : values) value = 0.02f * dice.normal();
  return values;
}

TensorPrint print_of(const std::vector<float>& values, std::vector<std::uint64_t> shape,
                     ElementType type = ElementType::kF32) {
  const Tensor tensor = tensor_of("w", type, std::move(shape));
  return print_with(fastest_kernels(), tensor, zoo::encoded(values, type), 4'096);
}

Result<Fingerprint> print_file(ByteView file, const Structure& structure, int threads = 1) {
  FingerprintOptions options;
  options.threads = threads;
  const io::MemoryReader reader(file);
  return fingerprint(reader, structure, options);
}

class EveryDecodedType : public testing::TestWithParam<ElementType> {};
INSTANTIATE_TEST_SUITE_P(
    Types, EveryDecodedType,
    testing::Values(ElementType::kF64, ElementType::kF32, ElementType::kF16, ElementType::kBf16,
                    ElementType::kF8E4m3, ElementType::kF8E5m2, ElementType::kF8E4m3Fnuz,
                    ElementType::kF8E5m2Fnuz, ElementType::kI8, ElementType::kU8, ElementType::kI16,
                    ElementType::kI32, ElementType::kI64, ElementType::kQ4_0, ElementType::kQ4_1,
                    ElementType::kQ5_0, ElementType::kQ5_1, ElementType::kQ8_0, ElementType::kQ8_1,
                    ElementType::kQ2K, ElementType::kQ3K, ElementType::kQ4K, ElementType::kQ5K,
                    ElementType::kQ6K, ElementType::kQ8K));

TEST_P(EveryDecodedType, GivesTheSamePrintOnEveryKindOfProcessor) {
  // Any bits at all: NaNs, infinities and subnormals among them.
  const Tensor tensor = tensor_of("w", GetParam(), {48, 1'280});
  const Bytes bytes = random_bytes(static_cast<std::size_t>(tensor.bytes), 7);
  const TensorPrint plain = print_with(*usable_kernels().front(), tensor, bytes, 1 << 20);
  ASSERT_TRUE(plain.has_values);
  for (const Kernels* kernels : usable_kernels()) {
    SCOPED_TRACE(kernels->name);
    EXPECT_EQ(print_with(*kernels, tensor, bytes, 1 << 20), plain);
  }
}

TEST_P(EveryDecodedType, GivesTheSamePrintHoweverItsBytesAreCut) {
  const Tensor tensor = tensor_of("w", GetParam(), {20, 256});
  const Bytes bytes = random_bytes(static_cast<std::size_t>(tensor.bytes), 8);
  EXPECT_EQ(print_with(fastest_kernels(), tensor, bytes, 7),
            print_with(fastest_kernels(), tensor, bytes, 1 << 20));
}

TEST(ARowThatIsNoMultipleOfSixteen, IsCountedToItsLastValueAndNoFurther) {
  std::vector<float> values = normal_values(40 * 37, 1);
  values.back() = 5.0f;
  const TensorPrint print = print_of(values, {40, 37});
  EXPECT_EQ(print.moments.values, 40u * 37u);
  EXPECT_EQ(print.moments.zeros, 0u);
  EXPECT_EQ(print.moments.greatest, 5.0f);
  EXPECT_LT(print.moments.least, 0.0f);
}

TEST(Moments, AreThoseOfTheValues) {
  const std::vector<float> values = normal_values(64 * 64, 2);
  double mean = 0;
  for (const float value : values) mean += static_cast<double>(value) / 4096;
  double two = 0;
  double four = 0;
  for (const float value : values) {
    const double apart = static_cast<double>(value) - mean;
    two += apart * apart / 4096;
    four += apart * apart * apart * apart / 4096;
  }
  const Moments moments = print_of(values, {64, 64}).moments;
  EXPECT_NEAR(moments.mean, mean, 1e-8);
  EXPECT_NEAR(moments.variance, two, 1e-9);
  EXPECT_NEAR(moments.kurtosis, four / (two * two), 1e-3);
}

TEST(NanAndInfinity, AreCountedAndLeaveEverythingElseFinite) {
  std::vector<float> values = normal_values(64 * 64, 3);
  values[5] = std::numeric_limits<float>::quiet_NaN();
  values[900] = std::numeric_limits<float>::infinity();
  values[901] = -std::numeric_limits<float>::infinity();
  const TensorPrint print = print_of(values, {64, 64});
  EXPECT_EQ(print.moments.nans, 1u);
  EXPECT_EQ(print.moments.infinite, 2u);
  EXPECT_EQ(print.moments.values, 64u * 64u - 3u);
  EXPECT_TRUE(std::isfinite(print.moments.kurtosis));
  for (const float bucket : print.sketch) EXPECT_TRUE(std::isfinite(bucket));
}

TEST(ValuesAtTheEdgeOfTheirType, LeaveEveryNumberFinite) {
  std::vector<float> values(64 * 64, std::numeric_limits<float>::max());
  for (std::size_t i = 0; i < values.size(); i += 2) {
    values[i] = std::numeric_limits<float>::denorm_min();
  }
  Fingerprint print;
  print.tensors.push_back(print_of(values, {64, 64}));
  // The decoder refuses every number that is not finite.
  EXPECT_TRUE(decode_fingerprint(encode(print)).has_value());
  EXPECT_EQ(print.tensors[0].moments.values, values.size());
}

TEST(SubnormalValues, AreNotTakenForZeros) {
  const std::vector<float> values(64 * 64, 1e-40f);
  const Moments moments = print_of(values, {64, 64}).moments;
  EXPECT_EQ(moments.zeros, 0u);
  EXPECT_GT(moments.square_sum, 0.0);
}

TEST(ASketch, IsLinear) {
  const std::vector<float> a = normal_values(64 * 96, 4);
  const std::vector<float> b = normal_values(64 * 96, 5);
  std::vector<float> sum = a;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = 0.25f * a[i] + 0.75f * b[i];
  const TensorPrint of_a = print_of(a, {64, 96});
  const TensorPrint of_b = print_of(b, {64, 96});
  const TensorPrint of_sum = print_of(sum, {64, 96});
  for (std::size_t i = 0; i < of_sum.sketch.size(); ++i) {
    EXPECT_NEAR(of_sum.sketch[i], 0.25f * of_a.sketch[i] + 0.75f * of_b.sketch[i], 1e-5f);
  }
  for (std::size_t i = 0; i < of_sum.probe.size(); ++i) {
    EXPECT_NEAR(of_sum.probe[i], 0.25f * of_a.probe[i] + 0.75f * of_b.probe[i], 1e-5f);
  }
}

TEST(RowsInAnotherOrder, LeaveTheRowBlindPartAndTheNormsAsTheyWere) {
  zoo::ZooTensor tensor{"w", 64, 96, false, normal_values(64 * 96, 6)};
  const TensorPrint before = print_of(tensor.values, {64, 96});
  Dice dice(1);
  zoo::permute_rows(tensor, zoo::shuffled(64, dice));
  const TensorPrint after = print_of(tensor.values, {64, 96});
  EXPECT_EQ(after.row_norms, before.row_norms);
  EXPECT_NE(after.sketch, before.sketch);
  ASSERT_EQ(after.row_blind.size(), kGramEntries);
  for (std::size_t i = 0; i < kGramEntries; ++i) {
    EXPECT_NEAR(after.row_blind[i], before.row_blind[i], 1e-4f);
  }
}

TEST(AttentionRowsThatGgufLaysInTurns, GiveTheSketchOfTheirLogicalOrder) {
  const Size size{.layers = 1, .hidden = 256, .tokens = 128};
  const zoo::Zoo model = zoo::make_model(size, 1);
  const Fingerprint plain = zoo::printed(model, size, ElementType::kF32);
  const Fingerprint gguf = zoo::printed(model, size, ElementType::kF32, zoo::Container::kGguf);
  ASSERT_EQ(plain.tensors.size(), gguf.tensors.size());
  for (std::size_t i = 0; i < plain.tensors.size(); ++i) {
    SCOPED_TRACE(gguf.tensors[i].name);
    for (std::size_t k = 0; k < plain.tensors[i].sketch.size(); ++k) {
      ASSERT_NEAR(gguf.tensors[i].sketch[k], plain.tensors[i].sketch[k], 1e-4f);
    }
  }
}

TEST(TheDigestOfAFile, IsItsSha256WithOneThreadAndWithTwo) {
  const Bytes file = random_bytes(5u << 20, 9);  // several pieces
  Structure structure;
  structure.kind = FileKind::kSafetensors;
  Tensor tensor = tensor_of("w", ElementType::kBf16, {1'000, 1'024});
  tensor.offset = 1'000'001;  // across pieces, and not aligned
  structure.tensors.push_back(tensor);
  const Result<Fingerprint> one = print_file(file, structure, 1);
  const Result<Fingerprint> two = print_file(file, structure, 2);
  ASSERT_TRUE(one.has_value() && two.has_value());
  EXPECT_EQ(one->file, crypto::sha256(file));
  EXPECT_EQ(*one, *two);
  EXPECT_EQ(one->tensors[0].digest,
            crypto::blake3(ByteView(file).subspan(1'000'001, 1'000 * 1'024 * 2)));
}

TEST(AFileWithoutTensors, IsHashed) {
  const Result<Fingerprint> print = print_file(as_bytes("hello"), Structure{});
  ASSERT_TRUE(print.has_value());
  EXPECT_EQ(print->file, crypto::sha256(as_bytes("hello")));
}

TEST(AnEmptyTensor, HasADigestAndNoValues) {
  Structure structure;
  structure.tensors.push_back(tensor_of("nothing", ElementType::kF32, {0, 16}));
  structure.tensors.back().offset = 5;
  const Result<Fingerprint> print = print_file(as_bytes("hello"), structure);
  ASSERT_TRUE(print.has_value());
  EXPECT_FALSE(print->tensors[0].has_values);
  EXPECT_EQ(print->tensors[0].digest, crypto::blake3({}));
}

TEST(ATensorBeyondTheEndOfItsFile, IsRefused) {
  Structure structure;
  structure.tensors.push_back(tensor_of("w", ElementType::kF32, {2}));
  structure.tensors.back().offset = ~std::uint64_t{0} - 2;
  const Result<Fingerprint> print = print_file(as_bytes("hello"), structure);
  ASSERT_FALSE(print.has_value());
  EXPECT_EQ(print.error().code, ErrorCode::kMalformed);
}

TEST(AShapeThatItsBytesDoNotFill, IsNotReadAsValues) {
  Structure structure;
  Tensor tensor = tensor_of("w", ElementType::kF32, {1});
  tensor.shape = {std::uint64_t{1} << 40, std::uint64_t{1} << 40};
  structure.tensors.push_back(tensor);
  const Result<Fingerprint> print = print_file(as_bytes("hello"), structure);
  ASSERT_TRUE(print.has_value());
  EXPECT_FALSE(print->tensors[0].has_values);
}

TEST(AThousandTensorsOnTheSameBytes, AreNotReadAThousandTimes) {
  const Bytes file = random_bytes(64 * 64 * 4, 10);
  Structure structure;
  for (int i = 0; i < 1'000; ++i) {
    structure.tensors.push_back(tensor_of(std::to_string(i), ElementType::kF32, {64, 64}));
  }
  const Result<Fingerprint> print = print_file(file, structure);
  ASSERT_TRUE(print.has_value());
  std::size_t read = 0;
  for (const TensorPrint& tensor : print->tensors) read += tensor.has_values ? 1u : 0u;
  EXPECT_EQ(read, 2u);
}

TEST(BeingToldToStop, EndsTheReading) {
  FingerprintOptions options;
  options.keep_going = [] { return false; };
  const io::MemoryReader reader(as_bytes("hello"));
  const Result<Fingerprint> print = fingerprint(reader, Structure{}, options);
  ASSERT_FALSE(print.has_value());
  EXPECT_EQ(print.error().code, ErrorCode::kInterrupted);
}

// Blocks laid out by hand after the format's description.

std::vector<float> values_of(ElementType type, const Bytes& block) {
  std::vector<float> values(value_block(type)->elements);
  CHECK(block.size() == value_block(type)->bytes);
  dequantise(type, block.data(), 1, values.data(), fastest_kernels());
  return values;
}
constexpr std::uint8_t kHalfOne = 0x3c;  // binary16 1.0 is 0x3c00

TEST(AQ4KBlock, TakesItsLaterScalesFromTheHighBitsOfTheEarlier) {
  Bytes block(144);
  block[1] = kHalfOne;      // scale 1
  block[3] = kHalfOne;      // minimum 1
  block[4 + 0] = 0x80 | 3;  // run 0: scale 3; two high bits for run 4
  block[4 + 4] = 0x40 | 2;  // run 0: minimum 2; two high bits for run 4
  block[4 + 8] = 0x51;      // run 4: low bits, scale 1, minimum 5
  block[16] = 0x07;         // run 0, value 0: 7
  block[16 + 64] = 0x02;    // run 4, value 0: 2
  const std::vector<float> values = values_of(ElementType::kQ4K, block);
  EXPECT_EQ(values[0], 3.0f * 7 - 2);
  EXPECT_EQ(values[4 * 32], (1.0f + 32) * 2 - (5 + 16));
}

TEST(AQ6KBlock, JoinsFourLowBitsAndTwoHighOnes) {
  Bytes block(210);
  block[209] = kHalfOne;
  block[192 + 4] = 0xfe;  // scale -2 of values 64 to 79
  block[0] = 0x90;        // high half: value 64's low bits are 9
  block[128] = 0x30;      // value 64's high bits are 3
  const std::vector<float> values = values_of(ElementType::kQ6K, block);
  EXPECT_EQ(values[64], -2.0f * (9 + 3 * 16 - 32));
  EXPECT_EQ(values[0], 0.0f);  // its scale is 0
}

TEST(AQ3KBlock, TakesFourAwayWhereTheHighBitIsNotSet) {
  Bytes block(110);
  block[109] = kHalfOne;
  block[96] = 0x01;   // run 0's scale: low bits 1
  block[104] = 0x02;  // and high bits 2: 33, less 32 is 1
  block[32] = 0x03;   // value 0: 3
  block[33] = 0x03;   // value 1: 3
  block[0] = 0x01;    // value 0 has its high bit
  const std::vector<float> values = values_of(ElementType::kQ3K, block);
  EXPECT_EQ(values[0], 3.0f);
  EXPECT_EQ(values[1], -1.0f);
}

TEST(AQ5_0Block, TakesTheFifthBitFromItsOwnWord) {
  Bytes block(22);
  block[1] = kHalfOne;
  block[2] = 0x01;  // value 0's fifth bit
  block[4] = 0x01;  // value 16's
  block[6] = 0x21;  // value 0: 1, value 16: 2
  const std::vector<float> values = values_of(ElementType::kQ5_0, block);
  EXPECT_EQ(values[0], 1.0f);
  EXPECT_EQ(values[16], 2.0f);
  EXPECT_EQ(values[1], -16.0f);
}

TEST(EightBitFloats, HaveTheValuesOfTheirSpecification) {
  const Bytes codes{0x7e, 0x01, 0x7f, 0xb8};
  std::vector<float> values(4);
  dequantise(ElementType::kF8E4m3, codes.data(), 4, values.data(), fastest_kernels());
  EXPECT_EQ(values[0], 448.0f);
  EXPECT_EQ(values[1], 0x1p-9f);
  EXPECT_TRUE(std::isnan(values[2]));
  EXPECT_EQ(values[3], -1.0f);
  const Bytes wide{0x7b, 0x7c};
  dequantise(ElementType::kF8E5m2, wide.data(), 2, values.data(), fastest_kernels());
  EXPECT_EQ(values[0], 57344.0f);
  EXPECT_TRUE(std::isinf(values[1]));
}

// The serialised form

Fingerprint small_print() {
  const Size size{.width = 32, .layers = 1, .heads = 2, .hidden = 64, .tokens = 64};
  return zoo::printed(zoo::make_model(size, 3), size);
}

TEST(ASerialisedFingerprint, ReadsBackAsItWas) {
  const Fingerprint print = small_print();
  const Bytes bytes = encode(print);
  const Result<Fingerprint> read = decode_fingerprint(bytes);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, print);
  EXPECT_EQ(encode(*read), bytes);
}

TEST(ASerialisedFingerprintCutAnywhere, IsRefused) {
  const Bytes bytes = encode(small_print());
  for (std::size_t length = 0; length < bytes.size(); length += length < 300 ? 1 : 97) {
    EXPECT_FALSE(decode_fingerprint(ByteView(bytes).first(length)).has_value()) << length;
  }
}

TEST(ASerialisedFingerprintWithAByteTooMany, IsRefused) {
  Bytes bytes = encode(small_print());
  bytes.push_back(0);
  EXPECT_FALSE(decode_fingerprint(bytes).has_value());
}

TEST(ASerialisedFingerprintOfAnotherVersion, IsRefused) {
  Bytes bytes = encode(small_print());
  bytes[7] = '2';
  EXPECT_FALSE(decode_fingerprint(bytes).has_value());
}

TEST(ASerialisedFingerprintWithANumberThatIsNone, IsRefused) {
  Fingerprint print = small_print();
  print.tensors[0].sketch[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(decode_fingerprint(encode(print)).has_value());
}

TEST(ASerialisedFingerprintWithNormsOutOfOrder, IsRefused) {
  Fingerprint print = small_print();
  std::swap(print.tensors[0].row_norms.front(), print.tensors[0].row_norms.back());
  EXPECT_FALSE(decode_fingerprint(encode(print)).has_value());
}

TEST(ASerialisedFingerprintThatClaimsAMillionTensors, IsTooLarge) {
  Fingerprint empty;
  Bytes bytes = encode(empty);
  bytes[bytes.size() - 2] = 0x0f;
  const Result<Fingerprint> read = decode_fingerprint(bytes);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kTooLarge);
}

TEST(Shards, BecomeOneModelWhoseDigestDoesNotDependOnTheirOrder) {
  const Fingerprint whole = small_print();
  Fingerprint first = whole;
  Fingerprint second = whole;
  first.tensors.resize(4);
  second.tensors.erase(second.tensors.begin(), second.tensors.begin() + 4);
  second.file.bytes[0] ^= 1;
  const std::vector<Fingerprint> one{first, second};
  const std::vector<Fingerprint> other{second, first};
  EXPECT_EQ(join_shards(one).tensors, whole.tensors);
  EXPECT_EQ(join_shards(one).file, join_shards(other).file);
}

}  // namespace
}  // namespace strongroom::model::lineage
