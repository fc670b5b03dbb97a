#include "crypto/sign.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <memory>

#include "crypto/hash.h"
#include "crypto/openssl_types.h"

namespace strongroom::crypto {

namespace {

using Coordinate = std::array<std::uint8_t, 32>;  // y, little-endian, sign bit cleared

// y of the points of order 8; those of order 1, 2 and 4 have y = 1, p − 1 and 0.
constexpr Coordinate kOrderEightY1{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
                                   0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
                                   0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
constexpr Coordinate kOrderEightY2{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
                                   0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
                                   0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a};

// p − 1 = 2^255 − 20, little-endian: the largest canonical y.
constexpr Coordinate largest_y() {
  Coordinate y{};
  y.fill(0xff);
  y.front() = 0xec;
  y.back() = 0x7f;
  return y;
}

bool is_sound_key(const Ed25519Public& key) {
  Coordinate y = key.bytes;
  y.back() &= 0x7f;
  const Coordinate top = largest_y();
  const bool canonical =
      !std::lexicographical_compare(top.rbegin(), top.rend(), y.rbegin(), y.rend());
  const bool below_two =
      y.front() <= 1 && std::all_of(y.begin() + 1, y.end(), [](std::uint8_t b) { return b == 0; });
  return canonical && !below_two && y != top && y != kOrderEightY1 && y != kOrderEightY2;
}

tl::unexpected<Error> not_authentic() {
  return fail(ErrorCode::kNotAuthentic, "the signature does not hold");
}

KeyPointer p256_key(ByteView point) {
  constexpr std::size_t kPointBytes = 65;
  constexpr std::uint8_t kUncompressed = 0x04;
  if (point.size() != kPointBytes || point[0] != kUncompressed) return nullptr;
  std::array<std::uint8_t, kPointBytes> bytes{};
  std::copy(point.begin(), point.end(), bytes.begin());
  std::string group = "P-256";
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes.data(), bytes.size()),
      OSSL_PARAM_construct_end()};
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  CHECK(context && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1) {
    return nullptr;
  }
  return KeyPointer(key);
}

}  // namespace

Result<void> ed25519_verify(const Ed25519Public& key, ByteView message,
                            const Ed25519Signature& signature) {
  const QuietErrors quiet;
  if (!is_sound_key(key)) return not_authentic();
  const KeyPointer imported(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  const DigestContextPointer context(EVP_MD_CTX_new());
  CHECK(imported && context);
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, imported.get()) != 1 ||
      EVP_DigestVerify(context.get(), signature.bytes.data(), signature.bytes.size(),
                       message.data(), message.size()) != 1) {
    return not_authentic();
  }
  return {};
}

Result<void> p256_verify(ByteView key, ByteView message, ByteView signature) {
  constexpr int kNumberBytes = 32;
  if (signature.size() != 2 * kNumberBytes) return not_authentic();
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> numbers(ECDSA_SIG_new(),
                                                                      &ECDSA_SIG_free);
  BIGNUM* r = BN_bin2bn(signature.data(), kNumberBytes, nullptr);
  BIGNUM* s = BN_bin2bn(signature.data() + kNumberBytes, kNumberBytes, nullptr);
  CHECK(numbers && r != nullptr && s != nullptr && ECDSA_SIG_set0(numbers.get(), r, s) == 1);
  const int der_bytes = i2d_ECDSA_SIG(numbers.get(), nullptr);
  CHECK(der_bytes > 0);
  Bytes der(static_cast<std::size_t>(der_bytes));
  unsigned char* end = der.data();
  CHECK(i2d_ECDSA_SIG(numbers.get(), &end) == der_bytes);
  return p256_verify_der(key, message, der);
}

Result<void> p256_verify_der(ByteView key, ByteView message, ByteView signature) {
  const QuietErrors quiet;
  const KeyPointer imported = p256_key(key);
  if (!imported) return not_authentic();
  const Digest digest = sha256(message);
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_pkey(nullptr, imported.get(), nullptr));
  CHECK(context);
  if (EVP_PKEY_verify_init(context.get()) != 1 ||
      EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.bytes.data(),
                      digest.bytes.size()) != 1) {
    return not_authentic();
  }
  return {};
}

}  // namespace strongroom::crypto
