#ifndef STRONGROOM_PROTOCOL_STATEMENT_H_
#define STRONGROOM_PROTOCOL_STATEMENT_H_

#include <functional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/sign.h"
#include "format/json.h"

namespace strongroom::protocol {

/// One signature over one statement. The bytes signed are
/// Joined("strongroom statement", canonical statement), or for the genesis Joined("genesis", id).
struct Signature {
  KeyId key;
  crypto::Ed25519Signature signature;
  bool operator==(const Signature&) const = default;
};

/// Signs with a key that its owner holds; the callback gets exactly the bytes to be signed.
struct Signer {
  KeyId key;
  std::function<Result<crypto::Ed25519Signature>(ByteView)> sign;
};

[[nodiscard]] Bytes signed_bytes(const format::Json& statement);
[[nodiscard]] Result<Signature> sign_statement(const format::Json& statement, const Signer& signer);
/// Errors: kNotAuthentic.
[[nodiscard]] Result<void> verify_statement(const format::Json& statement,
                                            const Signature& signature,
                                            const crypto::Ed25519Public& key);
[[nodiscard]] format::Json to_json(const Signature& signature);
[[nodiscard]] Result<Signature> signature_from(const format::Json& json);

/// The last checkpoint its signer had seen and followed to.
struct CheckpointSeen {
  std::int64_t size = 0;
  Digest root;
  bool operator==(const CheckpointSeen&) const = default;
};
[[nodiscard]] format::Json to_json(const CheckpointSeen& seen);
[[nodiscard]] Result<CheckpointSeen> checkpoint_seen_from(const format::Json& json);

/// Personal or free text never stands in the log: a salted digest does, and the text with its salt
/// lies in a table that can be erased. Both are needed to read it; the salt alone, gone, ends it.
struct Opening {
  FixedBytes<32, struct SaltMeaning> salt;
  std::string text;
};
/// `field` says what the text is ("name", "purpose", "reason"), so that one cannot stand for
/// another.
[[nodiscard]] Digest commitment_to(std::string_view field, const Opening& opening);
/// With a fresh salt. `text` must be clean (format::is_clean_text): Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<Opening> open_text(std::string text);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_STATEMENT_H_
