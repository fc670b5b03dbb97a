#ifndef STRONGROOM_CRYPTO_HASH_H_
#define STRONGROOM_CRYPTO_HASH_H_

#include <initializer_list>
#include <memory>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace strongroom::crypto {

/// All here: thread-safe as functions, total, no errors. Sources: FIPS 180-4, RFC 2104, RFC 5869,
/// BLAKE3.
[[nodiscard]] Digest sha256(ByteView input);
/// Of the parts put one after another, without lengths: for formats that say so (RFC 6962).
[[nodiscard]] Digest sha256_of(std::initializer_list<ByteView> parts);
using Digest48 = FixedBytes<48, struct Digest48Meaning>;
[[nodiscard]] Digest48 sha384(ByteView input);
[[nodiscard]] Digest blake3(ByteView input);
/// As sha256_of.
[[nodiscard]] Digest blake3_of(std::initializer_list<ByteView> parts);

/// The house's labelled digest: SHA-256 over Joined(label, fields…).
[[nodiscard]] Digest labelled_digest(std::string_view label,
                                     std::initializer_list<ByteView> fields);

/// SHA-256 bit by bit, for what does not fit memory.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;
  void add(ByteView input);
  /// Once; the stream is spent.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

enum class HashKind { kSha256, kSha384, kSha512 };
[[nodiscard]] std::size_t hash_bytes(HashKind kind);

/// HMAC (RFC 2104). `out` is exactly hash_bytes(kind).
void hmac(HashKind kind, ByteView key, ByteView input, MutableByteView out);
/// HKDF (RFC 5869). An empty salt is hash_bytes zeroes. `out` of extract is exactly
/// hash_bytes(kind); of expand at most 255 × hash_bytes(kind).
void hkdf_extract(HashKind kind, ByteView salt, ByteView secret, MutableByteView out);
void hkdf_expand(HashKind kind, ByteView key, ByteView info, MutableByteView out);
void hkdf(HashKind kind, ByteView salt, ByteView secret, ByteView info, MutableByteView out);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_HASH_H_
