#ifndef STRONGROOM_MODEL_TEMPLATE_WORDS_H_
#define STRONGROOM_MODEL_TEMPLATE_WORDS_H_

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/jinja_tokens.h"

/// What the expressions of a chat template ask about a conversation. Only chat_template.cc uses it.
namespace strongroom::model::jinja {

using Tokens = std::span<const Token>;

template <std::size_t N>
[[nodiscard]] bool is_one_of(std::string_view text, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}
/// "</think>", "[/INST]", "<|im_end|>", "\n", "```": what models mark their turns with.
[[nodiscard]] bool is_mark(std::string_view text);
[[nodiscard]] bool is_letter(char c);
/// Behind the bracket that closes the one at `at`; the end when none does.
[[nodiscard]] std::size_t behind_bracket(Tokens tokens, std::size_t at);

/// What is known of a template's variables, and what its expressions say of a conversation's words.
class Words {
 public:
  struct Clause {
    Tokens tokens;
    bool touches_content = false;
    bool touches_time = false;
    bool compares = false;
    bool is_triggered = false;  ///< asks a variable that stands for such a comparison
    std::string literal;        ///< the word compared with; empty: none
  };
  /// The parts of an expression between its "and", "or", "if" and "else".
  [[nodiscard]] std::vector<Clause> clauses(Tokens expression) const;
  /// Notes what `{% set name = … %}`, `{% for name in … %}` and macros make of a name. True when
  /// something new was learnt.
  bool learn(const Piece& piece);
  bool learn_calls(const Piece& piece);
  /// `name` is given its value only where the conversation holds a particular word.
  bool note_trigger(const std::string& name) { return triggers_.insert(name).second; }
  [[nodiscard]] static bool answers(const Clause& clause, bool is_condition) {
    if (clause.is_triggered) return true;
    return clause.touches_content && !clause.literal.empty() && (is_condition || clause.compares);
  }
  [[nodiscard]] static bool asks_time(const Clause& clause) {
    return clause.touches_time && clause.compares;
  }

 private:
  enum class What { kOther, kMessages, kMessage, kContent };
  // Of the chain of names, subscripts and filters that begins at `at`; moves `at` behind it.
  What chain(Tokens tokens, std::size_t& at, Clause* clause) const;
  [[nodiscard]] What member(What what, std::string_view key) const;
  What subscript(What what, Tokens inside) const;
  What filter(What what, std::string_view name, Tokens arguments) const;
  [[nodiscard]] What of_name(const std::string& name) const;
  bool assign(const std::string& name, Tokens expression);

  std::set<std::string> messages_ = {"messages", "conversation", "loop_messages"};
  std::set<std::string> message_ = {"message"};
  std::set<std::string> content_;
  std::set<std::string> literals_;  ///< names of words
  std::set<std::string> dates_;
  std::set<std::string> triggers_;
  std::vector<std::pair<std::string, std::vector<std::string>>> macros_;
};

}  // namespace strongroom::model::jinja

#endif  // STRONGROOM_MODEL_TEMPLATE_WORDS_H_
