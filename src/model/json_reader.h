#ifndef STRONGROOM_MODEL_JSON_READER_H_
#define STRONGROOM_MODEL_JSON_READER_H_

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom::model {

/// Pulls one token after another out of a JSON document of anyone's making (RFC 8259): headers and
/// configurations of model files. The canonical decoder in `format` takes the house's own narrow
/// form only. One pass, no recursion; time n log n in the text, memory for the names of the open
/// objects. Borrows the text. Text need not be UTF-8 (is_utf8()); half a surrogate pair is broken.
class JsonReader {
 public:
  static constexpr std::size_t kDepthMax = 64;
  static constexpr std::size_t kMembersMax = 1'000'000;  ///< of one object

  enum class Token {
    kObjectBegin,
    kObjectEnd,
    kArrayBegin,
    kArrayEnd,
    kName,  ///< of a member; its value comes next
    kString,
    kNumber,
    kTrue,
    kFalse,
    kNull,
    kWhole,   ///< one document, nothing but white space after it
    kCut,     ///< well-formed as far as it goes
    kBroken,  ///< not JSON, or over a bound
  };

  explicit JsonReader(std::string_view text) : text_(text) {}

  /// After kWhole, kCut or kBroken it gives the same again.
  [[nodiscard]] Token next();
  /// The token after one that began a value, with all inside it passed over: the token that ended
  /// the value; `first` itself when it was a scalar; kCut or kBroken.
  [[nodiscard]] Token skip(Token first);

  /// Where the last token begins, in bytes from the text's beginning.
  [[nodiscard]] std::size_t position() const { return begin_; }
  /// Containers that are open.
  [[nodiscard]] std::size_t depth() const { return depth_; }
  [[nodiscard]] bool in_object() const { return depth_ > 0 && objects_[depth_ - 1]; }
  /// Between the quotes, or the number's characters; escapes stand as they are.
  [[nodiscard]] std::string_view raw() const { return raw_; }
  [[nodiscard]] bool has_escapes() const { return has_escapes_; }
  /// Of a name or string: unescaped.
  [[nodiscard]] std::string text() const;
  /// Of a number that is a plain sequence of digits and fits.
  [[nodiscard]] std::optional<std::uint64_t> whole_number() const;
  /// Where a name stands that its object already has, however it is escaped: known once that object
  /// has ended. The first found stays.
  [[nodiscard]] std::optional<std::size_t> duplicate_at() const { return duplicate_at_; }

 private:
  struct Name {
    std::string_view raw;
    std::size_t at;
    bool has_escapes;
  };

  Token finish(Token token) {
    ended_ = true;
    last_ = token;
    return token;
  }
  Token value();
  Token name();
  Token string(Token whole);
  Token escape();
  Token surrogate_pair();
  Token hex_digits(std::uint32_t& value);
  Token number();
  Token word(std::string_view expected, Token whole);
  Token open(bool object);
  Token close(char bracket);
  void look_for_duplicates();
  void skip_space();
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::string_view raw_;
  bool has_escapes_ = false;
  std::size_t depth_ = 0;
  std::bitset<kDepthMax> objects_;
  std::array<std::size_t, kDepthMax> names_begin_{};  // in names_, for each open container
  std::vector<Name> names_;
  std::optional<std::size_t> duplicate_at_;
  enum class Expect { kValue, kFirstItem, kFirstName, kAfterValue, kMemberValue };
  Expect expect_ = Expect::kValue;
  bool ended_ = false;
  Token last_ = Token::kBroken;
};

/// What stands between a JSON string's quotes, unescaped. It has been read by a JsonReader.
[[nodiscard]] std::string unescaped(std::string_view raw);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_JSON_READER_H_
