// GGUF, from its format page: magic, version (u32), tensor count and key count (u64), then the
// keys, each name (u64 length), value type (u32), value; then the tensors' descriptions.
// Little-endian.
#include <array>

#include "model/formats.h"

namespace strongroom::model {
namespace {

constexpr std::uint32_t kString = 8;
constexpr std::uint32_t kArray = 9;
// Bytes of one value of each type; 0 where the length stands in the file.
constexpr std::array<std::uint8_t, 13> kTypeBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
constexpr std::uint64_t kKeyBytesMax = 65'535;
constexpr std::uint64_t kKeyEntryBytesMin = 8 + 4 + 1;
constexpr std::uint64_t kTensorEntryBytesMin = 8 + 4 + 4 + 8;

enum class Step { kDone, kCut, kMalformed };

/// Whether `bytes` more can stand in a file of `file_bytes`; a claim beyond that is no cut, but a
/// lie.
Step after_failed(std::uint64_t bytes, std::uint64_t file_bytes) {
  return bytes <= file_bytes ? Step::kCut : Step::kMalformed;
}

Step read_text(Cursor& cursor, std::uint64_t file_bytes, std::string_view& text) {
  const std::uint64_t bytes = cursor.little_endian(8);
  if (!cursor.ok()) return Step::kCut;
  text = as_text(cursor.take(bytes));
  return cursor.ok() ? Step::kDone : after_failed(bytes, file_bytes);
}

Step skip_array(Cursor& cursor, std::uint64_t file_bytes) {
  const auto type = static_cast<std::uint32_t>(cursor.little_endian(4));
  const std::uint64_t items = cursor.little_endian(8);
  if (!cursor.ok()) return Step::kCut;
  if (type >= kTypeBytes.size() || type == kArray) return Step::kMalformed;
  const std::uint64_t item_bytes = type == kString ? 8 : kTypeBytes[type];
  if (items > file_bytes / item_bytes) return Step::kMalformed;
  if (type != kString) return cursor.skip(items * item_bytes) ? Step::kDone : Step::kCut;
  for (std::uint64_t item = 0; item < items; ++item) {
    std::string_view text;
    if (const Step step = read_text(cursor, file_bytes, text); step != Step::kDone) return step;
  }
  return Step::kDone;
}

Step read_key(Cursor& cursor, std::uint64_t file_bytes, Recognised& recognised) {
  std::string_view key;
  if (const Step step = read_text(cursor, file_bytes, key); step != Step::kDone) return step;
  if (key.empty() || key.size() > kKeyBytesMax) return Step::kMalformed;
  const auto type = static_cast<std::uint32_t>(cursor.little_endian(4));
  if (!cursor.ok()) return Step::kCut;
  if (type >= kTypeBytes.size()) return Step::kMalformed;
  if (type == kArray) return skip_array(cursor, file_bytes);
  if (type != kString) return cursor.skip(kTypeBytes[type]) ? Step::kDone : Step::kCut;
  std::string_view value;
  if (const Step step = read_text(cursor, file_bytes, value); step != Step::kDone) return step;
  std::string* claim = nullptr;
  if (key == "general.architecture") claim = &recognised.architecture;
  if (key == "general.name") claim = &recognised.name;
  if (claim == nullptr) return Step::kDone;
  // Two values for one key: engines differ in which they believe.
  if (!claim->empty()) return Step::kMalformed;
  *claim = claimed_text(value);
  return Step::kDone;
}

Step read_header(Cursor& cursor, std::uint64_t file_bytes, Recognised& recognised) {
  const auto version = static_cast<std::uint32_t>(cursor.little_endian(4));
  const std::uint64_t tensors = cursor.little_endian(8);
  const std::uint64_t keys = cursor.little_endian(8);
  if (!cursor.ok()) return after_failed(24, file_bytes);
  recognised.version = version;
  // Version 1 counted in 32 bits; a big-endian file shows a version of 0x02000000 or more.
  if (version < 2 || version > 3) return Step::kMalformed;
  if (tensors > file_bytes / kTensorEntryBytesMin) return Step::kMalformed;
  if (keys > file_bytes / kKeyEntryBytesMin) return Step::kMalformed;
  recognised.tensors = tensors;
  for (std::uint64_t key = 0; key < keys; ++key) {
    if (const Step step = read_key(cursor, file_bytes, recognised); step != Step::kDone)
      return step;
  }
  return Step::kDone;
}

}  // namespace

std::optional<Recognised> as_gguf(ByteView head, std::uint64_t file_bytes) {
  Cursor cursor(head);
  if (as_text(cursor.take(4)) != "GGUF") return std::nullopt;
  Recognised recognised;
  recognised.kind = FileKind::kGguf;
  Step step = read_header(cursor, file_bytes, recognised);
  // Nothing is beyond the head of a file that is all head: what is missing there is missing.
  if (step == Step::kCut && head.size() == file_bytes) step = Step::kMalformed;
  if (step == Step::kCut) add_doubt(recognised, Doubt::kHeaderCut);
  if (step == Step::kMalformed) add_doubt(recognised, Doubt::kHeaderMalformed);
  return recognised;
}

}  // namespace strongroom::model
