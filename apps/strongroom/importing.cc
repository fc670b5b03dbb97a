#include "importing.h"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/random.h"

namespace strongroom::terminal {

using format::Json;
using triage::AssetFacts;

namespace {

constexpr std::size_t kDigitsInName = 8;

struct Logged {
  registry::Asset asset;
  std::string name;
  std::optional<AssetFacts> facts;
};

// What is said now, laid over what was said before.
void lay_over(Json::Object& under, const std::string& name, const Json& value) {
  const auto found = under.find(name);
  const bool by_member = name == "standing" || name == "dual_use" || name == "reachable_by";
  if (!by_member || found == under.end() || found->second.object() == nullptr ||
      value.object() == nullptr) {
    under.insert_or_assign(name, value);
    return;
  }
  Json::Object merged = *found->second.object();
  for (const auto& [inner, one] : *value.object()) merged.insert_or_assign(inner, one);
  found->second = Json(std::move(merged));
}

void unite(Json::Object& under, const std::string& name, const Json& list) {
  std::set<std::string> all;
  const auto add = [&all](const Json& from) {
    if (from.array() == nullptr) return;
    for (const Json& each : *from.array()) {
      if (each.text() != nullptr) all.insert(*each.text());
    }
  };
  if (const auto found = under.find(name); found != under.end()) add(found->second);
  add(list);
  under.insert_or_assign(name, Json::Array(all.begin(), all.end()));
}

Json::Object merged(Says says, const std::optional<Json::Object>& before, Json::Object given) {
  if (!before) return given;
  if (says == Says::kInstead) {
    for (const char* kept : {"digest", "hosts"}) {
      if (const auto found = before->find(kept); found != before->end())
        given.emplace(kept, found->second);
    }
    return given;
  }
  Json::Object out = *before;
  for (const auto& [name, value] : given) {
    if (says == Says::kSome) {
      lay_over(out, name, value);
    } else if (name == "hosts") {
      unite(out, name, value);
    } else if (name == "digest") {
      out.emplace(name, value);
    }
  }
  return out;
}

std::vector<std::string> members_changed(const Json& before, const Json& now) {
  std::vector<std::string> names;
  for (const auto& [name, value] : *now.object()) {
    const auto found = before.object()->find(name);
    if (found == before.object()->end() || found->second != value) names.push_back(name);
  }
  for (const auto& [name, value] : *before.object()) {
    if (!now.object()->contains(name)) names.push_back(name);
  }
  names.erase(std::remove(names.begin(), names.end(), "name"), names.end());
  return names;
}

std::string kind_of(const AssetFacts& facts) {
  // Nobody has said what it is: a model, of which most is asked.
  return facts.kind ? std::string(triage::words_of(triage::Axis::kKind).values[*facts.kind])
                    : "model";
}

std::set<AssetId> mentioned(const AssetFacts& facts) {
  const std::vector<AssetId> on = registry::rests_on(facts);
  std::set<AssetId> ids(on.begin(), on.end());
  if (facts.reachable_by) {
    for (const std::string& model : facts.reachable_by->models) {
      if (const auto id = AssetId::from_hex_text(model)) ids.insert(*id);
    }
  }
  return ids;
}

class Planner {
 public:
  Planner(Session& session, const Source& source) : session_(session), source_(source) {}
  Result<Plan> plan();

 private:
  Result<void> read_log();
  Result<void> choose_ids();
  Result<void> choose_id(const WantedAsset& wanted);
  Result<AssetId> named(const std::string& name) const;
  Result<Planned> planned(const WantedAsset& wanted, const AssetId& id);
  Result<Json::Object> all_facts(const WantedAsset& wanted, const AssetId& id);
  Result<AssetFacts> checked(const WantedAsset& wanted, Json::Object all);
  std::optional<protocol::Listing> listing_of(const AssetFacts& facts, const Logged* before) const;
  void put_in_order();
  void find_parents(const WantedAsset& wanted, const AssetId& id);
  [[nodiscard]] std::optional<AssetId> parent_of(const FoundParent& found) const;
  [[nodiscard]] bool descends(AssetId from, const AssetId& to) const;
  [[nodiscard]] bool is_found(const AssetId& asset, const AssetId& parent) const;
  [[nodiscard]] const Logged* logged(const AssetId& id) const {
    const auto found = logged_.find(id);
    return found == logged_.end() ? nullptr : &found->second;
  }

