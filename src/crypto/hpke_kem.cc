#include "crypto/hpke_kem.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>

#include "crypto/hpke_labeled.h"
#include "crypto/openssl_types.h"
#include "crypto/random.h"

namespace strongroom::crypto {

namespace {

using Scalar = std::span<const std::uint8_t, KemPrivate::kBytes>;
constexpr std::size_t kX25519Bytes = 32;
constexpr std::size_t kP256PointBytes = 65;
constexpr std::uint8_t kUncompressed = 0x04;

// The order of P-256's group, big-endian (SP 800-186).
constexpr std::array<std::uint8_t, 32> kP256Order{
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

tl::unexpected<Error> not_a_key() {
  return fail(ErrorCode::kMalformed, "not a key that anything can be sealed to");
}

// 0 < scalar < order, without a branch on its bytes.
bool is_p256_scalar(Scalar scalar) {
  unsigned borrow = 0;
  unsigned any = 0;
  for (std::size_t i = scalar.size(); i-- > 0;) {
    const unsigned difference = unsigned{scalar[i]} - unsigned{kP256Order[i]} - borrow;
    borrow = (difference >> 8) & 1u;
    any |= scalar[i];
  }
  return borrow == 1 && any != 0;
}

struct FreeCurve {
  void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
  void operator()(EC_POINT* point) const { EC_POINT_free(point); }
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeCurve>;

const EC_GROUP* p256() {
  static const Owned<EC_GROUP> kGroup(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  CHECK(kGroup);
  return kGroup.get();
}

Result<Bytes> p256_public_of(const KemPrivate& secret) {
  return secret.with_bytes([](Scalar scalar) -> Result<Bytes> {
    if (!is_p256_scalar(scalar)) return fail(ErrorCode::kMalformed, "not a scalar of P-256");
    const Owned<BIGNUM> number(BN_bin2bn(scalar.data(), kX25519Bytes, nullptr));
    const Owned<EC_POINT> point(EC_POINT_new(p256()));
    CHECK(number && point);
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    CHECK(EC_POINT_mul(p256(), point.get(), number.get(), nullptr, nullptr, nullptr) == 1);
    Bytes encoded(kP256PointBytes);
    CHECK(EC_POINT_point2oct(p256(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                             encoded.size(), nullptr) == encoded.size());
    return encoded;
  });
}

// `native` is the scalar in the machine's byte order, or empty for a public key alone. OpenSSL
// reads both; the point must belong to the scalar. Nothing: not a point of the curve.
KeyPointer import_p256(ByteView point, MutableByteView native) {
  if (point.size() != kP256PointBytes || point[0] != kUncompressed) return nullptr;
  Bytes own_point = copy_bytes(point);
  std::string group = "P-256";
  std::array<OSSL_PARAM, 4> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, own_point.data(),
                                        own_point.size()),
      OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
  if (!native.empty()) {
    parameters[2] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.data(), native.size());
  }
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  CHECK(context && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* key = nullptr;
  const int selection = native.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (EVP_PKEY_fromdata(context.get(), &key, selection, parameters.data()) != 1) return nullptr;
  return KeyPointer(key);
}

Result<KeyPointer> import_private(KemKind kem, const KemPrivate& secret) {
  if (kem == KemKind::kX25519) {
    KeyPointer key = secret.with_bytes([](Scalar scalar) {
      return KeyPointer(
          EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, scalar.data(), scalar.size()));
    });
    CHECK(key);
    return key;
  }
  ASSIGN_OR_RETURN(const Bytes point, p256_public_of(secret));
  LockedMemory native(KemPrivate::kBytes);
  secret.with_bytes(
      [&](Scalar scalar) { std::copy(scalar.begin(), scalar.end(), native.view().begin()); });
  if constexpr (std::endian::native == std::endian::little) std::ranges::reverse(native.view());
  KeyPointer key = import_p256(point, native.view());
  CHECK(key);
  return key;
}

KeyPointer import_public(KemKind kem, ByteView key) {
  if (kem == KemKind::kP256) return import_p256(key, {});
  if (key.size() != kX25519Bytes) return nullptr;
  return KeyPointer(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, key.data(), key.size()));
}

LabeledKdf kem_kdf(KemKind kem) {
  return LabeledKdf(HashKind::kSha256, "KEM", {static_cast<std::uint16_t>(kem)});
}

// ExtractAndExpand of RFC 9180 §4.1, over enc ‖ recipient.
KemShared shared_from(KemKind kem, const DhOutput& dh, ByteView encapsulated, ByteView recipient) {
  const LabeledKdf kdf = kem_kdf(kem);
  Bytes context = copy_bytes(encapsulated);
  context.insert(context.end(), recipient.begin(), recipient.end());
  LockedMemory key(kdf.bytes());
  dh.with_bytes([&](ByteView secret) { kdf.extract({}, "eae_prk", secret, key.view()); });
  return KemShared::filled([&](std::span<std::uint8_t, KemShared::kBytes> out) {
    kdf.expand(key.view(), "shared_secret", context, out);
  });
}

}  // namespace

KemKeyPair generate_kem(KemKind kem) {
  const auto fresh = [](std::span<std::uint8_t, KemPrivate::kBytes> out) { random_bytes(out); };
  while (true) {
    KemPrivate secret = KemPrivate::filled(fresh);
    Result<Bytes> public_key = kem_public_of(kem, secret);
    // For P-256 about one try in 2^32 is out of range.
    if (public_key) return KemKeyPair{std::move(secret), *std::move(public_key)};
  }
}

Result<KemKeyPair> derive_kem(KemKind kem, ByteView seed) {
  const LabeledKdf kdf = kem_kdf(kem);
  LockedMemory key(kdf.bytes());
  kdf.extract({}, "dkp_prk", seed, key.view());
  for (unsigned counter = 0; counter <= 255; ++counter) {
    const std::array<std::uint8_t, 1> count{static_cast<std::uint8_t>(counter)};
    KemPrivate secret = KemPrivate::filled([&](std::span<std::uint8_t, KemPrivate::kBytes> out) {
      if (kem == KemKind::kX25519) {
        kdf.expand(key.view(), "sk", {}, out);
      } else {
        kdf.expand(key.view(), "candidate", count, out);
      }
    });
    Result<Bytes> public_key = kem_public_of(kem, secret);
    if (public_key) return KemKeyPair{std::move(secret), *std::move(public_key)};
  }
  return fail(ErrorCode::kMalformed, "no key can be derived from this seed");
}

Result<Bytes> kem_public_of(KemKind kem, const KemPrivate& secret) {
  if (kem == KemKind::kP256) return p256_public_of(secret);
  ASSIGN_OR_RETURN(const KeyPointer key, import_private(kem, secret));
  Bytes public_key(kX25519Bytes);
  std::size_t bytes = public_key.size();
  CHECK(EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &bytes) == 1 &&
        bytes == public_key.size());
  return public_key;
}

Result<DhOutput> diffie_hellman(KemKind kem, const KemPrivate& secret, ByteView peer) {
  const QuietErrors quiet;
  const KeyPointer other = import_public(kem, peer);
  if (!other) return not_a_key();
  ASSIGN_OR_RETURN(const KeyPointer own, import_private(kem, secret));
  const KeyContextPointer context(EVP_PKEY_CTX_new_from_pkey(nullptr, own.get(), nullptr));
  CHECK(context && EVP_PKEY_derive_init(context.get()) == 1);
  if (EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1) return not_a_key();
  bool derived = false;
  DhOutput output = DhOutput::filled([&](std::span<std::uint8_t, DhOutput::kBytes> out) {
    std::size_t bytes = out.size();
    derived = EVP_PKEY_derive(context.get(), out.data(), &bytes) == 1 && bytes == out.size();
  });
  // A point of small order gives zeroes whatever the secret is (RFC 7748 §6.1). On P-256 an
  // x-coordinate of zero is an ordinary one, and no point of small order exists.
  const std::array<std::uint8_t, DhOutput::kBytes> zeroes{};
  const bool small_order = kem == KemKind::kX25519 && output.with_bytes([&](ByteView bytes) {
    return equal_in_constant_time(bytes, zeroes);
  });
  if (!derived || small_order) return not_a_key();
  return output;
}

Result<KemShared> encapsulate(KemKind kem, const KemKeyPair& ephemeral, ByteView recipient) {
  ASSIGN_OR_RETURN(const DhOutput dh, diffie_hellman(kem, ephemeral.secret, recipient));
  return shared_from(kem, dh, ephemeral.public_key, recipient);
}

Result<KemShared> decapsulate(KemKind kem, const KemPrivate& secret, ByteView encapsulated) {
  ASSIGN_OR_RETURN(const DhOutput dh, diffie_hellman(kem, secret, encapsulated));
  ASSIGN_OR_RETURN(const Bytes recipient, kem_public_of(kem, secret));
  return shared_from(kem, dh, encapsulated, recipient);
}

}  // namespace strongroom::crypto
