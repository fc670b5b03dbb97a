#include "model/template_words.h"

namespace strongroom::model::jinja {

namespace {

using Kind = Token::Kind;

constexpr std::array<std::string_view, 4> kNotContent = {"role", "type", "name", "id"};
constexpr std::array<std::string_view, 3> kPickers = {"selectattr", "rejectattr", "map"};
constexpr std::array<std::string_view, 12> kComparisons = {
    "==",    "!=",    "in",     "startswith", "endswith", "find",
    "rfind", "index", "rindex", "count",      "<",        ">"};
// What a literal beside content may be without being a trigger: names of parts and of tests.
// and the switches by which published models let a conversation turn their reasoning on and off.
constexpr std::array<std::string_view, 23> kOrdinaryLiterals = {
    "/think",      "/no_think", "/nothink", "image",   "image_url", "video",    "audio",     "text",
    "input_audio", "file",      "type",     "content", "role",      "name",     "equalto",   "eq",
    "defined",     "undefined", "none",     "string",  "mapping",   "thinking", "tool_calls"};

bool has_text(Tokens tokens, std::string_view text) {
  return std::any_of(tokens.begin(), tokens.end(), [&](const Token& token) {
    return token.kind == Kind::kText && token.text == text;
  });
}

}  // namespace

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_mark(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  if (std::none_of(text.begin(), text.end(), is_letter)) return true;
  if (text.find(' ') != std::string_view::npos) return false;
  const char first = text.front();
  return first == '<' || first == '[' || text.ends_with(">");
}

std::size_t behind_bracket(Tokens tokens, std::size_t at) {
  int depth = 0;
  for (; at < tokens.size(); ++at) {
    const std::string_view text =
        tokens[at].kind == Kind::kSign ? std::string_view(tokens[at].text) : "";
    if (text == "(" || text == "[" || text == "{") ++depth;
    if (text == ")" || text == "]" || text == "}") --depth;
    if (depth == 0) return at + 1;
  }
  return at;
}

Words::What Words::of_name(const std::string& name) const {
  if (content_.contains(name)) return What::kContent;
  if (message_.contains(name)) return What::kMessage;
  if (messages_.contains(name)) return What::kMessages;
  return What::kOther;
}

Words::What Words::member(What what, std::string_view key) const {
  if (key == "content") return What::kContent;
  if (what == What::kContent && is_one_of(key, kNotContent)) return What::kOther;
  if (what == What::kMessage) return What::kOther;
  return what;
}

Words::What Words::subscript(What what, Tokens inside) const {
  if (what == What::kMessages) return What::kMessage;
  if (inside.size() == 1 && inside[0].kind == Kind::kText) return member(what, inside[0].text);
  // A key that is put together or comes from elsewhere may be any.
  return what == What::kMessage ? What::kContent : what;
}

Words::What Words::filter(What what, std::string_view name, Tokens arguments) const {
  if (name == "length" || name == "count") return What::kOther;
  if (what == What::kMessages && (name == "first" || name == "last")) return What::kMessage;
  if (is_one_of(name, kPickers)) return has_text(arguments, "content") ? What::kContent : what;
  if (what == What::kMessages && (name == "list" || name == "reverse")) return what;
  return what == What::kOther ? what : What::kContent;  // "tojson", "string", …: its words and all
}

Words::What Words::chain(Tokens tokens, std::size_t& at, Clause* clause) const {
  What what = of_name(tokens[at].text);
  if (clause != nullptr && triggers_.contains(tokens[at].text)) clause->is_triggered = true;
  if (clause != nullptr && dates_.contains(tokens[at].text)) clause->touches_time = true;
  ++at;
  while (at < tokens.size()) {
    if (tokens[at].is(".") && at + 1 < tokens.size()) {
      const std::string& key = tokens[at + 1].text;
      if (clause != nullptr && triggers_.contains(key)) clause->is_triggered = true;
      at += 2;
      const bool is_call = at < tokens.size() && tokens[at].is("(");
      if (!is_call) {
        what = member(what, key);
        continue;
      }
      const std::size_t end = behind_bracket(tokens, at);
      const Tokens arguments = tokens.subspan(at, end - at);
      if (key == "get" && arguments.size() > 1 && arguments[1].kind == Kind::kText) {
        what = member(what, arguments[1].text);
        at = end;
      } else if (key == "items" || key == "values") {
        what = what == What::kOther ? what : What::kContent;
        at = end;
      } else if (clause == nullptr) {
        at = end;
      }  // else: the arguments are literals of the clause
      if (clause != nullptr && is_one_of(key, kComparisons)) clause->compares = true;
    } else if (tokens[at].is("[")) {
      const std::size_t end = behind_bracket(tokens, at);
      what = subscript(what, tokens.subspan(at + 1, end - at - 1 - (end > at + 1 ? 1 : 0)));
      at = end;
    } else if (tokens[at].is("|") && at + 1 < tokens.size()) {
      const std::string& name = tokens[at + 1].text;
      at += 2;
      const std::size_t end =
          at < tokens.size() && tokens[at].is("(") ? behind_bracket(tokens, at) : at;
      what = filter(what, name, tokens.subspan(at, end - at));
      if (!is_one_of(name, kPickers)) at = end;
    } else {
      break;
    }
  }
  return what;
}

std::vector<Words::Clause> Words::clauses(Tokens expression) const {
  std::vector<Clause> found;
  std::size_t begin = 0;
  for (std::size_t end = 0; end <= expression.size(); ++end) {
    const bool cuts = end == expression.size() || expression[end].is("and") ||
                      expression[end].is("or") || expression[end].is("if") ||
                      expression[end].is("else");
    if (!cuts) continue;
    Clause clause;
    clause.tokens = expression.subspan(begin, end - begin);
    begin = end + 1;
    for (std::size_t at = 0; at < clause.tokens.size();) {
      const Token& token = clause.tokens[at];
      if (is_one_of(token.text, kComparisons) && token.kind != Kind::kText) clause.compares = true;
      if (token.is("strftime_now") && at + 1 < clause.tokens.size() &&
          clause.tokens[at + 1].is("(")) {
        clause.touches_time = true;
        at = behind_bracket(clause.tokens, at + 1);
      } else if (token.kind == Kind::kName) {
        if (literals_.contains(token.text) && clause.literal.empty()) clause.literal = token.text;
        if (chain(clause.tokens, at, &clause) == What::kContent) clause.touches_content = true;
      } else {
        const bool is_word = token.kind == Kind::kText && !is_mark(token.text) &&
                             !is_one_of(token.text, kOrdinaryLiterals);
        if (is_word && clause.literal.empty()) clause.literal = token.text;
        ++at;
      }
    }
    found.push_back(std::move(clause));
  }
  return found;
}

bool Words::assign(const std::string& name, Tokens expression) {
  const auto learn_in = [&name](std::set<std::string>& names) { return names.insert(name).second; };
  bool news = false;
  for (const Clause& clause : clauses(expression)) {
    if (answers(clause, false)) news |= learn_in(triggers_);
    if (clause.touches_content) news |= learn_in(content_);
    if (clause.touches_time) news |= learn_in(dates_);
    if (!clause.literal.empty() && !clause.touches_content) news |= learn_in(literals_);
  }
  if (!expression.empty() && expression[0].kind == Kind::kName) {
    std::size_t at = 0;
    const What what = chain(expression, at, nullptr);
    if (what == What::kMessages) news |= learn_in(messages_);
    if (what == What::kMessage) news |= learn_in(message_);
  }
  return news;
}

bool Words::learn(const Piece& piece) {
  if (piece.kind != Piece::Kind::kStatement || piece.tokens.size() < 2) return false;
  const Tokens tokens(piece.tokens);
  const auto at_sign = [&](std::string_view sign) {
    return static_cast<std::size_t>(
        std::find_if(tokens.begin(), tokens.end(),
                     [&](const Token& token) { return token.is(sign); }) -
        tokens.begin());
  };
  if (tokens[0].is("set")) {
    const std::size_t equals = at_sign("=");
    if (equals >= tokens.size()) return false;
    return assign(tokens[equals - 1].text, tokens.subspan(equals + 1));
  }
  if (tokens[0].is("for")) {
    const std::size_t in = at_sign("in");
    if (in + 1 >= tokens.size()) return false;
    std::size_t end = in + 1;
    const What what = tokens[end].kind == Kind::kName ? chain(tokens, end, nullptr) : What::kOther;
    bool news = false;
    for (std::size_t at = 1; at < in; ++at) {
      if (tokens[at].kind != Kind::kName) continue;
      if (what == What::kMessages) news |= message_.insert(tokens[at].text).second;
      if (what == What::kContent || what == What::kMessage)
        news |= content_.insert(tokens[at].text).second;
    }
    return news;
  }
  if (tokens[0].is("macro")) {
    const std::string& name = tokens[1].text;
    if (std::any_of(macros_.begin(), macros_.end(),
                    [&](const auto& macro) { return macro.first == name; }))
      return false;
    std::vector<std::string> parameters;
    for (const Token& token : tokens.subspan(2))
      if (token.kind == Kind::kName) parameters.push_back(token.text);
    macros_.emplace_back(name, std::move(parameters));
    return true;
  }
  return false;
}

// A macro that is handed content, or a message, has it under the names of its parameters.
bool Words::learn_calls(const Piece& piece) {
  bool news = false;
  const Tokens tokens(piece.tokens);
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    const auto macro = std::find_if(macros_.begin(), macros_.end(), [&](const auto& each) {
      return each.first == tokens[at].text;
    });
    if (macro == macros_.end() || !tokens[at + 1].is("(") || (at > 0 && tokens[at - 1].is("macro")))
      continue;
    const Tokens arguments = tokens.subspan(at + 1, behind_bracket(tokens, at + 1) - at - 1);
    for (std::size_t argument = 0; argument < arguments.size();) {
      if (arguments[argument].kind != Kind::kName) {
        ++argument;
        continue;
      }
      const What what = chain(arguments, argument, nullptr);
      for (const std::string& parameter : macro->second) {
        if (what == What::kContent) news |= content_.insert(parameter).second;
        if (what == What::kMessage) news |= message_.insert(parameter).second;
        if (what == What::kMessages) news |= messages_.insert(parameter).second;
      }
    }
  }
  return news;
}

}  // namespace strongroom::model::jinja
