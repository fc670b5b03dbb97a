#include "crypto/aead.h"

#include <openssl/evp.h>

#include <array>

#include "base/secret.h"
#include "crypto/openssl_types.h"

namespace strongroom::crypto {

namespace {

constexpr std::size_t kUpdateBytesMax = std::size_t{1} << 30;  // OpenSSL counts in int
constexpr std::uint64_t kPlaintextBytesMax = (std::uint64_t{1} << 36) - 32;
constexpr int kOpen = 0;
constexpr int kSeal = 1;

const char* name_of(AeadKind kind) {
  switch (kind) {
    case AeadKind::kAes128Gcm:
      return "AES-128-GCM";
    case AeadKind::kAes256Gcm:
      return "AES-256-GCM";
    case AeadKind::kChaCha20Poly1305:
      return "ChaCha20-Poly1305";
  }
  CHECK(false);
  return "";
}

// Fetching an algorithm searches the providers each time, so each is fetched once and kept.
const EVP_CIPHER* fetched(AeadKind kind) {
  static const std::array<EVP_CIPHER*, 3> kFetched = [] {
    std::array<EVP_CIPHER*, 3> all{};
    for (const AeadKind each :
         {AeadKind::kAes128Gcm, AeadKind::kAes256Gcm, AeadKind::kChaCha20Poly1305}) {
      all[static_cast<std::size_t>(each)] = EVP_CIPHER_fetch(nullptr, name_of(each), nullptr);
      CHECK(all[static_cast<std::size_t>(each)] != nullptr);
    }
    return all;
  }();
  return kFetched[static_cast<std::size_t>(kind)];
}

void add_associated(EVP_CIPHER_CTX* context, ByteView associated) {
  while (!associated.empty()) {
    const std::size_t step = std::min(associated.size(), kUpdateBytesMax);
    int done = 0;
    CHECK(EVP_CipherUpdate(context, nullptr, &done, associated.data(), static_cast<int>(step)) ==
          1);
    associated = associated.subspan(step);
  }
}

void transform(EVP_CIPHER_CTX* context, ByteView in, std::uint8_t* out) {
  while (!in.empty()) {
    const std::size_t step = std::min(in.size(), kUpdateBytesMax);
    int done = 0;
    CHECK(EVP_CipherUpdate(context, out, &done, in.data(), static_cast<int>(step)) == 1 &&
          static_cast<std::size_t>(done) == step);
    in = in.subspan(step);
    out += step;
  }
}

}  // namespace

std::size_t aead_key_bytes(AeadKind kind) { return kind == AeadKind::kAes128Gcm ? 16 : 32; }

struct Aead::State {
  CipherContextPointer context{EVP_CIPHER_CTX_new()};

  // Keeps the key schedule; only the nonce and the direction are new.
  void begin(ByteView nonce, int direction) {
    CHECK(nonce.size() == kAeadNonceBytes);
    CHECK(EVP_CipherInit_ex2(context.get(), nullptr, nullptr, nonce.data(), direction, nullptr) ==
          1);
  }
};

Aead::Aead(AeadKind kind, ByteView key) : state_(std::make_unique<State>()) {
  CHECK(key.size() == aead_key_bytes(kind));
  CHECK(state_->context && EVP_CipherInit_ex2(state_->context.get(), fetched(kind), key.data(),
                                              nullptr, kSeal, nullptr) == 1);
}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::seal(ByteView nonce, ByteView associated, ByteView plaintext, MutableByteView out) {
  CHECK(plaintext.size() <= kPlaintextBytesMax);
  CHECK(out.size() == plaintext.size() + kAeadTagBytes);
  EVP_CIPHER_CTX* context = state_->context.get();
  state_->begin(nonce, kSeal);
  add_associated(context, associated);
  transform(context, plaintext, out.data());
  std::uint8_t* tag = out.data() + plaintext.size();
  int done = 0;
  CHECK(EVP_CipherFinal_ex(context, tag, &done) == 1 && done == 0);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, tag) == 1);
}

Result<void> Aead::open(ByteView nonce, ByteView associated, ByteView sealed, MutableByteView out) {
  const QuietErrors quiet;
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
  std::array<std::uint8_t, kAeadTagBytes> tag{};
  std::copy_n(sealed.end() - kAeadTagBytes, kAeadTagBytes, tag.begin());
  EVP_CIPHER_CTX* context = state_->context.get();
  state_->begin(nonce, kOpen);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, tag.data()) == 1);
  add_associated(context, associated);
  transform(context, ciphertext, out.data());
  std::array<std::uint8_t, 16> nothing{};
  int done = 0;
  if (EVP_CipherFinal_ex(context, nothing.data(), &done) != 1) return not_authentic();
  return {};
}

}  // namespace strongroom::crypto
