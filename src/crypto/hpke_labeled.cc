#include "crypto/hpke_labeled.h"

#include <array>

#include "base/result.h"
#include "base/secret.h"

namespace strongroom::crypto {

namespace {

void append(Bytes& bytes, ByteView more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

}  // namespace

LabeledKdf::LabeledKdf(HashKind hash, std::string_view protocol,
                       std::initializer_list<std::uint16_t> ids)
    : hash_(hash) {
  append(prefix_, as_bytes("HPKE-v1"));
  append(prefix_, as_bytes(protocol));
  for (const std::uint16_t id : ids) {
    std::array<std::uint8_t, 2> number{};
    put_u16(id, number);
    append(prefix_, number);
  }
}

void LabeledKdf::extract(ByteView salt, std::string_view label, ByteView secret,
                         MutableByteView out) const {
  LockedMemory input(prefix_.size() + label.size() + secret.size());
  auto at = std::copy(prefix_.begin(), prefix_.end(), input.view().begin());
  at = std::copy(label.begin(), label.end(), at);
  std::copy(secret.begin(), secret.end(), at);
  hkdf_extract(hash_, salt, input.view(), out);
}

void LabeledKdf::expand(ByteView key, std::string_view label, ByteView info,
                        MutableByteView out) const {
  CHECK(out.size() <= 0xffff);
  std::array<std::uint8_t, 2> length{};
  put_u16(static_cast<std::uint16_t>(out.size()), length);
  Bytes input;
  append(input, length);
  append(input, prefix_);
  append(input, as_bytes(label));
  append(input, info);
  hkdf_expand(hash_, key, input, out);
}

}  // namespace strongroom::crypto
