#ifndef STRONGROOM_CRYPTO_SIGN_H_
#define STRONGROOM_CRYPTO_SIGN_H_

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"

namespace strongroom::crypto {

using Ed25519Seed = Secret<32, struct Ed25519SeedMeaning>;
using Ed25519Public = FixedBytes<32, struct Ed25519PublicMeaning>;
using Ed25519Signature = FixedBytes<64, struct Ed25519SignatureMeaning>;

/// These three stand in an object file of their own: a program that only verifies links no signing.
[[nodiscard]] Ed25519Seed generate_ed25519();
[[nodiscard]] Ed25519Public ed25519_public(const Ed25519Seed& seed);
[[nodiscard]] Ed25519Signature ed25519_sign(const Ed25519Seed& seed, ByteView message);
/// RFC 8032, and stricter: a key that is not canonical or has small order is refused, because one
/// signature under it can be made to hold for every message. Errors: kNotAuthentic.
[[nodiscard]] Result<void> ed25519_verify(const Ed25519Public& key, ByteView message,
                                          const Ed25519Signature& signature);

/// ECDSA over P-256 with SHA-256, for tokens. `key` is the uncompressed point (65 bytes),
/// `signature` r ‖ s (64 bytes, IEEE P1363). Errors: kNotAuthentic, also for a point that is not on
/// the curve.
[[nodiscard]] Result<void> p256_verify(ByteView key, ByteView message, ByteView signature);
/// The same with an ASN.1 DER signature.
[[nodiscard]] Result<void> p256_verify_der(ByteView key, ByteView message, ByteView signature);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_SIGN_H_
