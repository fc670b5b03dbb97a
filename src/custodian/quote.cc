#include "custodian/quote.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/result.h"

namespace strongroom::custodian {

namespace {

constexpr std::size_t kColumnsMin = 40;
constexpr std::size_t kLabelColumns = 13;
constexpr std::size_t kPlainNameMax = 40;

// One character at the front of valid UTF-8, and the columns it may take: beyond ASCII we count
// two, which is what the widest take.
struct Character {
  char32_t code_point;
  std::size_t bytes;
  std::size_t columns;
};
Character first_of(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < 0x80) return {byte, 1, 1};
  const std::size_t bytes = std::min<std::size_t>(byte >= 0xf0   ? 4
                                                  : byte >= 0xe0 ? 3
                                                                 : 2,
                                                  text.size());
  char32_t code_point = byte & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i)
    code_point = (code_point << 6) | (static_cast<unsigned char>(text[i]) & 0x3fu);
  return {code_point, bytes, 2};
}

// What printable() lets pass, as the protocol does, but shows as nothing.
bool is_invisible(char32_t c) {
  return c == 0x034f || c == 0x115f || c == 0x1160 || c == 0x17b4 || c == 0x17b5 ||
         (c >= 0x180b && c <= 0x180f) || c == 0x2800 || c == 0x3164 ||
         (c >= 0xfe00 && c <= 0xfe0f) || c == 0xffa0 || (c >= 0xfff0 && c <= 0xfff8);
}

// Marks that stand on the character before them; many of them climb over other lines.
bool is_mark(char32_t c) {
  return (c >= 0x0300 && c <= 0x036f) || (c >= 0x0483 && c <= 0x0489) ||
         (c >= 0x0591 && c <= 0x05bd) || (c >= 0x0610 && c <= 0x061a) ||
         (c >= 0x064b && c <= 0x065f) || (c >= 0x06d6 && c <= 0x06ed) ||
         (c >= 0x0e31 && c <= 0x0e3a && c != 0x0e32 && c != 0x0e33) ||
         (c >= 0x0e47 && c <= 0x0e4e) || (c >= 0x1ab0 && c <= 0x1aff) ||
         (c >= 0x1dc0 && c <= 0x1dff) || (c >= 0x20d0 && c <= 0x20ff) || c == 0x3099 ||
         c == 0x309a || (c >= 0xfe20 && c <= 0xfe2f);
}
constexpr int kMarksMax = 2;  // as many as living languages put on one character

// As much of the front as fits; at least one character.
std::size_t fitting(std::string_view text, std::size_t columns, bool at_blanks) {
  std::size_t used = 0;
  std::size_t bytes = 0;
  std::size_t blank = 0;
  while (bytes < text.size()) {
    const Character next = first_of(text.substr(bytes));
    if (used + next.columns > columns && bytes > 0) return at_blanks && blank > 0 ? blank : bytes;
    used += next.columns;
    if (text[bytes] == ' ') blank = bytes;
    bytes += next.bytes;
  }
  return bytes;
}

}  // namespace

std::string shown_words(std::string_view text) {
  const std::string words = printable(text);
  std::string out;
  int marks = 0;
  for (std::string_view rest = words; !rest.empty();) {
    const Character next = first_of(rest);
    marks = is_mark(next.code_point) ? marks + 1 : 0;
    out += is_invisible(next.code_point) || marks > kMarksMax
               ? fmt::format("\\u{{{:x}}}", static_cast<unsigned>(next.code_point))
               : std::string(rest.substr(0, next.bytes));
    rest.remove_prefix(next.bytes);
  }
  return out;
}

Form::Form(std::size_t columns) : columns_(std::max(columns, kColumnsMin)) {}

void Form::put(std::string_view label, std::string_view bar, std::string_view words,
               bool at_blanks) {
  const std::size_t room = columns_ - 3 - kLabelColumns - bar.size();
  bool first = true;
  while (first || !words.empty()) {
    const std::size_t taken = fitting(words, room, at_blanks);
    text_ += fmt::format("  {:<{}}{}{}\n", first ? label : std::string_view(), kLabelColumns, bar,
                         words.substr(0, taken));
    words.remove_prefix(taken);
    while (at_blanks && words.starts_with(' ')) words.remove_prefix(1);
    first = false;
  }
}

void Form::line(std::string_view label, std::string_view value) { put(label, "", value, true); }

void Form::quote(std::string_view label, std::string_view words) {
  put(label, "| ", words.empty() ? "(nothing was said)" : shown_words(words), false);
}

std::string shown_name(std::string_view name) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const bool is_plain = !name.empty() && name.size() <= kPlainNameMax &&
                        name.find_first_not_of(kPlain) == std::string_view::npos;
  return is_plain ? std::string(name) : "\"" + shown_words(name) + "\"";
}

}  // namespace strongroom::custodian
