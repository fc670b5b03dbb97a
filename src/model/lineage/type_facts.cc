#include "model/lineage/type_facts.h"

namespace strongroom::model::lineage {

double type_bits(ElementType type) {
  switch (type) {
    case ElementType::kQ8_0:
    case ElementType::kQ8_1:
    case ElementType::kQ8K:
    case ElementType::kI8:
    case ElementType::kU8:
      return 8;
    case ElementType::kQ6K:
      return 6;
    case ElementType::kQ5_0:
    case ElementType::kQ5_1:
    case ElementType::kQ5K:
      return 5;
    case ElementType::kQ4_0:
    case ElementType::kQ4_1:
    case ElementType::kQ4K:
      return 4;
    case ElementType::kQ3K:
      return 3;
    case ElementType::kQ2K:
      return 2;
    default:
      return 0;
  }
}

bool is_code(ElementType type) { return type == ElementType::kI8 || type == ElementType::kU8; }

double rounding_of(ElementType type) {
  // Half a unit in the last place, uniform, over values spread within their power of two, and a
  // third more.
  switch (type) {
    case ElementType::kBf16:
      return 2.0e-3;
    case ElementType::kF16:
      return 4.0e-4;
    case ElementType::kF8E4m3:
    case ElementType::kF8E4m3Fnuz:
      return 4.0e-2;
    case ElementType::kF8E5m2:
    case ElementType::kF8E5m2Fnuz:
      return 8.0e-2;
    default:
      return 1e-6;
  }
}

double grid_noise(double bits) {
  if (bits > 7) return 0.04;
  if (bits > 5.5) return 0.06;
  if (bits > 4.5) return 0.12;
  if (bits > 3.5) return 0.25;
  return 0.5;
}

}  // namespace strongroom::model::lineage
