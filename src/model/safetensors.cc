// safetensors, from its format page: the header's length (u64, little-endian), then that many bytes
// of one JSON object, tensor name to description, then the tensors.
#include "model/formats.h"

namespace strongroom::model {
namespace {

constexpr std::uint64_t kHeaderBytesMax = 100'000'000;  // the format's own bound

}  // namespace

std::optional<Recognised> as_safetensors(ByteView head, std::uint64_t file_bytes) {
  Cursor cursor(head);
  const std::uint64_t header_bytes = cursor.little_endian(8);
  if (!cursor.ok() || header_bytes < 2 || header_bytes > kHeaderBytesMax) return std::nullopt;
  if (header_bytes > file_bytes - 8 || cursor.left() == 0) return std::nullopt;
  const bool whole = header_bytes <= cursor.left();
  const JsonHead json = walk_json(as_text(cursor.take(whole ? header_bytes : cursor.left())));
  if (!json.is_object || json.end == JsonHead::End::kBroken) return std::nullopt;

  Recognised recognised;
  recognised.kind = FileKind::kSafetensors;
  recognised.header_bytes = header_bytes;
  if (!whole) {
    // A document that ends before the length it claims hides something behind its end.
    const bool hides = json.end == JsonHead::End::kWhole;
    add_doubt(recognised, hides ? Doubt::kHeaderMalformed : Doubt::kHeaderCut);
    return recognised;
  }
  if (json.end == JsonHead::End::kCut) return std::nullopt;
  recognised.tensors = json.members - (json.has_metadata ? 1 : 0);
  if (json.members_not_objects > 0) add_doubt(recognised, Doubt::kHeaderMalformed);
  return recognised;
}

}  // namespace strongroom::model
