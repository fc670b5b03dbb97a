#include "protocol/release.h"

#include <array>

#include "base/limits.h"
#include "crypto/hash.h"
#include "format/base64.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kSuiteBytesMax = 64;
constexpr std::size_t kNodePathBytesMax = 64;
constexpr std::size_t kRecipientBytesMax = 2048;
constexpr std::size_t kGroupsMax = 1024;  // an entry must hold them

constexpr std::array<std::string_view, 3> kActs = {"lease", "rekey", "rehearse"};
constexpr std::array<std::string_view, 6> kCauses = {"closed", "expired", "recalled",
                                                     "frozen", "budget",  "failed"};

Result<std::string> short_text(Fields& fields, std::string_view name, std::size_t bytes_max) {
  ASSIGN_OR_RETURN(std::string text, fields.text(name));
  if (text.size() > bytes_max) return fail(ErrorCode::kTooLarge, std::string(name) + ": too long");
  return text;
}

Result<std::vector<std::int64_t>> groups_from(Fields& fields) {
  ASSIGN_OR_RETURN(const Json::Array* items, fields.array("groups", kGroupsMax));
  std::vector<std::int64_t> groups;
  for (const Json& item : *items) {
    const std::int64_t* group = item.integer();
    const bool in_order = group != nullptr && *group >= 0 &&
                          (groups.empty() || groups.back() < *group) &&
                          *group < static_cast<std::int64_t>(limits::kObjectGroupsMax);
    if (!in_order) return fail(ErrorCode::kMalformed, "groups: not ascending numbers in range");
    groups.push_back(*group);
  }
  if (groups.empty()) return fail(ErrorCode::kMalformed, "groups: none");
  return groups;
}

Result<CheckpointSeen> checkpoint_from(Fields& fields) {
  ASSIGN_OR_RETURN(const Json* json, fields.any("checkpoint"));
  return checkpoint_seen_from(*json);
}

