#include "http/message.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/error_names.h"
#include "base/limits.h"
#include "format/json.h"
#include "http/characters.h"

namespace strongroom::http {
namespace {

constexpr std::array kMethods = {Method::kGet, Method::kPost, Method::kPut, Method::kDelete};
constexpr std::size_t kErrorBodyBytesMax = 64u << 10;

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kMalformed:
      return 400;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kAlreadyExists:
    case ErrorCode::kConflict:
    case ErrorCode::kNotYet:
      return 409;
    case ErrorCode::kNotAuthentic:
      return 401;
    case ErrorCode::kRefused:
    case ErrorCode::kWrongKey:
      return 403;
    case ErrorCode::kFrozen:
      return 423;
    case ErrorCode::kExpired:
      return 410;
    case ErrorCode::kNoSpace:
      return 507;
    case ErrorCode::kNetwork:
      return 502;
    case ErrorCode::kUnavailable:
    case ErrorCode::kInterrupted:
      return 503;
    case ErrorCode::kDisk:
    case ErrorCode::kDurability:
    case ErrorCode::kInternal:
      break;
  }
  return 500;
}

/// What may stand in our JSON: outside input made visible, and not without bound.
std::string clean(std::string_view text) {
  std::string shown = printable(text.substr(0, limits::kTextBytesMax / 10));
  return format::is_clean_text(shown) ? shown : "the reason cannot be shown as text";
}

unsigned hex_value(char c) {
  return static_cast<unsigned>(is_digit(c) ? c - '0' : lower(c) - 'a' + 10);
}

/// The Error that an error_response held.
std::optional<Error> error_in(const Response& response) {
  const Result<format::Json> json =
      format::decode_canonical(as_text(response.body), kErrorBodyBytesMax);
  if (!json) return std::nullopt;
  format::Fields fields(*json, "error");
  const Result<std::string> name = fields.text("error");
  const Result<std::string> message = fields.text("message");
  if (!name || !message || !fields.done()) return std::nullopt;
  const std::optional<ErrorCode> code = code_named(*name);
  if (!code) return std::nullopt;
  return Error{*code, *message};
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kDelete:
      break;
  }
  return "DELETE";
}

std::optional<Method> method_of(std::string_view name) {
  for (const Method method : kMethods) {
    if (name_of(method) == name) return method;
  }
  return std::nullopt;
}

Result<void> Headers::add(std::string_view name, std::string_view value) {
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_token)) {
    return fail(ErrorCode::kMalformed, "the name of a header field is not a token");
  }
  const bool printable_only = std::all_of(
      value.begin(), value.end(), [](char c) { return is_printable_ascii(c) || c == '\t'; });
  const std::string_view blanks = " \t";
  const bool padded = !value.empty() && (blanks.find(value.front()) != std::string_view::npos ||
                                         blanks.find(value.back()) != std::string_view::npos);
  if (!printable_only || padded) {
    return fail(ErrorCode::kMalformed,
                fmt::format("header field {}: its value is not printable ASCII", name));
  }
  const std::size_t bytes = name.size() + value.size() + 4;
  if (fields_.size() == kHeaderFieldsMax || bytes_ + bytes > kHeaderBytesMax) {
    return fail(ErrorCode::kTooLarge, fmt::format("more than {} header fields or {} bytes of them",
                                                  kHeaderFieldsMax, kHeaderBytesMax));
  }
  bytes_ += bytes;
  fields_.emplace_back(name, value);
  return {};
}

void Headers::remove(std::string_view name) {
  for (auto field = fields_.begin(); field != fields_.end();) {
    if (equal_without_case(field->first, name)) {
      bytes_ -= field->first.size() + field->second.size() + 4;
      field = fields_.erase(field);
    } else {
      ++field;
    }
  }
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& field : fields_) {
    if (!equal_without_case(field.first, name)) continue;
    if (found) return std::nullopt;
    found = field.second;
  }
  return found;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [&](const auto& field) { return equal_without_case(field.first, name); }));
}

OpenFile::~OpenFile() {
  // A file that was only read: nothing can be lost here.
  static_cast<void>(::close(descriptor_));
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) {
        return fail(ErrorCode::kMalformed, "a percent escape is not '%' and two hex digits");
      }
      c = static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    }
    if (is_control(c)) return fail(ErrorCode::kMalformed, "a control character in a target");
    out += c;
  }
  return out;
}

Result<Texts> parse_query(std::string_view query) {
  Texts parameters;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const std::size_t sign = pair.find('=');
    const bool last_is_empty = end != std::string_view::npos && query.empty();
    if (sign == std::string_view::npos || sign == 0 || last_is_empty) {
      return fail(ErrorCode::kMalformed, "the query is not name=value&name=value");
    }
    ASSIGN_OR_RETURN(std::string name, percent_decoded(pair.substr(0, sign)));
    ASSIGN_OR_RETURN(std::string value, percent_decoded(pair.substr(sign + 1)));
    if (!parameters.emplace(std::move(name), std::move(value)).second) {
      return fail(ErrorCode::kMalformed, "the query names one parameter twice");
    }
  }
  return parameters;
}

Response text_response(int status, std::string_view content_type, std::string_view text) {
  Response response;
  response.status = status;
  CHECK(response.headers.add("Content-Type", content_type));
  response.body = copy_bytes(as_bytes(text));
  return response;
}

Response error_response(int status, const Error& error) {
  format::Json::Object object;
  object.emplace("error", std::string(strongroom::name_of(error.code)));
  object.emplace("message", clean(error.context));
  return text_response(status, "application/json", format::encode(std::move(object)));
}

Response error_response(const Error& error) { return error_response(status_of(error.code), error); }

Result<Response> succeeded(Response response) {
  if (response.status >= 200 && response.status < 300) return response;
  if (std::optional<Error> error = error_in(response)) {
    return fail(error->code, std::move(error->context));
  }
  return fail(ErrorCode::kNetwork,
              fmt::format("the server answered {} without saying why: is something else listening "
                          "at this address?",
                          response.status));
}

}  // namespace strongroom::http
