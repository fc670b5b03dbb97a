#ifndef STRONGROOM_MODEL_JINJA_TOKENS_H_
#define STRONGROOM_MODEL_JINJA_TOKENS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A Jinja template cut into pieces and tokens: its lexical grammar, nothing of its meaning.
/// Source: the template designer documentation of Jinja 3.1.
namespace strongroom::model::jinja {

struct Token {
  enum class Kind { kName, kText, kNumber, kSign };
  Kind kind = Kind::kSign;
  std::string text;        ///< of a string literal: unescaped, without its quotes
  std::size_t offset = 0;  ///< in the template, in bytes

  [[nodiscard]] bool is(std::string_view name_or_sign) const {
    return (kind == Kind::kName || kind == Kind::kSign) && text == name_or_sign;
  }
};

struct Piece {
  enum class Kind {
    kText,       ///< goes into the prompt as it stands
    kOutput,     ///< {{ … }}
    kStatement,  ///< {% … %}
  };
  Kind kind = Kind::kText;
  std::string_view text;      ///< of kText; borrowed from the template
  std::vector<Token> tokens;  ///< of the others
  std::size_t offset = 0;
};

struct Cut {
  std::vector<Piece> pieces;  ///< comments are left out; raw blocks are text
  /// Where it stopped making sense: a block or a quote that does not close.
  std::optional<std::size_t> broken_at;
};

/// Total; time and memory linear in `text`.
[[nodiscard]] Cut cut(std::string_view text);

}  // namespace strongroom::model::jinja

#endif  // STRONGROOM_MODEL_JINJA_TOKENS_H_
