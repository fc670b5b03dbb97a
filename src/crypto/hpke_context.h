#ifndef STRONGROOM_CRYPTO_HPKE_CONTEXT_H_
#define STRONGROOM_CRYPTO_HPKE_CONTEXT_H_

#include <optional>

#include "crypto/hpke.h"
#include "crypto/hpke_kem.h"

/// Inside this room and its tests only: others seal and open in a single shot (hpke.h).
namespace strongroom::crypto {

/// RFC 9180 §5.2 and §5.3, base mode. Each message takes the next sequence number. Not thread-safe.
class HpkeContext {
 public:
  HpkeContext(const HpkeSuite& suite, const KemShared& shared, ByteView info);

  /// Errors: kUsage (an export-only suite), kTooLarge (2^64 − 1 messages).
  [[nodiscard]] Result<Bytes> seal(ByteView associated, ByteView plaintext);
  /// The sequence number moves on only when it succeeds. Errors: as seal's, and kNotAuthentic.
  [[nodiscard]] Result<SecretBytes> open(ByteView associated, ByteView ciphertext);
  /// At most 255 × the KDF's hash. Errors: kUsage for more.
  [[nodiscard]] Result<SecretBytes> exported(ByteView context, std::size_t bytes) const;

 private:
  [[nodiscard]] Result<void> check_ready() const;
  [[nodiscard]] std::array<std::uint8_t, kAeadNonceBytes> next_nonce() const;

  HpkeSuite suite_;
  std::optional<Aead> aead_;  // nothing: export-only
  std::array<std::uint8_t, kAeadNonceBytes> base_nonce_{};
  std::uint64_t sequence_ = 0;
  SecretBytes exporter_;
};

/// Errors: kMalformed (not a valid public key).
[[nodiscard]] Result<HpkeContext> setup_base_sender(const HpkeSuite& suite,
                                                    const KemKeyPair& ephemeral, ByteView recipient,
                                                    ByteView info);
/// Errors: kMalformed (not a valid encapsulated key, or not a scalar).
[[nodiscard]] Result<HpkeContext> setup_base_receiver(const HpkeSuite& suite,
                                                      const KemPrivate& secret,
                                                      ByteView encapsulated, ByteView info);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_HPKE_CONTEXT_H_
