// rooms: judge
#include "judge/judge.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const Result<protocol::Entry> entry = protocol::decode_entry(input);
  if (!entry) return;
  must(value_of(protocol::encode_entry(*entry), "what was decoded can be encoded") == input,
       "encode(decode(x)) == x");
  static_cast<void>(judge::event_of(*entry));
}

}  // namespace strongroom::fuzz
