#ifndef STRONGROOM_KEYS_STORED_SECRET_H_
#define STRONGROOM_KEYS_STORED_SECRET_H_

#include <optional>
#include <string>

#include "keys/key_file.h"

/// Inside this room only: the file that all key files are (spec/key-file.md).
namespace strongroom::keys {

inline constexpr std::size_t kKeyFileBytesMax = 4096;

enum class Holds { kPerson, kSigning, kOpening };

/// The open part.
struct Header {
  Holds holds = Holds::kPerson;
  KeyId id;
  std::optional<crypto::Ed25519Public> sign;  ///< kPerson, kSigning
  std::optional<crypto::KemKind> kem;         ///< kPerson, kOpening
  Bytes seal;                                 ///< with kem
};

struct StoredSecret {
  Header header;
  SecretBytes secret;  ///< Ed25519 seed, KEM secret, or one after the other
};

/// How a new file is wrapped.
struct Wrapping {
  const SecretBytes* passphrase = nullptr;  ///< borrowed; null: not at all
  Cost cost = kCostModerate;
};

[[nodiscard]] Result<void> write_stored(const std::string& path, const Header& header,
                                        const SecretBytes& secret, const Wrapping& wrapping,
                                        io::Files& files);
[[nodiscard]] Result<Header> read_header(const std::string& path);
/// `passphrase` null: the file must not be wrapped. Errors: key_file.h.
[[nodiscard]] Result<StoredSecret> read_stored(const std::string& path, Holds holds,
                                               const SecretBytes* passphrase);

}  // namespace strongroom::keys

#endif  // STRONGROOM_KEYS_STORED_SECRET_H_
