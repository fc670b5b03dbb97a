#include "registry/events_triage.h"

#include <algorithm>
#include <deque>

#include "base/limits.h"

namespace strongroom::registry {

using format::Fields;
using format::Json;
using protocol::Level;

namespace {

constexpr std::size_t kWordBytesMax = 64;
constexpr std::int64_t kDaySeconds = 24 * 3600;

std::string name_in_facts(const AssetId& id) { return id.hex(); }

}  // namespace

Json to_json(const Decided& decided) {
  Json::Array because(decided.because.begin(), decided.because.end());
  Json::Object out{{"asset", decided.asset},
                   {"level", std::string(name_of(decided.level))},
                   {"because", std::move(because)},
                   {"expires", decided.expires.value}};
  if (decided.evaluate != 0) out.emplace("evaluate", std::int64_t{decided.evaluate});
  return out;
}

Result<Decided> decided_from(const Json& json) {
  Fields fields(json, "decision");
  Decided decided;
  ASSIGN_OR_RETURN(decided.asset, fields.id<AssetId>("asset"));
  ASSIGN_OR_RETURN(const std::string level, fields.text("level"));
  ASSIGN_OR_RETURN(decided.level, protocol::level_from(level));
  ASSIGN_OR_RETURN(const Json::Array* because, fields.array("because", kBecauseMax));
  for (const Json& each : *because) {
    if (each.text() == nullptr || each.text()->size() > kWordBytesMax)
      return fail(ErrorCode::kMalformed, "decision: a rule's id is no word");
    decided.because.push_back(*each.text());
  }
  ASSIGN_OR_RETURN(decided.expires.value, fields.integer("expires", 0, limits::kJsonIntegerMax));
  if (fields.has("evaluate")) {
    ASSIGN_OR_RETURN(const std::int64_t evaluate,
                     fields.integer("evaluate", 1, (1 << triage::kDomains) - 1));
    decided.evaluate = static_cast<std::uint8_t>(evaluate);
  }
  RETURN_IF_ERROR(fields.done());
  return decided;
}

Json to_json(const Triage& triage) {
  Json::Array decisions;
  for (const Decided& each : triage.decisions) decisions.push_back(to_json(each));
  return Json::Object{{"decisions", std::move(decisions)}};
}

Result<Triage> triage_from(const Json& json) {
  Fields fields(json, "triage");
  Triage triage;
  ASSIGN_OR_RETURN(const Json::Array* decisions, fields.array("decisions", kDecisionsMax));
  for (const Json& each : *decisions) {
    ASSIGN_OR_RETURN(Decided decided, decided_from(each));
    if (!triage.decisions.empty() && !(triage.decisions.back().asset < decided.asset))
      return fail(ErrorCode::kMalformed, "triage: assets out of order");
    triage.decisions.push_back(std::move(decided));
  }
  if (triage.decisions.empty()) return fail(ErrorCode::kMalformed, "triage: of nothing");
  RETURN_IF_ERROR(fields.done());
  return triage;
}

Known unknown_asset(const AssetId& id, std::string_view kind) {
  Known known;
  known.asset = id;
  known.facts.name = name_in_facts(id);
  known.facts.kind =
      triage::words_of(triage::Axis::kKind).value_named(kind == "code" ? "algorithm" : kind);
  known.throwaway = kind == protocol::kRehearsalKind;
  return known;
}

Result<Known> known_of(const protocol::FactsStated& stated, std::string_view kind) {
  Known known = unknown_asset(stated.asset, kind);
  const auto kind_known = known.facts.kind;
  ASSIGN_OR_RETURN(known.facts, triage::asset_facts_from(stated.facts));
  if (!known.facts.kind) known.facts.kind = kind_known;
  known.listed = stated.listing.has_value();
  return known;
}

std::vector<AssetId> rests_on(const triage::AssetFacts& facts) {
  std::set<std::string> names = facts.weights_of.value_or(std::set<std::string>());
  names.insert(facts.found_parents.begin(), facts.found_parents.end());
  if (facts.derivation && *facts.derivation && (*facts.derivation)->parent)
    names.insert(*(*facts.derivation)->parent);
  std::vector<AssetId> ids;
  for (const std::string& name : names) {
    if (const auto id = AssetId::from_hex_text(name)) ids.push_back(*id);
  }
  return ids;
}

namespace {

// What one solution looks at: those to be decided, and what they rest on.
struct Part {
  triage::Lab lab;
  std::map<std::string, Known> known;  // by name
  triage::Inventory::Around around;
};

void take(Part& part, Known known) {
  if (known.listed && known.facts.digest) part.lab.public_index.insert(*known.facts.digest);
  const std::string name = known.facts.name;
  part.known.emplace(name, std::move(known));
}

void set_ground(Part& part, const Ground& ground) {
  // Without a reference: one so old that nothing counts as measured against it.
  part.lab.reference = ground.reference.value_or(triage::Reference{});
}

Decided throwaway(const AssetId& id) {
  return {.asset = id,
          .level = Level::kSl1,
          .because = {"throwaway"},
          .expires = {limits::kJsonIntegerMax},
          .evaluate = 0};
}

std::vector<std::string> because_of(const triage::Decision& decision, const triage::RuleSet& rules,
                                    const triage::AssetFacts& facts) {
  std::vector<std::string> because;
  if (facts.found_level == decision.level) because.emplace_back("finding");
  for (const triage::Fired& each : decision.fired) {
    const triage::Rule& rule = rules.rules[each.rule];
    if (rule.level == decision.level && because.size() < kBecauseMax) because.push_back(rule.id);
  }
  return because;
}

struct Subject {
  const Known& known;  // its facts have moved
  const triage::AssetFacts& facts;
};
Decided decided_by(const triage::Decision& decision, const triage::RuleSet& rules,
                   const Subject& subject) {
  // A decision is as old as what was stated, whenever it is computed.
  const std::int64_t stated = triage::date_of(subject.known.stated_at).days;
  const std::int64_t valid = rules.valid_days[static_cast<std::size_t>(decision.level) - 1];
  const std::int64_t expires = std::min(decision.expires.days, stated + valid);
  return {.asset = subject.known.asset,
          .level = decision.level,
          .because = because_of(decision, rules, subject.facts),
          .expires = {std::max<std::int64_t>(expires, 0) * kDaySeconds},
          .evaluate = decision.evaluate};
}

struct Solved {
  std::vector<Decided> decisions;  // ascending
  std::map<AssetId, bool> sl5_by_itself;
};

Solved solve(Part& part, const Ground& ground, UnixSeconds now) {
  std::vector<const Known*> in_order;
  Solved solved;
  for (auto& each : part.known) {  // in the order of names, as Lab wants them
    if (each.second.throwaway) {
      solved.decisions.push_back(throwaway(each.second.asset));
      continue;
    }
    part.lab.assets.push_back(std::move(each.second.facts));
    in_order.push_back(&each.second);
  }
  const triage::Inventory inventory(part.lab, ground.rules, triage::date_of(now),
                                    std::move(part.around));
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    solved.decisions.push_back(
        decided_by(inventory.decision(i), ground.rules, {*in_order[i], part.lab.assets[i]}));
    solved.sl5_by_itself.emplace(in_order[i]->asset, inventory.needs_sl5_by_itself(i));
  }
  std::sort(solved.decisions.begin(), solved.decisions.end(),
            [](const Decided& a, const Decided& b) { return a.asset < b.asset; });
  return solved;
}

Result<Anew> changed_only(Solved solved, const Knowledge& knowledge) {
  Anew anew;
  for (Decided& each : solved.decisions) {
    ASSIGN_OR_RETURN(const std::optional<Decided> before, knowledge.decided(each.asset));
    if (before != each) anew.decisions.push_back(std::move(each));
  }
  for (const auto& [asset, by_itself] : solved.sl5_by_itself) {
    ASSIGN_OR_RETURN(const bool before, knowledge.needs_sl5_by_itself(asset));
    if (before != by_itself) anew.sl5_by_itself.emplace(asset, by_itself);
  }
  return anew;
}

Result<Anew> decide_all(const Knowledge& knowledge, const Ground& ground, UnixSeconds now) {
  Part part;
  set_ground(part, ground);
  RETURN_IF_ERROR(knowledge.each([&](Known known) -> Result<void> {
    take(part, std::move(known));
    return {};
  }));
  return changed_only(solve(part, ground, now), knowledge);
}

// All whose level may follow from those of `touched`.
Result<std::set<AssetId>> reached_from(const std::set<AssetId>& touched,
                                       const Knowledge& knowledge) {
  std::set<AssetId> found = touched;
  std::deque<AssetId> waiting(touched.begin(), touched.end());
  while (!waiting.empty()) {
    const AssetId at = waiting.front();
    waiting.pop_front();
    ASSIGN_OR_RETURN(const std::vector<AssetId> next, knowledge.resting_on(at));
    for (const AssetId& each : next) {
      if (found.insert(each).second) waiting.push_back(each);
    }
  }
  return found;
}

}  // namespace

