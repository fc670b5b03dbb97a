#include "model/lineage/dequantise.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/result.h"

namespace strongroom::model::lineage {

namespace {

using Byte = std::uint8_t;

float half_at(const Byte* in) {
  return from_half(static_cast<std::uint16_t>(in[0] | (in[1] << 8)));
}

template <class Number>
void from_numbers(const Byte* in, std::size_t count, float* out) {
  static_assert(std::endian::native == std::endian::little);
  for (std::size_t i = 0; i < count; ++i) {
    Number number;
    std::memcpy(&number, in + i * sizeof number, sizeof number);
    out[i] = static_cast<float>(number);
  }
}

// F64 that binary32 does not hold: to infinity by hand, as the plain conversion is not defined.
void from_doubles(const Byte* in, std::size_t count, float* out) {
  constexpr double kMax = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < count; ++i) {
    double number;
    std::memcpy(&number, in + i * sizeof number, sizeof number);
    if (number > kMax) number = std::numeric_limits<double>::infinity();
    if (number < -kMax) number = -std::numeric_limits<double>::infinity();
    out[i] = static_cast<float>(number);
  }
}

// Eight-bit floats: what sets the kinds apart.
struct SmallFloat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  enum class Specials { kIeee, kOnlyNan, kNegativeZeroIsNan } specials;
};
constexpr SmallFloat kE4m3{4, 3, 7, SmallFloat::Specials::kOnlyNan};
constexpr SmallFloat kE5m2{5, 2, 15, SmallFloat::Specials::kIeee};
constexpr SmallFloat kE4m3Fnuz{4, 3, 8, SmallFloat::Specials::kNegativeZeroIsNan};
constexpr SmallFloat kE5m2Fnuz{5, 2, 16, SmallFloat::Specials::kNegativeZeroIsNan};

using Table = std::array<float, 256>;

Table table_of(const SmallFloat& kind) {
  Table table{};
  for (int code = 0; code < 256; ++code) {
    const int mantissa = code & ((1 << kind.mantissa_bits) - 1);
    const int exponent = (code >> kind.mantissa_bits) & ((1 << kind.exponent_bits) - 1);
    const int exponent_max = (1 << kind.exponent_bits) - 1;
    const float sign = (code & 0x80) != 0 ? -1.0f : 1.0f;
    float value = exponent == 0
                      ? std::ldexp(static_cast<float>(mantissa), 1 - kind.bias - kind.mantissa_bits)
                      : std::ldexp(static_cast<float>(mantissa + (1 << kind.mantissa_bits)),
                                   exponent - kind.bias - kind.mantissa_bits);
    constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
    if (kind.specials == SmallFloat::Specials::kIeee && exponent == exponent_max) {
      value = mantissa == 0 ? std::numeric_limits<float>::infinity() : kNan;
    }
    if (kind.specials == SmallFloat::Specials::kOnlyNan && (code & 0x7f) == 0x7f) value = kNan;
    if (kind.specials == SmallFloat::Specials::kNegativeZeroIsNan && code == 0x80) value = kNan;
    table[static_cast<std::size_t>(code)] = sign * value;
  }
  return table;
}

Table powers_of_two() {  // E8M0: an exponent and nothing else
  Table table{};
  for (int code = 0; code < 255; ++code) {
    table[static_cast<std::size_t>(code)] = std::ldexp(1.0f, code - 127);
  }
  table[255] = std::numeric_limits<float>::quiet_NaN();
  return table;
}

void look_up(const Table& table, const Byte* in, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = table[in[i]];
}

// Blocks of 32: scale, perhaps a minimum, perhaps a fifth bit of each value, four bits of each.
template <bool kHasMinimum, bool kHasFifthBit>
void from_small_block(const Byte* in, float* out) {
  const float scale = half_at(in);
  in += 2;
  float minimum = kHasFifthBit ? -16 * scale : -8 * scale;
  if constexpr (kHasMinimum) {
    minimum = half_at(in);
    in += 2;
  }
  std::uint32_t fifth = 0;
  if constexpr (kHasFifthBit) {
    std::memcpy(&fifth, in, sizeof fifth);
    in += 4;
  }
  for (unsigned i = 0; i < 16; ++i) {
    const std::uint32_t low = (in[i] & 15u) | (((fifth >> i) & 1u) << 4);
    const std::uint32_t high = (in[i] >> 4u) | (((fifth >> (i + 16)) & 1u) << 4);
    out[i] = static_cast<float>(low) * scale + minimum;
    out[i + 16] = static_cast<float>(high) * scale + minimum;
  }
}

void from_q8_1(const Byte* in, float* out) {
  const float scale = half_at(in);
  for (std::size_t i = 0; i < 32; ++i) {
    out[i] = scale * static_cast<float>(static_cast<std::int8_t>(in[4 + i]));
  }
}

