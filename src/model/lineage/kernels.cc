#include "model/lineage/kernels.h"

#include <bit>
#include <cstring>

#include "model/lineage/fingerprint.h"

#if defined(__GNUC__) && !defined(__clang__)
// Vectors wider than the target's cross no function boundary here: everything is inlined.
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

namespace strongroom::model::lineage {

namespace {

using Floats = float __attribute__((vector_size(64)));
using Words = std::uint32_t __attribute__((vector_size(64)));
using Ints = std::int32_t __attribute__((vector_size(64)));
using Halves = std::uint16_t __attribute__((vector_size(32)));
using Octets = std::uint8_t __attribute__((vector_size(16)));
using Signed = std::int8_t __attribute__((vector_size(16)));

#define STRONGROOM_INLINE __attribute__((always_inline)) inline

constexpr std::uint32_t kSignBit = 0x80000000u;
constexpr std::uint64_t kColumnSeed = 0x5374726f6e67726fu;
constexpr std::uint64_t kRowSeed = 0x6f6d206c696e6561u;
constexpr std::size_t kGroupsPerState = 32;  // as many as a word has bits

constexpr std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

// One word for each lane, of which each bit is the sign of one value.
constexpr std::uint32_t lane_state(std::uint32_t seed, std::uint32_t lane) {
  std::uint32_t word = (lane * 0x9e3779b9u) ^ seed;
  word = (word ^ (word >> 16)) * 0x85ebca6bu;
  word = (word ^ (word >> 13)) * 0xc2b2ae35u;
  return word ^ (word >> 16);
}
constexpr std::uint32_t seed_of(std::uint64_t key, std::size_t state) {
  return static_cast<std::uint32_t>(key) + static_cast<std::uint32_t>(state) * 0x632be5abu;
}
constexpr std::uint64_t segment_key(std::uint64_t row, std::uint64_t chunk) {
  return mixed(mixed(row) + chunk);
}
constexpr std::uint64_t column_key(std::uint64_t chunk) { return mixed(kColumnSeed + chunk); }

template <class Vector, class Number>
STRONGROOM_INLINE void load(Vector& vector, const Number* from) {
  std::memcpy(&vector, from, sizeof vector);
}
template <class Vector, class Number>
STRONGROOM_INLINE void store(const Vector& vector, Number* to) {
  std::memcpy(to, &vector, sizeof vector);
}

STRONGROOM_INLINE void start_state(Words& words, std::uint32_t seed) {
  constexpr Words kLaneSalt = {
      0 * 0x9e3779b9u,  1 * 0x9e3779b9u,  2 * 0x9e3779b9u,  3 * 0x9e3779b9u,
      4 * 0x9e3779b9u,  5 * 0x9e3779b9u,  6 * 0x9e3779b9u,  7 * 0x9e3779b9u,
      8 * 0x9e3779b9u,  9 * 0x9e3779b9u,  10 * 0x9e3779b9u, 11 * 0x9e3779b9u,
      12 * 0x9e3779b9u, 13 * 0x9e3779b9u, 14 * 0x9e3779b9u, 15 * 0x9e3779b9u};
  words = kLaneSalt ^ seed;
  words = (words ^ (words >> 16)) * 0x85ebca6bu;
  words = (words ^ (words >> 13)) * 0xc2b2ae35u;
  words = words ^ (words >> 16);
}

// x with its sign turned where the topmost bit of `state` is set.
STRONGROOM_INLINE void turn(const Floats& x, const Words& state, Floats& out) {
  Words bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits ^= state & kSignBit;
  std::memcpy(&out, &bits, sizeof out);
}

STRONGROOM_INLINE void moments_of(const float* values, std::size_t groups, SegmentMoments& out) {
  Floats one;
  Floats two;
  Floats three;
  Floats four;
  Floats least;
  Floats greatest;
  Ints zeros;
  load(one, out.powers[0].data());
  load(two, out.powers[1].data());
  load(three, out.powers[2].data());
  load(four, out.powers[3].data());
  load(least, out.least.data());
  load(greatest, out.greatest.data());
  load(zeros, out.zeros.data());
  for (std::size_t group = 0; group < groups; ++group) {
    Floats x;
    load(x, values + group * kLanes);
    const Floats squared = x * x;
    one += x;
    two += squared;
    three += squared * x;
    four += squared * squared;
    least = x < least ? x : least;
    greatest = x > greatest ? x : greatest;
    zeros -= (x == 0.0f);
  }
  store(one, out.powers[0].data());
  store(two, out.powers[1].data());
  store(three, out.powers[2].data());
  store(four, out.powers[3].data());
  store(least, out.least.data());
  store(greatest, out.greatest.data());
  store(zeros, out.zeros.data());
}

template <bool kMatrix>
STRONGROOM_INLINE void spread_of(const Spread& s) {
  const std::uint64_t key = segment_key(s.row, s.chunk);
  const std::uint64_t columns = column_key(s.chunk);
  std::size_t bucket = s.is_rotated ? ((key >> 32) % (kSketchBuckets / kLanes)) * kLanes : 0;
  const Words row_bit = Words{} + (row_sign(s.row) < 0 ? kSignBit : 0);
  Floats blind{};
  if (kMatrix) load(blind, s.blind);
  Words signs{};
  Words column_signs{};
  for (std::size_t group = 0; group < s.groups; ++group) {
    if (group % kGroupsPerState == 0) {
      start_state(signs, seed_of(key, group / kGroupsPerState));
      if (kMatrix) start_state(column_signs, seed_of(columns, group / kGroupsPerState));
    }
    Floats x;
    Floats turned;
    Floats sum;
    load(x, s.values + group * kLanes);
    turn(x, signs, turned);
    load(sum, s.sketch + bucket);
    sum += turned;
    store(sum, s.sketch + bucket);
    bucket = (bucket + kLanes) % kSketchBuckets;
    signs <<= 1;
    if (kMatrix) {
      turn(x, row_bit, turned);
      load(sum, s.run + group * kLanes);
      sum += turned;
      store(sum, s.run + group * kLanes);
      load(sum, s.column_squares + group * kLanes);
      sum += x * x;
      store(sum, s.column_squares + group * kLanes);
      turn(x, column_signs, turned);
      blind += turned;
      column_signs <<= 1;
    }
  }
  if (kMatrix) store(blind, s.blind);
}

STRONGROOM_INLINE void outer_of(const float* row, float* gram) {
  Floats all;
  load(all, row);
  for (std::size_t i = 0; i < kLanes; ++i) {
    Floats sums;
    load(sums, gram + i * kLanes);
    sums += all * row[i];
    store(sums, gram + i * kLanes);
  }
}

STRONGROOM_INLINE void bf16_to_floats(const std::uint8_t* in, std::size_t count, float* out) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Halves halves;
    load(halves, in + 2 * i);
    const Words words = __builtin_convertvector(halves, Words) << 16;
    store(words, out + i);
  }
  for (; i < count; ++i) {
    const std::uint32_t word =
        (static_cast<std::uint32_t>(in[2 * i + 1]) << 24) | (std::uint32_t{in[2 * i]} << 16);
    out[i] = std::bit_cast<float>(word);
  }
}

