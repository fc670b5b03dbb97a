#ifndef STRONGROOM_MODEL_LINEAGE_GRID_H_
#define STRONGROOM_MODEL_LINEAGE_GRID_H_

#include <span>

namespace strongroom::model::lineage {

/// Whether values are multiples of one step, as values are that went through a quantiser.
enum class Grid { kNone, kEightBits, kFourBits };

/// Looks at the beginning of one row: as a whole (one step a row), then in runs of 32 (one step a
/// run). Rounding to binary16 afterwards is seen through, to bfloat16 only on a grid of four bits.
/// Pure; values are finite.
[[nodiscard]] Grid grid_of(std::span<const float> row);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_GRID_H_
