#include "crypto/shamir.h"

#include <array>

#include "crypto/random.h"
#include "crypto/shamir_polynomial.h"

namespace strongroom::crypto {

namespace {

constexpr std::size_t kSharesMax = 255;
using Bytes32 = std::span<std::uint8_t, SharedSecret::kBytes>;
using Bytes32View = std::span<const std::uint8_t, SharedSecret::kBytes>;

Result<void> check_points(std::span<const Share> shares) {
  if (shares.empty()) return fail(ErrorCode::kUsage, "no shares to combine");
  std::array<bool, 256> seen{};
  for (const Share& share : shares) {
    if (share.x == 0) return fail(ErrorCode::kUsage, "a share at x = 0 would be the secret itself");
    if (seen[share.x]) return fail(ErrorCode::kUsage, "the same share twice");
    seen[share.x] = true;
  }
  return {};
}

// Lagrange's weight of share `own` for the value at `x`. The points are public.
std::uint8_t weight_of(std::span<const Share> shares, std::size_t own, std::uint8_t x) {
  std::uint8_t above = 1;
  std::uint8_t below = 1;
  for (std::size_t other = 0; other < shares.size(); ++other) {
    if (other == own) continue;
    above = gf_multiply(above, static_cast<std::uint8_t>(x ^ shares[other].x));
    below = gf_multiply(below, static_cast<std::uint8_t>(shares[own].x ^ shares[other].x));
  }
  return gf_multiply(above, gf_inverse(below));
}

}  // namespace

std::uint8_t gf_multiply(std::uint8_t a, std::uint8_t b) {
  constexpr unsigned kReduction = 0x1b;
  unsigned shifted = a;
  unsigned product = 0;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= shifted & (0u - ((unsigned{b} >> bit) & 1u));
    shifted = (shifted << 1) ^ (kReduction & (0u - (shifted >> 7)));
    shifted &= 0xffu;
  }
  return static_cast<std::uint8_t>(product);
}

std::uint8_t gf_inverse(std::uint8_t a) {
  // a^254, by 254 = 2 + 4 + … + 128.
  std::uint8_t square = a;
  std::uint8_t inverse = 1;
  for (int power = 1; power < 8; ++power) {
    square = gf_multiply(square, square);
    inverse = gf_multiply(inverse, square);
  }
  return inverse;
}

SharedSecret evaluate(const SharedSecret& secret, ByteView coefficients, std::uint8_t x) {
  CHECK(coefficients.size() % SharedSecret::kBytes == 0);
  return SharedSecret::filled([&](Bytes32 y) {  // Horner's rule; filled with zeroes at first
    for (std::size_t end = coefficients.size(); end > 0; end -= SharedSecret::kBytes) {
      const ByteView coefficient =
          coefficients.subspan(end - SharedSecret::kBytes, SharedSecret::kBytes);
      for (std::size_t i = 0; i < y.size(); ++i) {
        y[i] = gf_multiply(static_cast<std::uint8_t>(y[i] ^ coefficient[i]), x);
      }
    }
    secret.with_bytes([&](Bytes32View constant) {
      for (std::size_t i = 0; i < y.size(); ++i) {
        y[i] = static_cast<std::uint8_t>(y[i] ^ constant[i]);
      }
    });
  });
}

Result<std::vector<Share>> split(const SharedSecret& secret, std::size_t k, std::size_t n) {
  if (k < 1 || k > n || n > kSharesMax) {
    return fail(ErrorCode::kUsage, "a secret is split k of n with 1 ≤ k ≤ n ≤ 255");
  }
  LockedMemory coefficients((k - 1) * SharedSecret::kBytes);
  random_bytes(coefficients.view());
  std::vector<Share> shares;
  shares.reserve(n);
  for (std::size_t i = 1; i <= n; ++i) {
    const auto x = static_cast<std::uint8_t>(i);
    shares.push_back(Share{x, evaluate(secret, coefficients.view(), x)});
  }
  return shares;
}

Result<SharedSecret> combine(std::span<const Share> shares) { return interpolate(shares, 0); }

Result<SharedSecret> interpolate(std::span<const Share> shares, std::uint8_t x) {
  RETURN_IF_ERROR(check_points(shares));
  return SharedSecret::filled([&](Bytes32 value) {
    for (std::size_t own = 0; own < shares.size(); ++own) {
      const std::uint8_t weight = weight_of(shares, own, x);
      shares[own].y.with_bytes([&](Bytes32View y) {
        for (std::size_t i = 0; i < value.size(); ++i) {
          value[i] = static_cast<std::uint8_t>(value[i] ^ gf_multiply(y[i], weight));
        }
      });
    }
  });
}

}  // namespace strongroom::crypto
