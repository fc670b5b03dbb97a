#ifndef STRONGROOM_MODEL_PICKLE_TEXT_H_
#define STRONGROOM_MODEL_PICKLE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The arguments of pickle's text instructions, as CPython reads them.
namespace strongroom::model {

/// A decimal number as every reader takes it, or as some do.
struct PickleNumber {
  enum class Form {
    kPlain,  ///< -?(0|[1-9][0-9]*)
    kOdd,    ///< white space, '_', '+', leading zeros, another base: readers differ
    kNone,   ///< no number to any reader
  };
  Form form = Form::kNone;
  std::optional<std::int64_t> value;  ///< nothing when over 64 bits, or of another base
};
[[nodiscard]] PickleNumber read_pickle_number(std::string_view text);
/// Whether `text` is a floating-point number to every reader.
[[nodiscard]] bool is_pickle_float(std::string_view text);
/// The argument of STRING, without its quotes and escapes. Nothing: malformed.
[[nodiscard]] std::optional<std::string> unquoted(std::string_view text);
/// The argument of UNICODE: Latin-1 with \uXXXX and \UXXXXXXXX, as UTF-8. Nothing: malformed.
[[nodiscard]] std::optional<std::string> raw_unicode(std::string_view text);
/// Latin-1 as UTF-8.
[[nodiscard]] std::string latin1_as_utf8(std::string_view text);
/// UTF-8 as Latin-1; nothing when it holds more.
[[nodiscard]] std::optional<std::string> utf8_as_latin1(std::string_view text);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_TEXT_H_
