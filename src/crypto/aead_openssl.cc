#include <openssl/evp.h>

#include <array>

#include "crypto/aead_engine.h"
#include "crypto/openssl_types.h"

namespace strongroom::crypto {

namespace {

constexpr std::size_t kUpdateBytesMax = std::size_t{1} << 30;  // OpenSSL counts in int
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

class OpensslAead final : public AeadWork {
 public:
  OpensslAead(AeadKind kind, ByteView key) {
    CHECK(context_ && EVP_CipherInit_ex2(context_.get(), fetched(kind), key.data(), nullptr, kSeal,
                                         nullptr) == 1);
  }

  void seal(ByteView nonce, ByteView associated, ByteView plaintext, MutableByteView out) override {
    begin(nonce, kSeal);
    add_associated(context_.get(), associated);
    transform(context_.get(), plaintext, out.data());
    std::uint8_t* tag = out.data() + plaintext.size();
    int done = 0;
    CHECK(EVP_CipherFinal_ex(context_.get(), tag, &done) == 1 && done == 0);
    CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, kAeadTagBytes, tag) == 1);
  }

  bool open(ByteView nonce, ByteView associated, ByteView ciphertext,
            std::span<const std::uint8_t, kAeadTagBytes> tag, MutableByteView out) override {
    const QuietErrors quiet;
    std::array<std::uint8_t, kAeadTagBytes> own{};  // OpenSSL takes no pointer to const
    std::ranges::copy(tag, own.begin());
    begin(nonce, kOpen);
    CHECK(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, kAeadTagBytes, own.data()) ==
          1);
    add_associated(context_.get(), associated);
    transform(context_.get(), ciphertext, out.data());
    std::array<std::uint8_t, 16> nothing{};
    int done = 0;
    return EVP_CipherFinal_ex(context_.get(), nothing.data(), &done) == 1;
  }

 private:
  // Keeps the key schedule; only the nonce and the direction are new.
  void begin(ByteView nonce, int direction) {
    CHECK(EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), direction, nullptr) ==
          1);
  }
  CipherContextPointer context_{EVP_CIPHER_CTX_new()};
};

}  // namespace

std::unique_ptr<AeadWork> openssl_aead(AeadKind kind, ByteView key) {
  return std::make_unique<OpensslAead>(kind, key);
}

}  // namespace strongroom::crypto