void from_q2_k(const Byte* in, float* out) {
  const Byte* scales = in;
  const Byte* codes = in + 16;
  const float scale = half_at(in + 80);
  const float minimum = half_at(in + 82);
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t half = i / 128;
    const std::size_t shift = 2 * ((i % 128) / 32);
    const Byte packed = scales[i / 16];
    const auto code = static_cast<float>((codes[half * 32 + i % 32] >> shift) & 3);
    out[i] =
        scale * static_cast<float>(packed & 15) * code - minimum * static_cast<float>(packed >> 4);
  }
}

void from_q3_k(const Byte* in, float* out) {
  const Byte* high = in;
  const Byte* codes = in + 32;
  const Byte* packed = in + 96;
  const float scale = half_at(in + 108);
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t run = i / 16;  // four low bits of its scale, and two high ones elsewhere
    const int low = run < 8 ? packed[run] & 15 : packed[run - 8] >> 4;
    const int top = (packed[8 + run % 4] >> (2 * (run / 4))) & 3;
    const std::size_t half = i / 128;
    const std::size_t step = (i % 128) / 32;
    int code = (codes[half * 32 + i % 32] >> (2 * step)) & 3;
    if (((high[i % 32] >> (half * 4 + step)) & 1) == 0) code -= 4;
    out[i] = scale * static_cast<float>((low | (top << 4)) - 32) * static_cast<float>(code);
  }
}

// Six-bit scales and minima of Q4_K and Q5_K, eight of each in twelve bytes.
struct ScaleAndMinimum {
  int scale;
  int minimum;
};
ScaleAndMinimum six_bits(const Byte* packed, std::size_t run) {
  if (run < 4) return {packed[run] & 63, packed[run + 4] & 63};
  return {(packed[run + 4] & 15) | ((packed[run - 4] >> 6) << 4),
          (packed[run + 4] >> 4) | ((packed[run] >> 6) << 4)};
}

template <bool kHasFifthBit>
void from_q4_or_q5_k(const Byte* in, float* out) {
  const float scale = half_at(in);
  const float minimum = half_at(in + 2);
  const Byte* fifth = in + 16;
  const Byte* codes = in + (kHasFifthBit ? 48 : 16);
  for (std::size_t run = 0; run < 8; ++run) {
    const ScaleAndMinimum of = six_bits(in + 4, run);
    const float step = scale * static_cast<float>(of.scale);
    const float least = minimum * static_cast<float>(of.minimum);
    for (std::size_t i = 0; i < 32; ++i) {
      int code = (codes[run / 2 * 32 + i] >> (4 * (run % 2))) & 15;
      if (kHasFifthBit) code |= ((fifth[i] >> run) & 1) << 4;
      out[run * 32 + i] = step * static_cast<float>(code) - least;
    }
  }
}

void from_q6_k(const Byte* in, float* out) {
  const Byte* low = in;
  const Byte* high = in + 128;
  const Byte* scales = in + 192;
  const float scale = half_at(in + 208);
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t half = i / 128;
    const std::size_t quarter = (i % 128) / 32;
    const std::size_t at = i % 32;
    const int four = (low[half * 64 + (quarter % 2) * 32 + at] >> (4 * (quarter / 2))) & 15;
    const int two = (high[half * 32 + at] >> (2 * quarter)) & 3;
    const auto of = static_cast<float>(static_cast<std::int8_t>(scales[i / 16]));
    out[i] = scale * of * static_cast<float>((four | (two << 4)) - 32);
  }
}

void from_q8_k(const Byte* in, float* out) {
  float scale;
  std::memcpy(&scale, in, sizeof scale);
  for (std::size_t i = 0; i < 256; ++i) {
    out[i] = scale * static_cast<float>(static_cast<std::int8_t>(in[4 + i]));
  }
}

template <class One>
void each(const Byte* in, std::size_t count, float* out, const ValueBlock& block, const One& one) {
  for (std::size_t i = 0; i < count; ++i) one(in + i * block.bytes, out + i * block.elements);
}

bool dequantise_small_floats(ElementType type, const Byte* in, std::size_t count, float* out) {
  static const Table kTables[] = {table_of(kE4m3), table_of(kE5m2), powers_of_two(),
                                  table_of(kE4m3Fnuz), table_of(kE5m2Fnuz)};
  switch (type) {
    case ElementType::kF8E4m3:
      look_up(kTables[0], in, count, out);
      return true;
    case ElementType::kF8E5m2:
      look_up(kTables[1], in, count, out);
      return true;
    case ElementType::kF8E8m0:
      look_up(kTables[2], in, count, out);
      return true;
    case ElementType::kF8E4m3Fnuz:
      look_up(kTables[3], in, count, out);
      return true;
    case ElementType::kF8E5m2Fnuz:
      look_up(kTables[4], in, count, out);
      return true;
    default:
      return false;
  }
}

