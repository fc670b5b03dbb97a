// rooms: format
#include "format/json.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  must_round_trip(
      input, [](std::string_view text) { return format::decode_canonical(text, 1u << 20); },
      [](const format::Json& json) { return format::encode(json); }, "encode(decode(x)) == x");
  must(!format::decode_canonical(input, input.size() / 2) || input.empty(),
       "nothing over its bound is taken");
  const std::string shown = printable(input);
  if (format::is_clean_text(input)) must(shown == input, "clean text is shown as it is");
  if (shown.size() <= limits::kTextBytesMax)
    must(format::is_clean_text(shown), "what is shown is clean");
}

}  // namespace strongroom::fuzz
