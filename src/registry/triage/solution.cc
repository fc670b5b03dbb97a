#include "registry/triage/solution.h"

#include <algorithm>
#include <deque>

#include "registry/triage/axis_words.h"

namespace strongroom::triage {

using axis_words::value;

namespace {

constexpr Value kNo = value(Axis::kStrictestInHouse, "no");
constexpr Value kYes = value(Axis::kStrictestInHouse, "yes");

// No less than what was found.
Level strictest(const RuleSet& rules, const Situations& situations, const Outline& outline) {
  Level level = outline.found_level.value_or(Level::kSl1);
  for (const Situation& situation : situations) level = std::max(level, level_of(rules, situation));
  return level;
}

Value above(Value sl1, Level level) {
  return static_cast<Value>(sl1 + static_cast<int>(level) - static_cast<int>(Level::kSl1));
}
Value reached(Level level) { return above(value(Axis::kReach, "SL1"), level); }
Value descended(Level level) { return above(value(Axis::kParent, "SL1"), level); }

}  // namespace

Level level_of(const RuleSet& rules, const Situation& situation) {
  const Bits bits = bits_of(situation);
  std::optional<Level> level;
  for (const Rule& rule : rules.rules) {
    if ((!level || rule.level > *level) && rule.fires(bits)) level = rule.level;
  }
  return level.value_or(Level::kSl5);
}

Solution::Solution(std::vector<const Outline*> outlines, const RuleSet& rules, Around around)
    : outlines_(std::move(outlines)),
      rules_(&rules),
      around_(std::move(around)),
      sl5_in_house_(around_.has_sl5),
      levels_(outlines_.size(), Level::kSl1) {
  settle();
}

std::optional<std::size_t> Solution::index_of(const std::string& name) const {
  const auto found = std::lower_bound(
      outlines_.begin(), outlines_.end(), name,
      [](const Outline* outline, const std::string& wanted) { return outline->name < wanted; });
  if (found == outlines_.end() || (*found)->name != name) return std::nullopt;
  return static_cast<std::size_t>(found - outlines_.begin());
}

std::optional<Level> Solution::level_of_named(const std::string& name) const {
  if (const auto at = index_of(name)) return levels_[*at];
  const auto found = around_.levels.find(name);
  if (found == around_.levels.end()) return std::nullopt;
  return found->second;
}

Value Solution::reach_of(const Outline& outline) const {
  constexpr Value kUnknown = value(Axis::kReach, "unknown");
  if (!outline.reaches) return kUnknown;
  std::optional<Level> level;
  for (const std::string& name : *outline.reaches) {
    const std::optional<Level> there = level_of_named(name);
    if (!there) return kUnknown;
    level = std::max(level.value_or(Level::kSl1), *there);
  }
  return level ? reached(*level) : value(Axis::kReach, "none");
}

Value Solution::parent_of(const Outline& outline) const {
  using From = Outline::From;
  constexpr Value kUnknown = value(Axis::kParent, "unknown");
  if (outline.from == From::kUnknown) return kUnknown;
  std::optional<Level> level;
  for (const std::string& found : outline.found_parents) {
    const std::optional<Level> parent = level_of_named(found);
    if (!parent) return kUnknown;
    level = std::max(level.value_or(Level::kSl1), *parent);
  }
  if (outline.from == From::kNothing)
    return level ? descended(*level) : value(Axis::kParent, "none");
  if (outline.from == From::kShownLower) return value(Axis::kParent, "shown_lower");
  const std::optional<Level> parent = level_of_named(outline.parent);
  if (!parent) return kUnknown;
  return descended(std::max(level.value_or(Level::kSl1), *parent));
}

Situations Solution::situations(const Outline& outline) const {
  Situations situations = outline.situations;
  const Value reach = reach_of(outline);
  const Value parent = parent_of(outline);
  for (Situation& each : situations) {
    each[Axis::kReach] = reach;
    each[Axis::kParent] = parent;
    each[Axis::kStrictestInHouse] = sl5_in_house_ || outline.designated ? kYes : kNo;
  }
  return situations;
}

// Levels only rise, at most four times each; whoever rests on a risen one is looked at again.
void Solution::settle() {
  const std::size_t count = outlines_.size();
  std::vector<std::vector<std::uint32_t>> rests_on(count);
  const auto note = [&](std::size_t who, const std::string& on) {
    if (const auto at = index_of(on)) rests_on[*at].push_back(static_cast<std::uint32_t>(who));
  };
  for (std::size_t i = 0; i < count; ++i) {
    const Outline& outline = *outlines_[i];
    if (outline.reaches) {
      for (const std::string& name : *outline.reaches) note(i, name);
    }
    for (const std::string& name : outline.found_parents) note(i, name);
    if (outline.from == Outline::From::kParent) note(i, outline.parent);
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
    const Level level = strictest(*rules_, situations(*outlines_[asset]), *outlines_[asset]);
    if (level <= levels_[asset]) continue;
    levels_[asset] = level;
    for (const std::uint32_t who : rests_on[asset]) ask(who);
    if (level == Level::kSl5 && !sl5_in_house_) {
      sl5_in_house_ = true;
      for (std::size_t i = 0; i < count; ++i) ask(i);
    }
  }
}

Decision Solution::decision(const Outline& outline, Date today,
                            std::optional<Date> reference_ends) const {
  const Situations situations = this->situations(outline);
  std::array<Bits, kDomains> bits;
  std::transform(situations.begin(), situations.end(), bits.begin(), bits_of);
  Decision decision;
  decision.level = strictest(*rules_, situations, outline);
  decision.scenarios.fill(Level::kSl1);
  for (std::size_t i = 0; i < rules_->rules.size(); ++i) {
    const Rule& rule = rules_->rules[i];
    Fired fired{i, 0};
    for (Domain domain = 0; domain < kDomains; ++domain) {
      if (rule.fires(bits[domain]))
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
  decision.decided = today;
  const auto earlier = [&](std::int64_t day, Ends ends) {
    if (day >= decision.expires.days) return;
    decision.expires.days = day;
    decision.ends = ends;
  };
  decision.expires.days =
      today.days + rules_->valid_days[static_cast<std::size_t>(decision.level) - 1];
  if (outline.evaluated_until) earlier(outline.evaluated_until->days + 1, Ends::kEvaluation);
  if (reference_ends) earlier(reference_ends->days, Ends::kReference);
  return decision;
}

bool Solution::needs_sl5_by_itself(std::size_t asset) const {
  if (levels_[asset] != Level::kSl5) return false;
  const Outline& outline = *outlines_[asset];
  Situations alone = situations(outline);
  for (Situation& each : alone) {
    each[Axis::kStrictestInHouse] = outline.designated ? kYes : kNo;
    if (each[Axis::kReach] == reached(Level::kSl5)) each[Axis::kReach] = reached(Level::kSl4);
    if (each[Axis::kParent] == descended(Level::kSl5)) each[Axis::kParent] = descended(Level::kSl4);
  }
  return strictest(*rules_, alone, outline) == Level::kSl5;
}

}  // namespace strongroom::triage
