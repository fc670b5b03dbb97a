#include "protocol/introduction.h"

#include "protocol/change.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::string_view kIntroductionFormat = "strongroom introduction 1";
constexpr std::string_view kSignatureFormat = "strongroom founding signature 1";
constexpr std::size_t kNameBytesMax = 32;

Json statement_of(const Introduction& introduction) {
  return Json::Object{{"type", "introduction"},
                      {"person", introduction.person},
                      {"name", introduction.name.text},
                      {"salt", introduction.name.salt},
                      {"key", to_json(introduction.keys)}};
}

Result<Introduction> introduction_from(const Json& json) {
  Fields fields(json, "introduction");
  Introduction introduction;
  RETURN_IF_ERROR(fields.require("type", "introduction"));
  ASSIGN_OR_RETURN(introduction.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(introduction.name.text, fields.text("name"));
  ASSIGN_OR_RETURN(introduction.name.salt, fields.id<decltype(introduction.name.salt)>("salt"));
  ASSIGN_OR_RETURN(const Json* key, fields.any("key"));
  ASSIGN_OR_RETURN(introduction.keys, public_keys_from(*key));
  RETURN_IF_ERROR(fields.done());
  RETURN_IF_ERROR(check_person_name(introduction.name.text));
  return introduction;
}

Result<Introduction::Claim> claim_from(const Json& json) {
  Fields fields(json, "claim");
  Introduction::Claim claim;
  ASSIGN_OR_RETURN(claim.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(const Json* signature, fields.any("signature"));
  ASSIGN_OR_RETURN(claim.signature, signature_from(*signature));
  RETURN_IF_ERROR(fields.done());
  return claim;
}

}  // namespace

Result<void> check_person_name(std::string_view name) {
  const bool fits =
      !name.empty() && name.size() <= kNameBytesMax &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
  if (!fits) {
    return fail(ErrorCode::kMalformed,
                "a name here is 1 to 32 of a-z, 0-9 and '-': not " + printable(name));
  }
  return {};
}

Result<std::string> encode_introduction(const Introduction& introduction, const Signer& signer,
                                        const std::optional<StrongroomId>& claim_in) {
  const Json statement = statement_of(introduction);
  ASSIGN_OR_RETURN(const Signature signature, sign_statement(statement, signer));
  Json::Object file{{"format", std::string(kIntroductionFormat)},
                    {"statement", statement},
                    {"signature", to_json(signature)}};
  if (claim_in) {
    ASSIGN_OR_RETURN(
        const Signature claim,
        sign_statement(key_claim(*claim_in, introduction.person, introduction.keys), signer));
    file.emplace("claim", Json::Object{{"strongroom", *claim_in}, {"signature", to_json(claim)}});
  }
  return format::encode(Json(std::move(file)));
}

Result<Introduction> decode_introduction(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, kIntroductionBytesMax));
  Fields fields(json, "introduction file");
  RETURN_IF_ERROR(fields.require("format", kIntroductionFormat));
  ASSIGN_OR_RETURN(const Json* statement, fields.any("statement"));
  ASSIGN_OR_RETURN(Introduction introduction, introduction_from(*statement));
  ASSIGN_OR_RETURN(const Json* signature_json, fields.any("signature"));
  ASSIGN_OR_RETURN(const Signature signature, signature_from(*signature_json));
  if (fields.has("claim")) {
    ASSIGN_OR_RETURN(const Json* claim, fields.any("claim"));
    ASSIGN_OR_RETURN(introduction.claim, claim_from(*claim));
  }
  RETURN_IF_ERROR(fields.done());
  if (signature.key != introduction.keys.id) {
    return fail(ErrorCode::kNotAuthentic, "an introduction that another key has signed");
  }
  RETURN_IF_ERROR(verify_statement(*statement, signature, introduction.keys.sign));
  if (introduction.claim) {
    RETURN_IF_ERROR(verify_statement(
        key_claim(introduction.claim->strongroom, introduction.person, introduction.keys),
        introduction.claim->signature, introduction.keys.sign));
  }
  return introduction;
}

std::string encode(const FoundingSignature& signature) {
  return format::encode(Json(Json::Object{{"format", std::string(kSignatureFormat)},
                                          {"strongroom", signature.strongroom},
                                          {"signature", to_json(signature.signature)}}));
}

Result<FoundingSignature> decode_founding_signature(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, kIntroductionBytesMax));
  Fields fields(json, "founding signature");
  FoundingSignature signature;
  RETURN_IF_ERROR(fields.require("format", kSignatureFormat));
  ASSIGN_OR_RETURN(signature.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(const Json* given, fields.any("signature"));
  ASSIGN_OR_RETURN(signature.signature, signature_from(*given));
  RETURN_IF_ERROR(fields.done());
  return signature;
}

}  // namespace strongroom::protocol
