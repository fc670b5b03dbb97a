// Python pickles, from CPython's pickletools: one byte per instruction, then its argument. The walk
// reads instructions and runs none of them.
#include <algorithm>

#include "model/formats.h"
#include "model/pickle_opcodes.h"

namespace strongroom::model {
namespace {

constexpr std::string_view kImports = "ci\x93\x82\x83\x84";
constexpr std::string_view kCalls = "Rio\x81\x92";
constexpr std::string_view kTuplesAndMarks = ")t(\x85\x86\x87";
constexpr int kInstructionsMin = 3;

bool is_dotted_name(std::string_view text) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c == '_' || c == '.' || c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

struct Walk {
  int instructions = 0;  // stops counting at kInstructionsMin
  bool imports = false;
  bool grouped = false;  // a tuple or a mark was seen: arguments for a call
  bool calls = false;    // after an import and a group
  bool stopped = false;
  bool broken = false;
};

/// Whether this can be an instruction; one that does not fit leaves the cursor not ok.
bool read_argument(Cursor& cursor, PickleArgument argument) {
  switch (argument) {
    case PickleArgument::kNoSuchInstruction:
      return false;
    case PickleArgument::kNone:
      break;
    case PickleArgument::kFixed1:
      cursor.skip(1);
      break;
    case PickleArgument::kFixed2:
      cursor.skip(2);
      break;
    case PickleArgument::kFixed4:
      cursor.skip(4);
      break;
    case PickleArgument::kFixed8:
      cursor.skip(8);
      break;
    case PickleArgument::kCounted1:
      cursor.skip(cursor.little_endian(1));
      break;
    case PickleArgument::kCounted4:
      cursor.skip(cursor.little_endian(4));
      break;
    case PickleArgument::kCounted8:
      cursor.skip(cursor.little_endian(8));
      break;
    case PickleArgument::kLine:
      static_cast<void>(cursor.line());
      break;
    case PickleArgument::kTwoLines: {
      const std::string_view module = cursor.line();
      const std::string_view member = cursor.line();
      return !cursor.ok() || (is_dotted_name(module) && is_dotted_name(member));
    }
  }
  return true;
}

/// Up to STOP, the first thing that is no instruction, or where the bytes end (cursor not ok).
Walk walk_pickle(Cursor& cursor) {
  Walk walk;
  while (cursor.left() > 0) {
    const auto code = static_cast<std::uint8_t>(cursor.little_endian(1));
    walk.broken = !read_argument(cursor, kPickleInstructions[code].argument);
    if (walk.broken || !cursor.ok()) return walk;
    walk.instructions = std::min(walk.instructions + 1, kInstructionsMin);
    const auto is_one_of = [code](std::string_view codes) {
      return codes.find(static_cast<char>(code)) != std::string_view::npos;
    };
    walk.imports = walk.imports || is_one_of(kImports);
    walk.grouped = walk.grouped || is_one_of(kTuplesAndMarks);
    walk.calls = walk.calls || (walk.imports && walk.grouped && is_one_of(kCalls));
    walk.stopped = code == '.';
    if (walk.stopped) return walk;
  }
  return walk;
}

/// Several pickles may follow one another; torch.save did so before 1.6.
bool later_pickles_import(Cursor& cursor, ByteView head) {
  while (cursor.left() > 0 && head[cursor.position()] == kPickleProto) {
    const Walk walk = walk_pickle(cursor);
    if (walk.imports) return true;
    if (!walk.stopped) return false;
  }
  return false;
}

}  // namespace

std::optional<Recognised> as_pickle(ByteView head, std::uint64_t file_bytes) {
  const bool says_protocol =
      head.size() > 2 && head[0] == kPickleProto && head[1] <= kPickleProtocolMax;
  if (!says_protocol && (head.empty() || head[0] == kPickleProto)) return std::nullopt;
  Cursor cursor(head);
  const Walk walk = walk_pickle(cursor);
  // Protocols 0 and 1 have no magic number, and much text reads as instructions: only a call
  // counts.
  const bool enough = says_protocol
                          ? walk.instructions == kInstructionsMin || walk.stopped || walk.imports
                          : walk.calls;
  if (!enough) return std::nullopt;

  Recognised recognised;
  recognised.kind = FileKind::kPickle;
  recognised.version = says_protocol ? head[1] : 0U;
  if (walk.imports || (walk.stopped && later_pickles_import(cursor, head))) {
    add_doubt(recognised, Doubt::kRunsCode);
  }
  // Python runs what comes before a break, so a broken pickle is a pickle.
  const bool cut = !walk.stopped && !walk.broken && head.size() < file_bytes;
  if (cut) add_doubt(recognised, Doubt::kHeaderCut);
  if (!walk.stopped && !cut) add_doubt(recognised, Doubt::kHeaderMalformed);
  return recognised;
}

}  // namespace strongroom::model