bool dequantise_integers(ElementType type, const Byte* in, std::size_t count, float* out) {
  switch (type) {
    case ElementType::kU8:
      from_numbers<std::uint8_t>(in, count, out);
      return true;
    case ElementType::kI8:
      from_numbers<std::int8_t>(in, count, out);
      return true;
    case ElementType::kI16:
      from_numbers<std::int16_t>(in, count, out);
      return true;
    case ElementType::kU16:
      from_numbers<std::uint16_t>(in, count, out);
      return true;
    case ElementType::kI32:
      from_numbers<std::int32_t>(in, count, out);
      return true;
    case ElementType::kU32:
      from_numbers<std::uint32_t>(in, count, out);
      return true;
    case ElementType::kI64:
      from_numbers<std::int64_t>(in, count, out);
      return true;
    case ElementType::kU64:
      from_numbers<std::uint64_t>(in, count, out);
      return true;
    default:
      return false;
  }
}

bool dequantise_blocks(ElementType type, const Byte* in, std::size_t count, float* out) {
  const ValueBlock block = *value_block(type);
  switch (type) {
    case ElementType::kQ4_1:
      each(in, count, out, block, from_small_block<true, false>);
      return true;
    case ElementType::kQ5_0:
      each(in, count, out, block, from_small_block<false, true>);
      return true;
    case ElementType::kQ5_1:
      each(in, count, out, block, from_small_block<true, true>);
      return true;
    case ElementType::kQ8_1:
      each(in, count, out, block, from_q8_1);
      return true;
    case ElementType::kQ2K:
      each(in, count, out, block, from_q2_k);
      return true;
    case ElementType::kQ3K:
      each(in, count, out, block, from_q3_k);
      return true;
    case ElementType::kQ4K:
      each(in, count, out, block, from_q4_or_q5_k<false>);
      return true;
    case ElementType::kQ5K:
      each(in, count, out, block, from_q4_or_q5_k<true>);
      return true;
    case ElementType::kQ6K:
      each(in, count, out, block, from_q6_k);
      return true;
    case ElementType::kQ8K:
      each(in, count, out, block, from_q8_k);
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<ValueBlock> value_block(ElementType type) {
  switch (type) {
    case ElementType::kF8E4m3:
    case ElementType::kF8E5m2:
    case ElementType::kF8E8m0:
    case ElementType::kF8E4m3Fnuz:
    case ElementType::kF8E5m2Fnuz:
    case ElementType::kU8:
    case ElementType::kI8:
      return ValueBlock{1, 1};
    case ElementType::kI16:
    case ElementType::kU16:
    case ElementType::kF16:
    case ElementType::kBf16:
      return ValueBlock{1, 2};
    case ElementType::kI32:
    case ElementType::kU32:
    case ElementType::kF32:
      return ValueBlock{1, 4};
    case ElementType::kI64:
    case ElementType::kU64:
    case ElementType::kF64:
      return ValueBlock{1, 8};
    case ElementType::kQ4_0:
      return ValueBlock{32, 18};
    case ElementType::kQ4_1:
      return ValueBlock{32, 20};
    case ElementType::kQ5_0:
      return ValueBlock{32, 22};
    case ElementType::kQ5_1:
      return ValueBlock{32, 24};
    case ElementType::kQ8_0:
      return ValueBlock{32, 34};
    case ElementType::kQ8_1:
      return ValueBlock{32, 36};
    case ElementType::kQ2K:
      return ValueBlock{256, 84};
    case ElementType::kQ3K:
      return ValueBlock{256, 110};
    case ElementType::kQ4K:
      return ValueBlock{256, 144};
    case ElementType::kQ5K:
      return ValueBlock{256, 176};
    case ElementType::kQ6K:
      return ValueBlock{256, 210};
    case ElementType::kQ8K:
      return ValueBlock{256, 292};
    default:
      return std::nullopt;
  }
}

void dequantise(ElementType type, const std::uint8_t* blocks, std::size_t count, float* out,
                const Kernels& kernels) {
  switch (type) {
    case ElementType::kBf16:
      return kernels.from_bf16(blocks, count, out);
    case ElementType::kF16:
      return kernels.from_f16(blocks, count, out);
    case ElementType::kQ8_0:
      return kernels.from_q8_0(blocks, count, out);
    case ElementType::kQ4_0:
      return kernels.from_q4_0(blocks, count, out);
    case ElementType::kF32:
      std::memcpy(out, blocks, count * sizeof(float));
      return;
    case ElementType::kF64:
      return from_doubles(blocks, count, out);
    default:
      CHECK(dequantise_small_floats(type, blocks, count, out) ||
            dequantise_integers(type, blocks, count, out) ||
            dequantise_blocks(type, blocks, count, out));
  }
}

}  // namespace strongroom::model::lineage
