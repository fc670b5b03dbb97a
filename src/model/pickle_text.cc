#include "model/pickle_text.h"

#include <algorithm>
#include <charconv>

namespace strongroom::model {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<unsigned> digit_of(char c, unsigned base) {
  unsigned digit = 99;
  if (is_digit(c)) digit = static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A') + 10;
  if (digit >= base) return std::nullopt;
  return digit;
}

std::optional<std::int64_t> decimal(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

void put_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

/// `count` hexadecimal digits at the beginning of `text`.
std::optional<std::uint32_t> hexadecimal(std::string_view text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, count)) {
    const std::optional<unsigned> digit = digit_of(c, 16);
    if (!digit) return std::nullopt;
    value = value << 4 | *digit;
  }
  return value;
}

constexpr std::string_view kSimpleEscapes = "\\'\"abfnrtv\n";
constexpr std::string_view kSimpleMeanings = "\\'\"\a\b\f\n\r\t\v";

/// One escape of a STRING, which begins behind the backslash at `text[0]`. Gives how much of `text`
/// it takes; nothing when malformed.
std::optional<std::size_t> unescape(std::string_view text, std::string& out) {
  const std::size_t simple = kSimpleEscapes.find(text[0]);
  if (simple != std::string_view::npos) {
    if (simple < kSimpleMeanings.size()) out += kSimpleMeanings[simple];
    return 1;
  }
  if (text[0] == 'x') {
    const std::optional<std::uint32_t> value = hexadecimal(text.substr(1), 2);
    if (!value) return std::nullopt;
    out += static_cast<char>(*value);
    return 3;
  }
  std::size_t taken = 0;
  unsigned value = 0;
  while (taken < 3 && taken < text.size() && digit_of(text[taken], 8)) {
    value = value << 3 | *digit_of(text[taken], 8);
    ++taken;
  }
  if (taken > 0) {
    out += static_cast<char>(value & 0xff);
    return taken;
  }
  out += '\\';
  out += text[0];
  return 1;
}

}  // namespace

PickleNumber read_pickle_number(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const bool all_digits = !digits.empty() && std::all_of(digits.begin(), digits.end(), is_digit);
  if (all_digits && (digits == "0" || digits[0] != '0')) {
    return {PickleNumber::Form::kPlain, decimal(text)};
  }
  // What int() takes besides: white space around, a sign, single underscores, leading zeros. What
  // strtol() takes besides: other bases.
  constexpr std::string_view kSpace = " \t\r\v\f";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  std::string_view core = text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
  if (core.starts_with('+')) core.remove_prefix(1);
  std::string plain;
  std::copy_if(core.begin(), core.end(), std::back_inserter(plain),
               [](char c) { return c != '_'; });
  const std::string_view tail = std::string_view(plain).substr(plain.starts_with('-') ? 1 : 0);
  if (!tail.empty() && std::all_of(tail.begin(), tail.end(), is_digit)) {
    return {PickleNumber::Form::kOdd, decimal(plain)};
  }
  const bool other_base =
      tail.size() > 2 && tail[0] == '0' &&
      std::string_view("xXoObB").find(tail[1]) != std::string_view::npos &&
      std::all_of(tail.begin() + 2, tail.end(), [](char c) { return digit_of(c, 16).has_value(); });
  if (other_base) return {PickleNumber::Form::kOdd, std::nullopt};
  return {};
}

bool is_pickle_float(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text == "inf" || text == "nan") return true;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return end == text.data() + text.size() && error != std::errc::invalid_argument &&
         !text.empty() && is_digit(text[0]);
}

std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back() ||
      (text.front() != '\'' && text.front() != '"')) {
    return std::nullopt;
  }
  text = text.substr(1, text.size() - 2);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    if (at + 1 == text.size()) return std::nullopt;
    const std::optional<std::size_t> taken = unescape(text.substr(at + 1), out);
    if (!taken) return std::nullopt;
    at += *taken;
  }
  return out;
}

std::optional<std::string> raw_unicode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      put_utf8(out, static_cast<unsigned char>(text[at]));
      continue;
    }
    ++at;
    const std::size_t digits = text[at] == 'u' ? 4 : text[at] == 'U' ? 8 : 0;
    if (digits == 0) {
      out += '\\';
      put_utf8(out, static_cast<unsigned char>(text[at]));
      continue;
    }
    const std::optional<std::uint32_t> code = hexadecimal(text.substr(at + 1), digits);
    if (!code || *code > 0x10ffff) return std::nullopt;
    put_utf8(out, *code);
    at += digits;
  }
  return out;
}

std::string latin1_as_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) put_utf8(out, static_cast<unsigned char>(c));
  return out;
}

std::optional<std::string> utf8_as_latin1(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      out += text[at];
      continue;
    }
    if ((byte != 0xc2 && byte != 0xc3) || at + 1 == text.size()) return std::nullopt;
    out += static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(text[++at]) & 0x3f));
  }
  return out;
}

}  // namespace strongroom::model
