#include "model/json_reader.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace strongroom::model {
namespace {

constexpr std::size_t kFewNames = 16;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint32_t> hex_digit(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

std::uint32_t hex_four(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char digit : digits.substr(0, 4)) value = (value << 4) | hex_digit(digit).value_or(0);
  return value;
}

void append_utf8(std::string& out, std::uint32_t character) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (character < 0x80) {
    put(character);
  } else if (character < 0x800) {
    put(0xc0 | (character >> 6));
    put(0x80 | (character & 0x3f));
  } else if (character < 0x10000) {
    put(0xe0 | (character >> 12));
    put(0x80 | ((character >> 6) & 0x3f));
    put(0x80 | (character & 0x3f));
  } else {
    put(0xf0 | (character >> 18));
    put(0x80 | ((character >> 12) & 0x3f));
    put(0x80 | ((character >> 6) & 0x3f));
    put(0x80 | (character & 0x3f));
  }
}

bool is_of_number(char c) {
  return is_digit(c) || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

bool is_number(std::string_view digits) {
  std::size_t i = digits.starts_with('-') ? 1 : 0;
  const auto run_of_digits = [&] {
    const std::size_t from = i;
    while (i < digits.size() && is_digit(digits[i])) ++i;
    return i - from;
  };
  const bool leading_zero = i < digits.size() && digits[i] == '0';
  const std::size_t whole = run_of_digits();
  if (whole == 0 || (leading_zero && whole > 1)) return false;
  if (i < digits.size() && digits[i] == '.') {
    ++i;
    if (run_of_digits() == 0) return false;
  }
  if (i < digits.size() && (digits[i] == 'e' || digits[i] == 'E')) {
    ++i;
    if (i < digits.size() && (digits[i] == '+' || digits[i] == '-')) ++i;
    if (run_of_digits() == 0) return false;
  }
  return i == digits.size();
}

constexpr std::uint64_t kEach = 0x0101010101010101;  // one in each of eight bytes

std::uint64_t eight_bytes(const char* from) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

/// Whether one of eight bytes is a quote, a backslash or a control character; it may also say so
/// where none is, when a byte is over 0x7f.
bool may_end_text(std::uint64_t eight) {
  const auto has_zero = [](std::uint64_t bytes) { return (bytes - kEach) & ~bytes; };
  const std::uint64_t found = has_zero(eight ^ (kEach * '"')) | has_zero(eight ^ (kEach * '\\')) |
                              (eight - kEach * 0x20) | eight;
  return (found & (kEach * 0x80)) != 0;
}

/// Only groups names for sorting; equal ones are told apart by the names themselves.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  std::uint64_t hash = text.size();
  for (; text.size() >= 8; text.remove_prefix(8)) {
    hash = (hash ^ eight_bytes(text.data())) * kOdd;
    hash ^= hash >> 29;
  }
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * kOdd;
  return hash ^ (hash >> 32);
}

}  // namespace

std::string unescaped(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size(); ++at) {
    if (raw[at] != '\\' || at + 1 == raw.size()) {
      out += raw[at];
      continue;
    }
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kMeanings = "\b\f\n\r\t";
    const char letter = raw[++at];
    const std::size_t known = kLetters.find(letter);
    if (letter != 'u') {
      out += known == std::string_view::npos ? letter : kMeanings[known];
      continue;
    }
    std::uint32_t character = hex_four(raw.substr(at + 1));
    at += 4;
    if (character >= 0xd800 && character < 0xdc00 && at + 6 < raw.size()) {
      character = 0x10000 + ((character - 0xd800) << 10) + (hex_four(raw.substr(at + 3)) - 0xdc00);
      at += 6;
    }
    append_utf8(out, character);
  }
  return out;
}

std::string JsonReader::text() const { return has_escapes_ ? unescaped(raw_) : std::string(raw_); }

