#ifndef STRONGROOM_MODEL_LINEAGE_TYPE_FACTS_H_
#define STRONGROOM_MODEL_LINEAGE_TYPE_FACTS_H_

#include "model/structure.h"

namespace strongroom::model::lineage {

/// Bits of one value's code for types that quantise; 0 for floats.
[[nodiscard]] double type_bits(ElementType type);
/// An integer whose scale stands elsewhere.
[[nodiscard]] bool is_code(ElementType type);
/// What rounding to this type changes at most, as ‖change‖ / ‖values‖ over many values.
[[nodiscard]] double rounding_of(ElementType type);
/// What a grid of so many bits changes at most, likewise, outliers included.
[[nodiscard]] double grid_noise(double bits);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_TYPE_FACTS_H_
