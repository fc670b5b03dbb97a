#ifndef STRONGROOM_FORMAT_JSON_H_
#define STRONGROOM_FORMAT_JSON_H_

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/result.h"

namespace strongroom::format {

/// A value of the house's canonical JSON (RFC 8785, narrowed): no null, no floats, integers within
/// ±(2^53−1), object keys of printable ASCII. A plain value type.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::map<std::string, Json, std::less<>>;

  Json(bool value) : value_(value) {}                      // NOLINT(google-explicit-constructor)
  Json(std::int64_t value) : value_(value) {}              // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}    // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Json(Array value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Json(Object value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  /// As lower-case hexadecimal.
  template <std::size_t N, class Meaning>
  Json(const FixedBytes<N, Meaning>& id)
      : value_(id.hex()) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&value_); }
  [[nodiscard]] const Object* object() const { return std::get_if<Object>(&value_); }
  bool operator==(const Json&) const = default;

 private:
  std::variant<bool, std::int64_t, std::string, Array, Object> value_;
};

/// Canonical bytes. The value must be encodable (integers in range, text valid UTF-8 without
/// control or bidirectional characters, keys printable ASCII and not empty, depth in bounds):
/// anything else is our bug. Text from outside is checked with `is_clean_text` before it becomes a
/// Json.
[[nodiscard]] std::string encode(const Json& value);

/// Valid UTF-8 without control, bidirectional or invisible formatting characters, at most
/// limits::kTextBytesMax bytes.
[[nodiscard]] bool is_clean_text(std::string_view text);

/// Total. Accepts exactly the bytes that `encode` gives: encode(decode(x)) == x.
/// Errors: kMalformed, kTooLarge (over `bytes_max`). Depth at most limits::kJsonDepthMax.
[[nodiscard]] Result<Json> decode_canonical(std::string_view bytes, std::size_t bytes_max);

/// Reads an object's members by name and type, and insists that none is left over:
///   Fields fields(json, "vote");
///   ASSIGN_OR_RETURN(vote.person, fields.id<PersonId>("person"));
///   RETURN_IF_ERROR(fields.done());
/// Errors: kMalformed, naming the document and the member. Borrows `json` for its own lifetime.
class Fields {
 public:
  /// `what` names the document in errors; borrowed.
  Fields(const Json& json, std::string_view what);
  [[nodiscard]] Result<std::string> text(std::string_view name,
                                         std::size_t bytes_max = limits::kTextBytesMax);
  /// Within [min, max].
  [[nodiscard]] Result<std::int64_t> integer(std::string_view name, std::int64_t min,
                                             std::int64_t max);
  [[nodiscard]] Result<bool> boolean(std::string_view name);
  [[nodiscard]] Result<const Json::Array*> array(std::string_view name, std::size_t items_max);
  [[nodiscard]] Result<const Json::Object*> object(std::string_view name);
  [[nodiscard]] Result<const Json*> any(std::string_view name);
  [[nodiscard]] bool has(std::string_view name) const;
  /// Standard base64 with padding, canonical, at most `bytes_max` decoded bytes.
  [[nodiscard]] Result<Bytes> base64(std::string_view name, std::size_t bytes_max);
  /// Lower-case hexadecimal of exactly Id::kBytes bytes.
  template <class Id>
  [[nodiscard]] Result<Id> id(std::string_view name) {
    ASSIGN_OR_RETURN(const std::string hex, text(name));
    const std::optional<Id> id = Id::from_hex_text(hex);
    if (!id) return wrong(name, "is not an id of the right length");
    return *id;
  }
  /// `text(name)` must be exactly `value`: versions and types.
  [[nodiscard]] Result<void> require(std::string_view name, std::string_view value);
  /// Every member has been read; unknown ones are refused.
  [[nodiscard]] Result<void> done() const;

 private:
  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view name, std::string_view why) const;
  const Json::Object* object_;  // null: not an object
  std::string_view what_;
  std::vector<std::string_view> read_;
};

}  // namespace strongroom::format

#endif  // STRONGROOM_FORMAT_JSON_H_
