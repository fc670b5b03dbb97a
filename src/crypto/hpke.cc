#include "crypto/hpke.h"

#include <array>

#include "crypto/hpke_context.h"
#include "crypto/hpke_labeled.h"

namespace strongroom::crypto {

namespace {

constexpr std::uint8_t kBaseMode = 0;

HashKind hash_of(KdfKind kdf) {
  switch (kdf) {
    case KdfKind::kHkdfSha256:
      return HashKind::kSha256;
    case KdfKind::kHkdfSha384:
      return HashKind::kSha384;
    case KdfKind::kHkdfSha512:
      return HashKind::kSha512;
  }
  CHECK(false);
  return HashKind::kSha256;
}

std::optional<AeadKind> cipher_of(HpkeAead aead) {
  switch (aead) {
    case HpkeAead::kAes128Gcm:
      return AeadKind::kAes128Gcm;
    case HpkeAead::kAes256Gcm:
      return AeadKind::kAes256Gcm;
    case HpkeAead::kChaCha20Poly1305:
      return AeadKind::kChaCha20Poly1305;
    case HpkeAead::kExportOnly:
      break;
  }
  return std::nullopt;
}

LabeledKdf schedule_kdf(const HpkeSuite& suite) {
  return LabeledKdf(hash_of(suite.kdf), "HPKE",
                    {static_cast<std::uint16_t>(suite.kem), static_cast<std::uint16_t>(suite.kdf),
                     static_cast<std::uint16_t>(suite.aead)});
}

}  // namespace

HpkeContext::HpkeContext(const HpkeSuite& suite, const KemShared& shared, ByteView info)
    : suite_(suite), exporter_(hash_bytes(hash_of(suite.kdf))) {
  const LabeledKdf kdf = schedule_kdf(suite);
  Bytes context(1 + 2 * kdf.bytes());  // mode ‖ hash of no psk id ‖ hash of info
  const MutableByteView hashes = MutableByteView(context).subspan(1);
  context[0] = kBaseMode;
  kdf.extract({}, "psk_id_hash", {}, hashes.first(kdf.bytes()));
  kdf.extract({}, "info_hash", info, hashes.last(kdf.bytes()));
  LockedMemory secret(kdf.bytes());
  shared.with_bytes([&](ByteView salt) { kdf.extract(salt, "secret", {}, secret.view()); });
  exporter_.fill([&](MutableByteView out) { kdf.expand(secret.view(), "exp", context, out); });
  const std::optional<AeadKind> cipher = cipher_of(suite.aead);
  if (!cipher) return;
  LockedMemory key(aead_key_bytes(*cipher));
  kdf.expand(secret.view(), "key", context, key.view());
  kdf.expand(secret.view(), "base_nonce", context, base_nonce_);
  aead_.emplace(*cipher, key.view());
}

Result<void> HpkeContext::check_ready() const {
  if (!aead_) return fail(ErrorCode::kUsage, "an export-only suite seals nothing");
  if (sequence_ == ~std::uint64_t{0}) {
    return fail(ErrorCode::kTooLarge, "no more messages fit this HPKE context");
  }
  return {};
}

std::array<std::uint8_t, kAeadNonceBytes> HpkeContext::next_nonce() const {
  std::array<std::uint8_t, kAeadNonceBytes> nonce = base_nonce_;
  std::array<std::uint8_t, sizeof sequence_> number{};
  put_u64(sequence_, number);
  for (std::size_t i = 0; i < number.size(); ++i) {
    nonce[nonce.size() - number.size() + i] ^= number[i];
  }
  return nonce;
}

Result<Bytes> HpkeContext::seal(ByteView associated, ByteView plaintext) {
  RETURN_IF_ERROR(check_ready());
  Bytes ciphertext(plaintext.size() + kAeadTagBytes);
  aead_->seal(next_nonce(), associated, plaintext, ciphertext);
  ++sequence_;
  return ciphertext;
}

Result<SecretBytes> HpkeContext::open(ByteView associated, ByteView ciphertext) {
  RETURN_IF_ERROR(check_ready());
  SecretBytes plaintext(ciphertext.size() - std::min(ciphertext.size(), kAeadTagBytes));
  RETURN_IF_ERROR(plaintext.fill(
      [&](MutableByteView out) { return aead_->open(next_nonce(), associated, ciphertext, out); }));
  ++sequence_;
  return plaintext;
}

Result<SecretBytes> HpkeContext::exported(ByteView context, std::size_t bytes) const {
  const LabeledKdf kdf = schedule_kdf(suite_);
  if (bytes > 255 * kdf.bytes()) return fail(ErrorCode::kUsage, "too long for one HPKE export");
  SecretBytes secret(bytes);
  exporter_.with_bytes([&](ByteView key) {
    secret.fill([&](MutableByteView out) { kdf.expand(key, "sec", context, out); });
  });
  return secret;
}

Result<HpkeContext> setup_base_sender(const HpkeSuite& suite, const KemKeyPair& ephemeral,
                                      ByteView recipient, ByteView info) {
  ASSIGN_OR_RETURN(const KemShared shared, encapsulate(suite.kem, ephemeral, recipient));
  return HpkeContext(suite, shared, info);
}

Result<HpkeContext> setup_base_receiver(const HpkeSuite& suite, const KemPrivate& secret,
                                        ByteView encapsulated, ByteView info) {
  ASSIGN_OR_RETURN(const KemShared shared, decapsulate(suite.kem, secret, encapsulated));
  return HpkeContext(suite, shared, info);
}

Result<HpkeSealed> hpke_seal(const HpkeSuite& suite, ByteView recipient, ByteView info,
                             ByteView associated, ByteView plaintext) {
  KemKeyPair ephemeral = generate_kem(suite.kem);
  ASSIGN_OR_RETURN(HpkeContext context, setup_base_sender(suite, ephemeral, recipient, info));
  ASSIGN_OR_RETURN(Bytes ciphertext, context.seal(associated, plaintext));
  return HpkeSealed{std::move(ephemeral.public_key), std::move(ciphertext)};
}

Result<SecretBytes> hpke_open(const HpkeSuite& suite, const KemPrivate& secret, ByteView info,
                              ByteView associated, const HpkeSealed& sealed) {
  const auto wrong_key = [] {
    return fail(ErrorCode::kWrongKey, "this key does not open what was sealed, or it was altered");
  };
  Result<HpkeContext> context = setup_base_receiver(suite, secret, sealed.encapsulated, info);
  if (!context) return wrong_key();
  Result<SecretBytes> plaintext = context->open(associated, sealed.ciphertext);
  if (!plaintext) return wrong_key();
  return plaintext;
}

}  // namespace strongroom::crypto
