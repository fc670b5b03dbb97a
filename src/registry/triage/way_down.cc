#include <bit>
#include <functional>

#include "registry/triage/assessment.h"

namespace strongroom::triage {

namespace {

struct Step {
  std::string_view what;
  std::string_view costs;
  std::function<void(AssetFacts&, Date)> take;
};

constexpr std::int64_t kEvaluationDays = 180;

Value word(Axis axis, std::string_view value) { return words_of(axis).value_named(value).value(); }

// As if somebody had tried hard in every domain and found nothing that was not known.
void evaluate(AssetFacts& facts, Date today) {
  for (Domain domain = 0; domain < kDomains; ++domain) {
    facts.standing.emplace(domain, word(Axis::kStanding, "below"));
    facts.dual_use.emplace(domain, word(Axis::kDualUse, "none"));
    if (evaluation_worth(facts, domain, today) == word(Axis::kEvaluation, "strong")) continue;
    facts.never_evaluated.erase(domain);
    facts.evaluations.push_back({"hypothetical-" + std::to_string(domain), domain, true, today,
                                 Date{today.days + kEvaluationDays}});
  }
}

void state_making(AssetFacts& facts, Date) {
  if (!facts.kind) facts.kind = word(Axis::kKind, "model");
  if (!facts.categories) facts.categories = std::set<Category>{Category::kGeneral};
  if (!facts.derivation) facts.derivation.emplace(std::nullopt);
  if (!*facts.derivation) return;
  Derivation& made = **facts.derivation;
  if (!made.safeguards_removed) made.safeguards_removed = false;
  if (!made.capabilities_added) made.capabilities_added.emplace();
  if (!made.propensities_induced) made.propensities_induced.emplace();
}

void show_lower(AssetFacts& facts, Date today) {
  if (!facts.derivation || !*facts.derivation) return;
  evaluate(facts, today);
  for (const Evaluation& each : facts.evaluations)
    (**facts.derivation).shown_lower_by.insert(each.id);
}

std::vector<Step> steps() {
  return {
      {"its owner says what it reaches, and it is nothing", "an hour of whoever runs it",
       [](AssetFacts& facts, Date) {
         if (!facts.access) facts.access.emplace();
         if (!facts.weights_of) facts.weights_of.emplace();
       }},
      {"its owner says who can reach it and where copies are, and both are few",
       "an hour, and a sweep of the disks",
       [](AssetFacts& facts, Date) {
         if (!facts.reachable_by) facts.reachable_by.emplace();
         if (!facts.exposure) facts.exposure = std::set<Exposure>{Exposure::kInternal};
       }},
      {"its owner says what it is and how it was made, and nothing dangerous was done",
       "a day: reading its bytes tells kind and kin", state_making},
      {"its safeguards are put in and tested by people who try to break them", "days of a red team",
       [](AssetFacts& facts, Date) {
         facts.safeguards = Safeguards{true, {"a red team"}};
       }},
      {"copies outside the house are taken back and its readers are few",
       "the goodwill of partners",
       [](AssetFacts& facts, Date) {
         facts.exposure = std::set<Exposure>{Exposure::kInternal};
         facts.reachable_by.emplace();
       }},
      {"what it reaches is taken away from it", "the work that it does with that",
       [](AssetFacts& facts, Date) {
         facts.access.emplace();
         facts.weights_of.emplace();
       }},
      {"a comprehensive evaluation, elicited as an adversary would, finds nothing more in any "
       "domain",
       "weeks of specialists in each domain", evaluate},
      {"such an evaluation in every domain shows it to be less than what it was made from",
       "weeks of specialists in each domain, with the parent beside it", show_lower},
  };
}

}  // namespace

std::optional<WayDown> way_down(const Inventory& inventory, const AssetFacts& facts) {
  const std::vector<Step> all = steps();
  const Level level = inventory.decision_if(facts).level;
  std::optional<WayDown> best;
  int fewest = static_cast<int>(all.size()) + 1;
  for (unsigned chosen = 1; chosen < 1u << all.size(); ++chosen) {
    if (std::popcount(chosen) > fewest) continue;
    AssetFacts then = facts;
    WayDown way;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if ((chosen >> i & 1u) == 0) continue;
      all[i].take(then, inventory.today());
      way.steps.push_back({std::string(all[i].what), std::string(all[i].costs), then});
    }
    way.decision = inventory.decision_if(then);
    const bool fewer = std::popcount(chosen) < fewest;
    if (way.decision.level >= level ||
        (!fewer && best && way.decision.level >= best->decision.level))
      continue;
    fewest = std::popcount(chosen);
    best = std::move(way);
  }
  return best;
}

}  // namespace strongroom::triage
