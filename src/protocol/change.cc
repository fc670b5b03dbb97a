#include "protocol/change.h"

#include <array>

#include "base/limits.h"
#include "crypto/hash.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kPositionsMax = 64;
constexpr std::size_t kPublicNameBytesMax = 200;
constexpr std::size_t kClaimsMax = 8;
constexpr std::size_t kExceptedHostsMax = 64;
constexpr std::array<std::string_view, 17> kKinds{
    "unfreeze",     "restore-freeze",      "enrol",   "add-key", "retire-key",   "retire-member",
    "add-host",     "retire-host",         "policy",  "level",   "triage-rules", "reference",
    "public-index", "retire-public-index", "dismiss", "levels",  "exception"};
static_assert(kKinds.size() == std::variant_size_v<Subject>);

Result<Signature> signature_in(Fields& fields, std::string_view name) {
  ASSIGN_OR_RETURN(const Json* json, fields.any(name));
  return signature_from(*json);
}

Json positions_to(const std::vector<std::int64_t>& positions) {
  Json::Array list;
  for (const std::int64_t each : positions) list.push_back(each);
  return list;
}

// One overload per kind: the members beside "kind".
struct Encoding {
  Json::Object operator()(const Unfreeze& subject) const {
    return {{"freezes", positions_to(subject.freezes)}};
  }
  Json::Object operator()(const RestoreFreeze& subject) const {
    return {{"person", subject.person}};
  }
  Json::Object operator()(const Enrol& subject) const {
    Json::Array claims;
    for (const Signature& each : subject.claims) claims.push_back(to_json(each));
    return {{"member", to_json(subject.member)}, {"claims", std::move(claims)}};
  }
  Json::Object operator()(const AddKey& subject) const {
    return {{"person", subject.person},
            {"key", to_json(subject.key)},
            {"claim", to_json(subject.claim)}};
  }
  Json::Object operator()(const RetireKey& subject) const {
    return {{"person", subject.person}, {"key", subject.key}};
  }
  Json::Object operator()(const RetireMember& subject) const {
    return {{"person", subject.person}};
  }
  Json::Object operator()(const AddHost& subject) const {
    return {{"host", to_json(subject.host)}, {"claim", to_json(subject.claim)}};
  }
  Json::Object operator()(const RetireHost& subject) const { return {{"host", subject.host}}; }
  Json::Object operator()(const SetPolicy& subject) const {
    return {{"policy", subject.policy.to_json()}};
  }
  Json::Object operator()(const SetLevel& subject) const {
    return {{"asset", subject.asset},
            {"level", std::string(name_of(subject.level))},
            {"until", subject.until.value}};
  }
  Json::Object operator()(const SetTriageRules& subject) const {
    return {{"rules", subject.rules}};
  }
  Json::Object operator()(const SetReference& subject) const {
    return {{"name", subject.name}, {"as_of", subject.as_of.value}};
  }
  Json::Object operator()(const AddPublicIndex& subject) const {
    return {{"root", subject.root}, {"size", subject.size}, {"source", subject.source}};
  }
  Json::Object operator()(const RetirePublicIndex& subject) const {
    return {{"root", subject.root}};
  }
  Json::Object operator()(const Dismiss& subject) const {
    return {{"findings", positions_to(subject.findings)}};
  }
  Json::Object operator()(const SetLevels& subject) const {
    return {{"levels", to_json(subject.levels)}};
  }
  Json::Object operator()(const Except& subject) const {
    Json::Array hosts;
    for (const HostId& each : subject.hosts) hosts.push_back(each);
    return {{"object", subject.object},
            {"hosts", std::move(hosts)},
            {"demand", subject.demand},
            {"level", std::string(name_of(subject.level))},
            {"until", subject.until.value}};
  }
};

Result<std::vector<std::int64_t>> positions_in(Fields& fields, std::string_view name) {
  ASSIGN_OR_RETURN(const Json::Array* items, fields.array(name, kPositionsMax));
  std::vector<std::int64_t> positions;
  for (const Json& item : *items) {
    const std::int64_t* position = item.integer();
    const bool in_order = position != nullptr && *position >= 0 &&
                          (positions.empty() || positions.back() < *position);
    if (!in_order) {
      return fail(ErrorCode::kMalformed, std::string(name) + ": named by ascending log positions");
    }
    positions.push_back(*position);
  }
  if (positions.empty()) return fail(ErrorCode::kMalformed, std::string(name) + ": none named");
  return positions;
}

