#ifndef STRONGROOM_MODEL_LINEAGE_SPECTRUM_H_
#define STRONGROOM_MODEL_LINEAGE_SPECTRUM_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "model/lineage/fingerprint.h"

namespace strongroom::model::lineage {

/// Singular values of a `side` × `side` matrix given row by row, descending. Values below about
/// 1e-8 of the greatest are noise. Source: Householder and implicit QL, as in any textbook.
[[nodiscard]] std::vector<double> singular_values(const std::vector<double>& matrix,
                                                  std::size_t side);

/// Where descending `values` fall off a cliff: how many stand before it; nothing where there is
/// none in the first five sixths.
[[nodiscard]] std::optional<std::uint32_t> rank_before_cliff(const std::vector<double>& values);

/// Rank of what changed from `a` to `b`, if both have probes of one size: nothing when that cannot
/// be told, 0 when the change is not of low rank.
[[nodiscard]] std::optional<std::uint32_t> rank_of_change(const TensorPrint& a,
                                                          const TensorPrint& b);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_SPECTRUM_H_
