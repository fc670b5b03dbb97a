#ifndef STRONGROOM_MODEL_STRUCTURE_H_
#define STRONGROOM_MODEL_STRUCTURE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/reader.h"
#include "model/finding.h"
#include "model/recognise.h"

/// What a weights file says of its insides: every tensor, its type, its shape, and where its bytes
/// lie. Readers of every format give the same Structure. None reads tensor bytes, none runs
/// anything, none allocates by a length before it is held against what the file can hold.
namespace strongroom::model {

/// How elements lie in a file. Append only.
enum class ElementType : std::uint8_t {
  kBool,
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kU64,
  kI64,
  kF16,
  kBf16,
  kF32,
  kF64,
  kC64,
  kC128,
  kF8E4m3,
  kF8E5m2,
  kF8E8m0,
  kF8E4m3Fnuz,
  kF8E5m2Fnuz,
  kF6E2m3,
  kF6E3m2,
  kF4,
  // GGML's blocks, by its names
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ8_1,
  kQ2K,
  kQ3K,
  kQ4K,
  kQ5K,
  kQ6K,
  kQ8K,
  kIq2Xxs,
  kIq2Xs,
  kIq3Xxs,
  kIq1S,
  kIq4Nl,
  kIq3S,
  kIq2S,
  kIq4Xs,
  kIq1M,
  kTq1_0,
  kTq2_0,
  kMxfp4,
  kNvfp4,
  kQ1_0,
  kQ2_0,
  // ONNX's, several to a byte, the first lowest
  kU4,
  kI4,
  kU2,
  kI2,
};
/// So many elements take so many bytes; `elements` > 1 where they are packed or quantised together.
struct ElementLayout {
  std::string_view name;  ///< "BF16", "Q4_K": as its format writes it
  std::uint32_t elements;
  std::uint32_t bytes;
};
[[nodiscard]] const ElementLayout& layout_of(ElementType type);

/// What a tensor of that shape takes; nothing when it has over 2^63 elements or bytes, or does not
/// fill its last group of packed elements.
[[nodiscard]] std::optional<std::uint64_t> bytes_of(ElementType type,
                                                    const std::vector<std::uint64_t>& shape);

struct Tensor {
  std::string name;  ///< as in the file: any bytes; printable() before it is shown
  ElementType type = ElementType::kF32;
  std::vector<std::uint64_t> shape;    ///< outermost first; at most 64; empty is a scalar
  std::vector<std::uint64_t> strides;  ///< in elements, as `shape`; empty: row-major, without gaps
  /// Where the bytes lie: in file `external` beside this one (its path as the file spells it, not
  /// checked), or in this file when that is empty.
  std::string external;
  /// Of the first byte. Lies in the file when `external` is empty, and so does offset + bytes.
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  /// The bytes stand compressed in the file: offset and bytes tell nothing.
  bool is_packed = false;

  /// Product of the shape; readers refuse one that is over 2^63.
  [[nodiscard]] std::uint64_t elements() const;
};

struct Structure {
  FileKind kind = FileKind::kUnknown;
  std::optional<std::uint32_t> version;
  std::vector<Tensor> tensors;  ///< in the order of the file; names are distinct
  /// What the header says beside tensors: text as it stands (any bytes), numbers in decimal, arrays
  /// as "[string × 32000]". A value over kMetadataBytesMax is left out and named in
  /// `metadata_left_out`.
  std::map<std::string, std::string> metadata;
  std::vector<std::string> metadata_left_out;
  std::uint64_t tensor_bytes = 0;  ///< of all tensors
};

inline constexpr std::size_t kMetadataBytesMax = 1u << 20;

/// Reads the structure of a file that recognise() takes for `kind`, which is_weights(). What breaks
/// the format's rules becomes a finding (format_rules.h) with its offset, and kMalformed. Time is
/// linear in the header, memory in what the header really holds. Errors: kMalformed, kTooLarge (a
/// header over its bound; a finding says so too), kDisk.
[[nodiscard]] Result<Structure> read_structure(FileKind kind, const io::Reader& file,
                                               Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_STRUCTURE_H_
