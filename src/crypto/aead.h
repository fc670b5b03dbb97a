#ifndef STRONGROOM_CRYPTO_AEAD_H_
#define STRONGROOM_CRYPTO_AEAD_H_

#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace strongroom::crypto {

enum class AeadKind { kAes128Gcm, kAes256Gcm, kChaCha20Poly1305 };
[[nodiscard]] std::size_t aead_key_bytes(AeadKind kind);
inline constexpr std::size_t kAeadNonceBytes = 12;
inline constexpr std::size_t kAeadTagBytes = 16;

/// Who computes it. kFastest is libipsec-mb for AES-GCM where it was built in and the processor has
/// AVX-512 with VAES, and OpenSSL otherwise; all give the same bytes. The others are for comparing.
enum class AeadEngine { kFastest, kOpenssl, kIpsecMb };
[[nodiscard]] bool is_available(AeadEngine engine, AeadKind kind);

class AeadWork;

/// One key, many calls. Not thread-safe: one per thread. Copies the key schedule, wiped at the end.
/// Sources: SP 800-38D, RFC 8439;
/// docs/decisions/0017-ipsec-mb.md.
class Aead {
 public:
  /// `key` is exactly aead_key_bytes(kind); `engine` is available.
  Aead(AeadKind kind, ByteView key, AeadEngine engine = AeadEngine::kFastest);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  /// `out` is plaintext.size() + kAeadTagBytes long: ciphertext ‖ tag. It may start where plaintext
  /// starts, and may not overlap it otherwise. At most 2^36 − 32 bytes of plaintext (AES-GCM's
  /// bound). The caller never repeats a nonce under one key.
  void seal(ByteView nonce, ByteView associated, ByteView plaintext, MutableByteView out);
  /// `sealed` is ciphertext ‖ tag; `out` is sealed.size() − kAeadTagBytes long (empty for what is
  /// shorter than a tag), may start where sealed starts, and holds zeroes after a failure.
  /// Errors: kNotAuthentic.
  [[nodiscard]] Result<void> open(ByteView nonce, ByteView associated, ByteView sealed,
                                  MutableByteView out);

 private:
  std::unique_ptr<AeadWork> work_;
};

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_AEAD_H_
