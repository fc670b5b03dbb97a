// rooms: format
// A planted bug. tools/fuzz.py fails unless it is found in the time that every other target gets: a
// fuzzer that finds nothing here would find nothing elsewhere.
#include "format/json.h"
#include "property.h"

namespace strongroom::fuzz {

// Copies a member's text into a buffer that is too small for what the decoder lets through.
FUZZ(input) {
  const Result<format::Json> json = format::decode_canonical(input, 1u << 16);
  if (!json || json->object() == nullptr) return;
  const auto member = json->object()->find("n");
  if (member == json->object()->end() || member->second.text() == nullptr) return;
  const std::string& text = *member->second.text();
  if (text.empty() || text[0] != 'o') return;
  Bytes small(3);
  volatile std::uint8_t* out = small.data();  // so that no compiler finds this idle
  for (const char letter : text) *out++ = static_cast<std::uint8_t>(letter);
}

}  // namespace strongroom::fuzz
