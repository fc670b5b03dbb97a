#include "crypto/aead.h"

#include "base/secret.h"
#include "crypto/aead_engine.h"

namespace strongroom::crypto {

namespace {

constexpr std::uint64_t kPlaintextBytesMax = (std::uint64_t{1} << 36) - 32;

std::unique_ptr<AeadWork> work_of(AeadKind kind, ByteView key, AeadEngine engine) {
  if (engine != AeadEngine::kOpenssl) {
    std::unique_ptr<AeadWork> wide = ipsec_mb_aead(kind, key);
    CHECK(wide != nullptr || engine == AeadEngine::kFastest);
    if (wide) return wide;
  }
  return openssl_aead(kind, key);
}

}  // namespace

std::size_t aead_key_bytes(AeadKind kind) { return kind == AeadKind::kAes128Gcm ? 16 : 32; }

bool is_available(AeadEngine engine, AeadKind kind) {
  return engine != AeadEngine::kIpsecMb || (kind != AeadKind::kChaCha20Poly1305 && has_ipsec_mb());
}

Aead::Aead(AeadKind kind, ByteView key, AeadEngine engine) {
  CHECK(key.size() == aead_key_bytes(kind));
  work_ = work_of(kind, key, engine);
}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::seal(ByteView nonce, ByteView associated, ByteView plaintext, MutableByteView out) {
  CHECK(nonce.size() == kAeadNonceBytes);
  CHECK(plaintext.size() <= kPlaintextBytesMax);
  CHECK(out.size() == plaintext.size() + kAeadTagBytes);
  work_->seal(nonce, associated, plaintext, out);
}

Result<void> Aead::open(ByteView nonce, ByteView associated, ByteView sealed, MutableByteView out) {
  CHECK(nonce.size() == kAeadNonceBytes);
  const auto not_authentic = [&] {
    wipe(out);
    return fail(ErrorCode::kNotAuthentic,
                "what was sealed has been altered, or the key is another");
  };
  if (sealed.size() < kAeadTagBytes || sealed.size() - kAeadTagBytes > kPlaintextBytesMax) {
    return not_authentic();
  }
  const ByteView ciphertext = sealed.first(sealed.size() - kAeadTagBytes);
  CHECK(out.size() == ciphertext.size());
  // Copied: it may lie where the plaintext goes.
  std::array<std::uint8_t, kAeadTagBytes> tag{};
  std::ranges::copy(sealed.last<kAeadTagBytes>(), tag.begin());
  if (!work_->open(nonce, associated, ciphertext, tag, out)) return not_authentic();
  return {};
}

}  // namespace strongroom::crypto
