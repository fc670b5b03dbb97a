#ifndef STRONGROOM_CRYPTO_AEAD_ENGINE_H_
#define STRONGROOM_CRYPTO_AEAD_ENGINE_H_

#include "crypto/aead.h"

/// Inside this room only: who computes an AEAD. Lengths have been checked by Aead.
namespace strongroom::crypto {

/// One key's schedule, wiped at the end. Not thread-safe.
class AeadWork {
 public:
  virtual ~AeadWork() = default;
  /// `out` is plaintext ‖ tag long and may start where plaintext starts.
  virtual void seal(ByteView nonce, ByteView associated, ByteView plaintext,
                    MutableByteView out) = 0;
  /// Whether the tag holds. When it does not, `out` holds anything: the caller wipes it. It may
  /// start where ciphertext starts.
  [[nodiscard]] virtual bool open(ByteView nonce, ByteView associated, ByteView ciphertext,
                                  std::span<const std::uint8_t, kAeadTagBytes> tag,
                                  MutableByteView out) = 0;
};

[[nodiscard]] std::unique_ptr<AeadWork> openssl_aead(AeadKind kind, ByteView key);

/// Whether it was built in and this processor has what it is fast with (AVX-512, VAES,
/// VPCLMULQDQ), and the library's own self-test passed.
[[nodiscard]] bool has_ipsec_mb();
/// Null for a kind that is not its, and where has_ipsec_mb() is false.
[[nodiscard]] std::unique_ptr<AeadWork> ipsec_mb_aead(AeadKind kind, ByteView key);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_AEAD_ENGINE_H_