Result<Anew> decide_anew(const Knowledge& knowledge, const Touched& touched, UnixSeconds now) {
  ASSIGN_OR_RETURN(const Ground ground, knowledge.ground());
  if (!touched) return decide_all(knowledge, ground, now);
  Part part;
  set_ground(part, ground);
  ASSIGN_OR_RETURN(const std::set<AssetId> inside, reached_from(*touched, knowledge));
  ASSIGN_OR_RETURN(std::int64_t elsewhere, knowledge.count_sl5_by_themselves());
  const bool had_sl5 = elsewhere > 0;
  for (const AssetId& id : inside) {
    ASSIGN_OR_RETURN(std::optional<Known> known, knowledge.known(id));
    CHECK(known.has_value());  // nothing rests on what is not registered
    ASSIGN_OR_RETURN(const bool by_itself, knowledge.needs_sl5_by_itself(id));
    if (by_itself) --elsewhere;
    for (const AssetId& on : rests_on(known->facts)) {
      if (inside.contains(on)) continue;
      ASSIGN_OR_RETURN(const std::optional<Decided> there, knowledge.decided(on));
      if (there) part.around.levels.emplace(name_in_facts(on), there->level);
    }
    take(part, std::move(*known));
  }
  part.around.has_sl5 = elsewhere > 0;
  Solved solved = solve(part, ground, now);
  const bool has_sl5 =
      elsewhere > 0 || std::any_of(solved.sl5_by_itself.begin(), solved.sl5_by_itself.end(),
                                   [](const auto& each) { return each.second; });
  // Whether the house holds anything of SL5 is something that all rest on.
  if (has_sl5 != had_sl5) return decide_all(knowledge, ground, now);
  return changed_only(std::move(solved), knowledge);
}

}  // namespace strongroom::registry
