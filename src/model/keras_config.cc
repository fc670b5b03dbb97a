#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "model/brought_code.h"
#include "model/config_rules.h"
#include "model/json_reader.h"

namespace strongroom::model {
namespace {

using Token = JsonReader::Token;

constexpr std::size_t kShownBytesMax = 200;

constexpr std::array<std::string_view, 8> kOwnModules = {
    "keras", "tensorflow", "tf_keras", "keras_hub", "keras_nlp", "keras_cv", "keras_core", "tf"};
// Of Python's own: what can run, fetch, read or write something.
constexpr std::array<std::string_view, 26> kDangerousModules = {
    "builtins",   "__builtin__",    "os",     "posix",    "nt",         "sys",
    "subprocess", "importlib",      "runpy",  "shutil",   "socket",     "ctypes",
    "pickle",     "marshal",        "code",   "pty",      "webbrowser", "urllib",
    "requests",   "http",           "ftplib", "tempfile", "pathlib",    "io",
    "types",      "multiprocessing"};
// Keras's own functions that fetch files or switch its guards off.
constexpr std::array<std::string_view, 5> kDangerousFunctions = {
    "enable_unsafe_deserialization", "get_file", "load_model", "load_weights", "load_img"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What one object of the configuration says of itself.
struct Described {
  std::string module;
  std::string class_name;
  std::string registered_name;
  std::string config;  ///< when it is a text: a function's name
  std::string function_type;
};

void judge(const Described& object, std::uint64_t at, Findings& findings) {
  const std::string_view module = object.module;
  const std::string_view root = module.substr(0, module.find('.'));
  const std::string shown =
      fmt::format("\"{}\" of module \"{}\"",
                  (object.class_name == "function" ? object.config : object.class_name)
                      .substr(0, kShownBytesMax),
                  module.substr(0, kShownBytesMax));
  if ((!object.class_name.empty() && among(kDangerousModules, root)) ||
      among(kDangerousFunctions, object.config) ||
      among(kDangerousFunctions, object.registered_name)) {
    findings.add(kKerasRunsCode, shown, at);
  } else if (object.class_name == "Lambda" || object.class_name == "__lambda__" ||
             object.function_type == "lambda") {
    findings.add(kKerasLambda, shown, at);
  } else if (!root.empty() && !object.class_name.empty() && !among(kOwnModules, root)) {
    findings.add(kKerasForeignModule, shown, at);
  }
}

}  // namespace

bool judge_keras_config(std::string_view json, std::uint64_t begins_at, Findings& findings) {
  JsonReader reader(json);
  std::vector<Described> open;  // at most JsonReader::kDepthMax
  std::string member;
  for (Token token = reader.next();; token = reader.next()) {
    switch (token) {
      case Token::kWhole:
        if (const auto duplicate = reader.duplicate_at()) {
          findings.add(kConfigDuplicateName, "a Keras configuration says a name twice",
                       begins_at + *duplicate);
        }
        return true;
      case Token::kCut:
      case Token::kBroken:
        return false;
      case Token::kObjectBegin:
      case Token::kArrayBegin:
        open.emplace_back();
        break;
      case Token::kObjectEnd:
      case Token::kArrayEnd:
        judge(open.back(), begins_at + reader.position(), findings);
        open.pop_back();
        break;
      case Token::kName:
        member = reader.text();
        break;
      case Token::kString:
        if (open.empty() || !reader.in_object()) break;
        if (member == "module") open.back().module = reader.text();
        if (member == "class_name") open.back().class_name = reader.text();
        if (member == "registered_name") open.back().registered_name = reader.text();
        if (member == "config") open.back().config = reader.text();
        if (member == "function_type") open.back().function_type = reader.text();
        break;
      default:
        break;
    }
  }
}

}  // namespace strongroom::model
