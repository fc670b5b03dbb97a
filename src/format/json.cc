#include "format/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/limits.h"
#include "format/base64.h"
#include "format/json_text.h"

namespace strongroom::format {
namespace {

constexpr std::size_t kSmallBytes = 16u << 10;

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

/// `printable` is the one place that knows what deceives on a screen: clean is what it leaves
/// alone.
bool has_clean_characters(std::string_view text) {
  return is_printable_ascii(text) || printable(text) == text;
}

bool is_key(std::string_view key) { return !key.empty() && is_printable_ascii(key); }

void append_text(std::string_view text, std::string& out) {
  out += '"';
  for (;;) {
    const std::size_t plain = std::min(text.find_first_of("\"\\"), text.size());
    out += text.substr(0, plain);
    if (plain == text.size()) break;
    out += '\\';
    out += text[plain];
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

void append(const Json& value, std::size_t depth, std::string& out) {
  if (const bool* boolean = value.boolean()) {
    out += *boolean ? "true" : "false";
  } else if (const std::int64_t* integer = value.integer()) {
    CHECK(*integer >= -limits::kJsonIntegerMax && *integer <= limits::kJsonIntegerMax);
    fmt::format_to(std::back_inserter(out), "{}", *integer);
  } else if (const std::string* text = value.text()) {
    CHECK(has_clean_characters(*text));
    append_text(*text, out);
  } else if (const Json::Array* array = value.array()) {
    CHECK(depth < limits::kJsonDepthMax);
    out += '[';
    for (const Json& item : *array) {
      if (&item != array->data()) out += ',';
      append(item, depth + 1, out);
    }
    out += ']';
  } else {
    CHECK(depth < limits::kJsonDepthMax);
    out += '{';
    bool first = true;
    for (const auto& [key, member] : *value.object()) {
      CHECK(is_key(key));
      if (!std::exchange(first, false)) out += ',';
      append_text(key, out);
      out += ':';
      append(member, depth + 1, out);
    }
    out += '}';
  }
}

// Into place: what a document is taken apart into is not moved again.
Result<void> convert(const simdjson::dom::element& element, std::size_t depth, Json& out);

Result<void> convert_array(const simdjson::dom::array& from, std::size_t depth, Json& out) {
  if (depth >= limits::kJsonDepthMax) return fail(ErrorCode::kMalformed, "nested too deeply");
  Json::Array array;
  for (const simdjson::dom::element item : from)
    RETURN_IF_ERROR(convert(item, depth + 1, array.emplace_back(false)));
  out = Json(std::move(array));
  return {};
}

Result<void> convert_object(const simdjson::dom::object& from, std::size_t depth, Json& out) {
  if (depth >= limits::kJsonDepthMax) return fail(ErrorCode::kMalformed, "nested too deeply");
  Json::Object object;
  for (const simdjson::dom::key_value_pair member : from) {
    if (!is_key(member.key)) {
      return fail(ErrorCode::kMalformed, "a member's name is empty or not printable ASCII");
    }
    const std::size_t before = object.size();
    const auto place = object.emplace_hint(object.end(), member.key, false);  // canonical: in order
    if (object.size() == before)
      return fail(ErrorCode::kMalformed, fmt::format("member {} stands twice", member.key));
    RETURN_IF_ERROR(convert(member.value, depth + 1, place->second));
  }
  out = Json(std::move(object));
  return {};
}

Result<void> convert(const simdjson::dom::element& element, std::size_t depth, Json& out) {
  switch (element.type()) {
    case simdjson::dom::element_type::ARRAY:
      return convert_array(element.get_array().value_unsafe(), depth, out);
    case simdjson::dom::element_type::OBJECT:
      return convert_object(element.get_object().value_unsafe(), depth, out);
    case simdjson::dom::element_type::INT64: {
      const std::int64_t integer = element.get_int64().value_unsafe();
      if (integer < -limits::kJsonIntegerMax || integer > limits::kJsonIntegerMax) break;
      out = Json(integer);
      return {};
    }
    case simdjson::dom::element_type::STRING: {
      const std::string_view text = element.get_string().value_unsafe();
      if (!has_clean_characters(text)) {
        return fail(ErrorCode::kMalformed, "text holds control or invisible characters");
      }
      out = Json(std::string(text));
      return {};
    }
    case simdjson::dom::element_type::BOOL:
      out = Json(element.get_bool().value_unsafe());
      return {};
    case simdjson::dom::element_type::NULL_VALUE:
      return fail(ErrorCode::kMalformed, "null is not used here: leave the member out");
    case simdjson::dom::element_type::UINT64:
    case simdjson::dom::element_type::DOUBLE:
      break;
  }
  return fail(ErrorCode::kMalformed, "a number is not an integer within 2^53 - 1");
}

}  // namespace

std::string encode(const Json& value) {
  std::string out;
  append(value, 0, out);
  return out;
}

bool is_clean_text(std::string_view text) {
  return text.size() <= limits::kTextBytesMax && has_clean_characters(text);
}

Result<Json> decode_in_any_layout(std::string_view bytes, std::size_t bytes_max) {
  if (bytes.size() > bytes_max) {
    return fail(ErrorCode::kTooLarge,
                fmt::format("JSON of {} bytes; at most {} are taken", bytes.size(), bytes_max));
  }
  // What a parser has allocated is used again: a log is a million small documents.
  thread_local simdjson::dom::parser kept;
  simdjson::dom::parser large;
  const bool is_small = bytes.size() <= kSmallBytes;
  simdjson::dom::parser& parser = is_small ? kept : large;
  // One level more than we take, so that our own rule decides.
  if (parser.capacity() < bytes.size() || parser.capacity() == 0) {
    if (parser.allocate(is_small ? kSmallBytes : bytes.size(), limits::kJsonDepthMax + 2) !=
        simdjson::SUCCESS) {
      return fail(ErrorCode::kTooLarge, "no memory for JSON of this size");
    }
  }
  simdjson::dom::element root;
  // Copies into padded memory of its own.
  const simdjson::error_code error = parser.parse(bytes.data(), bytes.size(), true).get(root);
  if (error != simdjson::SUCCESS) {
    return fail(ErrorCode::kMalformed, fmt::format("not JSON: {}", simdjson::error_message(error)));
  }
  Json value = false;
  RETURN_IF_ERROR(convert(root, 0, value));
  return value;
}

Result<Json> decode_canonical(std::string_view bytes, std::size_t bytes_max) {
  ASSIGN_OR_RETURN(Json value, decode_in_any_layout(bytes, bytes_max));
  // One form per value: whatever differs from ours in order, spacing, escapes or digits is refused.
  if (encode(value) != bytes) return fail(ErrorCode::kMalformed, "JSON is not in canonical form");
  return value;
}

Fields::Fields(const Json& json, std::string_view what) : object_(json.object()), what_(what) {}

tl::unexpected<Error> Fields::wrong(std::string_view name, std::string_view why) const {
  return fail(ErrorCode::kMalformed, fmt::format("{}: {} {}", what_, name, why));
}

Result<const Json*> Fields::any(std::string_view name) {
  if (object_ == nullptr) {
    return fail(ErrorCode::kMalformed, fmt::format("{}: is not an object", what_));
  }
  const auto found = object_->find(name);
  if (found == object_->end()) return wrong(name, "is missing");
  read_.push_back(found->first);
  return &found->second;
}

bool Fields::has(std::string_view name) const {
  return object_ != nullptr && object_->find(name) != object_->end();
}

Result<std::string> Fields::text(std::string_view name, std::size_t bytes_max) {
  ASSIGN_OR_RETURN(const Json* const value, any(name));
  const std::string* text = value->text();
  if (text == nullptr) return wrong(name, "is not text");
  if (text->size() > bytes_max) return wrong(name, "is too long");
  return *text;
}

Result<std::int64_t> Fields::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  ASSIGN_OR_RETURN(const Json* const value, any(name));
  const std::int64_t* integer = value->integer();
  if (integer == nullptr) return wrong(name, "is not an integer");
  if (*integer < min || *integer > max) {
    return wrong(name, fmt::format("is {}, not within {} and {}", *integer, min, max));
  }
  return *integer;
}

Result<bool> Fields::boolean(std::string_view name) {
  ASSIGN_OR_RETURN(const Json* const value, any(name));
  const bool* boolean = value->boolean();
  if (boolean == nullptr) return wrong(name, "is neither true nor false");
  return *boolean;
}

Result<const Json::Array*> Fields::array(std::string_view name, std::size_t items_max) {
  ASSIGN_OR_RETURN(const Json* const value, any(name));
  const Json::Array* array = value->array();
  if (array == nullptr) return wrong(name, "is not a list");
  if (array->size() > items_max) return wrong(name, fmt::format("has over {} items", items_max));
  return array;
}

Result<const Json::Object*> Fields::object(std::string_view name) {
  ASSIGN_OR_RETURN(const Json* const value, any(name));
  const Json::Object* object = value->object();
  if (object == nullptr) return wrong(name, "is not an object");
  return object;
}

Result<Bytes> Fields::base64(std::string_view name, std::size_t bytes_max) {
  ASSIGN_OR_RETURN(const Json* const value, any(name));
  const std::string* text = value->text();
  if (text == nullptr) return wrong(name, "is not text");
  if (text->size() / 4 > bytes_max / 3 + 1) return wrong(name, "is too long");
  std::optional<Bytes> bytes = from_base64(*text);
  if (!bytes) return wrong(name, "is not base64");
  if (bytes->size() > bytes_max) return wrong(name, "is too long");
  return std::move(*bytes);
}

Result<void> Fields::require(std::string_view name, std::string_view value) {
  ASSIGN_OR_RETURN(const std::string found, text(name));
  if (found != value) return wrong(name, fmt::format("is \"{}\", not \"{}\"", found, value));
  return {};
}

Result<void> Fields::done() const {
  if (object_ == nullptr) {
    return fail(ErrorCode::kMalformed, fmt::format("{}: is not an object", what_));
  }
  for (const auto& [name, value] : *object_) {
    if (std::find(read_.begin(), read_.end(), name) == read_.end()) {
      return wrong(name, "is not known here");
    }
  }
  return {};
}

}  // namespace strongroom::format
