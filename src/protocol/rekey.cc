#include "protocol/rekey.h"

#include <algorithm>
#include <array>

#include "base/limits.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kSuiteBytesMax = 64;

// Weakest first; spec/key-record.md.
constexpr std::array<std::string_view, 4> kSuites = {
    "development-x25519", "classical-p256", "post-quantum-mlkem768-p256", "post-quantum-xwing"};

}  // namespace

Json to_json(const Rekey& rekey) {
  return Json::Object{{"type", "rekey"},
                      {"strongroom", rekey.strongroom},
                      {"proposal", rekey.proposal},
                      {"n", rekey.n},
                      {"host", rekey.host},
                      {"object", rekey.object},
                      {"epoch", rekey.epoch},
                      {"key_record", rekey.key_record},
                      {"sealed_shares", rekey.sealed_shares},
                      {"policy", rekey.policy},
                      {"deposit_key", rekey.deposit_key},
                      {"wrap_suite", rekey.wrap_suite},
                      {"checkpoint", to_json(rekey.checkpoint)}};
}

Result<Rekey> rekey_from(const Json& json) {
  Fields fields(json, "re-key");
  Rekey rekey;
  RETURN_IF_ERROR(fields.require("type", "rekey"));
  ASSIGN_OR_RETURN(rekey.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(rekey.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(rekey.n, fields.integer("n", 1, limits::kRedemptionsMax));
  ASSIGN_OR_RETURN(rekey.host, fields.id<HostId>("host"));
  ASSIGN_OR_RETURN(rekey.object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(rekey.epoch, fields.integer("epoch", 1, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(rekey.key_record, fields.id<Digest>("key_record"));
  ASSIGN_OR_RETURN(rekey.sealed_shares, fields.id<Digest>("sealed_shares"));
  ASSIGN_OR_RETURN(rekey.policy, fields.id<Digest>("policy"));
  ASSIGN_OR_RETURN(rekey.deposit_key, fields.id<KeyId>("deposit_key"));
  ASSIGN_OR_RETURN(rekey.wrap_suite, fields.text("wrap_suite"));
  if (rekey.wrap_suite.empty() || rekey.wrap_suite.size() > kSuiteBytesMax)
    return fail(ErrorCode::kMalformed, "wrap_suite: empty or too long");
  ASSIGN_OR_RETURN(const Json* checkpoint, fields.any("checkpoint"));
  ASSIGN_OR_RETURN(rekey.checkpoint, checkpoint_seen_from(*checkpoint));
  RETURN_IF_ERROR(fields.done());
  return rekey;
}

bool weakens_wrap_suite(std::string_view from, std::string_view to) {
  if (from == to) return false;
  const auto* const before = std::find(kSuites.begin(), kSuites.end(), from);
  const auto* const after = std::find(kSuites.begin(), kSuites.end(), to);
  return before == kSuites.end() || after == kSuites.end() || after < before;
}

}  // namespace strongroom::protocol
