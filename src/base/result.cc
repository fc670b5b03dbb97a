#include "base/result.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace strongroom {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return "usage";
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kTooLarge:
      return "too_large";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kAlreadyExists:
      return "already_exists";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kRefused:
      return "refused";
    case ErrorCode::kNotAuthentic:
      return "not_authentic";
    case ErrorCode::kWrongKey:
      return "wrong_key";
    case ErrorCode::kFrozen:
      return "frozen";
    case ErrorCode::kExpired:
      return "expired";
    case ErrorCode::kNotYet:
      return "not_yet";
    case ErrorCode::kDisk:
      return "disk";
    case ErrorCode::kNoSpace:
      return "no_space";
    case ErrorCode::kDurability:
      return "durability";
    case ErrorCode::kNetwork:
      return "network";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kInterrupted:
      return "interrupted";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

namespace {

struct Decoded {
  char32_t code_point;
  std::size_t bytes;  // 0: not valid UTF-8
};

Decoded decode_utf8(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 && first <= 0xf4  ? 4
                            : first >= 0xe0 && first < 0xf0 ? 3
                            : first >= 0xc2 && first < 0xe0 ? 2
                                                            : 0;
  if (bytes == 0 || text.size() < bytes) return {0, 0};
  char32_t code_point = static_cast<char32_t>(first & (0x7f >> bytes));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {0, 0};
    code_point = (code_point << 6) | (at(i) & 0x3fu);
  }
  const bool overlong = (bytes == 3 && code_point < 0x800) || (bytes == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (overlong || surrogate || code_point > 0x10ffff) return {0, 0};
  return {code_point, bytes};
}

// Control characters, and what turns, joins or hides text on a screen.
bool is_deceptive(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x00ad || c == 0x061c ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode_utf8(text);
    if (next.bytes == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (next.code_point == U'\n') {
      out += "\\n";
    } else if (is_deceptive(next.code_point)) {
      out += next.code_point < 0x80
                 ? fmt::format("\\x{:02x}", static_cast<unsigned>(next.code_point))
                 : fmt::format("\\u{{{:x}}}", static_cast<unsigned>(next.code_point));
    } else {
      out += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return out;
}

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "strongroom: internal check failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace strongroom
