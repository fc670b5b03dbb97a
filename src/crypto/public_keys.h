#ifndef STRONGROOM_CRYPTO_PUBLIC_KEYS_H_
#define STRONGROOM_CRYPTO_PUBLIC_KEYS_H_

#include "base/ids.h"
#include "crypto/hpke.h"
#include "crypto/sign.h"

namespace strongroom::crypto {

/// What others know of one key pair of a person: how to check its signatures, how to seal to it.
struct PublicKeys {
  KeyId id;  ///< key_id_of the rest
  Ed25519Public sign;
  KemKind kem = KemKind::kX25519;
  Bytes seal;  ///< kem_public_bytes(kem)
  bool operator==(const PublicKeys&) const = default;
};

/// First 16 bytes of SHA-256 over Joined("key", sign, kem, seal).
[[nodiscard]] KeyId key_id_of(const Ed25519Public& sign, KemKind kem, ByteView seal);
/// For a key that only signs (a host, a log): Joined("signing key", sign).
[[nodiscard]] KeyId key_id_of(const Ed25519Public& sign);
/// For a key that only opens (the deposit key): Joined("opening key", kem, seal).
[[nodiscard]] KeyId key_id_of(KemKind kem, ByteView seal);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_PUBLIC_KEYS_H_
