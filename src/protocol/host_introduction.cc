#include "protocol/host_introduction.h"

#include "protocol/change.h"
#include "protocol/introduction.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {
constexpr std::string_view kFormat = "strongroom host introduction 1";
}  // namespace

Result<HostIntroduction> introduce_host(const StrongroomId& strongroom, Host host,
                                        const std::string& name, const Signer& signer) {
  RETURN_IF_ERROR(check_person_name(name));
  HostIntroduction introduction{
      .strongroom = strongroom, .host = std::move(host), .name = {}, .claim = {}};
  ASSIGN_OR_RETURN(introduction.name, open_text(name));
  introduction.host.name = commitment_to("name", introduction.name);
  ASSIGN_OR_RETURN(introduction.claim,
                   sign_statement(host_claim(strongroom, introduction.host), signer));
  return introduction;
}

std::string encode(const HostIntroduction& introduction) {
  return format::encode(Json(Json::Object{{"format", std::string(kFormat)},
                                          {"strongroom", introduction.strongroom},
                                          {"host", to_json(introduction.host)},
                                          {"name", introduction.name.text},
                                          {"salt", introduction.name.salt},
                                          {"claim", to_json(introduction.claim)}}));
}

Result<HostIntroduction> decode_host_introduction(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, kHostIntroductionBytesMax));
  Fields fields(json, "host introduction");
  HostIntroduction introduction;
  RETURN_IF_ERROR(fields.require("format", kFormat));
  ASSIGN_OR_RETURN(introduction.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(const Json* host, fields.any("host"));
  ASSIGN_OR_RETURN(introduction.host, host_from(*host));
  ASSIGN_OR_RETURN(introduction.name.text, fields.text("name"));
  ASSIGN_OR_RETURN(introduction.name.salt, fields.id<decltype(introduction.name.salt)>("salt"));
  ASSIGN_OR_RETURN(const Json* claim, fields.any("claim"));
  ASSIGN_OR_RETURN(introduction.claim, signature_from(*claim));
  RETURN_IF_ERROR(fields.done());
  RETURN_IF_ERROR(check_person_name(introduction.name.text));
  if (commitment_to("name", introduction.name) != introduction.host.name) {
    return fail(ErrorCode::kNotAuthentic, "the host's name is not the one that its key signed");
  }
  if (introduction.claim.key != crypto::key_id_of(introduction.host.key))
    return fail(ErrorCode::kNotAuthentic, "a host's introduction that another key has signed");
  RETURN_IF_ERROR(verify_statement(host_claim(introduction.strongroom, introduction.host),
                                   introduction.claim, introduction.host.key));
  return introduction;
}

}  // namespace strongroom::protocol
