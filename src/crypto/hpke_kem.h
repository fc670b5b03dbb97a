#ifndef STRONGROOM_CRYPTO_HPKE_KEM_H_
#define STRONGROOM_CRYPTO_HPKE_KEM_H_

#include "crypto/hpke.h"

/// Inside this room and its tests only.
namespace strongroom::crypto {

using KemShared = Secret<32, struct KemSharedMeaning>;
using DhOutput = Secret<32, struct DhOutputMeaning>;

/// X25519, or the x-coordinate of ECDH over P-256. Errors: kMalformed (a scalar out of range, a
/// point off the curve or of the wrong length, an X25519 result of zeroes).
[[nodiscard]] Result<DhOutput> diffie_hellman(KemKind kem, const KemPrivate& secret, ByteView peer);

/// DHKEM's Encap with `ephemeral` as the fresh key pair: never used twice. The encapsulated key is
/// ephemeral.public_key. Errors: kMalformed, as diffie_hellman's.
[[nodiscard]] Result<KemShared> encapsulate(KemKind kem, const KemKeyPair& ephemeral,
                                            ByteView recipient);
/// DHKEM's Decap. Errors: kMalformed, as diffie_hellman's.
[[nodiscard]] Result<KemShared> decapsulate(KemKind kem, const KemPrivate& secret,
                                            ByteView encapsulated);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_HPKE_KEM_H_
