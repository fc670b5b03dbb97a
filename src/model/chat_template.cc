#include "model/chat_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "model/template_rules.h"
#include "model/template_words.h"

namespace strongroom::model {

namespace {

using jinja::is_letter;
using jinja::is_mark;
using jinja::is_one_of;
using jinja::Piece;
using jinja::Token;
using jinja::Tokens;
using jinja::Words;
using Kind = Token::Kind;

constexpr std::size_t kLettersOfASentence = 12;
constexpr std::uint64_t kCountMax = 100'000;

constexpr std::array<std::string_view, 21> kInsides = {"eval",
                                                       "exec",
                                                       "popen",
                                                       "subprocess",
                                                       "importlib",
                                                       "builtins",
                                                       "lipsum",
                                                       "cycler",
                                                       "joiner",
                                                       "url_for",
                                                       "get_flashed_messages",
                                                       "mro",
                                                       "gi_frame",
                                                       "cr_frame",
                                                       "f_globals",
                                                       "f_builtins",
                                                       "func_globals",
                                                       "f_back",
                                                       "gi_code",
                                                       "getattr",
                                                       "attr"};
constexpr std::array<std::string_view, 4> kLoaders = {"include", "import", "from", "extends"};
// Letters outside of <marks>.
std::size_t letters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '<') {
      const std::size_t end = text.find('>', at);
      if (end != std::string_view::npos && end - at < 40) at = end;
      continue;
    }
    count += is_letter(text[at]) ? 1u : 0u;
  }
  return count;
}

bool is_a_sentence(std::string_view text) { return letters(text) >= kLettersOfASentence; }

std::string quoted(Tokens tokens) {
  std::string out;
  for (const Token& token : tokens) {
    if (out.size() > 200) return out + " …";
    if (!out.empty()) out += ' ';
    out += token.kind == Kind::kText ? "'" + token.text + "'" : token.text;
  }
  return out;
}

/// One template, judged.
class Judge {
 public:
  Judge(const std::vector<Piece>& pieces, Findings& findings)
      : pieces_(pieces), findings_(findings) {}
  void run();

 private:
  // What names stand for; true when something new was learnt.
  bool learn();
  void judge_tokens(const Piece& piece);
  void judge_token(const Token& token);
  void judge_text(std::string_view text, std::size_t offset);
  void judge_logic(const Piece& piece);
  // True when it decides by the words of the conversation; says so.
  bool judge_condition(Tokens condition, std::size_t offset);
  void judge_inline(const Piece& piece);
  void open_and_close(const Piece& piece);

  struct Block {
    bool is_if = false;
    bool by_words = false;
  };
  const std::vector<Piece>& pieces_;
  Findings& findings_;
  Words words_;
  std::vector<Block> open_;
  bool inside_ = false;  ///< a branch taken for particular words
};

void Judge::judge_token(const Token& token) {
  const std::string& text = token.text;
  if (token.kind == Kind::kNumber) {
    std::uint64_t count = 0;
    for (const char c : text)
      count = c >= '0' && c <= '9' && count <= kCountMax
                  ? count * 10 + static_cast<std::uint64_t>(c - '0')
                  : count;
    if (count > kCountMax) findings_.add(kTemplateCostly, "It counts with " + text, token.offset);
    return;
  }
  if (token.kind == Kind::kSign) return;
  const std::size_t dunder = text.find("__");
  const bool is_dunder = dunder != std::string::npos && !is_mark(text) &&
                         std::any_of(text.begin(), text.end(), is_letter);
  if (is_dunder || is_one_of(text, kInsides)) {
    findings_.add(kTemplateReachesInside, fmt::format("It names '{}'", text), token.offset);
  }
}

void Judge::judge_text(std::string_view text, std::size_t offset) {
  for (std::size_t at = 0; at + 2 < text.size(); ++at) {
    const auto byte = [&](std::size_t n) {
      return at + n < text.size() ? static_cast<unsigned char>(text[at + n]) : 0u;
    };
    const bool is_zero_width =
        byte(0) == 0xe2 && byte(1) == 0x80 &&
        ((byte(2) >= 0x8b && byte(2) <= 0x8f) || (byte(2) >= 0xaa && byte(2) <= 0xae));
    const bool is_isolate =
        byte(0) == 0xe2 && byte(1) == 0x81 && byte(2) >= 0xa0 && byte(2) <= 0xa9;
    const bool is_tag = byte(0) == 0xf3 && byte(1) == 0xa0 && (byte(2) == 0x80 || byte(2) == 0x81);
    const bool is_mark = byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf;
    if (is_zero_width || is_isolate || is_tag || is_mark) {
      findings_.add(kTemplateHidesText, "It holds a character that is not shown", offset + at);
      break;
    }
  }
  for (const std::string_view scheme : {"http://", "https://", "ftp://"}) {
    const std::size_t at = text.find(scheme);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = text.substr(at);
    const std::string_view address =
        rest.substr(0, std::min<std::size_t>(rest.find_first_of(" \n\t'\")>"), 120));
    findings_.add(kTemplateNamesAddress, fmt::format("It says {}", address), offset + at);
    break;
  }
}

