#include "http/signature.h"

#include <fmt/format.h>

#include "crypto/hash.h"
#include "crypto/random.h"
#include "format/base64.h"
#include "http/characters.h"

namespace strongroom::http {
namespace {

constexpr std::string_view kAlgorithm = "ed25519";
constexpr std::string_view kTag = "strongroom";
constexpr std::size_t kNonceBytesMin = 16;

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_printable_ascii(c) && c != '"' && c != '\\'; });
}
bool is_key_name(std::string_view text) {
  return !text.empty() && text.size() <= kKeyNameBytesMax && is_plain(text);
}
bool is_nonce(std::string_view text) {
  return text.size() >= kNonceBytesMin && text.size() <= kNonceBytesMax && is_plain(text);
}

std::vector<std::string> covered(const Request& request) {
  std::vector<std::string> components = {"@method", "@path", "@query"};
  if (!request.body.empty()) components.emplace_back("content-digest");
  return components;
}

tl::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::kNotAuthentic, fmt::format("the request's signature is refused: {}", why));
}

/// The one signature of the one shape that we take.
Result<SignatureInput> input_of(const Request& request) {
  const std::optional<std::string_view> field = request.headers.find("Signature-Input");
  if (!field) return refuse("there is not exactly one Signature-Input field");
  Result<SignatureInput> input = parse_signature_input(*field);
  if (!input) return refuse(input.error().context);
  if (input->label != kSignatureLabel || input->tag != kTag || input->algorithm != kAlgorithm) {
    return refuse("it is not labelled and tagged \"strongroom\" with algorithm \"ed25519\"");
  }
  if (input->components != covered(request)) {
    return refuse("it does not cover method, path, query and body digest, and only these");
  }
  if (!input->created || !input->key_id || !is_key_name(*input->key_id) || !input->nonce ||
      !is_nonce(*input->nonce)) {
    return refuse("created, keyid or nonce is missing or of the wrong length");
  }
  return input;
}

Result<crypto::Ed25519Signature> signature_of(const Request& request) {
  const std::optional<std::string_view> field = request.headers.find("Signature");
  const std::string before = fmt::format("{}=:", kSignatureLabel);
  if (!field || field->size() <= before.size() || field->substr(0, before.size()) != before ||
      field->back() != ':') {
    return refuse("there is not exactly one Signature field with one signature");
  }
  const std::optional<Bytes> bytes =
      format::from_base64(field->substr(before.size(), field->size() - before.size() - 1));
  const std::optional<crypto::Ed25519Signature> signature =
      bytes ? crypto::Ed25519Signature::from_view(*bytes) : std::nullopt;
  if (!signature) return refuse("it is not 64 bytes of base64");
  return *signature;
}

Result<void> check_digest(const Request& request) {
  if (request.body.empty()) {
    if (request.headers.count("Content-Digest") == 0) return {};
    return refuse("there is a Content-Digest without a body");
  }
  const std::optional<std::string_view> field = request.headers.find("Content-Digest");
  if (!field || *field != content_digest(request.body)) {
    return refuse("the Content-Digest is not the body's SHA-256");
  }
  return {};
}

}  // namespace

std::string fresh_nonce() {
  std::array<std::uint8_t, 16> bytes{};
  crypto::random_bytes(bytes);
  return to_hex(bytes);
}

std::string content_digest(ByteView body) {
  return fmt::format("sha-256=:{}:", format::to_base64(crypto::sha256(body).view()));
}

Result<void> sign_request(Request& request, const SignatureParameters& parameters,
                          const Signer& signer) {
  if (!is_key_name(parameters.key_id) || !is_nonce(parameters.nonce)) {
    return fail(ErrorCode::kUsage, "this key name or nonce cannot be written into a signature");
  }
  for (const char* name : {"Content-Digest", "Signature-Input", "Signature"}) {
    request.headers.remove(name);
  }
  if (!request.body.empty()) {
    RETURN_IF_ERROR(request.headers.add("Content-Digest", content_digest(request.body)));
  }
  SignatureInput input;
  input.label = kSignatureLabel;
  input.components = covered(request);
  input.created = parameters.created.value;
  input.key_id = parameters.key_id;
  input.nonce = parameters.nonce;
  input.algorithm = kAlgorithm;
  input.tag = kTag;
  ASSIGN_OR_RETURN(const std::string base, signature_base(request, input));
  ASSIGN_OR_RETURN(const crypto::Ed25519Signature signature, signer(as_bytes(base)));
  RETURN_IF_ERROR(request.headers.add("Signature-Input", signature_input(input)));
  return request.headers.add(
      "Signature", fmt::format("{}=:{}:", kSignatureLabel, format::to_base64(signature.view())));
}

Result<VerifiedSigner> verify_request(const Request& request, const KeyLookup& lookup,
                                      UnixSeconds now, std::int64_t skew_seconds_max) {
  ASSIGN_OR_RETURN(const SignatureInput input, input_of(request));
  ASSIGN_OR_RETURN(const crypto::Ed25519Signature signature, signature_of(request));
  RETURN_IF_ERROR(check_digest(request));
  const std::int64_t age_seconds = now.value - *input.created;
  if (age_seconds > skew_seconds_max || age_seconds < -skew_seconds_max) {
    return refuse(
        fmt::format("it was made {} seconds {} this server's clock says: check both "
                    "clocks and send again",
                    age_seconds < 0 ? -age_seconds : age_seconds,
                    age_seconds < 0 ? "after what" : "before what"));
  }
  const std::optional<crypto::Ed25519Public> key = lookup(*input.key_id);
  if (!key) return refuse("no key of that name may sign here");
  const Result<std::string> base = signature_base(request, input);
  if (!base) return refuse(base.error().context);
  if (!crypto::ed25519_verify(*key, as_bytes(*base), signature)) {
    return refuse("it does not hold under the key that it names");
  }
  return VerifiedSigner{*input.key_id, *input.nonce, {*input.created}};
}

}  // namespace strongroom::http