// Absent: a lease. One encoding for each act.
Result<void> act_from(Fields& fields, Request& request) {
  if (!fields.has("act")) return {};
  ASSIGN_OR_RETURN(const std::string act, short_text(fields, "act", kSuiteBytesMax));
  ASSIGN_OR_RETURN(request.act, release_act_from(act));
  if (request.act == ReleaseAct::kLease)
    return fail(ErrorCode::kMalformed, "request: a lease names no act");
  if (request.act != ReleaseAct::kRekey) return {};
  ASSIGN_OR_RETURN(const Json* json, fields.any("new_keys"));
  Fields inner(*json, "new keys");
  NewKeys keys;
  ASSIGN_OR_RETURN(keys.epoch, inner.integer("epoch", 1, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(keys.policy, inner.id<Digest>("policy"));
  ASSIGN_OR_RETURN(keys.wrap_suite, short_text(inner, "wrap_suite", kSuiteBytesMax));
  RETURN_IF_ERROR(inner.done());
  request.new_keys = std::move(keys);
  return {};
}

Result<void> recipient_from(Fields& fields, Request& request) {
  ASSIGN_OR_RETURN(const std::string kem, short_text(fields, "recipient_kem", kSuiteBytesMax));
  if (kem == name_of(crypto::KemKind::kX25519)) {
    request.recipient_kem = crypto::KemKind::kX25519;
  } else if (kem == name_of(crypto::KemKind::kP256)) {
    request.recipient_kem = crypto::KemKind::kP256;
  } else {
    return fail(ErrorCode::kMalformed, "request: no such kem: " + printable(kem));
  }
  ASSIGN_OR_RETURN(request.recipient, fields.base64("recipient", kRecipientBytesMax));
  if (request.recipient.size() != crypto::kem_public_bytes(request.recipient_kem)) {
    return fail(ErrorCode::kMalformed, "request: recipient key of the wrong length");
  }
  return {};
}

}  // namespace

std::string_view name_of(ReleaseAct act) { return kActs[static_cast<std::size_t>(act)]; }

Result<ReleaseAct> release_act_from(std::string_view name) {
  for (std::size_t i = 0; i < kActs.size(); ++i) {
    if (kActs[i] == name) return static_cast<ReleaseAct>(i);
  }
  return fail(ErrorCode::kMalformed, "no such act of a release: " + printable(name));
}

Json to_json(const Request& request) {
  Json::Array groups;
  for (const std::int64_t group : request.groups) groups.push_back(group);
  Json::Object object{{"type", "request"},
                      {"strongroom", request.strongroom},
                      {"object", request.object},
                      {"manifest", request.manifest},
                      {"key_record", request.key_record},
                      {"epoch", request.epoch},
                      {"policy", request.policy},
                      {"payload_suite", request.payload_suite},
                      {"wrap_suite", request.wrap_suite},
                      {"groups", std::move(groups)},
                      {"recipient_kem", std::string(name_of(request.recipient_kem))},
                      {"recipient", format::to_base64(request.recipient)},
                      {"person", request.person},
                      {"host", request.host},
                      {"purpose", request.purpose},
                      {"byte_budget", request.byte_budget},
                      {"lease_seconds", request.lease_seconds},
                      {"redemptions", request.redemptions},
                      {"expires", request.expires.value},
                      {"checkpoint", to_json(request.checkpoint)}};
  if (request.act != ReleaseAct::kLease) object.emplace("act", std::string(name_of(request.act)));
  if (request.new_keys) {
    object.emplace("new_keys", Json::Object{{"epoch", request.new_keys->epoch},
                                            {"policy", request.new_keys->policy},
                                            {"wrap_suite", request.new_keys->wrap_suite}});
  }
  return object;
}

Result<Request> request_from(const Json& json) {
  Fields fields(json, "request");
  Request request;
  RETURN_IF_ERROR(fields.require("type", "request"));
  ASSIGN_OR_RETURN(request.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(request.object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(request.manifest, fields.id<Digest>("manifest"));
  ASSIGN_OR_RETURN(request.key_record, fields.id<Digest>("key_record"));
  ASSIGN_OR_RETURN(request.epoch, fields.integer("epoch", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(request.policy, fields.id<Digest>("policy"));
  ASSIGN_OR_RETURN(request.payload_suite, short_text(fields, "payload_suite", kSuiteBytesMax));
  ASSIGN_OR_RETURN(request.wrap_suite, short_text(fields, "wrap_suite", kSuiteBytesMax));
  ASSIGN_OR_RETURN(request.groups, groups_from(fields));
  RETURN_IF_ERROR(recipient_from(fields, request));
  ASSIGN_OR_RETURN(request.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(request.host, fields.id<HostId>("host"));
  ASSIGN_OR_RETURN(request.purpose, fields.id<Digest>("purpose"));
  RETURN_IF_ERROR(act_from(fields, request));
  const bool is_lease = request.act == ReleaseAct::kLease;
  ASSIGN_OR_RETURN(request.byte_budget, fields.integer("byte_budget", is_lease ? 1 : 0,
                                                       is_lease ? limits::kJsonIntegerMax : 0));
  ASSIGN_OR_RETURN(request.lease_seconds,
                   fields.integer("lease_seconds", 1, limits::kLeaseSecondsMax));
  ASSIGN_OR_RETURN(request.redemptions, fields.integer("redemptions", 1, limits::kRedemptionsMax));
  ASSIGN_OR_RETURN(request.expires.value, fields.integer("expires", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(request.checkpoint, checkpoint_from(fields));
  RETURN_IF_ERROR(fields.done());
  return request;
}

Digest evidence_binding(const Request& request) {
  const Digest id =
      crypto::labelled_digest("request", {as_bytes(format::encode(to_json(request)))});
  return crypto::labelled_digest("evidence", {id.view()});
}

ProposalId proposal_id(const Request& request, const Digest& evidence) {
  const Json proposal = Json::Object{{"evidence", evidence}, {"request", to_json(request)}};
  return {crypto::labelled_digest("proposal", {as_bytes(format::encode(proposal))}).bytes};
}

Json to_json(const Vote& vote) {
  Json::Array leaves;
  for (const LeafDigest& leaf : vote.leaves) {
    leaves.push_back(
        Json::Object{{"group", leaf.group}, {"path", leaf.path}, {"digest", leaf.digest}});
  }
  return Json::Object{{"type", "vote"},
                      {"strongroom", vote.strongroom},
                      {"proposal", vote.proposal},
                      {"decision", vote.decision == VoteDecision::kApprove ? "approve" : "refuse"},
                      {"person", vote.person},
                      {"key", vote.key},
                      {"role", std::string(name_of(vote.role))},
                      {"valid_until", vote.valid_until.value},
                      {"checkpoint", to_json(vote.checkpoint)},
                      {"leaves", std::move(leaves)},
                      {"reason", vote.reason}};
}

namespace {
Result<LeafDigest> leaf_from(const Json& json) {
  Fields fields(json, "leaf");
  LeafDigest leaf;
  ASSIGN_OR_RETURN(leaf.group,
                   fields.integer("group", 0, static_cast<std::int64_t>(limits::kObjectGroupsMax)));
  ASSIGN_OR_RETURN(leaf.path, short_text(fields, "path", kNodePathBytesMax));
  ASSIGN_OR_RETURN(leaf.digest, fields.id<Digest>("digest"));
  RETURN_IF_ERROR(fields.done());
  return leaf;
}
}  // namespace

Result<Vote> vote_from(const Json& json) {
  Fields fields(json, "vote");
  Vote vote;
  RETURN_IF_ERROR(fields.require("type", "vote"));
  ASSIGN_OR_RETURN(vote.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(vote.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(const std::string decision, fields.text("decision"));
  if (decision != "approve" && decision != "refuse") {
    return fail(ErrorCode::kMalformed, "vote: neither approve nor refuse");
  }
  vote.decision = decision == "approve" ? VoteDecision::kApprove : VoteDecision::kRefuse;
  ASSIGN_OR_RETURN(vote.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(vote.key, fields.id<KeyId>("key"));
  ASSIGN_OR_RETURN(const std::string role, fields.text("role"));
  ASSIGN_OR_RETURN(vote.role, role_from(role));
  ASSIGN_OR_RETURN(vote.valid_until.value,
                   fields.integer("valid_until", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(vote.checkpoint, checkpoint_from(fields));
  ASSIGN_OR_RETURN(const Json::Array* leaves, fields.array("leaves", kGroupsMax));
  for (const Json& each : *leaves) {
    ASSIGN_OR_RETURN(LeafDigest leaf, leaf_from(each));
    vote.leaves.push_back(std::move(leaf));
  }
  ASSIGN_OR_RETURN(vote.reason, fields.id<Digest>("reason"));
  RETURN_IF_ERROR(fields.done());
  return vote;
}

Json to_json(const Redemption& redemption) {
  return Json::Object{{"type", "redeem"},
                      {"strongroom", redemption.strongroom},
                      {"proposal", redemption.proposal},
                      {"n", redemption.n},
                      {"host", redemption.host},
                      {"nonce", redemption.nonce},
                      {"evidence", redemption.evidence}};
}

Result<Redemption> redemption_from(const Json& json) {
  Fields fields(json, "redemption");
  Redemption redemption;
  RETURN_IF_ERROR(fields.require("type", "redeem"));
  ASSIGN_OR_RETURN(redemption.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(redemption.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(redemption.n, fields.integer("n", 1, limits::kRedemptionsMax));
  ASSIGN_OR_RETURN(redemption.host, fields.id<HostId>("host"));
  ASSIGN_OR_RETURN(redemption.nonce, fields.id<Digest>("nonce"));
  ASSIGN_OR_RETURN(redemption.evidence, fields.id<Digest>("evidence"));
  RETURN_IF_ERROR(fields.done());
  return redemption;
}

Digest redemption_binding(const ProposalId& proposal, std::int64_t n, const Digest& nonce) {
  std::array<std::uint8_t, 8> number{};
  put_u64(static_cast<std::uint64_t>(n), number);
  return crypto::labelled_digest("redeem", {proposal.view(), number, nonce.view()});
}

Json to_json(const LeaseEnd& end) {
  return Json::Object{{"type", "lease-end"},
                      {"strongroom", end.strongroom},
                      {"proposal", end.proposal},
                      {"n", end.n},
                      {"host", end.host},
                      {"cause", end.cause},
                      {"served_bytes", end.served_bytes},
                      {"wiped", end.wiped}};
}

Result<LeaseEnd> lease_end_from(const Json& json) {
  Fields fields(json, "lease end");
  LeaseEnd end;
  RETURN_IF_ERROR(fields.require("type", "lease-end"));
  ASSIGN_OR_RETURN(end.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(end.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(end.n, fields.integer("n", 1, limits::kRedemptionsMax));
  ASSIGN_OR_RETURN(end.host, fields.id<HostId>("host"));
  ASSIGN_OR_RETURN(end.cause, fields.text("cause"));
  if (std::find(kCauses.begin(), kCauses.end(), end.cause) == kCauses.end()) {
    return fail(ErrorCode::kMalformed, "lease end: no such cause: " + printable(end.cause));
  }
  ASSIGN_OR_RETURN(end.served_bytes, fields.integer("served_bytes", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(end.wiped, fields.boolean("wiped"));
  RETURN_IF_ERROR(fields.done());
  return end;
}

Json to_json(const Evidence& evidence) {
  return Json::Object{
      {"binding", evidence.binding}, {"host", evidence.host}, {"kind", evidence.kind}};
}

Result<Evidence> evidence_from(const Json& json) {
  Fields fields(json, "evidence");
  Evidence evidence;
  RETURN_IF_ERROR(fields.require("kind", kEvidenceNone));
  evidence.kind = kEvidenceNone;
  ASSIGN_OR_RETURN(evidence.host, fields.id<HostId>("host"));
  ASSIGN_OR_RETURN(evidence.binding, fields.id<Digest>("binding"));
  RETURN_IF_ERROR(fields.done());
  return evidence;
}

Digest digest_of(const Evidence& evidence) {
  return crypto::labelled_digest("evidence document",
                                 {as_bytes(format::encode(to_json(evidence)))});
}

}  // namespace strongroom::protocol
