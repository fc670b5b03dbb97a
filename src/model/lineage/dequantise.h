#ifndef STRONGROOM_MODEL_LINEAGE_DEQUANTISE_H_
#define STRONGROOM_MODEL_LINEAGE_DEQUANTISE_H_

#include <optional>

#include "model/lineage/kernels.h"
#include "model/structure.h"

/// From the bytes of an element type to floats; no other room includes this.
namespace strongroom::model::lineage {

inline constexpr std::size_t kBlockElementsMax = 256;
inline constexpr std::size_t kBlockBytesMax = 292;

/// So many values from so many bytes at a time.
struct ValueBlock {
  std::size_t elements;
  std::size_t bytes;
};
/// Nothing for a type that is not decoded.
[[nodiscard]] std::optional<ValueBlock> value_block(ElementType type);

/// Writes `count` blocks' values. The type has a value_block. Values that binary32 does not hold
/// become infinite. Little-endian, as all formats that are read here. Sources: IEEE 754, the OCP
/// 8-bit floating point specification, the layout of GGML's blocks.
void dequantise(ElementType type, const std::uint8_t* blocks, std::size_t count, float* out,
                const Kernels& kernels);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_DEQUANTISE_H_
