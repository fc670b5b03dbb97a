#include "model/config.h"

#include <fmt/format.h>

#include <optional>

#include "model/config_rules.h"
#include "model/formats.h"
#include "model/json_reader.h"
#include "model/structure_readers.h"

namespace strongroom::model {
namespace {

using Token = JsonReader::Token;

constexpr std::size_t kListMax = 1'000;  // of classes, templates, pieces of code
constexpr std::size_t kClaimBytesMax = 4'096;
constexpr std::size_t kShownBytesMax = 200;

bool is_end(Token token) {
  return token == Token::kWhole || token == Token::kCut || token == Token::kBroken;
}

class ConfigReading {
 public:
  ConfigReading(std::string_view text, Findings& findings)
      : text_(text), reader_(text), findings_(findings) {}
  Result<ConfigFacts> read();

 private:
  // Each takes the value that comes next, whatever it is.
  void member(std::string_view name);
  void claim(std::string& into);
  void architectures();
  void auto_map();
  void custom_pipelines();
  void parent_library();
  void chat_template();
  void named_template();
  void trust_remote_code();
  void skip() { static_cast<void>(reader_.skip(reader_.next())); }
  void note_code(std::string_view asked_by, std::string reference);
  void note_template(std::string name);

  std::string_view text_;
  JsonReader reader_;
  Findings& findings_;
  ConfigFacts facts_;
};

void ConfigReading::claim(std::string& into) {
  const Token token = reader_.next();
  if (token == Token::kString && reader_.raw().size() <= kClaimBytesMax) into = reader_.text();
  static_cast<void>(reader_.skip(token));
}

void ConfigReading::architectures() {
  Token token = reader_.next();
  if (token != Token::kArrayBegin) return static_cast<void>(reader_.skip(token));
  for (token = reader_.next(); token != Token::kArrayEnd && !is_end(token);
       token = reader_.next()) {
    if (token == Token::kString && reader_.raw().size() <= kClaimBytesMax &&
        facts_.architectures.size() < kListMax) {
      facts_.architectures.push_back(reader_.text());
    }
    if (is_end(reader_.skip(token))) return;
  }
}

void ConfigReading::note_code(std::string_view asked_by, std::string reference) {
  const bool is_elsewhere = reference.find("--") != std::string::npos;
  findings_.add(is_elsewhere ? kConfigFetchesCode : kConfigRunsCode,
                fmt::format("{} is \"{}\"", asked_by.substr(0, kShownBytesMax),
                            std::string_view(reference).substr(0, kShownBytesMax)),
                reader_.position());
  if (facts_.code.size() < kListMax)
    facts_.code.push_back({std::string(asked_by), std::move(reference)});
}

/// {"AutoModel": "modeling_x.XModel", "AutoTokenizer": ["slow", "fast"]}.
void ConfigReading::auto_map() {
  Token token = reader_.next();
  const std::size_t outside = reader_.depth();
  std::string asked_by = "auto_map";
  if (token == Token::kString) return note_code(asked_by, reader_.text());
  if (token != Token::kObjectBegin && token != Token::kArrayBegin) return;
  while (!is_end(token = reader_.next()) && reader_.depth() >= outside) {
    if (token == Token::kName && reader_.depth() == outside) asked_by = reader_.text();
    if (token == Token::kString) note_code(asked_by, reader_.text());
  }
}

/// {"task": {"impl": "module.Class", …}}.
void ConfigReading::custom_pipelines() {
  Token token = reader_.next();
  if (token != Token::kObjectBegin) return static_cast<void>(reader_.skip(token));
  const std::size_t outside = reader_.depth();
  bool is_code = false;
  while (!is_end(token = reader_.next()) && reader_.depth() >= outside) {
    if (token == Token::kString && is_code) note_code("custom_pipelines", reader_.text());
    is_code = token == Token::kName && reader_.text() == "impl";
  }
}

/// {"base_model_class": …, "parent_library": module}: the module is imported.
void ConfigReading::parent_library() {
  Token token = reader_.next();
  if (token != Token::kObjectBegin) return static_cast<void>(reader_.skip(token));
  const std::size_t outside = reader_.depth();
  bool is_library = false;
  while (!is_end(token = reader_.next()) && reader_.depth() >= outside) {
    if (token == Token::kString && is_library) {
      std::string library = reader_.text();
      const std::string_view root = std::string_view(library).substr(0, library.find('.'));
      if (root != "transformers" && root != "diffusers" && root != "torch")
        note_code("auto_mapping.parent_library", std::move(library));
    }
    is_library = token == Token::kName && reader_.text() == "parent_library";
  }
}

void ConfigReading::note_template(std::string name) {
  if (facts_.chat_templates.size() < kListMax) {
    facts_.chat_templates.push_back({std::move(name), reader_.text(), reader_.position() + 1});
  }
}

/// {"name": "tool_use", "template": "…"}, in any order.
void ConfigReading::named_template() {
  std::string name;
  std::optional<std::size_t> noted;
  for (Token token = reader_.next(); token == Token::kName; token = reader_.next()) {
    const std::string member = reader_.text();
    token = reader_.next();
    if (token == Token::kString && member == "name") name = reader_.text();
    if (token == Token::kString && member == "template") {
      noted = facts_.chat_templates.size();
      note_template("");
    }
    if (is_end(reader_.skip(token))) return;
  }
  if (noted && *noted < facts_.chat_templates.size())
    facts_.chat_templates[*noted].name = std::move(name);
}

/// One text, or a list of named ones, or an object of them.
void ConfigReading::chat_template() {
  Token token = reader_.next();
  if (token == Token::kString) return note_template("");
  if (token == Token::kArrayBegin) {
    for (token = reader_.next(); token != Token::kArrayEnd && !is_end(token);
         token = reader_.next()) {
      if (token == Token::kObjectBegin) {
        named_template();
      } else if (token == Token::kString) {
        note_template("");
      } else if (is_end(reader_.skip(token))) {
        return;
      }
    }
    return;
  }
  if (token != Token::kObjectBegin) return;
  for (token = reader_.next(); token == Token::kName; token = reader_.next()) {
    std::string name = reader_.text();
    token = reader_.next();
    if (token == Token::kString) note_template(std::move(name));
    if (is_end(reader_.skip(token))) return;
  }
}

void ConfigReading::trust_remote_code() {
  const Token token = reader_.next();
  if (token == Token::kTrue) {
    findings_.add(kConfigRunsCode, "trust_remote_code is true", reader_.position());
  }
  static_cast<void>(reader_.skip(token));
}

void ConfigReading::member(std::string_view name) {
  if (name == "model_type") return claim(facts_.model_type);
  if (name == "architectures") return architectures();
  if (name == "base_model_name_or_path") return claim(facts_.base_model);
  if (name == "_name_or_path") {
    std::string path;
    claim(path);
    if (facts_.base_model.empty()) facts_.base_model = std::move(path);
    return;
  }
  if (name == "peft_type") return claim(facts_.adapter);
  if (name == "auto_map") return auto_map();
  if (name == "custom_pipelines") return custom_pipelines();
  if (name == "auto_mapping") return parent_library();
  if (name == "chat_template") return chat_template();
  if (name == "trust_remote_code") return trust_remote_code();
  // Parts of a model that is made of several have configurations of their own.
}

Result<ConfigFacts> ConfigReading::read() {
  if (!is_utf8(text_)) return refuse(findings_, kConfigMalformed, "the file is not UTF-8", 0);
  Token token = reader_.next();
  if (token != Token::kObjectBegin)
    return refuse(findings_, kConfigMalformed, "the file is no JSON object", reader_.position());
  while (!is_end(token = reader_.next())) {
    if (token != Token::kName) continue;
    // At any depth: of a part's configuration the same holds.
    const std::string name = reader_.text();
    const bool is_outermost = reader_.depth() == 1;
    const bool runs_code = name == "auto_map" || name == "custom_pipelines" ||
                           name == "trust_remote_code" || name == "auto_mapping";
    if (is_outermost || runs_code || name == "chat_template") member(name);
  }
  if (token != Token::kWhole)
    return refuse(findings_, kConfigMalformed, "the file is not JSON", reader_.position());
  if (const std::optional<std::size_t> duplicate = reader_.duplicate_at()) {
    JsonReader name(text_.substr(*duplicate));
    static_cast<void>(name.next());
    findings_.add(kConfigDuplicateName,
                  fmt::format("the name \"{}\" stands twice in one object",
                              name.text().substr(0, kShownBytesMax)),
                  *duplicate);
  }
  return std::move(facts_);
}

}  // namespace

Result<ConfigFacts> read_model_config(std::string_view text, Findings& findings) {
  if (text.size() <= kConfigBytesMax) return ConfigReading(text, findings).read();
  findings.add(kConfigMalformed, "the file is larger than 256 MiB", 0);
  return fail(ErrorCode::kTooLarge, "the file is larger than 256 MiB");
}

}  // namespace strongroom::model
