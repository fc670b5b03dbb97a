#include "protocol/entry.h"

#include <array>

#include "base/limits.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {
constexpr std::size_t kSignaturesMax = 64;

constexpr std::array<std::pair<EntryType, std::string_view>, 21> kTypes{
    {{EntryType::kGenesis, "genesis"},
     {EntryType::kRegistered, "registered"},
     {EntryType::kTriaged, "triaged"},
     {EntryType::kDeposited, "deposited"},
     {EntryType::kProposed, "proposed"},
     {EntryType::kVoted, "voted"},
     {EntryType::kGranted, "granted"},
     {EntryType::kRedeemed, "redeemed"},
     {EntryType::kLeaseEnded, "lease-ended"},
     {EntryType::kFrozen, "frozen"},
     {EntryType::kRecalled, "recalled"},
     {EntryType::kChangeProposed, "change-proposed"},
     {EntryType::kChangeVoted, "change-voted"},
     {EntryType::kChanged, "changed"},
     {EntryType::kConfirmed, "confirmed"},
     {EntryType::kRehearsed, "rehearsed"},
     {EntryType::kRekeyed, "rekeyed"},
     {EntryType::kStated, "stated"},
     {EntryType::kFound, "found"},
     {EntryType::kSwept, "swept"},
     {EntryType::kExplained, "explained"}}};
}  // namespace

std::string_view name_of(EntryType type) { return kTypes[static_cast<std::size_t>(type)].second; }

Result<EntryType> entry_type_from(std::string_view name) {
  for (const auto& [type, text] : kTypes) {
    if (text == name) return type;
  }
  return fail(ErrorCode::kMalformed, "entry of an unknown type: " + printable(name));
}

Result<std::string> encode_entry(const Entry& entry) {
  Json::Object object{{"v", std::int64_t{1}},
                      {"index", entry.index},
                      {"time", entry.time.value},
                      {"type", std::string(name_of(entry.type))}};
  if (entry.statement) {
    Json::Array signatures;
    for (const Signature& signature : entry.signatures) signatures.push_back(to_json(signature));
    object.emplace("statement", *entry.statement);
    object.emplace("signatures", std::move(signatures));
  }
  if (entry.body) object.emplace("body", *entry.body);
  std::string bytes = format::encode(Json(std::move(object)));
  if (bytes.size() > limits::kEntryBytesMax) {
    return fail(ErrorCode::kTooLarge, "a log entry would be over 65,535 bytes");
  }
  return bytes;
}

Result<Entry> decode_entry(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kEntryBytesMax));
  Fields fields(json, "entry");
  Entry entry;
  ASSIGN_OR_RETURN(const std::int64_t version, fields.integer("v", 1, 1));
  static_cast<void>(version);
  ASSIGN_OR_RETURN(entry.index, fields.integer("index", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(entry.time.value, fields.integer("time", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const std::string type, fields.text("type"));
  ASSIGN_OR_RETURN(entry.type, entry_type_from(type));
  if (fields.has("statement")) {
    ASSIGN_OR_RETURN(const Json* statement, fields.any("statement"));
    entry.statement = *statement;
    ASSIGN_OR_RETURN(const Json::Array* signatures, fields.array("signatures", kSignaturesMax));
    for (const Json& each : *signatures) {
      ASSIGN_OR_RETURN(const Signature signature, signature_from(each));
      entry.signatures.push_back(signature);
    }
    if (entry.signatures.empty())
      return fail(ErrorCode::kMalformed, "entry: a statement without signature");
  }
  if (fields.has("body")) {
    ASSIGN_OR_RETURN(const Json* body, fields.any("body"));
    entry.body = *body;
  }
  RETURN_IF_ERROR(fields.done());
  return entry;
}

}  // namespace strongroom::protocol
