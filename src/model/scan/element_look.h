#ifndef STRONGROOM_MODEL_SCAN_ELEMENT_LOOK_H_
#define STRONGROOM_MODEL_SCAN_ELEMENT_LOOK_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "io/reader.h"

/// Telling weights without a header from everything else, by how their bytes are distributed:
/// sampled blocks, no magic numbers. What it takes for weights and is not, was measured on ordinary
/// files: docs/decisions/0032-shadow-weights.md.
namespace strongroom::model::scan {

struct ElementLook {
  /// "bf16", "f16", "f32", "f64", "8-bit", "4-bit": as what numbers the samples read; empty when
  /// they read as none.
  std::string_view numbers;
  std::uint64_t begins_at = 0;  ///< about where the numbers begin
  /// The samples are spread over all byte values as only compressed or encrypted bytes are.
  bool is_opaque = false;
};

/// Nothing is told of fewer bytes than this.
inline constexpr std::uint64_t kElementLookMin = 16u << 10;

/// Looks at up to 64 blocks of 4 KiB of [begin, end) in `file`. Constant time and memory.
/// Thread-safe. Errors: kDisk.
[[nodiscard]] Result<ElementLook> look_at_elements(const io::Reader& file, std::uint64_t begin,
                                                   std::uint64_t end);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_ELEMENT_LOOK_H_
