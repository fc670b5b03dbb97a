#include "model/jinja_tokens.h"

#include <algorithm>
#include <array>

namespace strongroom::model::jinja {

namespace {

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void put_utf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | ((code >> 18) & 0x07));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// `digits` hexadecimal (base 16) or up to that many octal digits (base 8) from `at`; moves `at`.
std::uint32_t code_of(std::string_view text, std::size_t& at, std::size_t digits, unsigned base) {
  std::uint32_t code = 0;
  for (std::size_t n = 0; n < digits && at < text.size(); ++n, ++at) {
    const char c = text[at];
    unsigned digit = 99;
    if (is_digit(c)) digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') digit = static_cast<unsigned>(c - 'A') + 10;
    if (digit >= base) break;
    code = code * base + digit;
  }
  return code;
}

// As Python unescapes a literal, so that no escape hides a name.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\' || at + 1 >= text.size()) {
      out += text[at++];
      continue;
    }
    const char c = text[at + 1];
    at += 2;
    switch (c) {
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case '\n':
        break;
      case 'x':
        put_utf8(code_of(text, at, 2, 16), out);
        break;
      case 'u':
        put_utf8(code_of(text, at, 4, 16), out);
        break;
      case 'U':
        put_utf8(code_of(text, at, 8, 16), out);
        break;
      default:
        if (c >= '0' && c <= '7') {
          put_utf8(code_of(text, --at, 3, 8), out);
        } else {
          out += c;
        }
    }
  }
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Cut run();

 private:
  // The next "{{", "{%" or "{#" from `at`; the end when there is none.
  [[nodiscard]] std::size_t next_opening(std::size_t at) const;
  void add_text(std::size_t begin, std::size_t end);
  // From behind "{{" or "{%" to behind its closing; false when it does not close.
  bool block(Piece& piece, std::string_view closing);
  bool literal(Piece& piece);
  void sign(Piece& piece);
  // Behind {% raw %}: text up to {% endraw %}.
  bool raw();

  std::string_view text_;
  std::size_t at_ = 0;
  Cut cut_;
};

std::size_t Lexer::next_opening(std::size_t at) const {
  for (;; ++at) {
    at = text_.find('{', at);
    if (at == std::string_view::npos || at + 1 >= text_.size()) return text_.size();
    const char c = text_[at + 1];
    if (c == '{' || c == '%' || c == '#') return at;
  }
}

void Lexer::add_text(std::size_t begin, std::size_t end) {
  if (end > begin)
    cut_.pieces.push_back({Piece::Kind::kText, text_.substr(begin, end - begin), {}, begin});
}

bool Lexer::literal(Piece& piece) {
  const std::size_t begin = at_;
  const char quote = text_[at_++];
  while (at_ < text_.size() && text_[at_] != quote) at_ += text_[at_] == '\\' ? 2u : 1u;
  if (at_ >= text_.size()) return false;
  piece.tokens.push_back(
      {Token::Kind::kText, unescaped(text_.substr(begin + 1, at_ - begin - 1)), begin});
  ++at_;
  return true;
}

void Lexer::sign(Piece& piece) {
  constexpr std::array<std::string_view, 6> kPairs = {"==", "!=", "<=", ">=", "//", "**"};
  const std::string_view two = text_.substr(at_, 2);
  const std::size_t bytes = std::find(kPairs.begin(), kPairs.end(), two) != kPairs.end() ? 2 : 1;
  piece.tokens.push_back({Token::Kind::kSign, std::string(text_.substr(at_, bytes)), at_});
  at_ += bytes;
}

bool Lexer::block(Piece& piece, std::string_view closing) {
  int depth = 0;  // in braces: {{ {'a': {}} }}
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const std::string_view rest = text_.substr(at_);
    const bool trims = (c == '-' || c == '+') && rest.substr(1).starts_with(closing);
    if (depth == 0 && (rest.starts_with(closing) || trims)) {
      at_ += closing.size() + (trims ? 1 : 0);
      return true;
    }
    if (is_space(c)) {
      ++at_;
    } else if (c == '\'' || c == '"') {
      if (!literal(piece)) return false;
    } else if (is_name_start(c) || is_digit(c)) {
      const std::size_t begin = at_;
      while (at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_]))) ++at_;
      const auto kind = is_digit(c) ? Token::Kind::kNumber : Token::Kind::kName;
      piece.tokens.push_back({kind, std::string(text_.substr(begin, at_ - begin)), begin});
    } else {
      depth += c == '{' ? 1 : 0;
      depth -= c == '}' && depth > 0 ? 1 : 0;
      sign(piece);
    }
  }
  return false;
}

bool Lexer::raw() {
  const std::size_t begin = at_;
  for (std::size_t at = at_; (at = text_.find("{%", at)) != std::string_view::npos; at += 2) {
    std::size_t name = at + 2;
    while (name < text_.size() &&
           (is_space(text_[name]) || text_[name] == '-' || text_[name] == '+'))
      ++name;
    if (!text_.substr(name).starts_with("endraw")) continue;
    const std::size_t end = text_.find("%}", name);
    if (end == std::string_view::npos) return false;
    add_text(begin, at);
    at_ = end + 2;
    return true;
  }
  return false;
}

Cut Lexer::run() {
  while (at_ < text_.size()) {
    const std::size_t opening = next_opening(at_);
    add_text(at_, opening);
    at_ = opening;
    if (opening == text_.size()) break;
    const char c = text_[opening + 1];
    if (c == '#') {
      const std::size_t end = text_.find("#}", opening + 2);
      if (end == std::string_view::npos) {
        cut_.broken_at = opening;
        break;
      }
      at_ = end + 2;
      continue;
    }
    Piece piece{c == '{' ? Piece::Kind::kOutput : Piece::Kind::kStatement, {}, {}, opening};
    at_ = opening + 2;
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
    bool closed = block(piece, c == '{' ? "}}" : "%}");
    if (closed && c == '%' && piece.tokens.size() == 1 && piece.tokens[0].is("raw")) {
      closed = raw();
    } else if (closed) {
      cut_.pieces.push_back(std::move(piece));
    }
    if (!closed) {
      cut_.broken_at = opening;
      break;
    }
  }
  return std::move(cut_);
}

}  // namespace

Cut cut(std::string_view text) { return Lexer(text).run(); }

}  // namespace strongroom::model::jinja
