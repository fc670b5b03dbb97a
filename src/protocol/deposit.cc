#include "protocol/deposit.h"

#include <algorithm>

#include "base/limits.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {
constexpr std::size_t kFormatsMax = 32;
constexpr std::size_t kWordBytesMax = 64;

Result<std::string> word(Fields& fields, std::string_view name) {
  ASSIGN_OR_RETURN(std::string text, fields.text(name));
  if (text.empty() || text.size() > kWordBytesMax) {
    return fail(ErrorCode::kMalformed, std::string(name) + ": empty or too long");
  }
  return text;
}

Result<CheckpointSeen> checkpoint_from(Fields& fields) {
  ASSIGN_OR_RETURN(const Json* json, fields.any("checkpoint"));
  return checkpoint_seen_from(*json);
}
}  // namespace

Json to_json(const Registration& registration) {
  Json::Object formats;
  for (const auto& [name, count] : registration.formats) formats.emplace(name, count);
  return Json::Object{{"type", "register"},           {"strongroom", registration.strongroom},
                      {"asset", registration.asset},  {"name", registration.name},
                      {"kind", registration.kind},    {"formats", std::move(formats)},
                      {"person", registration.person}};
}

Result<Registration> registration_from(const Json& json) {
  Fields fields(json, "registration");
  Registration registration;
  RETURN_IF_ERROR(fields.require("type", "register"));
  ASSIGN_OR_RETURN(registration.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(registration.asset, fields.id<AssetId>("asset"));
  ASSIGN_OR_RETURN(registration.name, fields.id<Digest>("name"));
  ASSIGN_OR_RETURN(registration.kind, word(fields, "kind"));
  if (registration.kind != kRehearsalKind &&
      std::find(kAssetKinds.begin(), kAssetKinds.end(), registration.kind) == kAssetKinds.end()) {
    return fail(ErrorCode::kMalformed,
                "registration: no such kind: " + printable(registration.kind));
  }
  ASSIGN_OR_RETURN(const Json::Object* formats, fields.object("formats"));
  if (formats->size() > kFormatsMax)
    return fail(ErrorCode::kTooLarge, "registration: too many formats");
  for (const auto& [name, count] : *formats) {
    if (count.integer() == nullptr || *count.integer() < 1 || name.size() > kWordBytesMax) {
      return fail(ErrorCode::kMalformed, "registration: a format's count is not a positive number");
    }
    registration.formats.emplace(name, *count.integer());
  }
  ASSIGN_OR_RETURN(registration.person, fields.id<PersonId>("person"));
  RETURN_IF_ERROR(fields.done());
  return registration;
}

Json to_json(const Deposit& deposit) {
  return Json::Object{{"type", "deposit"},
                      {"strongroom", deposit.strongroom},
                      {"object", deposit.object},
                      {"asset", deposit.asset},
                      {"manifest", deposit.manifest},
                      {"key_record", deposit.key_record},
                      {"sealed_shares", deposit.sealed_shares},
                      {"epoch", deposit.epoch},
                      {"policy", deposit.policy},
                      {"deposit_key", deposit.deposit_key},
                      {"payload_suite", deposit.payload_suite},
                      {"wrap_suite", deposit.wrap_suite},
                      {"groups", deposit.groups},
                      {"files", deposit.files},
                      {"plaintext_bytes", deposit.plaintext_bytes},
                      {"sealed_bytes", deposit.sealed_bytes},
                      {"person", deposit.person},
                      {"checkpoint", to_json(deposit.checkpoint)}};
}

Result<Deposit> deposit_from(const Json& json) {
  Fields fields(json, "deposit");
  Deposit deposit;
  RETURN_IF_ERROR(fields.require("type", "deposit"));
  ASSIGN_OR_RETURN(deposit.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(deposit.object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(deposit.asset, fields.id<AssetId>("asset"));
  ASSIGN_OR_RETURN(deposit.manifest, fields.id<Digest>("manifest"));
  ASSIGN_OR_RETURN(deposit.key_record, fields.id<Digest>("key_record"));
  ASSIGN_OR_RETURN(deposit.sealed_shares, fields.id<Digest>("sealed_shares"));
  ASSIGN_OR_RETURN(deposit.epoch, fields.integer("epoch", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(deposit.policy, fields.id<Digest>("policy"));
  ASSIGN_OR_RETURN(deposit.deposit_key, fields.id<KeyId>("deposit_key"));
  ASSIGN_OR_RETURN(deposit.payload_suite, word(fields, "payload_suite"));
  ASSIGN_OR_RETURN(deposit.wrap_suite, word(fields, "wrap_suite"));
  ASSIGN_OR_RETURN(
      deposit.groups,
      fields.integer("groups", 1, static_cast<std::int64_t>(limits::kObjectGroupsMax)));
  ASSIGN_OR_RETURN(deposit.files,
                   fields.integer("files", 0, static_cast<std::int64_t>(limits::kObjectFilesMax)));
  ASSIGN_OR_RETURN(deposit.plaintext_bytes,
                   fields.integer("plaintext_bytes", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(deposit.sealed_bytes,
                   fields.integer("sealed_bytes", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(deposit.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(deposit.checkpoint, checkpoint_from(fields));
  RETURN_IF_ERROR(fields.done());
  return deposit;
}

Json to_json(const Freeze& freeze) {
  return Json::Object{{"type", "freeze"},
                      {"strongroom", freeze.strongroom},
                      {"scope", freeze.object ? freeze.object->hex() : std::string("all")},
                      {"person", freeze.person},
                      {"reason", freeze.reason},
                      {"checkpoint", to_json(freeze.checkpoint)}};
}

Result<Freeze> freeze_from(const Json& json) {
  Fields fields(json, "freeze");
  Freeze freeze;
  RETURN_IF_ERROR(fields.require("type", "freeze"));
  ASSIGN_OR_RETURN(freeze.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(const std::string scope, fields.text("scope"));
  if (scope != "all") {
    freeze.object = ObjectId::from_hex_text(scope);
    if (!freeze.object)
      return fail(ErrorCode::kMalformed, "freeze: scope is neither \"all\" nor an object");
  }
  ASSIGN_OR_RETURN(freeze.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(freeze.reason, fields.id<Digest>("reason"));
  ASSIGN_OR_RETURN(freeze.checkpoint, checkpoint_from(fields));
  RETURN_IF_ERROR(fields.done());
  return freeze;
}

Json to_json(const Recall& recall) {
  return Json::Object{{"type", "recall"},
                      {"strongroom", recall.strongroom},
                      {"proposal", recall.proposal},
                      {"person", recall.person},
                      {"reason", recall.reason},
                      {"checkpoint", to_json(recall.checkpoint)}};
}

Result<Recall> recall_from(const Json& json) {
  Fields fields(json, "recall");
  Recall recall;
  RETURN_IF_ERROR(fields.require("type", "recall"));
  ASSIGN_OR_RETURN(recall.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(recall.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(recall.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(recall.reason, fields.id<Digest>("reason"));
  ASSIGN_OR_RETURN(recall.checkpoint, checkpoint_from(fields));
  RETURN_IF_ERROR(fields.done());
  return recall;
}

}  // namespace strongroom::protocol
