#ifndef STRONGROOM_KEYS_KEY_FILE_H_
#define STRONGROOM_KEYS_KEY_FILE_H_

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/public_keys.h"
#include "io/files.h"

namespace strongroom::keys {

/// What a guess at a passphrase costs (Argon2id, RFC 9106). Written into the file; what a file asks
/// for is believed only within kPassesMax and kMemoryBytesMax.
struct Cost {
  std::int64_t passes;
  std::int64_t memory_bytes;
};
inline constexpr Cost kCostModerate{3, 256 << 20};  ///< people's keys: most of a second, 256 MiB
inline constexpr Cost kCostForTests{1, 64 << 10};   ///< guards nothing; for tests alone
inline constexpr std::int64_t kPassesMax = 10;
inline constexpr std::int64_t kMemoryBytesMin = 8 << 10;
inline constexpr std::int64_t kMemoryBytesMax = 1 << 30;

// Files (spec/key-file.md) have mode 0600, are created durably and never overwritten. For all of
// them. Creating: kAlreadyExists, kNoSpace, kDisk, kDurability. Opening: kNotFound, kDisk,
// kTooLarge, kMalformed, kRefused (a link, no regular file, or readable by group or others; a file
// of another kind; a passphrase where there is none, or none where there is one), kNotAuthentic
// (the secrets are not those of the public keys), kWrongKey (wrong passphrase, or the file was
// altered: the two look the same), kUnavailable (too little memory for Argon2id).

/// A person's keys: Ed25519 to sign, a KEM key to open what was sealed to the person. Move-only;
/// const calls are thread-safe.
class KeyFile {
 public:
  /// Fresh keys. Errors: kUsage (an empty passphrase, a cost out of bounds).
  [[nodiscard]] static Result<KeyFile> create(const std::string& path,
                                              const SecretBytes& passphrase, crypto::KemKind kem,
                                              Cost cost, io::Files& files = io::system_files());
  [[nodiscard]] static Result<KeyFile> open(const std::string& path, const SecretBytes& passphrase);
  /// For services, which have nobody to type a passphrase: the file's mode is its only guard.
  [[nodiscard]] static Result<KeyFile> create_unwrapped(const std::string& path,
                                                        crypto::KemKind kem,
                                                        io::Files& files = io::system_files());
  [[nodiscard]] static Result<KeyFile> open_unwrapped(const std::string& path);

  [[nodiscard]] const crypto::PublicKeys& public_keys() const { return public_keys_; }
  [[nodiscard]] crypto::Ed25519Signature sign(ByteView message) const;
  /// Errors: kWrongKey.
  [[nodiscard]] Result<SecretBytes> open_sealed(const crypto::HpkeSuite& suite, ByteView info,
                                                ByteView associated,
                                                const crypto::HpkeSealed& sealed) const;
  /// Borrowed, for as long as this lives: for `seal`, which opens leaves with it.
  [[nodiscard]] const crypto::KemPrivate& opening_secret() const { return opening_; }

 private:
  KeyFile(crypto::PublicKeys public_keys, crypto::Ed25519Seed signing, crypto::KemPrivate opening)
      : public_keys_(std::move(public_keys)),
        signing_(std::move(signing)),
        opening_(std::move(opening)) {}
  [[nodiscard]] static KeyFile make(crypto::KemKind kem);
  [[nodiscard]] Result<void> store(const std::string& path, const SecretBytes* passphrase,
                                   Cost cost, io::Files& files) const;
  [[nodiscard]] static Result<KeyFile> load(const std::string& path, const SecretBytes* passphrase);

  crypto::PublicKeys public_keys_;
  crypto::Ed25519Seed signing_;
  crypto::KemPrivate opening_;
};

/// A person's public keys, from the file's open part: no passphrase is needed, and nothing is
/// proved beyond that the id is the digest of the keys.
[[nodiscard]] Result<crypto::PublicKeys> read_public(const std::string& path);

/// A service's key that only signs (the log's, a host's); no passphrase. As KeyFile otherwise.
class SigningKeyFile {
 public:
  [[nodiscard]] static Result<SigningKeyFile> create(const std::string& path,
                                                     io::Files& files = io::system_files());
  [[nodiscard]] static Result<SigningKeyFile> open(const std::string& path);

  [[nodiscard]] const KeyId& id() const { return id_; }
  [[nodiscard]] const crypto::Ed25519Public& public_key() const { return public_key_; }
  [[nodiscard]] crypto::Ed25519Signature sign(ByteView message) const;

 private:
  explicit SigningKeyFile(crypto::Ed25519Seed seed);
  crypto::Ed25519Seed seed_;
  crypto::Ed25519Public public_key_;
  KeyId id_;
};

/// A service's key that only opens (the deposit key); no passphrase. As KeyFile otherwise.
class OpeningKeyFile {
 public:
  [[nodiscard]] static Result<OpeningKeyFile> create(const std::string& path, crypto::KemKind kem,
                                                     io::Files& files = io::system_files());
  [[nodiscard]] static Result<OpeningKeyFile> open(const std::string& path);

  [[nodiscard]] const KeyId& id() const { return id_; }
  [[nodiscard]] crypto::KemKind kem() const { return kem_; }
  [[nodiscard]] const Bytes& public_key() const { return pair_.public_key; }
  /// Hands the secret to the one that will hold it (the keeper); this is spent.
  [[nodiscard]] crypto::KemPrivate take_secret() && { return std::move(pair_.secret); }

 private:
  OpeningKeyFile(crypto::KemKind kem, crypto::KemKeyPair pair)
      : kem_(kem), pair_(std::move(pair)), id_(crypto::key_id_of(kem_, pair_.public_key)) {}
  crypto::KemKind kem_;
  crypto::KemKeyPair pair_;
  KeyId id_;
};

/// The key of a service in a new file, wrapped under a passphrase: for a backup. Errors: kUsage (an
/// empty passphrase, a cost out of bounds).
[[nodiscard]] Result<void> wrap_service_key(const std::string& from, const std::string& to,
                                            const SecretBytes& passphrase, Cost cost,
                                            io::Files& files = io::system_files());
/// And back, for the service to open.
[[nodiscard]] Result<void> unwrap_service_key(const std::string& from,
                                              const SecretBytes& passphrase, const std::string& to,
                                              io::Files& files = io::system_files());

}  // namespace strongroom::keys

#endif  // STRONGROOM_KEYS_KEY_FILE_H_