STRONGROOM_INLINE void f16_to_floats(const std::uint8_t* in, std::size_t count, float* out) {
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Halves halves;
    load(halves, in + 2 * i);
    const Words words = __builtin_convertvector(halves, Words);
    Words magnitude = (words & 0x7fffu) << 13;
    Floats scaled;
    std::memcpy(&scaled, &magnitude, sizeof scaled);
    scaled *= 0x1p112f;  // moves the exponent's bias; right for subnormal halves too
    Words bits;
    std::memcpy(&bits, &scaled, sizeof bits);
    const Ints is_special = (words & 0x7c00u) == 0x7c00u;
    Words special;
    std::memcpy(&special, &is_special, sizeof special);
    bits |= special & 0x7f800000u;
    bits |= (words & 0x8000u) << 16;
    store(bits, out + i);
  }
  for (; i < count; ++i) {
    out[i] = from_half(static_cast<std::uint16_t>(in[2 * i] | (in[2 * i + 1] << 8)));
  }
}

STRONGROOM_INLINE float scale_at(const std::uint8_t* in) {
  return from_half(static_cast<std::uint16_t>(in[0] | (in[1] << 8)));
}

STRONGROOM_INLINE void q8_0_to_floats(const std::uint8_t* in, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i, in += 34, out += 32) {
    const float scale = scale_at(in);
    for (std::size_t half = 0; half < 2; ++half) {
      Signed codes;
      load(codes, in + 2 + half * kLanes);
      const Ints wide = __builtin_convertvector(codes, Ints);
      const Floats values = __builtin_convertvector(wide, Floats) * scale;
      store(values, out + half * kLanes);
    }
  }
}