  Session& session_;
  const Source& source_;
  Plan plan_;
  std::shared_ptr<const registry::Ground> ground_;
  std::map<AssetId, Logged> logged_;
  std::map<std::string, AssetId> by_name_;
  std::map<Digest, AssetId> by_digest_;
  std::vector<AssetId> ids_;        // of source_.assets
  std::vector<std::string> names_;  // the same, as they are registered
  std::map<std::string, AssetId> by_source_name_;
  std::map<AssetId, std::size_t> places_;  // of an id in ids_
  std::map<AssetId, AssetId> declared_;    // whose parent is which, when all is said
};

Result<void> Planner::read_log() {
  const client::Follower& follower = session_.follower();
  ASSIGN_OR_RETURN(ground_, follower.world().rooms().registry.ground());
  ASSIGN_OR_RETURN(const std::vector<registry::Asset> assets,
                   follower.world().rooms().registry.assets());
  std::vector<Digest> names;
  for (const registry::Asset& each : assets) names.push_back(each.name);
  ASSIGN_OR_RETURN(const auto texts, follower.texts("name", names));
  for (std::size_t i = 0; i < assets.size(); ++i) {
    Logged one{assets[i], texts[i].value_or(""), std::nullopt};
    if (assets[i].stated) {
      ASSIGN_OR_RETURN(one.facts, triage::asset_facts_from(assets[i].stated->facts.facts));
      if (one.facts->digest) by_digest_.emplace(*one.facts->digest, assets[i].asset);
      const auto parents = registry::rests_on({.derivation = one.facts->derivation});
      if (!parents.empty()) declared_.emplace(assets[i].asset, parents.front());
    }
    if (texts[i]) by_name_.emplace(*texts[i], assets[i].asset);
    logged_.emplace(assets[i].asset, std::move(one));
  }
  ASSIGN_OR_RETURN(plan_.commitments, Commitments::of_log(follower));
  return {};
}

Result<void> Planner::choose_id(const WantedAsset& wanted) {
  AssetId id = crypto::random_id<AssetId>();
  std::string name = wanted.name;
  const auto same_bytes = wanted.digest ? by_digest_.find(*wanted.digest) : by_digest_.end();
  const auto same_name = by_name_.find(wanted.name);
  if (same_bytes != by_digest_.end()) {
    id = same_bytes->second;
  } else if (same_name != by_name_.end()) {
    const Logged& there = logged_.at(same_name->second);
    const bool other_bytes = wanted.digest && there.facts && there.facts->digest;
    // A file that took another's place is another asset; a person may correct a digest.
    if (source_.says == Says::kPlaces &&
        (other_bytes || there.asset.kind == protocol::kRehearsalKind)) {
      name += " [" + (wanted.digest ? wanted.digest->hex().substr(0, kDigitsInName) : "2") + "]";
      const auto again = by_name_.find(name);
      if (again != by_name_.end()) id = again->second;
    } else {
      id = there.asset.asset;
    }
  }
  if (!places_.emplace(id, ids_.size()).second)
    return fail(
        ErrorCode::kConflict,
        fmt::format("{} and {} are one asset in the log: one digest, one asset",
                    printable(source_.assets[places_.at(id)].name), printable(wanted.name)));
  if (!by_source_name_.emplace(wanted.name, id).second)
    return fail(ErrorCode::kMalformed, wanted.where + ": this name stands twice");
  if (wanted.digest) by_digest_.emplace(*wanted.digest, id);
  const Logged* before = logged(id);
  names_.push_back(before != nullptr ? before->name : name);
  ids_.push_back(id);
  return {};
}

Result<void> Planner::choose_ids() {
  for (const WantedAsset& each : source_.assets) RETURN_IF_ERROR(choose_id(each));
  return {};
}

Result<AssetId> Planner::named(const std::string& name) const {
  if (const auto found = by_source_name_.find(name); found != by_source_name_.end())
    return found->second;
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  return fail(ErrorCode::kNotFound, "no asset is called " + printable(name) +
                                        ", here or in the log: is it a typing mistake?");
}

Result<Json::Object> Planner::all_facts(const WantedAsset& wanted, const AssetId& id) {
  const Logged* before = logged(id);
  std::optional<Json::Object> said;
  if (before != nullptr && before->facts) said = *to_json(*before->facts).object();
  Json::Object given = wanted.facts;
  const auto owner = given.find("owner");
  const bool unowned = owner == given.end() || owner->second == Json(std::string(kNobody));
  if (unowned && said) {
    if (owner != given.end()) given.erase(owner);
  } else if (unowned) {
    given.insert_or_assign("owner", std::string(kNobody));
  }
  ASSIGN_OR_RETURN(const Json form,
                   log_form(given, id, plan_.commitments,
                            [this](const std::string& name) { return named(name); }));
  Json::Object all = merged(source_.says, said, *form.object());
  if (said) all.emplace("owner", said->at("owner"));
  all.insert_or_assign("name", id);
  return all;
}

// One form for all that says the same.
Result<AssetFacts> Planner::checked(const WantedAsset& wanted, Json::Object all) {
  Result<AssetFacts> facts = triage::asset_facts_from(Json(std::move(all)));
  if (!facts) return fail(facts.error(), wanted.where);
  return facts;
}

std::optional<protocol::Listing> Planner::listing_of(const AssetFacts& facts,
                                                     const Logged* before) const {
  if (!facts.digest) return std::nullopt;
  if (before != nullptr && before->facts && before->facts->digest == facts.digest) {
    const auto& listing = before->asset.stated->facts.listing;
    const auto root =
        listing ? ground_->public_roots.find(listing->root) : ground_->public_roots.end();
    if (root != ground_->public_roots.end() && root->second == listing->size) return listing;
  }
  for (const PublicIndex& each : source_.indexes) {
    if (!each.is_in_force(*ground_)) continue;
    if (auto listing = each.listing(*facts.digest)) return listing;
  }
  return std::nullopt;
}

Result<Planned> Planner::planned(const WantedAsset& wanted, const AssetId& id) {
  Result<Json::Object> all = all_facts(wanted, id);
  if (!all) return fail(all.error(), wanted.where);
  ASSIGN_OR_RETURN(const AssetFacts facts, checked(wanted, std::move(*all)));
  const Logged* before = logged(id);
  Planned planned;
  planned.asset = id;
  planned.name = names_[places_.at(id)];
  planned.registers = before == nullptr;
  planned.kind = kind_of(facts);
  planned.formats = wanted.formats;
  planned.facts = to_json(facts);
  planned.listing = listing_of(facts, before);
  const bool was_said = before != nullptr && before->facts;
  const Json said = was_said ? to_json(*before->facts) : Json(Json::Object());
  planned.members = members_changed(said, planned.facts);
  if (was_said && before->asset.stated->facts.listing != planned.listing)
    planned.members.emplace_back("listing");
  if (!planned.members.empty())
    planned.what = planned.registers ? Planned::What::kNew : Planned::What::kChanged;
  for (const std::string& host : facts.hosts) {
    const std::string place =
        plan_.commitments.text("hosts", host).value_or("(a place whose name was erased)");
    planned.places.push_back(place);
    if (source_.says == Says::kPlaces && was_said && !before->facts->hosts.contains(host))
      planned.new_places.push_back(place);
  }
  std::sort(planned.places.begin(), planned.places.end());
  std::sort(planned.new_places.begin(), planned.new_places.end());
  declared_.erase(id);
  const auto parents = registry::rests_on({.derivation = facts.derivation});
  if (!parents.empty()) declared_.emplace(id, parents.front());
  return planned;
}

// What an asset mentions comes before it, as far as that has no ring.
void Planner::put_in_order() {
  std::map<AssetId, Planned> waiting;
  std::vector<AssetId> begin;
  for (Planned& each : plan_.assets) {
    begin.push_back(each.asset);
    waiting.emplace(each.asset, std::move(each));
  }
  plan_.assets.clear();
  std::set<AssetId> opened;
  std::vector<std::pair<AssetId, bool>> stack;
  for (auto each = begin.rbegin(); each != begin.rend(); ++each) stack.emplace_back(*each, false);
  while (!stack.empty()) {
    const auto [id, is_done] = stack.back();
    stack.pop_back();
    const auto found = waiting.find(id);
    if (found == waiting.end()) continue;
    if (is_done) {
      plan_.assets.push_back(std::move(found->second));
      waiting.erase(found);
      continue;
    }
    if (!opened.insert(id).second) continue;
    stack.emplace_back(id, true);
    const Result<AssetFacts> facts = triage::asset_facts_from(found->second.facts);
    if (!facts) continue;  // it was read a moment ago
    for (const AssetId& on : mentioned(*facts)) {
      if (waiting.contains(on) && !opened.contains(on)) stack.emplace_back(on, false);
    }
  }
}

std::optional<AssetId> Planner::parent_of(const FoundParent& found) const {
  if (found.digest) {
    const auto same = by_digest_.find(*found.digest);
    if (same != by_digest_.end()) return same->second;
  }
  const Result<AssetId> id = named(found.name);
  return id ? std::optional(*id) : std::nullopt;
}

bool Planner::descends(AssetId from, const AssetId& to) const {
  std::set<AssetId> seen;
  while (seen.insert(from).second) {
    const auto parent = declared_.find(from);
    if (parent == declared_.end()) return false;
    if (parent->second == to) return true;
    from = parent->second;
  }
  return false;
}

bool Planner::is_found(const AssetId& asset, const AssetId& parent) const {
  const Logged* there = logged(asset);
  if (there == nullptr) return false;
  return std::any_of(there->asset.findings.begin(), there->asset.findings.end(),
                     [&](const registry::StandingFinding& each) {
                       return each.finding.parent == parent && !each.finding.at_least;
                     });
}

// Which of two came first is a guess: where people declare the one order, or it was found so, the
// other one says nothing new.
void Planner::find_parents(const WantedAsset& wanted, const AssetId& id) {
  for (const FoundParent& each : wanted.parents) {
    const std::optional<AssetId> parent = parent_of(each);
    if (!parent) {
      plan_.strangers.push_back(fmt::format("{}: {} {}, which is not in the inventory",
                                            printable(wanted.name), each.relation,
                                            printable(each.name)));
      continue;
    }
    if (*parent == id || descends(id, *parent) || descends(*parent, id)) continue;
    const bool twice = std::any_of(
        plan_.findings.begin(), plan_.findings.end(),
        [&](const PlannedFinding& other) { return other.asset == id && other.parent == *parent; });
    if (twice) continue;
    const auto name_of = [&](const AssetId& of) {
      const auto at = places_.find(of);
      return at != places_.end() ? names_[at->second] : logged_.at(of).name;
    };
    plan_.findings.push_back({id, *parent, name_of(id), name_of(*parent), each.relation,
                              each.evidence, is_found(id, *parent) || is_found(*parent, id)});
  }
}

Result<Plan> Planner::plan() {
  RETURN_IF_ERROR(read_log());
  RETURN_IF_ERROR(choose_ids());
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    ASSIGN_OR_RETURN(Planned one, planned(source_.assets[i], ids_[i]));
    plan_.assets.push_back(std::move(one));
  }
  for (std::size_t i = 0; i < ids_.size(); ++i) find_parents(source_.assets[i], ids_[i]);
  put_in_order();
  return std::move(plan_);
}

}  // namespace

std::size_t Plan::count(Planned::What what) const {
  return static_cast<std::size_t>(std::count_if(
      assets.begin(), assets.end(), [what](const Planned& each) { return each.what == what; }));
}

Result<Plan> plan_import(Session& session, const Source& source) {
  return Planner(session, source).plan();
}

}  // namespace strongroom::terminal
