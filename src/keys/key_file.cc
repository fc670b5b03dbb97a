#include "keys/key_file.h"

#include <algorithm>

#include "keys/stored_secret.h"

namespace strongroom::keys {

namespace {

using crypto::Ed25519Seed;
using crypto::KemKeyPair;
using crypto::KemPrivate;

// The `index`-th key of a stored secret.
template <class Key>
Key key_in(const SecretBytes& secret, std::size_t index) {
  return secret.with_bytes([&](ByteView bytes) {
    return Key::filled([&](std::span<std::uint8_t, Key::kBytes> out) {
      std::ranges::copy(bytes.subspan(index * Key::kBytes, Key::kBytes), out.begin());
    });
  });
}

template <class Key>
void put_key(SecretBytes& secret, std::size_t index, const Key& key) {
  key.with_bytes([&](ByteView bytes) {
    secret.fill([&](MutableByteView out) {
      std::ranges::copy(bytes, out.subspan(index * Key::kBytes).begin());
    });
  });
}

Header header_of(const crypto::PublicKeys& keys) {
  return {Holds::kPerson, keys.id, keys.sign, keys.kem, keys.seal};
}

bool is_public_of(crypto::KemKind kem, const KemPrivate& secret, const Bytes& public_key) {
  const Result<Bytes> own = crypto::kem_public_of(kem, secret);
  return own.has_value() && *own == public_key;
}

tl::unexpected<Error> altered(const std::string& path) {
  return fail(ErrorCode::kNotAuthentic,
              path + ": the secrets are not those of the public keys: the file was altered");
}

}  // namespace

KeyFile KeyFile::make(crypto::KemKind kem) {
  Ed25519Seed signing = crypto::generate_ed25519();
  KemKeyPair pair = crypto::generate_kem(kem);
  crypto::PublicKeys keys;
  keys.sign = crypto::ed25519_public(signing);
  keys.kem = kem;
  keys.seal = std::move(pair.public_key);
  keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
  return KeyFile(std::move(keys), std::move(signing), std::move(pair.secret));
}

Result<void> KeyFile::store(const std::string& path, const SecretBytes* passphrase, Cost cost,
                            io::Files& files) const {
  SecretBytes secret(Ed25519Seed::kBytes + KemPrivate::kBytes);
  put_key(secret, 0, signing_);
  put_key(secret, 1, opening_);
  return write_stored(path, header_of(public_keys_), secret, {passphrase, cost}, files);
}

Result<KeyFile> KeyFile::create(const std::string& path, const SecretBytes& passphrase,
                                crypto::KemKind kem, Cost cost, io::Files& files) {
  KeyFile file = make(kem);
  RETURN_IF_ERROR(file.store(path, &passphrase, cost, files));
  return file;
}

Result<KeyFile> KeyFile::create_unwrapped(const std::string& path, crypto::KemKind kem,
                                          io::Files& files) {
  KeyFile file = make(kem);
  RETURN_IF_ERROR(file.store(path, nullptr, kCostModerate, files));
  return file;
}

Result<KeyFile> KeyFile::load(const std::string& path, const SecretBytes* passphrase) {
  ASSIGN_OR_RETURN(StoredSecret stored, read_stored(path, Holds::kPerson, passphrase));
  Header& header = stored.header;
  Ed25519Seed signing = key_in<Ed25519Seed>(stored.secret, 0);
  KemPrivate opening = key_in<KemPrivate>(stored.secret, 1);
  if (crypto::ed25519_public(signing) != *header.sign ||
      !is_public_of(*header.kem, opening, header.seal)) {
    return altered(path);
  }
  return KeyFile({header.id, *header.sign, *header.kem, std::move(header.seal)}, std::move(signing),
                 std::move(opening));
}

Result<KeyFile> KeyFile::open(const std::string& path, const SecretBytes& passphrase) {
  return load(path, &passphrase);
}

Result<KeyFile> KeyFile::open_unwrapped(const std::string& path) { return load(path, nullptr); }

crypto::Ed25519Signature KeyFile::sign(ByteView message) const {
  return crypto::ed25519_sign(signing_, message);
}

Result<SecretBytes> KeyFile::open_sealed(const crypto::HpkeSuite& suite, ByteView info,
                                         ByteView associated,
                                         const crypto::HpkeSealed& sealed) const {
  if (suite.kem != public_keys_.kem) {
    return fail(ErrorCode::kWrongKey, "sealed to a key of another kind");
  }
  return crypto::hpke_open(suite, opening_, info, associated, sealed);
}

namespace {
Result<Holds> service_key_in(const std::string& path) {
  ASSIGN_OR_RETURN(const Header header, read_header(path));
  if (header.holds != Holds::kPerson) return header.holds;
  return fail(ErrorCode::kRefused, path + ": a person's key, which only that person may move");
}
}  // namespace

Result<void> wrap_service_key(const std::string& from, const std::string& to,
                              const SecretBytes& passphrase, Cost cost, io::Files& files) {
  ASSIGN_OR_RETURN(const Holds holds, service_key_in(from));
  ASSIGN_OR_RETURN(const StoredSecret stored, read_stored(from, holds, nullptr));
  return write_stored(to, stored.header, stored.secret, {&passphrase, cost}, files);
}

Result<void> unwrap_service_key(const std::string& from, const SecretBytes& passphrase,
                                const std::string& to, io::Files& files) {
  ASSIGN_OR_RETURN(const Holds holds, service_key_in(from));
  ASSIGN_OR_RETURN(const StoredSecret stored, read_stored(from, holds, &passphrase));
  return write_stored(to, stored.header, stored.secret, {}, files);
}

Result<crypto::PublicKeys> read_public(const std::string& path) {
  ASSIGN_OR_RETURN(Header header, read_header(path));
  if (header.holds != Holds::kPerson) {
    return fail(ErrorCode::kRefused, path + ": not a person's key file; name a person's home");
  }
  return crypto::PublicKeys{header.id, *header.sign, *header.kem, std::move(header.seal)};
}

SigningKeyFile::SigningKeyFile(crypto::Ed25519Seed seed)
    : seed_(std::move(seed)),
      public_key_(crypto::ed25519_public(seed_)),
      id_(crypto::key_id_of(public_key_)) {}

Result<SigningKeyFile> SigningKeyFile::create(const std::string& path, io::Files& files) {
  SigningKeyFile file(crypto::generate_ed25519());
  SecretBytes secret(Ed25519Seed::kBytes);
  put_key(secret, 0, file.seed_);
  const Header header{Holds::kSigning, file.id_, file.public_key_, std::nullopt, {}};
  RETURN_IF_ERROR(write_stored(path, header, secret, {}, files));
  return file;
}

Result<SigningKeyFile> SigningKeyFile::open(const std::string& path) {
  ASSIGN_OR_RETURN(const StoredSecret stored, read_stored(path, Holds::kSigning, nullptr));
  SigningKeyFile file(key_in<Ed25519Seed>(stored.secret, 0));
  if (file.public_key_ != *stored.header.sign) return altered(path);
  return file;
}

crypto::Ed25519Signature SigningKeyFile::sign(ByteView message) const {
  return crypto::ed25519_sign(seed_, message);
}

Result<OpeningKeyFile> OpeningKeyFile::create(const std::string& path, crypto::KemKind kem,
                                              io::Files& files) {
  OpeningKeyFile file(kem, crypto::generate_kem(kem));
  SecretBytes secret(KemPrivate::kBytes);
  put_key(secret, 0, file.pair_.secret);
  const Header header{Holds::kOpening, file.id_, std::nullopt, kem, file.pair_.public_key};
  RETURN_IF_ERROR(write_stored(path, header, secret, {}, files));
  return file;
}

Result<OpeningKeyFile> OpeningKeyFile::open(const std::string& path) {
  ASSIGN_OR_RETURN(StoredSecret stored, read_stored(path, Holds::kOpening, nullptr));
  KemPrivate secret = key_in<KemPrivate>(stored.secret, 0);
  const crypto::KemKind kem = *stored.header.kem;
  if (!is_public_of(kem, secret, stored.header.seal)) return altered(path);
  return OpeningKeyFile(kem, {std::move(secret), std::move(stored.header.seal)});
}

}  // namespace strongroom::keys