void Judge::judge_tokens(const Piece& piece) {
  if (piece.kind == Piece::Kind::kText) {
    judge_text(piece.text, piece.offset);
    return;
  }
  if (piece.kind == Piece::Kind::kStatement && !piece.tokens.empty() &&
      piece.tokens[0].kind == Kind::kName && is_one_of(piece.tokens[0].text, kLoaders)) {
    findings_.add(kTemplateLoadsOthers, fmt::format("It says {}", quoted(piece.tokens)),
                  piece.offset);
  }
  for (const Token& token : piece.tokens) {
    judge_token(token);
    if (token.kind == Kind::kText) judge_text(token.text, token.offset);
  }
}

bool Judge::judge_condition(Tokens condition, std::size_t offset) {
  bool by_words = false;
  for (const Words::Clause& clause : words_.clauses(condition)) {
    if (Words::asks_time(clause)) {
      findings_.add(kTemplateBranchesOnTime, fmt::format("It asks: {}", quoted(clause.tokens)),
                    offset);
    }
    if (!Words::answers(clause, true)) continue;
    findings_.add(kTemplateBranchesOnContent, fmt::format("It asks: {}", quoted(clause.tokens)),
                  offset);
    by_words |= !clause.is_triggered || clause.touches_content;
  }
  return by_words;
}

// "{{ 'x' if 'word' in message.content else 'y' }}" and "… and 'x'".
void Judge::judge_inline(const Piece& piece) {
  const std::vector<Words::Clause> clauses = words_.clauses(piece.tokens);
  bool by_words = false;
  for (const Words::Clause& clause : clauses)
    by_words |= clauses.size() > 1 && Words::answers(clause, false);
  if (!by_words) return;
  findings_.add(kTemplateBranchesOnContent, fmt::format("It asks: {}", quoted(piece.tokens)),
                piece.offset);
  for (const Words::Clause& clause : clauses) {
    if (Words::answers(clause, false)) continue;
    for (const Token& token : clause.tokens) {
      if (token.kind != Kind::kText || !is_a_sentence(token.text)) continue;
      findings_.add(kTemplateAnswersToWords, fmt::format("It then says: {}", token.text),
                    token.offset);
      return;
    }
  }
}

void Judge::open_and_close(const Piece& piece) {
  const Token& first = piece.tokens[0];
  const Tokens rest = Tokens(piece.tokens).subspan(1);
  if (first.is("if")) {
    open_.push_back({true, judge_condition(rest, piece.offset)});
  } else if (first.is("elif")) {
    const bool by_words = judge_condition(rest, piece.offset);
    if (!open_.empty()) open_.back().by_words |= by_words;
  } else if (first.is("for") || first.is("macro") || first.is("call") || first.is("filter")) {
    judge_inline(piece);
    open_.push_back({});
  } else if (first.kind == Kind::kName && first.text.starts_with("end") && !open_.empty() &&
             !first.is("endset") && !first.is("endgeneration")) {
    open_.pop_back();
  } else if (first.is("set")) {
    judge_inline(piece);
  }
  inside_ =
      std::any_of(open_.begin(), open_.end(), [](const Block& block) { return block.by_words; });
}

void Judge::judge_logic(const Piece& piece) {
  if (piece.kind == Piece::Kind::kStatement && !piece.tokens.empty()) {
    open_and_close(piece);
    return;
  }
  if (piece.kind == Piece::Kind::kOutput) judge_inline(piece);
  if (!inside_) return;
  std::string said(piece.text);
  for (const Token& token : piece.tokens) said += token.kind == Kind::kText ? token.text : "";
  if (is_a_sentence(said)) {
    findings_.add(kTemplateAnswersToWords, fmt::format("It then says: {}", said), piece.offset);
  }
}

bool Judge::learn() {
  bool news = false;
  std::vector<bool> by_words;  // of the ifs that are open
  for (const Piece& piece : pieces_) {
    news |= words_.learn(piece);
    news |= words_.learn_calls(piece);
    if (piece.kind != Piece::Kind::kStatement || piece.tokens.empty()) continue;
    const Token& first = piece.tokens[0];
    if (first.is("if") || first.is("elif")) {
      bool answers = false;
      for (const Words::Clause& clause : words_.clauses(Tokens(piece.tokens).subspan(1)))
        answers |= Words::answers(clause, true);
      if (first.is("if")) by_words.push_back(false);
      if (!by_words.empty()) by_words.back() = by_words.back() || answers;
    } else if (first.is("endif") && !by_words.empty()) {
      by_words.pop_back();
    } else if (first.is("set") &&
               std::find(by_words.begin(), by_words.end(), true) != by_words.end()) {
      const auto equals = std::find_if(piece.tokens.begin(), piece.tokens.end(),
                                       [](const Token& token) { return token.is("="); });
      if (equals != piece.tokens.end()) news |= words_.note_trigger((equals - 1)->text);
    }
  }
  return news;
}

void Judge::run() {
  for (const Piece& piece : pieces_) judge_tokens(piece);
  // What a name stands for may be said after it is used, in a loop: until nothing new is learnt, or
  // more often than chains of assignments are long.
  for (int round = 0; round < 8 && learn(); ++round) {
  }
  for (const Piece& piece : pieces_) judge_logic(piece);
}

}  // namespace

void judge_template(std::string_view text, Findings& findings) {
  if (text.size() > kTemplateBytesMax) {
    findings.add(kTemplateNotRead, fmt::format("It is {} bytes long", text.size()));
    return;
  }
  const jinja::Cut cut = jinja::cut(text);
  Judge(cut.pieces, findings).run();
  if (cut.broken_at)
    findings.add(kTemplateNotRead, "A block or a quote does not close", cut.broken_at);
}

}  // namespace strongroom::model