std::optional<std::uint64_t> JsonReader::whole_number() const {
  std::uint64_t value = 0;
  const char* const end = raw_.data() + raw_.size();
  const auto [stopped, error] = std::from_chars(raw_.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

void JsonReader::skip_space() {
  while (!at_end() && is_space(text_[at_])) ++at_;
}

JsonReader::Token JsonReader::next() {
  if (ended_) return last_;
  skip_space();
  begin_ = at_;
  if (depth_ == 0 && expect_ == Expect::kAfterValue) {
    return finish(at_end() ? Token::kWhole : Token::kBroken);
  }
  if (at_end()) return finish(Token::kCut);
  Token token = Token::kBroken;
  if (expect_ == Expect::kAfterValue) {
    const char c = text_[at_++];
    if (c != ',') {
      token = close(c);
    } else {
      skip_space();
      begin_ = at_;
      if (at_end()) return finish(Token::kCut);
      token = objects_[depth_ - 1] ? name() : value();
    }
  } else if (expect_ == Expect::kFirstName) {
    token = text_[at_] == '}' ? close(text_[at_++]) : name();
  } else if (expect_ == Expect::kFirstItem && text_[at_] == ']') {
    token = close(text_[at_++]);
  } else {
    token = value();
  }
  return token == Token::kCut || token == Token::kBroken ? finish(token) : token;
}

JsonReader::Token JsonReader::skip(Token first) {
  if (first != Token::kObjectBegin && first != Token::kArrayBegin) return first;
  const std::size_t outside = depth_ - 1;
  Token token = first;
  while (depth_ > outside) {
    token = next();
    if (token == Token::kCut || token == Token::kBroken) return token;
  }
  return token;
}

JsonReader::Token JsonReader::value() {
  const char first = text_[at_];
  if (first == '{' || first == '[') return open(first == '{');
  Token token = Token::kBroken;
  switch (first) {
    case '"':
      token = string(Token::kString);
      break;
    case 't':
      token = word("true", Token::kTrue);
      break;
    case 'f':
      token = word("false", Token::kFalse);
      break;
    case 'n':
      token = word("null", Token::kNull);
      break;
    default:
      token = number();
  }
  expect_ = Expect::kAfterValue;
  return token;
}

JsonReader::Token JsonReader::open(bool object) {
  if (depth_ == kDepthMax) return Token::kBroken;
  objects_[depth_] = object;
  names_begin_[depth_] = names_.size();
  ++depth_;
  ++at_;
  expect_ = object ? Expect::kFirstName : Expect::kFirstItem;
  return object ? Token::kObjectBegin : Token::kArrayBegin;
}

JsonReader::Token JsonReader::close(char bracket) {
  const bool object = objects_[depth_ - 1];
  if (bracket != (object ? '}' : ']')) return Token::kBroken;
  if (object) look_for_duplicates();
  --depth_;
  expect_ = Expect::kAfterValue;
  return object ? Token::kObjectEnd : Token::kArrayEnd;
}

JsonReader::Token JsonReader::name() {
  if (text_[at_] != '"') return Token::kBroken;
  if (const Token token = string(Token::kName); token != Token::kName) return token;
  skip_space();
  if (at_end()) return Token::kCut;
  if (text_[at_] != ':') return Token::kBroken;
  ++at_;
  if (names_.size() - names_begin_[depth_ - 1] == kMembersMax) return Token::kBroken;
  names_.push_back({raw_, begin_, has_escapes_});
  expect_ = Expect::kMemberValue;
  return Token::kName;
}

void JsonReader::look_for_duplicates() {
  const std::size_t begin = names_begin_[depth_ - 1];
  const std::size_t count = names_.size() - begin;
  const auto spelled = [&](std::size_t i) {
    const Name& name = names_[begin + i];
    return name.has_escapes ? unescaped(name.raw) : std::string(name.raw);
  };
  const auto compare = [&](std::size_t a, std::size_t b) {
    const Name& one = names_[begin + a];
    const Name& other = names_[begin + b];
    return one.has_escapes || other.has_escapes ? spelled(a).compare(spelled(b))
                                                : one.raw.compare(other.raw);
  };
  if (count > kFewNames && !duplicate_at_) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> order;  // hash, index
    order.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      const Name& name = names_[begin + i];
      order.emplace_back(hash_of(name.has_escapes ? spelled(i) : name.raw), i);
    }
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      const int names = compare(a.second, b.second);
      return names != 0 ? names < 0 : a.second < b.second;
    });
    const auto pair =
        std::adjacent_find(order.begin(), order.end(), [&](const auto& a, const auto& b) {
          return a.first == b.first && compare(a.second, b.second) == 0;
        });
    if (pair != order.end()) duplicate_at_ = names_[begin + (pair + 1)->second].at;
  }
  for (std::size_t i = 1; count <= kFewNames && i < count && !duplicate_at_; ++i) {
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (compare(earlier, i) == 0) duplicate_at_ = names_[begin + i].at;
    }
  }
  names_.erase(names_.begin() + static_cast<std::ptrdiff_t>(begin), names_.end());
}

