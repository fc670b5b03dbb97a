#include "seal/keys.h"

#include <algorithm>

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom::seal {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kCommitBytes = 48;
constexpr std::size_t kInnerBytes = kCommitBytes + kKeyBytes + crypto::kAeadTagBytes;
static_assert(kWrappedKeyBytes == kCommitBytes + kInnerBytes + crypto::kAeadTagBytes);

struct ReservedSuite {
  std::string_view name;
};
// Named so that they are never given another meaning; refused until they are built.
constexpr std::array kReserved{ReservedSuite{"post-quantum-xwing"},
                               ReservedSuite{"post-quantum-mlkem768-p256"}};

// Each key that comes of this wraps once, so its nonce may be zero.
constexpr std::array<std::uint8_t, crypto::kAeadNonceBytes> kZeroNonce{};

// key ‖ commitment.
using Layer = Secret<kKeyBytes + kCommitBytes, struct WrapLayerMeaning>;

Layer layer_of(ByteView secret, std::string_view label, ByteView context) {
  const Joined info = Joined().add(label).add(context);
  return Layer::filled([&](MutableByteView out) {
    crypto::hkdf(crypto::HashKind::kSha384, {}, secret, info.bytes(), out);
  });
}

// out = commitment ‖ AEAD(key, plaintext).
void wrap_once(const Layer& layer, ByteView plaintext, ByteView context, MutableByteView out) {
  layer.with_bytes([&](ByteView bytes) {
    std::ranges::copy(bytes.subspan(kKeyBytes), out.begin());
    crypto::Aead aead(crypto::AeadKind::kAes256Gcm, bytes.first(kKeyBytes));
    aead.seal(kZeroNonce, context, plaintext, out.subspan(kCommitBytes));
  });
}

Result<void> check_layer(const Layer& layer, ByteView wrapped) {
  const bool fits = layer.with_bytes([&](ByteView bytes) {
    return equal_in_constant_time(bytes.subspan(kKeyBytes), wrapped.first(kCommitBytes));
  });
  if (!fits) return fail(ErrorCode::kWrongKey, "no key of ours fits");
  return {};
}

// The commitment first: nothing is opened under a key that was not committed to.
Result<void> unwrap_once(const Layer& layer, ByteView wrapped, ByteView context,
                         MutableByteView out) {
  RETURN_IF_ERROR(check_layer(layer, wrapped));
  const Result<void> opened = layer.with_bytes([&](ByteView bytes) {
    crypto::Aead aead(crypto::AeadKind::kAes256Gcm, bytes.first(kKeyBytes));
    return aead.open(kZeroNonce, context, wrapped.subspan(kCommitBytes), out);
  });
  if (!opened) return fail(ErrorCode::kWrongKey, "no key of ours fits");
  return {};
}

Layer inner_layer(const QuorumSecret& quorum, ByteView context) {
  return quorum.with_bytes([&](ByteView bytes) { return layer_of(bytes, "inner", context); });
}

Layer outer_layer(const SiteSecret& site, ByteView context) {
  return site.with_bytes([&](ByteView bytes) { return layer_of(bytes, "outer", context); });
}

template <class Key>
Key random_key() {
  return Key::filled([](MutableByteView out) { crypto::random_bytes(out); });
}

}  // namespace

std::string_view name_of(WrapSuite suite) {
  return suite == WrapSuite::kDevelopmentX25519 ? "development-x25519" : "classical-p256";
}

Result<WrapSuite> wrap_suite_from(std::string_view name) {
  for (const WrapSuite suite : {WrapSuite::kDevelopmentX25519, WrapSuite::kClassicalP256}) {
    if (name == name_of(suite)) return suite;
  }
  for (const ReservedSuite& reserved : kReserved) {
    if (name == reserved.name) {
      return fail(ErrorCode::kRefused, std::string(name) + ": not offered by this version");
    }
  }
  return fail(ErrorCode::kMalformed, "no such wrap suite: " + std::string(name));
}

crypto::HpkeSuite hpke_of(WrapSuite suite) {
  crypto::HpkeSuite hpke;
  hpke.kem =
      suite == WrapSuite::kDevelopmentX25519 ? crypto::KemKind::kX25519 : crypto::KemKind::kP256;
  hpke.kdf = crypto::KdfKind::kHkdfSha384;
  hpke.aead = crypto::HpkeAead::kAes256Gcm;
  return hpke;
}

Bytes Context::bytes() const {
  return Joined()
      .add(strongroom.view())
      .add(object.view())
      .add_number(static_cast<std::uint64_t>(group))
      .add_number(static_cast<std::uint64_t>(epoch))
      .add(name_of(suite))
      .add(policy.view())
      .bytes();
}

DataKey random_data_key() { return random_key<DataKey>(); }
QuorumSecret random_quorum_secret() { return random_key<QuorumSecret>(); }
SiteSecret random_site_secret() { return random_key<SiteSecret>(); }

WrappedKey wrap(const DataKey& key, const QuorumSecret& quorum, const SiteSecret& site,
                const Context& context) {
  const Bytes bound = context.bytes();
  std::array<std::uint8_t, kInnerBytes> inner{};
  key.with_bytes(
      [&](ByteView bytes) { wrap_once(inner_layer(quorum, bound), bytes, bound, inner); });
  WrappedKey wrapped;
  wrap_once(outer_layer(site, bound), inner, bound, wrapped.bytes);
  return wrapped;
}

Result<DataKey> unwrap(const WrappedKey& wrapped, const QuorumSecret& quorum,
                       const SiteSecret& site, const Context& context) {
  const Bytes bound = context.bytes();
  std::array<std::uint8_t, kInnerBytes> inner{};
  RETURN_IF_ERROR(unwrap_once(outer_layer(site, bound), wrapped.view(), bound, inner));
  Result<void> opened;
  DataKey key = DataKey::filled([&](MutableByteView out) {
    opened = unwrap_once(inner_layer(quorum, bound), inner, bound, out);
  });
  RETURN_IF_ERROR(std::move(opened));
  return key;
}

Result<void> check_site(const WrappedKey& wrapped, const SiteSecret& site, const Context& context) {
  return check_layer(outer_layer(site, context.bytes()), wrapped.view());
}

}  // namespace strongroom::seal