Result<Subject> unfreeze_from(Fields& fields) {
  ASSIGN_OR_RETURN(std::vector<std::int64_t> freezes, positions_in(fields, "freezes"));
  return Subject(Unfreeze{std::move(freezes)});
}

Result<Subject> enrol_from(Fields& fields) {
  Enrol subject;
  ASSIGN_OR_RETURN(const Json* member, fields.any("member"));
  ASSIGN_OR_RETURN(subject.member, member_from(*member));
  ASSIGN_OR_RETURN(const Json::Array* claims, fields.array("claims", kClaimsMax));
  for (const Json& each : *claims) {
    ASSIGN_OR_RETURN(const Signature claim, signature_from(each));
    subject.claims.push_back(claim);
  }
  return Subject(std::move(subject));
}

Result<Subject> add_key_from(Fields& fields) {
  AddKey subject;
  ASSIGN_OR_RETURN(subject.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(const Json* key, fields.any("key"));
  ASSIGN_OR_RETURN(subject.key, public_keys_from(*key));
  ASSIGN_OR_RETURN(subject.claim, signature_in(fields, "claim"));
  return Subject(std::move(subject));
}

Result<Subject> add_host_from(Fields& fields) {
  AddHost subject;
  ASSIGN_OR_RETURN(const Json* host, fields.any("host"));
  ASSIGN_OR_RETURN(subject.host, host_from(*host));
  ASSIGN_OR_RETURN(subject.claim, signature_in(fields, "claim"));
  return Subject(std::move(subject));
}

Result<Subject> level_subject_from(Fields& fields) {
  SetLevel subject;
  ASSIGN_OR_RETURN(subject.asset, fields.id<AssetId>("asset"));
  ASSIGN_OR_RETURN(const std::string level, fields.text("level"));
  ASSIGN_OR_RETURN(subject.level, level_from(level));
  ASSIGN_OR_RETURN(subject.until.value, fields.integer("until", 0, limits::kJsonIntegerMax));
  return Subject(subject);
}

Result<Subject> levels_subject_from(Fields& fields) {
  ASSIGN_OR_RETURN(const Json* levels, fields.any("levels"));
  ASSIGN_OR_RETURN(std::vector<LevelDemand> rows, levels_from(*levels));
  return Subject(SetLevels{std::move(rows)});
}

Result<Subject> exception_from(Fields& fields) {
  Except subject;
  ASSIGN_OR_RETURN(subject.object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(const Json::Array* hosts, fields.array("hosts", kExceptedHostsMax));
  for (const Json& each : *hosts) {
    const auto host = each.text() != nullptr ? HostId::from_hex_text(*each.text()) : std::nullopt;
    if (!host || (!subject.hosts.empty() && !(subject.hosts.back() < *host)))
      return fail(ErrorCode::kMalformed, "exception: hosts are named by ascending ids");
    subject.hosts.push_back(*host);
  }
  if (subject.hosts.empty()) return fail(ErrorCode::kMalformed, "exception: for no host");
  ASSIGN_OR_RETURN(subject.demand, fields.text("demand", 64));
  if (demand_named(subject.demand) == nullptr)
    return fail(ErrorCode::kMalformed, "exception: no level demands such a thing");
  ASSIGN_OR_RETURN(const std::string level, fields.text("level"));
  ASSIGN_OR_RETURN(subject.level, level_from(level));
  ASSIGN_OR_RETURN(subject.until.value, fields.integer("until", 0, limits::kJsonIntegerMax));
  return Subject(std::move(subject));
}

Result<Subject> reference_from(Fields& fields) {
  constexpr std::int64_t kDaySeconds = 24 * 3600;
  SetReference subject;
  ASSIGN_OR_RETURN(subject.name, fields.text("name", kPublicNameBytesMax));
  ASSIGN_OR_RETURN(subject.as_of.value, fields.integer("as_of", 0, limits::kJsonIntegerMax));
  if (subject.name.empty() || subject.as_of.value % kDaySeconds != 0)
    return fail(ErrorCode::kMalformed, "reference: a name, and a day");
  return Subject(std::move(subject));
}

Result<Subject> public_index_from(Fields& fields) {
  AddPublicIndex subject;
  ASSIGN_OR_RETURN(subject.root, fields.id<Digest>("root"));
  ASSIGN_OR_RETURN(subject.size, fields.integer("size", 1, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(subject.source, fields.text("source", kPublicNameBytesMax));
  return Subject(std::move(subject));
}

// What triage rests on beside the facts of one asset.
Result<Subject> ground_of_kind(std::string_view kind, Fields& fields) {
  if (kind == "triage-rules") {
    ASSIGN_OR_RETURN(const Json::Object* rules, fields.object("rules"));
    return Subject(SetTriageRules{*rules});
  }
  if (kind == "reference") return reference_from(fields);
  if (kind == "public-index") return public_index_from(fields);
  if (kind == "retire-public-index") {
    ASSIGN_OR_RETURN(const Digest root, fields.id<Digest>("root"));
    return Subject(RetirePublicIndex{root});
  }
  if (kind == "dismiss") {
    ASSIGN_OR_RETURN(std::vector<std::int64_t> findings, positions_in(fields, "findings"));
    return Subject(Dismiss{std::move(findings)});
  }
  return fail(ErrorCode::kMalformed, "change: no such kind: " + printable(kind));
}

Result<Subject> subject_of_kind(std::string_view kind, Fields& fields) {
  if (kind == "unfreeze") return unfreeze_from(fields);
  if (kind == "enrol") return enrol_from(fields);
  if (kind == "add-key") return add_key_from(fields);
  if (kind == "add-host") return add_host_from(fields);
  if (kind == "level") return level_subject_from(fields);
  if (kind == "levels") return levels_subject_from(fields);
  if (kind == "exception") return exception_from(fields);
  if (kind == "restore-freeze") {
    ASSIGN_OR_RETURN(const PersonId person, fields.id<PersonId>("person"));
    return Subject(RestoreFreeze{person});
  }
  if (kind == "retire-key") {
    ASSIGN_OR_RETURN(const PersonId person, fields.id<PersonId>("person"));
    ASSIGN_OR_RETURN(const KeyId key, fields.id<KeyId>("key"));
    return Subject(RetireKey{person, key});
  }
  if (kind == "retire-member") {
    ASSIGN_OR_RETURN(const PersonId person, fields.id<PersonId>("person"));
    return Subject(RetireMember{person});
  }
  if (kind == "retire-host") {
    ASSIGN_OR_RETURN(const HostId host, fields.id<HostId>("host"));
    return Subject(RetireHost{host});
  }
  if (kind == "policy") {
    ASSIGN_OR_RETURN(const Json* json, fields.any("policy"));
    ASSIGN_OR_RETURN(Policy policy, Policy::from_json(*json));
    return Subject(SetPolicy{std::move(policy)});
  }
  return ground_of_kind(kind, fields);
}

Result<Subject> subject_from(const Json& json) {
  Fields fields(json, "change's subject");
  ASSIGN_OR_RETURN(const std::string kind, fields.text("kind"));
  ASSIGN_OR_RETURN(Subject subject, subject_of_kind(kind, fields));
  RETURN_IF_ERROR(fields.done());
  return subject;
}

}  // namespace

std::string_view kind_of(const Subject& subject) { return kKinds.at(subject.index()); }

Json to_json(const Change& change) {
  Json::Object subject = std::visit(Encoding{}, change.subject);
  subject.emplace("kind", std::string(kind_of(change.subject)));
  return Json::Object{{"type", "change"},
                      {"strongroom", change.strongroom},
                      {"subject", std::move(subject)},
                      {"person", change.person},
                      {"reason", change.reason},
                      {"expires", change.expires.value},
                      {"checkpoint", to_json(change.checkpoint)}};
}

Result<Change> change_from(const Json& json) {
  Fields fields(json, "change");
  Change change;
  RETURN_IF_ERROR(fields.require("type", "change"));
  ASSIGN_OR_RETURN(change.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(const Json* subject, fields.any("subject"));
  ASSIGN_OR_RETURN(change.subject, subject_from(*subject));
  ASSIGN_OR_RETURN(change.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(change.reason, fields.id<Digest>("reason"));
  ASSIGN_OR_RETURN(change.expires.value, fields.integer("expires", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const Json* checkpoint, fields.any("checkpoint"));
  ASSIGN_OR_RETURN(change.checkpoint, checkpoint_seen_from(*checkpoint));
  RETURN_IF_ERROR(fields.done());
  return change;
}

ChangeId change_id(const Change& change) {
  return {crypto::labelled_digest("change", {as_bytes(format::encode(to_json(change)))}).bytes};
}

Json to_json(const ChangeVote& vote) {
  return Json::Object{{"type", "change-vote"},
                      {"strongroom", vote.strongroom},
                      {"change", vote.change},
                      {"decision", vote.decision == VoteDecision::kApprove ? "approve" : "refuse"},
                      {"person", vote.person},
                      {"key", vote.key},
                      {"role", std::string(name_of(vote.role))},
                      {"valid_until", vote.valid_until.value},
                      {"checkpoint", to_json(vote.checkpoint)},
                      {"reason", vote.reason}};
}

Result<ChangeVote> change_vote_from(const Json& json) {
  Fields fields(json, "change vote");
  ChangeVote vote;
  RETURN_IF_ERROR(fields.require("type", "change-vote"));
  ASSIGN_OR_RETURN(vote.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(vote.change, fields.id<ChangeId>("change"));
  ASSIGN_OR_RETURN(const std::string decision, fields.text("decision"));
  if (decision != "approve" && decision != "refuse") {
    return fail(ErrorCode::kMalformed, "change vote: neither approve nor refuse");
  }
  vote.decision = decision == "approve" ? VoteDecision::kApprove : VoteDecision::kRefuse;
  ASSIGN_OR_RETURN(vote.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(vote.key, fields.id<KeyId>("key"));
  ASSIGN_OR_RETURN(const std::string role, fields.text("role"));
  ASSIGN_OR_RETURN(vote.role, role_from(role));
  ASSIGN_OR_RETURN(vote.valid_until.value,
                   fields.integer("valid_until", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const Json* checkpoint, fields.any("checkpoint"));
  ASSIGN_OR_RETURN(vote.checkpoint, checkpoint_seen_from(*checkpoint));
  ASSIGN_OR_RETURN(vote.reason, fields.id<Digest>("reason"));
  RETURN_IF_ERROR(fields.done());
  return vote;
}

Json key_claim(const StrongroomId& strongroom, const PersonId& person,
               const crypto::PublicKeys& key) {
  return Json::Object{
      {"type", "key-claim"}, {"strongroom", strongroom}, {"person", person}, {"key", to_json(key)}};
}

Json host_claim(const StrongroomId& strongroom, const Host& host) {
  return Json::Object{{"type", "host-claim"}, {"strongroom", strongroom}, {"host", to_json(host)}};
}

namespace {

struct Claimed {
  const PersonId& person;
  const crypto::PublicKeys& key;
};
Result<void> verify_key_claim(const StrongroomId& strongroom, const Claimed& claimed,
                              const Signature& claim) {
  if (claim.key != claimed.key.id ||
      !verify_statement(key_claim(strongroom, claimed.person, claimed.key), claim,
                        claimed.key.sign)) {
    return fail(ErrorCode::kNotAuthentic,
                "the new key has not signed that it is this person's: whoever holds it must");
  }
  return {};
}

}  // namespace

Result<void> verify_claims(const Change& change) {
  if (const auto* enrol = std::get_if<Enrol>(&change.subject)) {
    if (enrol->claims.size() != enrol->member.keys.size()) {
      return fail(ErrorCode::kNotAuthentic, "not one claim for each key of the new member");
    }
    for (std::size_t i = 0; i < enrol->claims.size(); ++i) {
      RETURN_IF_ERROR(verify_key_claim(
          change.strongroom, {enrol->member.person, enrol->member.keys[i]}, enrol->claims[i]));
    }
  }
  if (const auto* added = std::get_if<AddKey>(&change.subject)) {
    return verify_key_claim(change.strongroom, {added->person, added->key}, added->claim);
  }
  if (const auto* added = std::get_if<AddHost>(&change.subject)) {
    if (added->claim.key != crypto::key_id_of(added->host.key) ||
        !verify_statement(host_claim(change.strongroom, added->host), added->claim,
                          added->host.key)) {
      return fail(ErrorCode::kNotAuthentic, "the new host's key has not signed for it");
    }
  }
  return {};
}

}  // namespace strongroom::protocol
