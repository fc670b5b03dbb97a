#include "registry/triage/decide.h"

#include <algorithm>
#include <deque>

namespace strongroom::triage {

namespace {

constexpr Value kNo = 0;
constexpr Value kYes = 1;

Value value(Axis axis, std::string_view word) { return words_of(axis).value_named(word).value(); }
Value unknown(Axis axis) { return words_of(axis).unknown(); }

Value at_or_unknown(Axis axis, const PerDomain& values, Domain domain) {
  const auto found = values.find(domain);
  return found == values.end() ? unknown(axis) : found->second;
}

struct CategoryAxis {
  Category category;
  Axis axis;
};
constexpr std::array<CategoryAxis, 5> kCategoryAxes{{
    {Category::kInfrastructure, Axis::kInfrastructure},
    {Category::kHelpfulOnly, Axis::kHelpfulOnly},
    {Category::kModelOrganism, Axis::kModelOrganism},
    {Category::kPermissiveDualUse, Axis::kPermissive},
    {Category::kMaliciouslyFineTuned, Axis::kMalicious},
}};
struct AccessAxis {
  Access access;
  Axis axis;
};
constexpr std::array<AccessAxis, 5> kAccessAxes{{
    {Access::kTraining, Axis::kTraining},
    {Access::kDeployment, Axis::kDeployment},
    {Access::kSecrets, Axis::kSecrets},
    {Access::kInternet, Axis::kInternet},
    {Access::kCodeExecution, Axis::kCodeExecution},
}};

Value custody_of(const AssetFacts& facts) {
  if (!facts.exposure) return unknown(Axis::kCustody);
  if (facts.exposure->contains(Exposure::kOutside)) return value(Axis::kCustody, "outside");
  if (facts.exposure->contains(Exposure::kContractors)) return value(Axis::kCustody, "contractors");
  if (facts.exposure->contains(Exposure::kTrustedAccess))
    return value(Axis::kCustody, "trusted_access");
  return value(Axis::kCustody, "house");
}

Value reachers_of(const AssetFacts& facts) {
  if (!facts.reachable_by) return unknown(Axis::kReachableBy);
  if (facts.reachable_by->anyone) return value(Axis::kReachableBy, "anyone");
  if (!facts.reachable_by->models.empty()) return value(Axis::kReachableBy, "models");
  return facts.reachable_by->people.size() > kFewPeopleMax ? value(Axis::kReachableBy, "many")
                                                           : value(Axis::kReachableBy, "few");
}

Value safeguards_of(const AssetFacts& facts) {
  if (!facts.safeguards) return unknown(Axis::kSafeguards);
  if (!facts.safeguards->present) return value(Axis::kSafeguards, "removed");
  return facts.safeguards->tested_against.empty() ? value(Axis::kSafeguards, "untested")
                                                  : value(Axis::kSafeguards, "tested");
}

Value of_maybe(const std::optional<bool>& fact) {
  return fact ? (*fact ? kYes : kNo) : unknown(Axis::kSafeguardsRemoved);
}

// What making it changed. Made from nothing else: nothing.
void put_derivation(Situation& situation, const AssetFacts& facts, Domain domain) {
  if (!facts.derivation) {
    for (const Axis axis :
         {Axis::kSafeguardsRemoved, Axis::kCapabilitiesAdded, Axis::kPropensities})
      situation[axis] = unknown(axis);
    return;
  }
  if (!*facts.derivation) return;
  const Derivation& made = **facts.derivation;
  situation[Axis::kSafeguardsRemoved] = of_maybe(made.safeguards_removed);
  situation[Axis::kCapabilitiesAdded] = of_maybe(
      made.capabilities_added ? std::optional<bool>(made.capabilities_added->contains(domain))
                              : std::nullopt);
  situation[Axis::kPropensities] =
      of_maybe(made.propensities_induced ? std::optional<bool>(!made.propensities_induced->empty())
                                         : std::nullopt);
}

Situation common_situation(const AssetFacts& facts, bool listed) {
  Situation situation = mildest();
  situation[Axis::kKind] = facts.kind.value_or(unknown(Axis::kKind));
  situation[Axis::kSafeguards] = safeguards_of(facts);
  situation[Axis::kPublicWeights] = listed ? kNo : kYes;
  situation[Axis::kCustody] = custody_of(facts);
  situation[Axis::kReachableBy] = reachers_of(facts);
  for (const auto& [access, axis] : kAccessAxes)
    situation[axis] = !facts.access ? unknown(axis) : facts.access->contains(access) ? kYes : kNo;
  for (const auto& [category, axis] : kCategoryAxes) {
    situation[axis] = !facts.categories                      ? unknown(axis)
                      : facts.categories->contains(category) ? kYes
                                                             : kNo;
  }
  situation[Axis::kDesignated] = facts.designated ? kYes : kNo;
  return situation;
}

// No less than what was found.
Level strictest(const RuleSet& rules, const Situations& situations, const AssetFacts& facts) {
  Level level = facts.found_level.value_or(Level::kSl1);
  for (const Situation& situation : situations) level = std::max(level, level_of(rules, situation));
  return level;
}

Value value_of(Axis axis, Level level) { return value(axis, protocol::name_of(level)); }

// A model shown lower than its parent: strongly, still valid, in every domain.
bool is_shown_lower(const AssetFacts& facts, const Derivation& made, Date today) {
  std::uint8_t shown = 0;
  for (const Evaluation& each : facts.evaluations) {
    if (made.shown_lower_by.contains(each.id) && each.elicited_strongly && each.on <= today &&
        today <= each.valid_until)
      shown = static_cast<std::uint8_t>(shown | 1u << each.domain);
  }
  return shown == (1u << kDomains) - 1;
}

}  // namespace

Value evaluation_worth(const AssetFacts& facts, Domain domain, Date today) {
  const auto has = [&](bool strongly) {
    return std::any_of(facts.evaluations.begin(), facts.evaluations.end(),
                       [&](const Evaluation& each) {
                         return each.domain == domain && each.elicited_strongly == strongly &&
                                each.on <= today && today <= each.valid_until;
                       });
  };
  if (has(true)) return value(Axis::kEvaluation, "strong");
  if (has(false)) return value(Axis::kEvaluation, "weak");
  if (std::any_of(facts.evaluations.begin(), facts.evaluations.end(),
                  [&](const Evaluation& each) { return each.domain == domain; }))
    return value(Axis::kEvaluation, "stale");
  return facts.never_evaluated.contains(domain) ? value(Axis::kEvaluation, "never")
                                                : unknown(Axis::kEvaluation);
}

bool is_listed(const Lab& lab, const AssetFacts& facts) {
  return facts.digest && lab.public_index.contains(*facts.digest);
}

Level level_of(const RuleSet& rules, const Situation& situation) {
  std::optional<Level> level;
  for (const Rule& rule : rules.rules) {
    if ((!level || rule.level > *level) && rule.fires(situation)) level = rule.level;
  }
  return level.value_or(Level::kSl5);
}

Inventory::Inventory(const Lab& lab, const RuleSet& rules, Date today, Around around)
    : lab_(&lab),
      rules_(&rules),
      today_(today),
      around_(std::move(around)),
      sl5_in_house_(around_.has_sl5),
      levels_(lab.assets.size(), Level::kSl1) {
  settle();
}

bool Inventory::reference_holds() const {
  return lab_->reference.as_of <= today_ &&
         today_.days < lab_->reference.as_of.days + rules_->reference_days;
}

std::optional<std::size_t> Inventory::index_of(std::string_view name) const {
  const AssetFacts* found = lab_->asset(name);
  if (found == nullptr) return std::nullopt;
  return static_cast<std::size_t>(found - lab_->assets.data());
}

std::optional<Level> Inventory::level_of_named(const std::string& name) const {
  if (const auto at = index_of(name)) return levels_[*at];
  const auto found = around_.levels.find(name);
  if (found == around_.levels.end()) return std::nullopt;
  return found->second;
}

Value Inventory::reach_of(const AssetFacts& facts) const {
  if (!facts.weights_of) return unknown(Axis::kReach);
  std::optional<Level> level;
  for (const std::string& name : *facts.weights_of) {
    const std::optional<Level> reached = level_of_named(name);
    if (!reached) return unknown(Axis::kReach);
    level = std::max(level.value_or(Level::kSl1), *reached);
  }
  return level ? value_of(Axis::kReach, *level) : value(Axis::kReach, "none");
}

Value Inventory::parent_of(const AssetFacts& facts) const {
  if (!facts.derivation) return unknown(Axis::kParent);
  std::optional<Level> level;
  for (const std::string& found : facts.found_parents) {
    const std::optional<Level> parent = level_of_named(found);
    if (!parent) return unknown(Axis::kParent);
    level = std::max(level.value_or(Level::kSl1), *parent);
  }
  if (!*facts.derivation)
    return level ? value_of(Axis::kParent, *level) : value(Axis::kParent, "none");
  const Derivation& made = **facts.derivation;
  if (is_shown_lower(facts, made, today_)) return value(Axis::kParent, "shown_lower");
  const auto parent = made.parent ? level_of_named(*made.parent) : std::nullopt;
  if (!parent) return unknown(Axis::kParent);
  return value_of(Axis::kParent, std::max(level.value_or(Level::kSl1), *parent));
}

Situations Inventory::situations_if(const AssetFacts& facts) const {
  Situation common = common_situation(facts, is_listed(*lab_, facts));
  common[Axis::kReach] = reach_of(facts);
  common[Axis::kParent] = parent_of(facts);
  common[Axis::kStrictestInHouse] = sl5_in_house_ || facts.designated ? kYes : kNo;
  Situations situations;
  for (Domain domain = 0; domain < kDomains; ++domain) {
    Situation& situation = situations[domain];
    situation = common;
    situation[Axis::kDomain] = domain;
    situation[Axis::kStanding] = reference_holds()
                                     ? at_or_unknown(Axis::kStanding, facts.standing, domain)
                                     : unknown(Axis::kStanding);
    situation[Axis::kDualUse] = at_or_unknown(Axis::kDualUse, facts.dual_use, domain);
    situation[Axis::kEvaluation] = evaluation_worth(facts, domain, today_);
    put_derivation(situation, facts, domain);
  }
  return situations;
}

Situations Inventory::situations(std::size_t asset) const {
  return situations_if(lab_->assets[asset]);
}

// Levels only rise, at most four times each; whoever rests on a risen one is looked at again.
void Inventory::settle() {
  const std::size_t count = lab_->assets.size();
  std::vector<std::vector<std::uint32_t>> rests_on(count);
  const auto note = [&](std::size_t who, const std::string& on) {
    if (const auto at = index_of(on)) rests_on[*at].push_back(static_cast<std::uint32_t>(who));
  };
  for (std::size_t i = 0; i < count; ++i) {
    const AssetFacts& facts = lab_->assets[i];
    for (const std::string& name : facts.weights_of.value_or(std::set<std::string>()))
      note(i, name);
    for (const std::string& name : facts.found_parents) note(i, name);
    if (facts.derivation && *facts.derivation && (*facts.derivation)->parent)
      note(i, *(*facts.derivation)->parent);
  }
  std::deque<std::size_t> waiting;
  std::vector<bool> waits(count, false);
  const auto ask = [&](std::size_t asset) {
    if (waits[asset]) return;
    waits[asset] = true;
    waiting.push_back(asset);
  };
  for (std::size_t i = 0; i < count; ++i) ask(i);
  while (!waiting.empty()) {
    const std::size_t asset = waiting.front();
    waiting.pop_front();
    waits[asset] = false;
    const Level level = strictest(*rules_, situations(asset), lab_->assets[asset]);
    if (level <= levels_[asset]) continue;
    levels_[asset] = level;
    for (const std::uint32_t who : rests_on[asset]) ask(who);
    if (level == Level::kSl5 && !sl5_in_house_) {
      sl5_in_house_ = true;
      for (std::size_t i = 0; i < count; ++i) ask(i);
    }
  }
}

Decision Inventory::decided(const AssetFacts& facts, const Situations& situations) const {
  Decision decision;
  decision.level = strictest(*rules_, situations, facts);
  decision.scenarios.fill(Level::kSl1);
  for (std::size_t i = 0; i < rules_->rules.size(); ++i) {
    const Rule& rule = rules_->rules[i];
    Fired fired{i, 0};
    for (Domain domain = 0; domain < kDomains; ++domain) {
      if (rule.fires(situations[domain]))
        fired.domains = static_cast<std::uint8_t>(fired.domains | 1u << domain);
    }
    if (fired.domains == 0) continue;
    Level& scenario = decision.scenarios[static_cast<std::size_t>(rule.scenario)];
    scenario = std::max(scenario, rule.level);
    if (rule.evaluate)
      decision.evaluate = static_cast<std::uint8_t>(decision.evaluate | fired.domains);
    decision.fired.push_back(fired);
  }
  std::stable_sort(decision.fired.begin(), decision.fired.end(),
                   [&](const Fired& a, const Fired& b) {
                     return rules_->rules[a.rule].level > rules_->rules[b.rule].level;
                   });
  decision.decided = today_;
  const auto earlier = [&](std::int64_t day, Ends ends) {
    if (day >= decision.expires.days) return;
    decision.expires.days = day;
    decision.ends = ends;
  };
  decision.expires.days =
      today_.days + rules_->valid_days[static_cast<std::size_t>(decision.level) - 1];
  for (const Evaluation& each : facts.evaluations) {
    if (each.on <= today_ && today_ <= each.valid_until)
      earlier(each.valid_until.days + 1, Ends::kEvaluation);
  }
  if (reference_holds())
    earlier(lab_->reference.as_of.days + rules_->reference_days, Ends::kReference);
  return decision;
}

bool Inventory::needs_sl5_by_itself(std::size_t asset) const {
  if (levels_[asset] != Level::kSl5) return false;
  const AssetFacts& facts = lab_->assets[asset];
  Situations alone = situations_if(facts);
  for (Situation& each : alone) {
    each[Axis::kStrictestInHouse] = facts.designated ? kYes : kNo;
    for (const Axis axis : {Axis::kReach, Axis::kParent}) {
      if (each[axis] == value_of(axis, Level::kSl5)) each[axis] = value_of(axis, Level::kSl4);
    }
  }
  return strictest(*rules_, alone, facts) == Level::kSl5;
}

Decision Inventory::decision(std::size_t asset) const {
  return decided(lab_->assets[asset], situations(asset));
}

Decision Inventory::decision_if(const AssetFacts& facts) const {
  return decided(facts, situations_if(facts));
}

}  // namespace strongroom::triage
