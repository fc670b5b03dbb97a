#include "model/lineage/grid.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace strongroom::model::lineage {

namespace {

constexpr float kTolerance = 0.1f;  // of a step
constexpr std::size_t kRun = 32;
constexpr std::size_t kRunsSeen = 4;
constexpr std::size_t kNonzeroMin = 8;  // fewer fall onto some grid by chance

struct Extent {
  float least = std::numeric_limits<float>::infinity();  // of those that are not zero
  float greatest = 0;
  std::size_t nonzero = 0;
};
Extent extent_of(std::span<const float> values) {
  Extent extent;
  for (const float value : values) {
    const float size = std::fabs(value);
    if (size == 0.0f) continue;
    ++extent.nonzero;
    extent.least = std::min(extent.least, size);
    extent.greatest = std::max(extent.greatest, size);
  }
  return extent;
}

bool fits(std::span<const float> values, float step) {
  if (!(step > 0.0f)) return false;
  return std::all_of(values.begin(), values.end(), [&](float value) {
    const float steps = value / step;
    return std::fabs(steps - std::round(steps)) <= kTolerance;
  });
}

// The step whose multiples the small values are, from the least of them.
float refined_step(std::span<const float> values, float least) {
  double step = static_cast<double>(least);
  for (const double reach : {4.0, 12.0, 32.0}) {
    double products = 0;
    double squares = 0;
    for (const float value : values) {
      const double size = std::fabs(static_cast<double>(value));
      if (size == 0 || size > reach * step) continue;
      const double steps = std::round(size / step);
      products += size * steps;
      squares += steps * steps;
    }
    if (squares > 0) step = products / squares;
  }
  return static_cast<float>(step);
}

// As `fits`, for values that were rounded to bfloat16 afterwards: those of few steps tell, and they
// may be off by their rounding.
bool fits_rounded(std::span<const float> values, float step) {
  if (!(step > 0.0f)) return false;
  constexpr float kStepsMax = 32;
  constexpr float kRounding = 1.0f / 256;
  std::size_t telling = 0;
  for (const float value : values) {
    const float steps = std::fabs(value) / step;
    if (steps > kStepsMax || steps < 0.5f) continue;
    ++telling;
    if (std::fabs(steps - std::round(steps)) > 0.02f + kRounding * steps) return false;
  }
  return telling >= kNonzeroMin;
}

Grid grid_of_run(std::span<const float> run) {
  const Extent extent = extent_of(run);
  if (extent.nonzero < kNonzeroMin || extent.least == extent.greatest) return Grid::kNone;
  if (fits(run, extent.greatest / 7) || fits(run, extent.greatest / 8)) return Grid::kFourBits;
  if (fits(run, extent.greatest / 127) || fits(run, extent.greatest / 128)) return Grid::kEightBits;
  return Grid::kNone;
}

}  // namespace

Grid grid_of(std::span<const float> row) {
  const Extent extent = extent_of(row);
  if (extent.nonzero >= kNonzeroMin && extent.greatest >= 2 * extent.least) {
    const float step = refined_step(row, extent.least);
    const float levels = extent.greatest / step;
    if (levels < 256.0f && fits_rounded(row, step)) {
      return levels < 8.5f ? Grid::kFourBits : Grid::kEightBits;
    }
    // Step by the row's greatest value: where no value is one step only.
    if (fits(row, extent.greatest / 127)) return Grid::kEightBits;
  }
  std::size_t seen = 0;
  std::size_t four = 0;
  std::size_t eight = 0;
  for (std::size_t at = 0; at + kRun <= row.size() && seen < kRunsSeen; at += kRun, ++seen) {
    const Grid grid = grid_of_run(row.subspan(at, kRun));
    if (grid == Grid::kFourBits) ++four;
    if (grid == Grid::kEightBits) ++eight;
  }
  if (seen == 0 || 2 * (four + eight) <= seen) return Grid::kNone;
  return four >= eight ? Grid::kFourBits : Grid::kEightBits;
}

}  // namespace strongroom::model::lineage
