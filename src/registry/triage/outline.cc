#include "registry/triage/outline.h"

#include <algorithm>

#include "registry/triage/axis_words.h"

namespace strongroom::triage {

using axis_words::value;

namespace {

constexpr Value kNo = 0;
constexpr Value kYes = 1;

constexpr Value unknown(Axis axis) {
  return axis_words::kAllAxes[static_cast<std::size_t>(axis)].unknown();
}

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

bool holds(const Evaluation& evaluation, Date today) {
  return evaluation.on <= today && today <= evaluation.valid_until;
}

// A model shown lower than its parent: strongly, still valid, in every domain.
bool is_shown_lower(const AssetFacts& facts, const Derivation& made, Date today) {
  std::uint8_t shown = 0;
  for (const Evaluation& each : facts.evaluations) {
    if (made.shown_lower_by.contains(each.id) && each.elicited_strongly && holds(each, today))
      shown = static_cast<std::uint8_t>(shown | 1u << each.domain);
  }
  return shown == (1u << kDomains) - 1;
}

void put_parent(Outline& outline, const AssetFacts& facts, Date today) {
  using From = Outline::From;
  if (!facts.derivation) return;
  if (!*facts.derivation) {
    outline.from = From::kNothing;
  } else if (is_shown_lower(facts, **facts.derivation, today)) {
    outline.from = From::kShownLower;
  } else if ((*facts.derivation)->parent) {
    outline.from = From::kParent;
    outline.parent = *(*facts.derivation)->parent;
  }
}

}  // namespace

Value evaluation_worth(const AssetFacts& facts, Domain domain, Date today) {
  const auto has = [&](bool strongly) {
    return std::any_of(
        facts.evaluations.begin(), facts.evaluations.end(), [&](const Evaluation& each) {
          return each.domain == domain && each.elicited_strongly == strongly && holds(each, today);
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

Outline outline_of(const AssetFacts& facts, bool listed, const Moment& moment) {
  Outline outline;
  outline.name = facts.name;
  const Situation common = common_situation(facts, listed);
  for (Domain domain = 0; domain < kDomains; ++domain) {
    Situation& situation = outline.situations[domain];
    situation = common;
    situation[Axis::kDomain] = domain;
    situation[Axis::kStanding] = moment.reference_holds
                                     ? at_or_unknown(Axis::kStanding, facts.standing, domain)
                                     : unknown(Axis::kStanding);
    situation[Axis::kDualUse] = at_or_unknown(Axis::kDualUse, facts.dual_use, domain);
    situation[Axis::kEvaluation] = evaluation_worth(facts, domain, moment.today);
    put_derivation(situation, facts, domain);
  }
  if (facts.weights_of) outline.reaches.emplace(facts.weights_of->begin(), facts.weights_of->end());
  put_parent(outline, facts, moment.today);
  outline.found_parents.assign(facts.found_parents.begin(), facts.found_parents.end());
  outline.found_level = facts.found_level;
  for (const Evaluation& each : facts.evaluations) {
    if (holds(each, moment.today))
      outline.evaluated_until =
          std::min(outline.evaluated_until.value_or(each.valid_until), each.valid_until);
  }
  outline.designated = facts.designated;
  return outline;
}

}  // namespace strongroom::triage
