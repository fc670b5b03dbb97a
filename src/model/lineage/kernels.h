#ifndef STRONGROOM_MODEL_LINEAGE_KERNELS_H_
#define STRONGROOM_MODEL_LINEAGE_KERNELS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// The loops over values, once for each kind of processor; no other room includes this. All kinds
/// compute in sixteen lanes in the same order without fused operations, so that they agree bit for
/// bit and a fingerprint does not depend on where it was made.
namespace strongroom::model::lineage {

inline constexpr std::size_t kLanes = 16;
/// What is worked on at a time: a piece of one row, dequantised.
inline constexpr std::size_t kSegmentValuesMax = 1'024;

/// Sums of powers of one segment, lane by lane.
struct SegmentMoments {
  alignas(64) std::array<std::array<float, kLanes>, 4> powers{};  ///< of x, x², x³, x⁴
  alignas(64) std::array<float, kLanes> least{};
  alignas(64) std::array<float, kLanes> greatest{};
  alignas(64) std::array<std::uint32_t, kLanes> zeros{};
};

/// Where a segment is added to. Every pointer has room for `groups` × kLanes floats, but `sketch`
/// (kSketchBuckets) and `blind` (kLanes).
struct Spread {
  const float* values = nullptr;  ///< padded with zeros to `groups` × kLanes, 64-byte aligned
  std::size_t groups = 0;
  std::uint64_t row = 0;    ///< in logical order; chooses signs
  std::uint64_t chunk = 0;  ///< of kSegmentValuesMax within the row
  bool is_rotated = true;   ///< begins at a bucket of its own; else at the first
  float* sketch = nullptr;
  float* run = nullptr;             ///< null for vectors, and then the next two are not used
  float* column_squares = nullptr;  ///< sums of squares of each column
  float* blind = nullptr;           ///< signed sums of this row
};

struct Kernels {
  std::string_view name;
  /// Adds up `groups` × kLanes values.
  void (*moments)(const float* values, std::size_t groups, SegmentMoments& out);
  void (*spread)(const Spread& segment);
  /// gram[i][j] += row[i] × row[j], for kLanes × kLanes.
  void (*outer)(const float* row, float* gram);
  // `count` blocks to floats; sources need no alignment.
  void (*from_bf16)(const std::uint8_t* in, std::size_t count, float* out);
  void (*from_f16)(const std::uint8_t* in, std::size_t count, float* out);
  void (*from_q8_0)(const std::uint8_t* in, std::size_t count, float* out);
  void (*from_q4_0)(const std::uint8_t* in, std::size_t count, float* out);
};

/// Those that this processor can run, the plainest first; never empty.
[[nodiscard]] std::span<const Kernels* const> usable_kernels();
[[nodiscard]] const Kernels& fastest_kernels();

/// Signs of rows and columns that probe and blind parts share with the kernels: +1 or -1.
[[nodiscard]] float row_sign(std::uint64_t row);
[[nodiscard]] float column_sign(std::uint64_t column);
/// For drawing: fixed for ever, spreads well, not secret.
[[nodiscard]] std::uint64_t spread_bits(std::uint64_t value);

[[nodiscard]] float from_half(std::uint16_t bits);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_KERNELS_H_
