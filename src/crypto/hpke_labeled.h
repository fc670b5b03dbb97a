#ifndef STRONGROOM_CRYPTO_HPKE_LABELED_H_
#define STRONGROOM_CRYPTO_HPKE_LABELED_H_

#include <string_view>

#include "base/bytes.h"
#include "crypto/hash.h"

/// Inside this room only.
namespace strongroom::crypto {

/// LabeledExtract and LabeledExpand of RFC 9180 §4, bound to one hash and one suite id.
class LabeledKdf {
 public:
  /// `protocol` is "KEM" or "HPKE"; `ids` follow it, two bytes each.
  LabeledKdf(HashKind hash, std::string_view protocol, std::initializer_list<std::uint16_t> ids);

  /// `out` is exactly hash_bytes(hash).
  void extract(ByteView salt, std::string_view label, ByteView secret, MutableByteView out) const;
  void expand(ByteView key, std::string_view label, ByteView info, MutableByteView out) const;
  [[nodiscard]] std::size_t bytes() const { return hash_bytes(hash_); }

 private:
  HashKind hash_;
  Bytes prefix_;  // "HPKE-v1" ‖ suite id
};

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_HPKE_LABELED_H_
