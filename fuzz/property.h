#ifndef STRONGROOM_FUZZ_PROPERTY_H_
#define STRONGROOM_FUZZ_PROPERTY_H_

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

/// What fuzz targets share: a property that does not hold ends the run, as a crash would.
namespace strongroom::fuzz {

inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// The house rule for decoders: what is taken, is taken in its one form.
template <class Decode, class Encode>
void must_round_trip(std::string_view input, Decode&& decode, Encode&& encode, const char* what) {
  const auto decoded = decode(input);
  if (decoded) must(encode(*decoded) == input, what);
}

/// For encoders that can refuse: what was taken can be written.
template <class T>
T value_of(Result<T> result, const char* what) {
  must(result.has_value(), what);
  return std::move(*result);
}

}  // namespace strongroom::fuzz

/// One target: `FUZZ(input) { … }`, with `input` the bytes as text.
#define FUZZ(input)                                                                    \
  static void fuzz_one(std::string_view input);                                        \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);  \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) { \
    fuzz_one(::strongroom::as_text({bytes, size}));                                    \
    return 0;                                                                          \
  }                                                                                    \
  static void fuzz_one(std::string_view input)

#endif  // STRONGROOM_FUZZ_PROPERTY_H_
