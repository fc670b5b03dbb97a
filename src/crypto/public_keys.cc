#include "crypto/public_keys.h"

#include "crypto/hash.h"

namespace strongroom::crypto {

namespace {
KeyId first_half(const Joined& joined) {
  const Digest digest = sha256(joined.bytes());
  return *KeyId::from_view(digest.view().first(KeyId::kBytes));
}
}  // namespace

// Not beside the rest of HPKE: who only names keys links nothing that opens.
std::size_t kem_public_bytes(KemKind kem) { return kem == KemKind::kX25519 ? 32 : 65; }

KeyId key_id_of(const Ed25519Public& sign, KemKind kem, ByteView seal) {
  return first_half(
      Joined().add("key").add(sign.view()).add_number(static_cast<std::uint64_t>(kem)).add(seal));
}

KeyId key_id_of(const Ed25519Public& sign) {
  return first_half(Joined().add("signing key").add(sign.view()));
}

KeyId key_id_of(KemKind kem, ByteView seal) {
  return first_half(
      Joined().add("opening key").add_number(static_cast<std::uint64_t>(kem)).add(seal));
}

}  // namespace strongroom::crypto
