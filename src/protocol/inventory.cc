#include "protocol/inventory.h"

#include "base/limits.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {

constexpr std::size_t kPathMax = 64;
constexpr std::size_t kWordBytesMax = 64;

Json to_json(const Listing& listing) {
  Json::Array path;
  for (const Digest& each : listing.path) path.push_back(each);
  return Json::Object{{"root", listing.root},
                      {"size", listing.size},
                      {"at", listing.at},
                      {"path", std::move(path)}};
}

Result<Listing> listing_from(const Json& json) {
  Fields fields(json, "listing");
  Listing listing;
  ASSIGN_OR_RETURN(listing.root, fields.id<Digest>("root"));
  ASSIGN_OR_RETURN(listing.size, fields.integer("size", 1, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(listing.at, fields.integer("at", 0, listing.size - 1));
  ASSIGN_OR_RETURN(const Json::Array* path, fields.array("path", kPathMax));
  for (const Json& each : *path) {
    const auto digest = each.text() == nullptr ? std::nullopt : Digest::from_hex_text(*each.text());
    if (!digest) return fail(ErrorCode::kMalformed, "listing: a step of its path is no digest");
    listing.path.push_back(*digest);
  }
  RETURN_IF_ERROR(fields.done());
  return listing;
}

Result<CheckpointSeen> checkpoint_in(Fields& fields) {
  ASSIGN_OR_RETURN(const Json* json, fields.any("checkpoint"));
  return checkpoint_seen_from(*json);
}

}  // namespace

Json to_json(const FactsStated& stated) {
  Json::Object out{{"type", "facts"},         {"strongroom", stated.strongroom},
                   {"asset", stated.asset},   {"facts", stated.facts},
                   {"person", stated.person}, {"checkpoint", to_json(stated.checkpoint)}};
  if (stated.listing) out.emplace("listing", to_json(*stated.listing));
  return out;
}

Result<FactsStated> facts_stated_from(const Json& json) {
  Fields fields(json, "facts");
  FactsStated stated;
  RETURN_IF_ERROR(fields.require("type", "facts"));
  ASSIGN_OR_RETURN(stated.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(stated.asset, fields.id<AssetId>("asset"));
  ASSIGN_OR_RETURN(const Json::Object* facts, fields.object("facts"));
  stated.facts = *facts;
  if (fields.has("listing")) {
    ASSIGN_OR_RETURN(const Json* listing, fields.any("listing"));
    ASSIGN_OR_RETURN(stated.listing, listing_from(*listing));
  }
  ASSIGN_OR_RETURN(stated.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(stated.checkpoint, checkpoint_in(fields));
  RETURN_IF_ERROR(fields.done());
  return stated;
}

Json to_json(const Finding& finding) {
  Json::Object out{{"type", "finding"},
                   {"strongroom", finding.strongroom},
                   {"asset", finding.asset},
                   {"by", finding.by},
                   {"evidence", finding.evidence},
                   {"reason", finding.reason},
                   {"checkpoint", to_json(finding.checkpoint)}};
  if (finding.parent) out.emplace("parent", *finding.parent);
  if (finding.at_least) out.emplace("at_least", std::string(name_of(*finding.at_least)));
  if (finding.person) out.emplace("person", *finding.person);
  if (finding.host) out.emplace("host", *finding.host);
  return out;
}

namespace {
template <class Id>
Result<std::optional<Id>> id_or_none(Fields& fields, std::string_view name) {
  if (!fields.has(name)) return std::optional<Id>();
  ASSIGN_OR_RETURN(const Id id, fields.id<Id>(name));
  return std::optional<Id>(id);
}
}  // namespace

Result<Finding> finding_from(const Json& json) {
  Fields fields(json, "finding");
  Finding finding;
  RETURN_IF_ERROR(fields.require("type", "finding"));
  ASSIGN_OR_RETURN(finding.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(finding.asset, fields.id<AssetId>("asset"));
  ASSIGN_OR_RETURN(finding.parent, id_or_none<AssetId>(fields, "parent"));
  if (fields.has("at_least")) {
    ASSIGN_OR_RETURN(const std::string level, fields.text("at_least"));
    ASSIGN_OR_RETURN(finding.at_least, level_from(level));
  }
  if (!finding.parent && !finding.at_least)
    return fail(ErrorCode::kMalformed, "finding: neither a parent nor a level");
  ASSIGN_OR_RETURN(finding.by, fields.text("by", kWordBytesMax));
  ASSIGN_OR_RETURN(finding.evidence, fields.id<Digest>("evidence"));
  ASSIGN_OR_RETURN(finding.reason, fields.id<Digest>("reason"));
  ASSIGN_OR_RETURN(finding.person, id_or_none<PersonId>(fields, "person"));
  ASSIGN_OR_RETURN(finding.host, id_or_none<HostId>(fields, "host"));
  if (finding.person.has_value() == finding.host.has_value())
    return fail(ErrorCode::kMalformed, "finding: by one person or one host");
  ASSIGN_OR_RETURN(finding.checkpoint, checkpoint_in(fields));
  RETURN_IF_ERROR(fields.done());
  return finding;
}

}  // namespace strongroom::protocol