JsonReader::Token JsonReader::string(Token whole) {
  const std::size_t begin = ++at_;
  has_escapes_ = false;
  for (; !at_end(); ++at_) {
    while (text_.size() - at_ >= 8 && !may_end_text(eight_bytes(text_.data() + at_))) at_ += 8;
    if (at_end()) break;
    const char c = text_[at_];
    if (c == '"') {
      raw_ = text_.substr(begin, at_ - begin);
      ++at_;
      return whole;
    }
    if (static_cast<unsigned char>(c) < 0x20) return Token::kBroken;
    if (c != '\\') continue;
    has_escapes_ = true;
    if (const Token token = escape(); token != Token::kString) return token;
  }
  return Token::kCut;
}

/// Leaves the position on the escape's last character.
JsonReader::Token JsonReader::escape() {
  if (++at_ == text_.size()) return Token::kCut;
  if (text_[at_] != 'u') {
    const bool known = std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos;
    return known ? Token::kString : Token::kBroken;
  }
  return surrogate_pair();
}

JsonReader::Token JsonReader::surrogate_pair() {
  std::uint32_t value = 0;
  if (const Token token = hex_digits(value); token != Token::kString) return token;
  if (value < 0xd800 || value >= 0xe000) return Token::kString;
  if (value >= 0xdc00) return Token::kBroken;
  for (const char expected : {'\\', 'u'}) {
    if (++at_ == text_.size()) return Token::kCut;
    if (text_[at_] != expected) return Token::kBroken;
  }
  if (const Token token = hex_digits(value); token != Token::kString) return token;
  return value >= 0xdc00 && value < 0xe000 ? Token::kString : Token::kBroken;
}

JsonReader::Token JsonReader::hex_digits(std::uint32_t& value) {
  value = 0;
  for (int digit = 0; digit < 4; ++digit) {
    if (++at_ == text_.size()) return Token::kCut;
    const std::optional<std::uint32_t> read = hex_digit(text_[at_]);
    if (!read) return Token::kBroken;
    value = (value << 4) | *read;
  }
  return Token::kString;
}

JsonReader::Token JsonReader::number() {
  std::size_t end = at_;
  while (end < text_.size() && is_of_number(text_[end])) ++end;
  raw_ = text_.substr(at_, end - at_);
  at_ = end;
  if (raw_.empty()) return Token::kBroken;
  if (at_end() && depth_ > 0) return Token::kCut;
  return is_number(raw_) ? Token::kNumber : Token::kBroken;
}

JsonReader::Token JsonReader::word(std::string_view expected, Token whole) {
  const std::string_view there = text_.substr(at_, expected.size());
  if (!expected.starts_with(there)) return Token::kBroken;
  at_ += there.size();
  raw_ = there;
  return there.size() == expected.size() ? whole : Token::kCut;
}

}  // namespace strongroom::model
