#include "protocol/statement.h"

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

Bytes signed_bytes(const Json& statement) {
  return Joined().add("strongroom statement").add(format::encode(statement)).bytes();
}

Result<Signature> sign_statement(const Json& statement, const Signer& signer) {
  ASSIGN_OR_RETURN(const crypto::Ed25519Signature signature, signer.sign(signed_bytes(statement)));
  return Signature{signer.key, signature};
}

Result<void> verify_statement(const Json& statement, const Signature& signature,
                              const crypto::Ed25519Public& key) {
  return crypto::ed25519_verify(key, signed_bytes(statement), signature.signature);
}

Json to_json(const Signature& signature) {
  return Json::Object{{"key", signature.key}, {"sig", signature.signature}};
}

Result<Signature> signature_from(const Json& json) {
  Fields fields(json, "signature");
  Signature signature;
  ASSIGN_OR_RETURN(signature.key, fields.id<KeyId>("key"));
  ASSIGN_OR_RETURN(signature.signature, fields.id<crypto::Ed25519Signature>("sig"));
  RETURN_IF_ERROR(fields.done());
  return signature;
}

Json to_json(const CheckpointSeen& seen) {
  return Json::Object{{"root", seen.root}, {"size", seen.size}};
}

Result<CheckpointSeen> checkpoint_seen_from(const Json& json) {
  Fields fields(json, "checkpoint");
  CheckpointSeen seen;
  ASSIGN_OR_RETURN(seen.root, fields.id<Digest>("root"));
  ASSIGN_OR_RETURN(seen.size, fields.integer("size", 0, limits::kJsonIntegerMax));
  RETURN_IF_ERROR(fields.done());
  return seen;
}

Digest commitment_to(std::string_view field, const Opening& opening) {
  return crypto::labelled_digest("text",
                                 {as_bytes(field), opening.salt.view(), as_bytes(opening.text)});
}

Result<Opening> open_text(std::string text) {
  if (text.size() > limits::kTextBytesMax)
    return fail(ErrorCode::kTooLarge, "text over 10,000 bytes; make it shorter");
  if (!format::is_clean_text(text)) {
    return fail(ErrorCode::kMalformed, "text with control, invisible or invalid characters: " +
                                           printable(text) + "; write it without them");
  }
  Opening opening;
  crypto::random_bytes(opening.salt.bytes);
  opening.text = std::move(text);
  return opening;
}

}  // namespace strongroom::protocol
