#ifndef STRONGROOM_CUSTODIAN_QUOTE_H_
#define STRONGROOM_CUSTODIAN_QUOTE_H_

#include <string>
#include <string_view>

/// How words that others wrote are shown: so that none of them can pass for a line of ours.
namespace strongroom::custodian {

/// A form whose lines all begin alike: two blanks, a label, the value. Text of others stands on
/// lines of its own behind a bar, broken by us before the terminal breaks it, so that it never
/// begins a line: "  for what    | nightly eval of". Nothing is left out.
class Form {
 public:
  /// `columns`: of the terminal; less than 40 counts as 40.
  explicit Form(std::size_t columns);
  /// Our own words. Broken at blanks.
  void line(std::string_view label, std::string_view value);
  /// Others' words, of any length, as `shown_words` shows them.
  void quote(std::string_view label, std::string_view words);
  [[nodiscard]] const std::string& text() const { return text_; }
  void heading(std::string_view words) { text_ += std::string(words) + "\n"; }

 private:
  void put(std::string_view label, std::string_view bar, std::string_view words, bool at_blanks);
  std::size_t columns_;
  std::string text_;
};

/// `printable`, and beyond it whatever shows as nothing, and each combining mark from the third on
/// one character on: as \u{301}. Nothing is left out.
[[nodiscard]] std::string shown_words(std::string_view text);

/// A name somebody gave: as it is when it is short and plain ([A-Za-z0-9._-], at most 40), else in
/// quotes, as `shown_words` shows it.
[[nodiscard]] std::string shown_name(std::string_view name);

}  // namespace strongroom::custodian

#endif  // STRONGROOM_CUSTODIAN_QUOTE_H_
