#include "model/scan/element_look.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace strongroom::model::scan {
namespace {

constexpr std::size_t kBlockBytes = 4096;
constexpr std::size_t kBlocksMax = 64;
using Histogram = std::array<std::uint32_t, 256>;

/// In bits for each byte; at most 8.
double entropy(const Histogram& histogram) {
  double all = 0;
  for (const std::uint32_t count : histogram) all += count;
  double bits = 0;
  for (const std::uint32_t count : histogram) {
    if (count > 0) bits -= count / all * std::log2(count / all);
  }
  return all == 0 ? 0 : bits;
}

/// Every `stride`-th byte from `phase` on.
Histogram plane(ByteView block, std::size_t stride, std::size_t phase) {
  Histogram histogram{};
  for (std::size_t i = phase; i < block.size(); i += stride) ++histogram[block[i]];
  return histogram;
}

/// How alike neighbours are, -1 to 1: samples of sound and pictures are, weights are not.
double neighbours_correlate(const std::vector<double>& values) {
  if (values.size() < 8) return 1;
  double mean = 0;
  for (const double value : values) mean += value;
  mean /= static_cast<double>(values.size());
  double variance = 0;
  double together = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double here = values[i] - mean;
    variance += here * here;
    if (i > 0) together += here * (values[i - 1] - mean);
  }
  return variance <= 0 ? 1 : together / variance;
}

/// A kind of floating-point number, little-endian.
struct FloatKind {
  std::string_view name;
  std::size_t bytes;
  int top_low, top_high;  ///< the range of the top byte without its sign that weights keep to
  int span;               ///< so many neighbouring top bytes hold nine tenths of them
  double next_entropy;    ///< of the byte beneath the top one, at least
};
// |w| between 2^-24 and 4 for the wide kinds, most of it within a few powers of two; f16 from
// subnormal to 1. The narrow kinds first: their bytes can be taken in fours, too.
constexpr std::array<FloatKind, 4> kFloatKinds = {{
    {"bf16", 2, 0x34, 0x40, 6, 6.0},
    {"f16", 2, 0x08, 0x3b, 28, 7.0},
    {"f32", 4, 0x34, 0x40, 6, 6.5},
    {"f64", 8, 0x3e, 0x40, 2, 5.0},
}};

double value_of(const FloatKind& kind, const std::uint8_t* at) {
  if (kind.bytes == 8) {
    double value = 0;
    std::memcpy(&value, at, sizeof(value));
    return std::isfinite(value) ? value : 0;
  }
  std::uint32_t bits = 0;
  std::memcpy(&bits, at, kind.bytes);
  if (kind.name == "bf16") bits <<= 16;
  if (kind.name == "f16") {
    const std::uint32_t exponent = (bits >> 10) & 0x1f;
    const double mantissa = (bits & 0x3ff) / 1024.0;
    const double size = exponent == 0 ? std::ldexp(mantissa, -14)
                                      : std::ldexp(1 + mantissa, static_cast<int>(exponent) - 15);
    return (bits & 0x8000) != 0 ? -size : size;
  }
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return std::isfinite(value) ? value : 0;
}

/// Whether the block, from `phase` on, reads as weights of `kind`.
bool reads_as(const FloatKind& kind, ByteView block, std::size_t phase) {
  const Histogram top = plane(block, kind.bytes, (phase + kind.bytes - 1) % kind.bytes);
  double all = 0;
  double within = 0;
  double negative = 0;
  double most = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::uint32_t count = top[static_cast<std::size_t>(byte)];
    const int size = byte & 0x7f;
    all += count;
    if (size >= kind.top_low && size <= kind.top_high) within += count;
    if (byte >= 0x80) negative += count;
  }
  if (within < 0.97 * all || negative < 0.3 * all || negative > 0.7 * all) return false;
  // The sizes of weights lie close together: a few neighbouring exponents hold most of them.
  for (int byte = 0; byte < 0x7e; ++byte) {
    double near = 0;
    for (int i = byte; i < std::min(byte + kind.span, 0x80); ++i) {
      near += top[static_cast<std::size_t>(i)] + top[static_cast<std::size_t>(i + 0x80)];
    }
    most = std::max(most, near);
  }
  if (most < 0.9 * all) return false;
  const Histogram next = plane(block, kind.bytes, (phase + kind.bytes - 2) % kind.bytes);
  if (entropy(next) < kind.next_entropy) return false;
  if (kind.bytes == 8) {
    const Histogram third = plane(block, kind.bytes, (phase + kind.bytes - 3) % kind.bytes);
    if (entropy(third) < 6.8) return false;
  }
  std::vector<double> values;
  for (std::size_t i = phase; i + kind.bytes <= block.size(); i += kind.bytes) {
    values.push_back(value_of(kind, block.data() + i));
  }
  return std::abs(neighbours_correlate(values)) < 0.4;
}

