#include <openssl/evp.h>

#include "crypto/openssl_types.h"
#include "crypto/random.h"
#include "crypto/sign.h"

namespace strongroom::crypto {

namespace {

KeyPointer imported(const Ed25519Seed& seed) {
  KeyPointer key = seed.with_bytes([](std::span<const std::uint8_t, Ed25519Seed::kBytes> bytes) {
    return KeyPointer(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
  });
  CHECK(key);
  return key;
}

}  // namespace

Ed25519Seed generate_ed25519() {
  return Ed25519Seed::filled(
      [](std::span<std::uint8_t, Ed25519Seed::kBytes> out) { random_bytes(out); });
}

Ed25519Public ed25519_public(const Ed25519Seed& seed) {
  Ed25519Public key;
  std::size_t bytes = key.bytes.size();
  CHECK(EVP_PKEY_get_raw_public_key(imported(seed).get(), key.bytes.data(), &bytes) == 1 &&
        bytes == key.bytes.size());
  return key;
}

Ed25519Signature ed25519_sign(const Ed25519Seed& seed, ByteView message) {
  const KeyPointer key = imported(seed);
  const DigestContextPointer context(EVP_MD_CTX_new());
  Ed25519Signature signature;
  std::size_t bytes = signature.bytes.size();
  CHECK(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
        EVP_DigestSign(context.get(), signature.bytes.data(), &bytes, message.data(),
                       message.size()) == 1 &&
        bytes == signature.bytes.size());
  return signature;
}

}  // namespace strongroom::crypto