STRONGROOM_INLINE void q4_0_to_floats(const std::uint8_t* in, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i, in += 18, out += 32) {
    const float scale = scale_at(in);
    Octets codes;
    load(codes, in + 2);
    const Ints wide = __builtin_convertvector(codes, Ints);
    const Ints low = (wide & 15) - 8;
    const Ints high = (wide >> 4) - 8;
    const Floats first = __builtin_convertvector(low, Floats) * scale;
    const Floats second = __builtin_convertvector(high, Floats) * scale;
    store(first, out);
    store(second, out + kLanes);
  }
}

// One set of loops, compiled for one kind of processor.
#define STRONGROOM_KERNELS(kind, target)                                                     \
  target void kind##_moments(const float* values, std::size_t groups, SegmentMoments& out) { \
    moments_of(values, groups, out);                                                         \
  }                                                                                          \
  target void kind##_spread(const Spread& segment) {                                         \
    if (segment.run != nullptr) {                                                            \
      spread_of<true>(segment);                                                              \
    } else {                                                                                 \
      spread_of<false>(segment);                                                             \
    }                                                                                        \
  }                                                                                          \
  target void kind##_outer(const float* row, float* gram) { outer_of(row, gram); }           \
  target void kind##_bf16(const std::uint8_t* in, std::size_t count, float* out) {           \
    bf16_to_floats(in, count, out);                                                          \
  }                                                                                          \
  target void kind##_f16(const std::uint8_t* in, std::size_t count, float* out) {            \
    f16_to_floats(in, count, out);                                                           \
  }                                                                                          \
  target void kind##_q8_0(const std::uint8_t* in, std::size_t count, float* out) {           \
    q8_0_to_floats(in, count, out);                                                          \
  }                                                                                          \
  target void kind##_q4_0(const std::uint8_t* in, std::size_t count, float* out) {           \
    q4_0_to_floats(in, count, out);                                                          \
  }                                                                                          \
  constexpr Kernels k_##kind{#kind,       kind##_moments, kind##_spread, kind##_outer,       \
                             kind##_bf16, kind##_f16,     kind##_q8_0,   kind##_q4_0};

STRONGROOM_KERNELS(portable, )
#if defined(__x86_64__)
STRONGROOM_KERNELS(avx2, __attribute__((target("avx2"))))
STRONGROOM_KERNELS(avx512, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))))
#endif

struct Usable {
  std::array<const Kernels*, 3> all{&k_portable, nullptr, nullptr};
  std::size_t count = 1;
};

const Usable& usable() {
  static const Usable kUsable = [] {
    Usable found;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) found.all[found.count++] = &k_avx2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      found.all[found.count++] = &k_avx512;
    }
#endif
    return found;
  }();
  return kUsable;
}

}  // namespace

std::span<const Kernels* const> usable_kernels() {
  return std::span(usable().all).first(usable().count);
}

const Kernels& fastest_kernels() { return *usable_kernels().back(); }

std::uint64_t spread_bits(std::uint64_t value) { return mixed(value); }

float row_sign(std::uint64_t row) { return (mixed(kRowSeed ^ row) >> 63) != 0 ? -1.0f : 1.0f; }

float column_sign(std::uint64_t column) {
  const std::uint64_t group = (column % kSegmentValuesMax) / kLanes;
  const std::uint64_t key = column_key(column / kSegmentValuesMax);
  const std::uint32_t word = lane_state(seed_of(key, group / kGroupsPerState),
                                        static_cast<std::uint32_t>(column % kLanes));
  return ((word << (group % kGroupsPerState)) & kSignBit) != 0 ? -1.0f : 1.0f;
}

float from_half(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const float scaled =
      std::bit_cast<float>(static_cast<std::uint32_t>(bits & 0x7fffu) << 13) * 0x1p112f;
  std::uint32_t word = std::bit_cast<std::uint32_t>(scaled) | sign;
  if ((bits & 0x7c00u) == 0x7c00u) word |= 0x7f800000u;
  return std::bit_cast<float>(word);
}

}  // namespace strongroom::model::lineage
