// rooms: seal
// Header and segments of a stream under a key that the attacker does not have. What opens is what
// was sealed.
#include "seal/floe.h"

#include "fixed_stream.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  if (input.size() < seal::kFloeHeaderBytes) return;
  const seal::DataKey key = fixed_key();
  const ByteView bytes = as_bytes(input);
  const Result<seal::FloeStream> stream = seal::FloeStream::open(
      kFixedParameters, key, as_bytes(kFixedAssociated), bytes.first(seal::kFloeHeaderBytes));
  if (!stream) return;
  seal::FloeCipher cipher(*stream);
  ByteView rest = bytes.subspan(seal::kFloeHeaderBytes);
  for (std::uint64_t position = 0; !rest.empty(); ++position) {
    const std::size_t take =
        std::min<std::size_t>(rest.size(), kFixedParameters.encrypted_segment_bytes);
    const bool final = take == rest.size();
    if (take < seal::kFloeSegmentOverheadBytes) return;
    Bytes out(take - seal::kFloeSegmentOverheadBytes, 0xee);
    const Result<void> opened = cipher.open({position, final}, rest.first(take), out);
    if (opened) {
      must(as_text(out) == fixed_segment(position), "what opens is what was sealed there");
    } else {
      must(std::all_of(out.begin(), out.end(), [](std::uint8_t byte) { return byte == 0; }),
           "nothing is left of what does not open");
    }
    rest = rest.subspan(take);
  }
}

}  // namespace strongroom::fuzz
