// ONNX, from onnx.proto3: a ModelProto in protobuf. It has no magic number, so its top-level fields
// are walked: ir_version first, known fields of the right wire type only, and a graph among them.
#include <array>

#include "model/formats.h"

namespace strongroom::model {
namespace {

constexpr std::uint64_t kIrVersionMax = 64;
constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kLengthDelimited = 2;
constexpr std::uint64_t kGraph = 7;

std::optional<std::uint64_t> read_varint(Cursor& cursor) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = cursor.little_endian(1);
    if (!cursor.ok()) return std::nullopt;
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

/// The wire type that ModelProto gives to `field`; nothing for a field it does not have.
std::optional<std::uint64_t> wire_type_of(std::uint64_t field) {
  switch (field) {
    case 1:  // ir_version
    case 5:  // model_version
      return kVarint;
    case 2:   // producer_name
    case 3:   // producer_version
    case 4:   // domain
    case 6:   // doc_string
    case 7:   // graph
    case 8:   // opset_import
    case 14:  // metadata_props
    case 20:  // training_info
    case 25:  // functions
    case 26:  // configuration
      return kLengthDelimited;
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Recognised> as_onnx(ByteView head, std::uint64_t file_bytes) {
  Cursor cursor(head);
  if (cursor.little_endian(1) != 0x08) return std::nullopt;
  const std::optional<std::uint64_t> ir_version = read_varint(cursor);
  if (!ir_version || *ir_version == 0 || *ir_version > kIrVersionMax) return std::nullopt;
  bool graph_seen = false;
  while (cursor.left() > 0) {
    const std::optional<std::uint64_t> tag = read_varint(cursor);
    if (!tag) break;
    const std::optional<std::uint64_t> wire_type = wire_type_of(*tag >> 3);
    if (!wire_type || *wire_type != (*tag & 7)) return std::nullopt;
    const std::optional<std::uint64_t> value = read_varint(cursor);
    if (!value) break;
    if (*wire_type == kVarint) continue;
    if (*value > file_bytes - cursor.position()) return std::nullopt;
    graph_seen = graph_seen || (*tag >> 3) == kGraph;
    if (!cursor.skip(*value)) break;
  }
  if (!graph_seen) return std::nullopt;
  if (!cursor.ok() && head.size() == file_bytes) return std::nullopt;
  Recognised recognised;
  recognised.kind = FileKind::kOnnx;
  recognised.version = static_cast<std::uint32_t>(*ir_version);
  return recognised;
}

}  // namespace strongroom::model
