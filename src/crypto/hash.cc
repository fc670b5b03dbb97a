#include "crypto/hash.h"

#include <blake3.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

#include "base/result.h"
#include "base/secret.h"

namespace strongroom::crypto {

namespace {

// OpenSSL fails here only for want of memory or of its own providers: nothing that outside input
// brings about.

const char* name_of(HashKind kind) {
  switch (kind) {
    case HashKind::kSha256:
      return "SHA256";
    case HashKind::kSha384:
      return "SHA384";
    case HashKind::kSha512:
      return "SHA512";
  }
  CHECK(false);
  return "";
}

// Fetching an algorithm searches the providers each time, so each is fetched once and kept.
const EVP_MD* fetched(HashKind kind) {
  static const std::array<EVP_MD*, 3> kFetched = [] {
    std::array<EVP_MD*, 3> all{};
    for (const HashKind each : {HashKind::kSha256, HashKind::kSha384, HashKind::kSha512}) {
      all[static_cast<std::size_t>(each)] = EVP_MD_fetch(nullptr, name_of(each), nullptr);
      CHECK(all[static_cast<std::size_t>(each)] != nullptr);
    }
    return all;
  }();
  return kFetched[static_cast<std::size_t>(kind)];
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

DigestContext started(HashKind kind) {
  DigestContext context(EVP_MD_CTX_new());
  CHECK(context && EVP_DigestInit_ex2(context.get(), fetched(kind), nullptr) == 1);
  return context;
}

void update(const DigestContext& context, ByteView input) {
  CHECK(EVP_DigestUpdate(context.get(), input.data(), input.size()) == 1);
}

void finish(const DigestContext& context, MutableByteView out) {
  unsigned written = 0;
  CHECK(EVP_DigestFinal_ex(context.get(), out.data(), &written) == 1 && written == out.size());
}

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

// A context that has its hash but only a public key of zeroes: each HMAC begins as a copy of one.
MacContext mac_pattern(HashKind kind) {
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  CHECK(hmac != nullptr);
  MacContext context(EVP_MAC_CTX_new(hmac));
  EVP_MAC_free(hmac);  // the context holds its own reference
  std::string digest = name_of(kind);
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  const std::array<std::uint8_t, 1> zero{};
  CHECK(context && EVP_MAC_init(context.get(), zero.data(), zero.size(), parameters.data()) == 1);
  return context;
}

MacContext started_mac(HashKind kind, ByteView key) {
  static const std::array<MacContext, 3> kPatterns{mac_pattern(HashKind::kSha256),
                                                   mac_pattern(HashKind::kSha384),
                                                   mac_pattern(HashKind::kSha512)};
  // Without a pointer EVP_MAC_init would keep the pattern's key.
  static constexpr std::uint8_t kEmpty = 0;
  MacContext context(EVP_MAC_CTX_dup(kPatterns[static_cast<std::size_t>(kind)].get()));
  CHECK(context &&
        EVP_MAC_init(context.get(), key.empty() ? &kEmpty : key.data(), key.size(), nullptr) == 1);
  return context;
}

void update(const MacContext& context, ByteView input) {
  if (input.empty()) return;
  CHECK(EVP_MAC_update(context.get(), input.data(), input.size()) == 1);
}

void finish(const MacContext& context, MutableByteView out) {
  std::size_t written = 0;
  CHECK(EVP_MAC_final(context.get(), out.data(), &written, out.size()) == 1 &&
        written == out.size());
}

void add_field(const DigestContext& context, ByteView field) {
  std::array<std::uint8_t, 8> length{};
  put_u64(field.size(), length);
  update(context, length);
  update(context, field);
}

}  // namespace

Digest sha256(ByteView input) { return sha256_of({input}); }

Digest sha256_of(std::initializer_list<ByteView> parts) {
  const DigestContext context = started(HashKind::kSha256);
  for (const ByteView part : parts) update(context, part);
  Digest digest;
  finish(context, digest.bytes);
  return digest;
}

Digest48 sha384(ByteView input) {
  const DigestContext context = started(HashKind::kSha384);
  update(context, input);
  Digest48 digest;
  finish(context, digest.bytes);
  return digest;
}

Digest blake3(ByteView input) { return blake3_of({input}); }

Digest blake3_of(std::initializer_list<ByteView> parts) {
  blake3_hasher hasher;
  blake3_hasher_init(&hasher);
  for (const ByteView part : parts) blake3_hasher_update(&hasher, part.data(), part.size());
  Digest digest;
  blake3_hasher_finalize(&hasher, digest.bytes.data(), digest.bytes.size());
  return digest;
}

Digest labelled_digest(std::string_view label, std::initializer_list<ByteView> fields) {
  const DigestContext context = started(HashKind::kSha256);
  add_field(context, as_bytes(label));
  for (const ByteView field : fields) add_field(context, field);
  Digest digest;
  finish(context, digest.bytes);
  return digest;
}

struct Sha256Stream::State {
  DigestContext context = started(HashKind::kSha256);
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::add(ByteView input) { update(state_->context, input); }

Digest Sha256Stream::finish() {
  Digest digest;
  crypto::finish(state_->context, digest.bytes);
  return digest;
}

std::size_t hash_bytes(HashKind kind) {
  switch (kind) {
    case HashKind::kSha256:
      return 32;
    case HashKind::kSha384:
      return 48;
    case HashKind::kSha512:
      return 64;
  }
  CHECK(false);
  return 0;
}

void hmac(HashKind kind, ByteView key, ByteView input, MutableByteView out) {
  CHECK(out.size() == hash_bytes(kind));
  const MacContext context = started_mac(kind, key);
  update(context, input);
  finish(context, out);
}

void hkdf_extract(HashKind kind, ByteView salt, ByteView secret, MutableByteView out) {
  // HMAC pads its key with zeroes, so an empty salt and one of hash_bytes zeroes are the same.
  hmac(kind, salt, secret, out);
}

void hkdf_expand(HashKind kind, ByteView key, ByteView info, MutableByteView out) {
  const std::size_t block_bytes = hash_bytes(kind);
  CHECK(out.size() <= 255 * block_bytes);
  LockedMemory block(block_bytes);
  ByteView previous;
  std::uint8_t counter = 0;
  while (!out.empty()) {
    ++counter;
    const MacContext context = started_mac(kind, key);
    update(context, previous);
    update(context, info);
    update(context, ByteView(&counter, 1));
    finish(context, block.view());
    previous = block.view();
    const std::size_t taken = std::min(out.size(), block_bytes);
    std::copy_n(previous.begin(), taken, out.begin());
    out = out.subspan(taken);
  }
}

void hkdf(HashKind kind, ByteView salt, ByteView secret, ByteView info, MutableByteView out) {
  LockedMemory key(hash_bytes(kind));
  hkdf_extract(kind, salt, secret, key.view());
  hkdf_expand(kind, key.view(), info, out);
}

}  // namespace strongroom::crypto
