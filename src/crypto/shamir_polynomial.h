#ifndef STRONGROOM_CRYPTO_SHAMIR_POLYNOMIAL_H_
#define STRONGROOM_CRYPTO_SHAMIR_POLYNOMIAL_H_

#include "base/bytes.h"
#include "crypto/shamir.h"

/// Inside this room and its tests only.
namespace strongroom::crypto {

/// The product in GF(256) modulo 0x11B; no table and no branch, so its time tells nothing.
[[nodiscard]] std::uint8_t gf_multiply(std::uint8_t a, std::uint8_t b);
/// The inverse; that of 0 is 0.
[[nodiscard]] std::uint8_t gf_inverse(std::uint8_t a);

/// The value at `x` of secret + c₁x + c₂x² + …, byte by byte. `coefficients` is c₁ ‖ c₂ ‖ …, each
/// of SharedSecret::kBytes.
[[nodiscard]] SharedSecret evaluate(const SharedSecret& secret, ByteView coefficients,
                                    std::uint8_t x);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_SHAMIR_POLYNOMIAL_H_
