#include "registry/events.h"

namespace strongroom::registry {

using format::Fields;
using format::Json;

Json to_json(const Triage& triage) {
  return Json::Object{{"asset", triage.asset},
                      {"level", std::string(name_of(triage.level))},
                      {"because", triage.because}};
}

Result<Triage> triage_from(const Json& json) {
  Fields fields(json, "triage");
  Triage triage;
  ASSIGN_OR_RETURN(triage.asset, fields.id<AssetId>("asset"));
  ASSIGN_OR_RETURN(const std::string level, fields.text("level"));
  ASSIGN_OR_RETURN(triage.level, protocol::level_from(level));
  ASSIGN_OR_RETURN(triage.because, fields.text("because"));
  RETURN_IF_ERROR(fields.done());
  return triage;
}

protocol::Level Asset::level_at(UnixSeconds now) const {
  if (set && now < set->until) return set->level;
  return level.value_or(protocol::Level::kSl5);
}

Result<void> Fold::apply(const protocol::Registration& registration, UnixSeconds at) {
  assets_.emplace(registration.asset, Asset{.asset = registration.asset,
                                            .name = registration.name,
                                            .kind = registration.kind,
                                            .formats = registration.formats,
                                            .registered_by = registration.person,
                                            .registered_at = at,
                                            .level = std::nullopt,
                                            .level_because = "",
                                            .set = std::nullopt});
  return {};
}

Result<void> Fold::apply(const Triage& triage) {
  const auto found = assets_.find(triage.asset);
  CHECK(found != assets_.end());  // the rules have refused it
  found->second.level = triage.level;
  found->second.level_because = triage.because;
  return {};
}

Result<void> Fold::apply(const protocol::Change& change) {
  const auto* set = std::get_if<protocol::SetLevel>(&change.subject);
  if (set == nullptr) return {};
  const auto found = assets_.find(set->asset);
  CHECK(found != assets_.end());  // the rules have refused it
  found->second.set = LevelSet{set->level, set->until};
  return {};
}

Result<std::optional<Asset>> Fold::asset(const AssetId& id) const {
  const auto found = assets_.find(id);
  if (found == assets_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<Asset>> Fold::assets() const {
  std::vector<Asset> all;
  for (const auto& each : assets_) all.push_back(each.second);
  return all;
}

}  // namespace strongroom::registry
