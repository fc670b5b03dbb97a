#ifndef STRONGROOM_CRYPTO_SHAMIR_H_
#define STRONGROOM_CRYPTO_SHAMIR_H_

#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace strongroom::crypto {

/// Shamir's secret sharing over GF(256) modulo 0x11B, byte by byte, constant time in the secrets.
/// Coefficients are uniform, zero allowed: k−1 shares say nothing at all.
using SharedSecret = Secret<32, struct SharedSecretMeaning>;
struct Share {
  std::uint8_t x;  ///< 1..255; public
  SharedSecret y;
};

/// Share i has x = i + 1. 1 ≤ k ≤ n ≤ 255. Errors: kUsage.
[[nodiscard]] Result<std::vector<Share>> split(const SharedSecret& secret, std::size_t k,
                                               std::size_t n);
/// From exactly k shares. Errors: kUsage for none, x = 0 or the same x twice. A wrong share gives a
/// wrong secret without notice: commitments are the caller's (seal).
[[nodiscard]] Result<SharedSecret> combine(std::span<const Share> shares);
/// The value at `x` of the polynomial through `shares` (x = 0 is the secret). Errors as combine's.
[[nodiscard]] Result<SharedSecret> interpolate(std::span<const Share> shares, std::uint8_t x);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_SHAMIR_H_
