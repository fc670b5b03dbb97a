#ifndef STRONGROOM_CRYPTO_HPKE_H_
#define STRONGROOM_CRYPTO_HPKE_H_

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/hash.h"

namespace strongroom::crypto {

/// RFC 9180, base mode, single shot or as a context.
enum class KemKind : std::uint16_t { kP256 = 0x0010, kX25519 = 0x0020 };
enum class KdfKind : std::uint16_t { kHkdfSha256 = 1, kHkdfSha384 = 2, kHkdfSha512 = 3 };
enum class HpkeAead : std::uint16_t {
  kAes128Gcm = 1,
  kAes256Gcm = 2,
  kChaCha20Poly1305 = 3,
  kExportOnly = 0xffff
};

struct HpkeSuite {
  KemKind kem = KemKind::kX25519;
  KdfKind kdf = KdfKind::kHkdfSha384;
  HpkeAead aead = HpkeAead::kAes256Gcm;
  bool operator==(const HpkeSuite&) const = default;
};

using KemPrivate =
    Secret<32, struct KemPrivateMeaning>;  ///< X25519 scalar, or P-256 scalar big-endian
struct KemKeyPair {
  KemPrivate secret;
  Bytes public_key;  ///< 32 bytes (X25519) or 65 (P-256, uncompressed)
};

[[nodiscard]] std::size_t kem_public_bytes(KemKind kem);
[[nodiscard]] KemKeyPair generate_kem(KemKind kem);
/// RFC 9180 DeriveKeyPair. Errors: kMalformed (P-256 found no scalar; cannot happen in practice).
[[nodiscard]] Result<KemKeyPair> derive_kem(KemKind kem, ByteView seed);
/// Errors: kMalformed (not a scalar in range).
[[nodiscard]] Result<Bytes> kem_public_of(KemKind kem, const KemPrivate& secret);

struct HpkeSealed {
  Bytes encapsulated;  ///< kem_public_bytes(suite.kem)
  Bytes ciphertext;    ///< plaintext.size() + 16
};

/// Seals to `recipient`. Errors: kMalformed (not a valid public key; an X25519 key of small order),
/// kUsage (an export-only suite).
[[nodiscard]] Result<HpkeSealed> hpke_seal(const HpkeSuite& suite, ByteView recipient,
                                           ByteView info, ByteView associated, ByteView plaintext);
/// Every failure is one error: kWrongKey.
[[nodiscard]] Result<SecretBytes> hpke_open(const HpkeSuite& suite, const KemPrivate& secret,
                                            ByteView info, ByteView associated,
                                            const HpkeSealed& sealed);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_HPKE_H_
