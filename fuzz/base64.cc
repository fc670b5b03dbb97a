// rooms: base format
#include "format/base64.h"

#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  must_round_trip(
      input, format::from_base64, [](const Bytes& bytes) { return format::to_base64(bytes); },
      "to_base64(from_base64(x)) == x");
  must_round_trip(
      input, from_hex, [](const Bytes& bytes) { return to_hex(bytes); },
      "to_hex(from_hex(x)) == x");
  const std::optional<Bytes> back = format::from_base64(format::to_base64(as_bytes(input)));
  must(back && as_text(*back) == input, "from_base64(to_base64(x)) == x");
}

}  // namespace strongroom::fuzz
