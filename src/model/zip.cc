// Zip, from PKWARE's APPNOTE 4.3.7: local headers only, the central directory lies at the file's
// end.
#include <algorithm>

#include "model/formats.h"

namespace strongroom::model {
namespace {

constexpr std::string_view kSignature = "PK\x03\x04";
constexpr std::size_t kNameLengthAt = 26;
constexpr std::size_t kNameAt = 30;

/// The entry name of the local header at the start of `bytes`, or empty.
std::string_view entry_name(std::string_view bytes) {
  Cursor cursor(as_bytes(bytes));
  if (!cursor.skip(kNameLengthAt)) return {};
  const std::uint64_t name_bytes = cursor.little_endian(2);
  if (!cursor.skip(kNameAt - kNameLengthAt - 2)) return {};
  return as_text(cursor.take(name_bytes));
}

}  // namespace

std::optional<Recognised> as_zip(ByteView head, std::uint64_t /*file_bytes*/) {
  const std::string_view bytes = as_text(head);
  if (!bytes.starts_with(kSignature)) return std::nullopt;
  Recognised recognised;
  recognised.kind = FileKind::kZip;
  // Entries that are streamed do not tell their length, so signatures are looked for. One inside an
  // entry's content may be found too: that errs towards the doubt.
  for (std::size_t at = 0; at != std::string_view::npos; at = bytes.find(kSignature, at + 1)) {
    const std::string_view name = entry_name(bytes.substr(at));
    if (name != "data.pkl" && !name.ends_with("/data.pkl")) continue;
    recognised.kind = FileKind::kPytorchZip;
    add_doubt(recognised, Doubt::kRunsCode);
    return recognised;
  }
  if (entry_name(bytes).empty()) add_doubt(recognised, Doubt::kHeaderMalformed);
  return recognised;
}

}  // namespace strongroom::model
