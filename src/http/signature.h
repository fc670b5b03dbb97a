#ifndef STRONGROOM_HTTP_SIGNATURE_H_
#define STRONGROOM_HTTP_SIGNATURE_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "crypto/sign.h"
#include "http/message.h"

namespace strongroom::http {

/// HTTP Message Signatures (RFC 9421) with Ed25519 over Content-Digest (RFC 9530), in one shape
/// only: one signature labelled "strongroom" over "@method" "@path" "@query" and, when there is a
/// body, "content-digest"; parameters created, keyid, nonce, alg="ed25519", tag="strongroom", in
/// this order. Not covered: the server's name, and other fields. What must not be replayed at
/// another server carries that server's strongroom id in its body or in the key's name.
inline constexpr std::string_view kSignatureLabel = "strongroom";
inline constexpr std::size_t kKeyNameBytesMax = 256;
inline constexpr std::size_t kNonceBytesMax = 64;

/// Signs with whatever key stands behind it; borrowed for the call.
using Signer = std::function<Result<crypto::Ed25519Signature>(ByteView message)>;
/// The key that `key_id` names and that may sign now, or nothing.
using KeyLookup = std::function<std::optional<crypto::Ed25519Public>(std::string_view key_id)>;

struct SignatureParameters {
  std::string key_id;  ///< printable ASCII without '"' and '\'; at most kKeyNameBytesMax
  std::string nonce;   ///< as key_id, 16 to kNonceBytesMax bytes; `fresh_nonce`
  UnixSeconds created;
};

/// 128 random bits as hexadecimal.
[[nodiscard]] std::string fresh_nonce();

/// Adds Content-Digest (when there is a body), Signature-Input and Signature, in place of any that
/// are there. Later changes to method, path, query or body break the signature.
/// Errors: kUsage (a name or nonce that cannot be written), and the signer's own.
[[nodiscard]] Result<void> sign_request(Request& request, const SignatureParameters& parameters,
                                        const Signer& signer);

struct VerifiedSigner {
  std::string key_id;
  std::string nonce;
  UnixSeconds created;
};

/// Does a key that `lookup` knows vouch for method, path, query and body, made within
/// `skew_seconds_max` of `now`? Whether the nonce is new is for NonceCache to say: ask it next.
/// Total. Thread-safe if `lookup` is. Errors: kNotAuthentic, for every failure.
[[nodiscard]] Result<VerifiedSigner> verify_request(const Request& request, const KeyLookup& lookup,
                                                    UnixSeconds now, std::int64_t skew_seconds_max);

/// One member of Signature-Input, of any shape that the parser takes (wider than what
/// `verify_request` accepts). Absent parameters are not written.
struct SignatureInput {
  std::string label;
  std::vector<std::string> components;  ///< lower case, at most 16; "@method", "content-digest", …
  std::optional<std::int64_t> created;
  std::optional<std::string> key_id;
  std::optional<std::string> nonce;
  std::optional<std::string> algorithm;
  std::optional<std::string> tag;
};

/// Total: one member, its parameters in the order of SignatureInput, written as `signature_input`
/// writes them. Errors: kMalformed.
[[nodiscard]] Result<SignatureInput> parse_signature_input(std::string_view field);
[[nodiscard]] std::string signature_input(const SignatureInput& input);
/// RFC 9421 §2.5. Components: @method, @path, @query, @authority (the Host field), and fields.
/// Errors: kMalformed (a component that the request lacks or has twice, or that we do not derive).
[[nodiscard]] Result<std::string> signature_base(const Request& request,
                                                 const SignatureInput& input);
/// RFC 9530: "sha-256=:…:".
[[nodiscard]] std::string content_digest(ByteView body);

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_SIGNATURE_H_
