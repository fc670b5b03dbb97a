#include <cstring>

#include "model/formats.h"

namespace strongroom::model {
namespace {

/// How many bytes a UTF-8 sequence has that begins with `first`; 0 for none (RFC 3629).
std::size_t sequence_bytes(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  if (first >= 0xf0 && first < 0xf5) return 4;
  return 0;
}

bool is_control(std::uint8_t byte) {
  return byte == 0x7f ||
         (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\f');
}

/// The second byte's narrower range keeps out overlong forms, surrogates and what lies beyond
/// Unicode.
bool second_byte_fits(std::uint8_t first, std::uint8_t second) {
  if (first == 0xe0) return second >= 0xa0;
  if (first == 0xed) return second < 0xa0;
  if (first == 0xf0) return second >= 0x90;
  if (first == 0xf4) return second < 0x90;
  return true;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    // Most texts are ASCII for the most part.
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const auto first = static_cast<std::uint8_t>(text[at]);
    const std::size_t bytes = sequence_bytes(first);
    if (bytes == 0 || bytes > text.size() - at) return false;
    for (std::size_t i = 1; i < bytes; ++i) {
      const auto byte = static_cast<std::uint8_t>(text[at + i]);
      if ((byte & 0xc0) != 0x80 || (i == 1 && !second_byte_fits(first, byte))) return false;
    }
    at += bytes;
  }
  return true;
}

std::optional<Recognised> as_plain_text(ByteView head, std::uint64_t file_bytes) {
  for (std::size_t at = 0; at < head.size();) {
    const std::size_t bytes = sequence_bytes(head[at]);
    if (bytes == 0 || is_control(head[at])) return std::nullopt;
    for (std::size_t i = 1; i < bytes && at + i < head.size(); ++i) {
      const std::uint8_t byte = head[at + i];
      if ((byte & 0xc0) != 0x80) return std::nullopt;
      if (i == 1 && !second_byte_fits(head[at], byte)) return std::nullopt;
    }
    // A character may be cut where the head ends, not where the file ends.
    if (at + bytes > head.size() && head.size() == file_bytes) return std::nullopt;
    at += bytes;
  }
  if (head.empty()) return std::nullopt;
  Recognised recognised;
  const bool is_script = as_text(head).starts_with("#!");
  recognised.kind = is_script ? FileKind::kScript : FileKind::kText;
  return recognised;
}

}  // namespace strongroom::model
