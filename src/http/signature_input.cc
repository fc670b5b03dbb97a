#include <fmt/format.h>

#include <charconv>

#include "http/characters.h"
#include "http/signature.h"
#include "http/wire.h"

namespace strongroom::http {
namespace {

constexpr std::size_t kComponentsMax = 16;

/// Reads the part of RFC 8941 (structured fields) that one signature needs.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool take(std::string_view literal) {
    if (rest_.substr(0, literal.size()) != literal) return false;
    rest_.remove_prefix(literal.size());
    return true;
  }
  /// sf-key, without '*'.
  [[nodiscard]] std::optional<std::string> key() {
    std::size_t end = 0;
    while (end < rest_.size() && is_key_character(rest_[end], end == 0)) ++end;
    return end == 0 ? std::nullopt : std::optional(cut(end));
  }
  /// sf-string, without escapes.
  [[nodiscard]] std::optional<std::string> string() {
    if (!take("\"")) return std::nullopt;
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) return std::nullopt;
    std::string text = cut(end);
    const bool plain = std::all_of(text.begin(), text.end(),
                                   [](char c) { return is_printable_ascii(c) && c != '\\'; });
    return plain && take("\"") ? std::optional(std::move(text)) : std::nullopt;
  }
  /// sf-integer: at most 15 digits.
  [[nodiscard]] std::optional<std::int64_t> integer() {
    std::size_t end = 0;
    while (end < rest_.size() && end < 16 &&
           (is_digit(rest_[end]) || (end == 0 && rest_[0] == '-'))) {
      ++end;
    }
    std::int64_t value = 0;
    const std::string digits = cut(end);
    const char* last = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), last, value);
    if (parsed.ec != std::errc() || parsed.ptr != last) return std::nullopt;
    return value;
  }

 private:
  static bool is_key_character(char c, bool first) {
    return (c >= 'a' && c <= 'z') || (!first && (is_digit(c) || c == '_' || c == '-' || c == '.'));
  }
  std::string cut(std::size_t bytes) {
    std::string text(rest_.substr(0, bytes));
    rest_.remove_prefix(bytes);
    return text;
  }
  std::string_view rest_;
};

bool read_components(Reader& reader, std::vector<std::string>& components) {
  if (!reader.take("(")) return false;
  if (reader.take(")")) return true;
  do {
    std::optional<std::string> name = reader.string();
    if (!name || name->empty() || components.size() == kComponentsMax) return false;
    components.push_back(std::move(*name));
  } while (reader.take(" "));
  return reader.take(")");
}

/// The order is the order of these lines.
bool read_parameters(Reader& reader, SignatureInput& input) {
  if (reader.take(";created=") && !(input.created = reader.integer())) return false;
  if (reader.take(";keyid=") && !(input.key_id = reader.string())) return false;
  if (reader.take(";nonce=") && !(input.nonce = reader.string())) return false;
  if (reader.take(";alg=") && !(input.algorithm = reader.string())) return false;
  if (reader.take(";tag=") && !(input.tag = reader.string())) return false;
  return reader.at_end();
}

std::string parameters_text(const SignatureInput& input) {
  std::string text = "(";
  for (const std::string& component : input.components) {
    if (text.size() > 1) text += ' ';
    text += '"' + component + '"';
  }
  text += ')';
  if (input.created) text += fmt::format(";created={}", *input.created);
  if (input.key_id) text += ";keyid=\"" + *input.key_id + '"';
  if (input.nonce) text += ";nonce=\"" + *input.nonce + '"';
  if (input.algorithm) text += ";alg=\"" + *input.algorithm + '"';
  if (input.tag) text += ";tag=\"" + *input.tag + '"';
  return text;
}

std::optional<std::string> component_value(const Request& request, std::string_view name) {
  if (name == "@method") return std::string(name_of(request.method));
  if (name == "@path") return request.path;
  if (name == "@query") return "?" + request.query;
  if (name == "@authority") name = "host";
  const std::optional<std::string_view> value = request.headers.find(name);
  return value ? std::optional(std::string(*value)) : std::nullopt;
}

}  // namespace

Result<SignatureInput> parse_signature_input(std::string_view field) {
  Reader reader(field);
  SignatureInput input;
  std::optional<std::string> label = reader.key();
  if (!label || !reader.take("=") || !read_components(reader, input.components) ||
      !read_parameters(reader, input)) {
    return fail(ErrorCode::kMalformed, "Signature-Input does not hold exactly one signature");
  }
  input.label = std::move(*label);
  // One form per value: 007 is no number, and so on.
  if (signature_input(input) != field) {
    return fail(ErrorCode::kMalformed, "Signature-Input is not in its canonical form");
  }
  return input;
}

std::string signature_input(const SignatureInput& input) {
  return input.label + "=" + parameters_text(input);
}

Result<std::string> signature_base(const Request& request, const SignatureInput& input) {
  if (!is_path(request.path) || !is_query(request.query)) {
    return fail(ErrorCode::kMalformed, "the request's target is not a path with a query");
  }
  std::string base;
  for (auto component = input.components.begin(); component != input.components.end();
       ++component) {
    const std::optional<std::string> value = component_value(request, *component);
    const bool again = std::find(input.components.begin(), component, *component) != component;
    if (!value || again) {
      return fail(ErrorCode::kMalformed,
                  "a signature covers a component that the request has not "
                  "exactly once: " +
                      printable(*component));
    }
    base += '"' + *component + "\": " + *value + '\n';
  }
  base += "\"@signature-params\": " + parameters_text(input);
  return base;
}

}  // namespace strongroom::http
