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

/// What the names of an archive's members say of it, one after another.
struct Names {
  bool any = false;
  bool all_numpy = true;
  bool keras_config = false;
  bool keras_other = false;

  void note(std::string_view name) {
    any = true;
    all_numpy = all_numpy && name.ends_with(".npy");
    keras_config = keras_config || name == "config.json";
    keras_other = keras_other || name == "metadata.json" || name == "model.weights.h5";
  }
  [[nodiscard]] FileKind kind() const {
    if (any && all_numpy) return FileKind::kNumpyZip;
    return keras_config && keras_other ? FileKind::kKerasZip : FileKind::kZip;
  }
};

}  // namespace

std::optional<Recognised> as_zip(ByteView head, std::uint64_t /*file_bytes*/) {
  constexpr std::string_view kEmpty{"PK\x05\x06", 4};
  const std::string_view bytes = as_text(head);
  Recognised recognised;
  recognised.kind = FileKind::kZip;
  if (bytes.starts_with(kEmpty)) return recognised;
  if (!bytes.starts_with(kSignature)) return std::nullopt;
  Names names;
  // Entries that are streamed do not tell their length, so signatures are looked for. One inside an
  // entry's content may be found too: that errs towards the doubt.
  for (std::size_t at = 0; at != std::string_view::npos; at = bytes.find(kSignature, at + 1)) {
    const std::string_view name = entry_name(bytes.substr(at));
    if (name == "data.pkl" || name.ends_with("/data.pkl")) {
      recognised.kind = FileKind::kPytorchZip;
      add_doubt(recognised, Doubt::kRunsCode);
      return recognised;
    }
    if (!name.empty()) names.note(name);
  }
  recognised.kind = names.kind();
  if (entry_name(bytes).empty()) add_doubt(recognised, Doubt::kHeaderMalformed);
  return recognised;
}

}  // namespace strongroom::model
