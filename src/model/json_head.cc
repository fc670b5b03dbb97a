// A walk over the beginning of a JSON document of anyone's making (RFC 8259). The canonical decoder
// in `format` needs whole documents in the house's own narrow form; headers of model files are
// neither.
#include <bitset>

#include "model/formats.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kDepthMax = 64;
constexpr std::string_view kSpace = " \t\r\n";
using End = JsonHead::End;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// One pass, no recursion: the kind of each open container is one bit.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}
  JsonHead run();

 private:
  // Each consumes one thing and says whether it was there whole, cut, or broken.
  End value();
  End scalar();
  End string(std::string_view& inside);
  End escape();
  End number();
  End word(std::string_view expected);
  End member_name();
  /// After a value: closes what closes, and finds what comes next.
  End after_value();
  void open(bool object) {
    objects_[depth_] = object;
    ++depth_;
  }
  void note_member(std::string_view name);
  void note_value(char first, std::string_view inside);

  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] bool in_top_object() const { return depth_ == 1 && objects_[0]; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::bitset<kDepthMax> objects_;
  bool finished_ = false;
  bool naming_model_type_ = false;
  JsonHead found_;
};

End Walk::string(std::string_view& inside) {
  const std::size_t begin = ++at_;
  for (; !at_end(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      inside = text_.substr(begin, at_ - begin);
      ++at_;
      return End::kWhole;
    }
    if (static_cast<unsigned char>(c) < 0x20) return End::kBroken;
    if (c != '\\') continue;
    if (const End end = escape(); end != End::kWhole) return end;
  }
  return End::kCut;
}

/// Leaves the position on the escape's last character.
End Walk::escape() {
  if (++at_ == text_.size()) return End::kCut;
  if (text_[at_] != 'u') {
    const bool known = std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos;
    return known ? End::kWhole : End::kBroken;
  }
  for (int digit = 0; digit < 4; ++digit) {
    if (++at_ == text_.size()) return End::kCut;
    if (!is_hex_digit(text_[at_])) return End::kBroken;
  }
  return End::kWhole;
}

End Walk::number() {
  const std::size_t end = std::min(text_.find_first_not_of("+-.0123456789eE", at_), text_.size());
  const std::string_view digits = text_.substr(at_, end - at_);
  at_ = end;
  if (at_end() && depth_ > 0) return End::kCut;
  std::size_t i = digits.starts_with('-') ? 1 : 0;
  const auto run_of_digits = [&] {
    const std::size_t from = i;
    while (i < digits.size() && is_digit(digits[i])) ++i;
    return i - from;
  };
  const bool leading_zero = i < digits.size() && digits[i] == '0';
  const std::size_t whole = run_of_digits();
  if (whole == 0 || (leading_zero && whole > 1)) return End::kBroken;
  if (i < digits.size() && digits[i] == '.') {
    ++i;
    if (run_of_digits() == 0) return End::kBroken;
  }
  if (i < digits.size() && (digits[i] == 'e' || digits[i] == 'E')) {
    ++i;
    if (i < digits.size() && (digits[i] == '+' || digits[i] == '-')) ++i;
    if (run_of_digits() == 0) return End::kBroken;
  }
  return i == digits.size() ? End::kWhole : End::kBroken;
}

End Walk::word(std::string_view expected) {
  const std::string_view there = text_.substr(at_, expected.size());
  if (!expected.starts_with(there)) return End::kBroken;
  at_ += there.size();
  return there.size() == expected.size() ? End::kWhole : End::kCut;
}

End Walk::scalar() {
  switch (text_[at_]) {
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    default:
      return number();
  }
}

void Walk::note_member(std::string_view name) {
  ++found_.members;
  if (name == "__metadata__") found_.has_metadata = true;
  naming_model_type_ = name == "model_type";
}

void Walk::note_value(char first, std::string_view inside) {
  if (first != '{') ++found_.members_not_objects;
  const bool plain = inside.find('\\') == std::string_view::npos;
  if (naming_model_type_ && first == '"' && plain) found_.model_type = claimed_text(inside);
}

End Walk::member_name() {
  skip_space();
  if (at_end()) return End::kCut;
  if (text_[at_] != '"') return End::kBroken;
  std::string_view name;
  if (const End end = string(name); end != End::kWhole) return end;
  if (in_top_object()) note_member(name);
  skip_space();
  if (at_end()) return End::kCut;
  if (text_[at_] != ':') return End::kBroken;
  ++at_;
  return End::kWhole;
}

End Walk::value() {
  skip_space();
  if (at_end()) return End::kCut;
  const char first = text_[at_];
  const bool top_member = in_top_object();
  if (first == '{' || first == '[') {
    if (depth_ == kDepthMax) return End::kBroken;
    if (top_member) note_value(first, {});
    open(first == '{');
    ++at_;
    skip_space();
    if (at_end()) return End::kCut;
    if (text_[at_] == (first == '{' ? '}' : ']')) return after_value();
    if (first == '{') return member_name();
    return End::kWhole;
  }
  std::string_view inside;
  const End end = first == '"' ? string(inside) : scalar();
  if (end != End::kWhole) return end;
  if (top_member) note_value(first, inside);
  return after_value();
}

End Walk::after_value() {
  while (depth_ > 0) {
    skip_space();
    if (at_end()) return End::kCut;
    const char c = text_[at_++];
    const bool object = objects_[depth_ - 1];
    if (c == ',') return object ? member_name() : End::kWhole;
    if (c != (object ? '}' : ']')) return End::kBroken;
    --depth_;
  }
  finished_ = true;
  return End::kWhole;
}

JsonHead Walk::run() {
  skip_space();
  found_.is_object = !at_end() && text_[at_] == '{';
  End end = End::kWhole;
  while (end == End::kWhole && !finished_) end = value();
  skip_space();
  if (finished_ && end == End::kWhole && !at_end()) end = End::kBroken;
  found_.end = end;
  return found_;
}

}  // namespace

JsonHead walk_json(std::string_view text) { return Walk(text).run(); }

std::optional<Recognised> as_json(ByteView head, std::uint64_t file_bytes) {
  const std::string_view text = as_text(head);
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos || (text[begin] != '{' && text[begin] != '[')) {
    return std::nullopt;
  }
  const JsonHead json = walk_json(text);
  if (json.end == End::kBroken) return std::nullopt;
  const bool whole = json.end == End::kWhole;
  if (!whole && head.size() == file_bytes) return std::nullopt;
  Recognised recognised;
  recognised.kind = FileKind::kJson;
  recognised.architecture = json.model_type;
  if (head.size() < file_bytes) add_doubt(recognised, Doubt::kHeaderCut);
  return recognised;
}

}  // namespace strongroom::model