/// Two's complement bytes, bell-shaped around zero, neighbours independent.
bool reads_as_8_bit(ByteView block) {
  const Histogram all = plane(block, 1, 0);
  const double bits = entropy(all);
  if (bits < 5.0 || bits > 7.75) return false;
  const auto count = [&](int from, int to) {
    double sum = 0;
    for (int i = from; i < to; ++i) sum += all[static_cast<std::uint8_t>(i)];
    return sum;
  };
  const double negative = count(-128, 0);
  const double positive = count(1, 128);
  if (std::abs(negative - positive) > 0.12 * static_cast<double>(block.size())) return false;
  // Eight bands of each sign: each holds no more than the one nearer to zero, but for chance.
  const double deviation = 3 * std::sqrt(static_cast<double>(block.size())) / 4;
  double spread = 0;
  for (int i = 0; i < 128; ++i) {
    spread += i * (count(i, i + 1) + count(-i, -i + 1));
  }
  const int band =
      std::clamp(static_cast<int>(spread / static_cast<double>(block.size()) / 2), 1, 16);
  for (int i = 0; i < 7; ++i) {
    const int from = 1 + i * band;
    if (count(from + band, from + 2 * band) > count(from, from + band) + deviation) return false;
    if (count(-from - 2 * band + 1, -from - band + 1) >
        count(-from - band + 1, -from + 1) + deviation) {
      return false;
    }
  }
  if (count(1, 1 + band) < 0.05 * static_cast<double>(block.size())) return false;
  std::vector<double> values;
  for (const std::uint8_t byte : block) values.push_back(static_cast<std::int8_t>(byte));
  if (std::abs(neighbours_correlate(values)) > 0.1) return false;
  std::vector<double> sizes;
  for (const double value : values) sizes.push_back(std::abs(value));
  return std::abs(neighbours_correlate(sizes)) < 0.2;
}

/// Pairs of four-bit numbers, each bell-shaped around the middle, independent of one another. The
/// outermost values are left out: blocks are scaled so that one of their numbers falls there.
bool reads_as_4_bit(ByteView block) {
  std::array<double, 16> low{};
  std::array<double, 16> high{};
  std::vector<double> values;
  for (const std::uint8_t byte : block) {
    low[byte & 0xf] += 1;
    high[byte >> 4] += 1;
    values.push_back(byte & 0xf);
    values.push_back(byte >> 4);
  }
  // Scales stand among them, and their upper bytes are few.
  const double deviation = 0.04 * static_cast<double>(block.size());
  for (const std::array<double, 16>& half : {low, high}) {
    for (std::size_t i = 1; i < 7; ++i) {
      if (half[i] > half[i + 1] + deviation || half[15 - i] > half[14 - i] + deviation)
        return false;
    }
    const double middle = half[7] + half[8];
    if (middle < 2.2 * (half[1] + half[14]) || middle > 0.5 * static_cast<double>(block.size())) {
      return false;
    }
    if (half[1] + half[2] + half[13] + half[14] < 0.03 * static_cast<double>(block.size())) {
      return false;
    }
  }
  const double bits = entropy(plane(block, 1, 0));
  return bits > 6.2 && bits < 7.9 && std::abs(neighbours_correlate(values)) < 0.06;
}

/// What one block reads as: an index into kFloatKinds, or past them.
constexpr int kNothing = -1;
constexpr int kEightBit = static_cast<int>(kFloatKinds.size());
constexpr int kFourBit = kEightBit + 1;

int reading_of(ByteView block) {
  for (std::size_t kind = 0; kind < kFloatKinds.size(); ++kind) {
    for (std::size_t phase = 0; phase < kFloatKinds[kind].bytes; ++phase) {
      if (reads_as(kFloatKinds[kind], block, phase)) return static_cast<int>(kind);
    }
  }
  if (reads_as_8_bit(block)) return kEightBit;
  return reads_as_4_bit(block) ? kFourBit : kNothing;
}

std::string_view name_of_reading(int reading) {
  if (reading == kFourBit) return "4-bit";
  return reading == kEightBit ? "8-bit" : kFloatKinds[static_cast<std::size_t>(reading)].name;
}

struct Sample {
  std::uint64_t at;
  int reading;
};

/// The longest run of samples that read alike; one that does not in between is forgiven.
ElementLook judge(const std::vector<Sample>& samples) {
  ElementLook look;
  std::size_t best = 0;
  for (int reading = 0; reading <= kFourBit; ++reading) {
    std::size_t run = 0;
    std::size_t missed = 0;
    std::uint64_t begins_at = 0;
    for (const Sample& sample : samples) {
      if (sample.reading == reading) {
        if (run++ == 0) begins_at = sample.at;
        missed = 0;
      } else if (++missed > 1 + run / 8) {
        run = 0;
      }
      if (run > best) {
        best = run;
        look.numbers = name_of_reading(reading);
        look.begins_at = begins_at;
      }
    }
  }
  if (best < 4 || best * 4 < samples.size()) {
    look.numbers = {};
    look.begins_at = 0;
  }
  return look;
}

}  // namespace

Result<ElementLook> look_at_elements(const io::Reader& file, std::uint64_t begin,
                                     std::uint64_t end) {
  if (end < begin || end - begin < kElementLookMin) return ElementLook{};
  const std::uint64_t blocks = (end - begin) / kBlockBytes;
  const std::uint64_t step = std::max<std::uint64_t>(blocks / kBlocksMax, 1);
  std::vector<Sample> samples;
  Histogram all{};
  std::array<std::uint8_t, kBlockBytes> block;
  std::size_t flat = 0;
  for (std::uint64_t i = 0; i < blocks && samples.size() < kBlocksMax; i += step) {
    const std::uint64_t at = begin + i * kBlockBytes;
    ASSIGN_OR_RETURN(const std::size_t got, file.read_at(at, block));
    if (got < kBlockBytes) break;
    const Histogram here = plane(block, 1, 0);
    for (std::size_t byte = 0; byte < 256; ++byte) all[byte] += here[byte];
    // 4,096 even bytes have 7.955 bits on average, and hardly ever less than 7.94.
    const bool is_flat = entropy(here) > 7.93;
    flat += is_flat ? 1 : 0;
    samples.push_back({at, is_flat ? kNothing : reading_of(block)});
  }
  ElementLook look = judge(samples);
  look.is_opaque = look.numbers.empty() && flat * 10 >= samples.size() * 9;
  return look;
}

}  // namespace strongroom::model::scan
