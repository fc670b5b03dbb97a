#include "protocol/lease.h"

#include <array>

#include "base/limits.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kGroupsMax = 1024;

constexpr std::array<std::string_view, 6> kPhases{"waiting", "redeeming", "mounted",
                                                  "ending",  "ended",     "failed"};

Result<std::vector<std::int64_t>> numbers_from(Fields& fields, std::string_view name) {
  ASSIGN_OR_RETURN(const Json::Array* items, fields.array(name, kGroupsMax));
  std::vector<std::int64_t> numbers;
  for (const Json& item : *items) {
    if (item.integer() == nullptr)
      return fail(ErrorCode::kMalformed, std::string(name) + ": not numbers");
    numbers.push_back(*item.integer());
  }
  return numbers;
}

}  // namespace

std::string encode(const DraftAsk& ask) {
  Json::Array groups;
  for (const std::int64_t group : ask.groups) groups.push_back(group);
  return format::encode(Json::Object{{"object", ask.object},
                                     {"groups", std::move(groups)},
                                     {"person", ask.person},
                                     {"purpose", ask.purpose},
                                     {"byte_budget", ask.byte_budget},
                                     {"lease_seconds", ask.lease_seconds},
                                     {"expires_seconds", ask.expires_seconds},
                                     {"act", std::string(name_of(ask.act))}});
}

Result<DraftAsk> decode_draft_ask(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kEntryBytesMax));
  Fields fields(json, "draft");
  DraftAsk ask;
  ASSIGN_OR_RETURN(ask.object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(ask.groups, numbers_from(fields, "groups"));
  ASSIGN_OR_RETURN(ask.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(ask.purpose, fields.id<Digest>("purpose"));
  ASSIGN_OR_RETURN(const std::string act, fields.text("act"));
  ASSIGN_OR_RETURN(ask.act, release_act_from(act));
  const bool is_lease = ask.act == ReleaseAct::kLease;
  ASSIGN_OR_RETURN(ask.byte_budget, fields.integer("byte_budget", is_lease ? 1 : 0,
                                                   is_lease ? limits::kJsonIntegerMax : 0));
  ASSIGN_OR_RETURN(ask.lease_seconds, fields.integer("lease_seconds", 1, limits::kLeaseSecondsMax));
  ASSIGN_OR_RETURN(ask.expires_seconds,
                   fields.integer("expires_seconds", 1, limits::kProposalSecondsMax));
  RETURN_IF_ERROR(fields.done());
  return ask;
}

std::string encode(const Draft& draft) {
  return format::encode(
      Json::Object{{"request", to_json(draft.request)}, {"evidence", to_json(draft.evidence)}});
}

Result<Draft> decode_draft(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kEntryBytesMax));
  Fields fields(json, "draft");
  Draft draft;
  ASSIGN_OR_RETURN(const Json* request, fields.any("request"));
  ASSIGN_OR_RETURN(draft.request, request_from(*request));
  ASSIGN_OR_RETURN(const Json* evidence, fields.any("evidence"));
  ASSIGN_OR_RETURN(draft.evidence, evidence_from(*evidence));
  RETURN_IF_ERROR(fields.done());
  return draft;
}

std::string encode(const LeaseAsk& ask) {
  return format::encode(Json::Object{{"proposal", ask.proposal},
                                     {"signature", to_json(ask.signature)},
                                     {"purpose_salt", ask.purpose.salt},
                                     {"purpose_text", ask.purpose.text},
                                     {"mount", ask.mount},
                                     {"confined", ask.confined}});
}

Result<LeaseAsk> decode_lease_ask(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kEntryBytesMax));
  Fields fields(json, "lease");
  LeaseAsk ask;
  ASSIGN_OR_RETURN(ask.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(const Json* signature, fields.any("signature"));
  ASSIGN_OR_RETURN(ask.signature, signature_from(*signature));
  ASSIGN_OR_RETURN(ask.purpose.salt, fields.id<decltype(ask.purpose.salt)>("purpose_salt"));
  ASSIGN_OR_RETURN(ask.purpose.text, fields.text("purpose_text"));
  ASSIGN_OR_RETURN(ask.mount, fields.text("mount"));
  ASSIGN_OR_RETURN(ask.confined, fields.boolean("confined"));
  RETURN_IF_ERROR(fields.done());
  return ask;
}

std::string_view name_of(LeasePhase phase) { return kPhases[static_cast<std::size_t>(phase)]; }

std::string encode(const LeaseStatus& status) {
  return format::encode(Json::Object{{"proposal", status.proposal},
                                     {"phase", std::string(name_of(status.phase))},
                                     {"mount", status.mount},
                                     {"detail", status.detail},
                                     {"approvals_missing", status.approvals_missing},
                                     {"seconds_left", status.seconds_left},
                                     {"served_bytes", status.served_bytes},
                                     {"wiped", status.wiped}});
}

Result<LeaseStatus> decode_lease_status(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kEntryBytesMax));
  Fields fields(json, "lease status");
  LeaseStatus status;
  ASSIGN_OR_RETURN(status.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(const std::string phase, fields.text("phase"));
  const auto* const found = std::find(kPhases.begin(), kPhases.end(), phase);
  if (found == kPhases.end()) return fail(ErrorCode::kMalformed, "lease status: no such phase");
  status.phase = static_cast<LeasePhase>(found - kPhases.begin());
  ASSIGN_OR_RETURN(status.mount, fields.text("mount"));
  ASSIGN_OR_RETURN(status.detail, fields.text("detail"));
  ASSIGN_OR_RETURN(status.approvals_missing,
                   fields.integer("approvals_missing", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(status.seconds_left, fields.integer("seconds_left", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(status.served_bytes, fields.integer("served_bytes", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(status.wiped, fields.boolean("wiped"));
  RETURN_IF_ERROR(fields.done());
  return status;
}

}  // namespace strongroom::protocol
