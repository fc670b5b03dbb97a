#include "registry/events.h"

#include <algorithm>

namespace strongroom::registry {

using protocol::Level;

Level Asset::level_at(UnixSeconds now) const {
  if (kind == protocol::kRehearsalKind) return Level::kSl1;
  if (set && triage && now < set->until && now < triage->expires)
    return std::max(set->level, triage->level);
  return Level::kSl5;
}

std::string Asset::because_at(UnixSeconds now) const {
  if (kind == protocol::kRehearsalKind) return "throwaway: public, small, and the first deposit";
  if (!triage) return "untriaged: strictest";
  if (now >= triage->expires)
    return "strictest: what is known of it is too old since " + shown_time(triage->expires);
  if (set && now < set->until) {
    if (set->level > triage->level || set->level == level_at(now))
      return "set by a quorum until " + shown_time(std::min(set->until, triage->expires));
  }
  std::string rules;
  for (const std::string& each : triage->because) rules += (rules.empty() ? "" : ", ") + each;
  return "strictest until a quorum sets it; triage asks for " +
         std::string(name_of(triage->level)) + ": " + rules;
}

Result<std::optional<Ground>> changed_ground(const Ground& ground,
                                             const protocol::Subject& subject) {
  std::optional<Ground> changed = ground;
  if (const auto* rules = std::get_if<protocol::SetTriageRules>(&subject)) {
    ASSIGN_OR_RETURN(changed->rules, triage::rule_set_from(format::encode(rules->rules)));
  } else if (const auto* reference = std::get_if<protocol::SetReference>(&subject)) {
    changed->reference = triage::Reference{reference->name, triage::date_of(reference->as_of)};
  } else if (const auto* added = std::get_if<protocol::AddPublicIndex>(&subject)) {
    changed->public_roots.emplace(added->root, added->size);
  } else if (const auto* retired = std::get_if<protocol::RetirePublicIndex>(&subject)) {
    changed->public_roots.erase(retired->root);
  } else {
    changed.reset();
  }
  return changed;
}

Result<Known> known_of(const Asset& asset) {
  Known known = unknown_asset(asset.asset, asset.kind);
  known.stated_at = asset.registered_at;
  if (asset.stated) {
    ASSIGN_OR_RETURN(known, known_of(asset.stated->facts, asset.kind));
    known.stated_at = asset.stated->at;
  }
  for (const StandingFinding& each : asset.findings) take_finding(known, each.finding);
  return known;
}

Result<void> Fold::decide(const Touched& touched, UnixSeconds now) {
  ASSIGN_OR_RETURN(Anew anew, decide_anew(*this, touched, now));
  for (const auto& [asset, by_itself] : anew.sl5_by_itself) {
    if (by_itself) {
      sl5_by_themselves_.insert(asset);
    } else {
      sl5_by_themselves_.erase(asset);
    }
  }
  for (Decided& each : anew.decisions) {
    const AssetId id = each.asset;
    due_.insert_or_assign(id, std::move(each));
  }
  return {};
}

// Keeps the indexes of what rests on what, and of digests.
Result<void> Fold::change_facts(Asset& asset, const std::function<void(Asset&)>& change) {
  ASSIGN_OR_RETURN(const Known before, known_of(asset));
  change(asset);
  ASSIGN_OR_RETURN(const Known after, known_of(asset));
  for (const AssetId& on : rests_on(before.facts)) resting_on_[on].erase(asset.asset);
  for (const AssetId& on : rests_on(after.facts)) resting_on_[on].insert(asset.asset);
  if (before.facts.digest) by_digest_.erase(*before.facts.digest);
  if (after.facts.digest) by_digest_.emplace(*after.facts.digest, asset.asset);
  return {};
}

Result<void> Fold::apply(const protocol::Genesis& genesis) {
  Ground ground;
  ASSIGN_OR_RETURN(ground.rules, triage::rule_set_from(format::encode(genesis.triage)));
  ground_ = std::make_shared<const Ground>(std::move(ground));
  return {};
}

Result<void> Fold::apply(const protocol::Registration& registration, const Position& at) {
  assets_.emplace(registration.asset, Asset{.asset = registration.asset,
                                            .name = registration.name,
                                            .kind = registration.kind,
                                            .formats = registration.formats,
                                            .registered_by = registration.person,
                                            .registered_at = at.time,
                                            .stated = std::nullopt,
                                            .findings = {},
                                            .triage = std::nullopt,
                                            .set = std::nullopt});
  return decide(Touched({registration.asset}), at.time);
}

Result<void> Fold::apply(const protocol::FactsStated& stated, const Position& at) {
  const auto found = assets_.find(stated.asset);
  CHECK(found != assets_.end());  // the rules have refused it
  RETURN_IF_ERROR(change_facts(found->second, [&](Asset& asset) {
    asset.stated = Stated{stated, at.index, at.time};
  }));
  ASSIGN_OR_RETURN(const Known known, known_of(found->second));
  if (known.facts.digest)
    sightings_.named(*known.facts.digest, stated.asset, stated.person, at.time);
  return decide(Touched({stated.asset}), at.time);
}

Result<void> Fold::apply(const protocol::Finding& finding, const Position& at) {
  const auto found = assets_.find(finding.asset);
  CHECK(found != assets_.end());  // the rules have refused it
  RETURN_IF_ERROR(change_facts(found->second, [&](Asset& asset) {
    asset.findings.push_back({at.index, finding, at.time});
  }));
  findings_.emplace(at.index, finding.asset);
  return decide(Touched({finding.asset}), at.time);
}

Result<void> Fold::apply(const protocol::Sweep& sweep, const Position& at) {
  sightings_.apply(sweep, at);
  return {};
}

Result<void> Fold::apply(const protocol::Explained& explained, const Position& at) {
  sightings_.apply(explained, at);
  return {};
}

Result<void> Fold::apply(const Triage& triage) {
  for (const Decided& each : triage.decisions) {
    const auto found = assets_.find(each.asset);
    CHECK(found != assets_.end());  // the rules have refused it
    Asset& asset = found->second;
    asset.triage = each;
    if (asset.set) asset.set->level = std::max(asset.set->level, each.level);
    due_.erase(each.asset);
  }
  return {};
}

Result<void> Fold::apply(const protocol::Change& change, const Position& at) {
  if (const auto* set = std::get_if<protocol::SetLevel>(&change.subject)) {
    const auto found = assets_.find(set->asset);
    CHECK(found != assets_.end());  // the rules have refused it
    found->second.set = LevelSet{set->level, set->until};
    return {};
  }
  if (const auto* dismissed = std::get_if<protocol::Dismiss>(&change.subject)) {
    std::set<AssetId> touched;
    for (const std::int64_t index : dismissed->findings) {
      const auto found = findings_.find(index);
      CHECK(found != findings_.end());  // the rules have refused it
      const AssetId id = found->second;
      RETURN_IF_ERROR(change_facts(assets_.at(id), [&](Asset& asset) {
        asset.findings.erase(
            std::remove_if(asset.findings.begin(), asset.findings.end(),
                           [&](const StandingFinding& each) { return each.index == index; }),
            asset.findings.end());
      }));
      findings_.erase(found);
      touched.insert(id);
    }
    return decide(touched, at.time);
  }
  ASSIGN_OR_RETURN(std::optional<Ground> changed, changed_ground(*ground_, change.subject));
  if (!changed) return {};
  ground_ = std::make_shared<const Ground>(std::move(*changed));
  return decide(std::nullopt, at.time);
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

Result<std::optional<AssetId>> Fold::asset_of(const Digest& digest) const {
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<Decided>> Fold::due() const {
  std::vector<Decided> first;
  for (const auto& each : due_) {
    if (first.size() == kDecisionsMax) break;
    first.push_back(each.second);
  }
  return first;
}

Result<std::optional<AssetId>> Fold::finding_at(std::int64_t index) const {
  const auto found = findings_.find(index);
  if (found == findings_.end()) return std::nullopt;
  return found->second;
}

Result<std::optional<Known>> Fold::known(const AssetId& id) const {
  const auto found = assets_.find(id);
  if (found == assets_.end()) return std::nullopt;
  ASSIGN_OR_RETURN(Known known, known_of(found->second));
  known.listed =
      known.listed && ground_->public_roots.contains(found->second.stated->facts.listing->root);
  return std::optional<Known>(std::move(known));
}

Result<std::optional<Last>> Fold::last(const AssetId& id) const {
  const auto found = assets_.find(id);
  if (found == assets_.end()) return std::nullopt;
  return Last{id, found->second.triage, sl5_by_themselves_.contains(id)};
}

Result<std::vector<AssetId>> Fold::resting_on(const AssetId& id) const {
  const auto found = resting_on_.find(id);
  if (found == resting_on_.end()) return std::vector<AssetId>();
  return std::vector<AssetId>(found->second.begin(), found->second.end());
}

Result<std::int64_t> Fold::count_sl5_by_themselves() const {
  return static_cast<std::int64_t>(sl5_by_themselves_.size());
}

Result<void> Fold::each_known(const std::function<Result<void>(Known)>& take) const {
  for (const auto& each : assets_) {
    ASSIGN_OR_RETURN(std::optional<Known> known, this->known(each.first));
    RETURN_IF_ERROR(take(std::move(*known)));
  }
  return {};
}

Result<void> Fold::each_last(const std::function<Result<void>(Last)>& take) const {
  for (const auto& [id, asset] : assets_)
    RETURN_IF_ERROR(take({id, asset.triage, sl5_by_themselves_.contains(id)}));
  return {};
}

}  // namespace strongroom::registry
