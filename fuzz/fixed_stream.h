#ifndef STRONGROOM_FUZZ_FIXED_STREAM_H_
#define STRONGROOM_FUZZ_FIXED_STREAM_H_

#include <string>

#include "seal/floe.h"

/// One stream that fuzz/floe.cc knows and fuzz/make_seeds.cc writes.
namespace strongroom::fuzz {

inline constexpr seal::FloeParameters kFixedParameters{.encrypted_segment_bytes = 64,
                                                       .rotation_bits = 1};
inline constexpr std::string_view kFixedAssociated = "fuzz";
inline constexpr std::uint64_t kFixedSegments = 4;

[[nodiscard]] inline seal::DataKey fixed_key() {
  return seal::DataKey::filled(
      [](std::span<std::uint8_t, 32> out) { std::fill(out.begin(), out.end(), 7); });
}
/// The last one is shorter.
[[nodiscard]] inline std::string fixed_segment(std::uint64_t position) {
  const bool last = position + 1 == kFixedSegments;
  return std::string(last ? 5 : 32, static_cast<char>('a' + position));
}

}  // namespace strongroom::fuzz

#endif  // STRONGROOM_FUZZ_FIXED_STREAM_H_
