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

void take_finding(Known& known, const protocol::Finding& finding) {
  if (finding.parent) known.facts.found_parents.insert(name_in_facts(*finding.parent));
  if (finding.at_least)
    known.facts.found_level =
        std::max(known.facts.found_level.value_or(Level::kSl1), *finding.at_least);
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

// One asset as a solution looks at it; its facts are read off, and gone.
struct Looked {
  triage::Outline outline;
  UnixSeconds stated_at;
  bool throwaway = false;
};
// Those to be decided, and what they rest on.
struct Part {
  explicit Part(std::shared_ptr<const Ground> in_force, UnixSeconds now)
      : ground(std::move(in_force)), today(triage::date_of(now)) {
    // Without a reference nothing counts as measured.
    if (ground->reference)
      reference_ends = triage::reference_end(*ground->reference, ground->rules, today);
  }
  std::shared_ptr<const Ground> ground;
  triage::Date today;
  std::optional<triage::Date> reference_ends;
  std::map<AssetId, Looked> assets;  // in the order of names
  triage::Around around;
};

void take(Part& part, const Known& known) {
  const bool listed = known.listed && known.facts.digest;
  part.assets.emplace(
      known.asset,
      Looked{triage::outline_of(known.facts, listed, {part.today, part.reference_ends.has_value()}),
             known.stated_at, known.throwaway});
}

Decided throwaway(const AssetId& id) {
  return {.asset = id,
          .level = Level::kSl1,
          .because = {"throwaway"},
          .expires = {limits::kJsonIntegerMax},
          .evaluate = 0};
}

std::vector<std::string> because_of(const triage::Decision& decision, const triage::RuleSet& rules,
                                    const triage::Outline& outline) {
  std::vector<std::string> because;
  if (outline.found_level == decision.level) because.emplace_back("finding");
  for (const triage::Fired& each : decision.fired) {
    const triage::Rule& rule = rules.rules[each.rule];
    if (rule.level == decision.level && because.size() < kBecauseMax) because.push_back(rule.id);
  }
  return because;
}

Decided decided_by(const triage::Decision& decision, const triage::RuleSet& rules,
                   const AssetId& id, const Looked& looked) {
  // A decision is as old as what was stated, whenever it is computed.
  const std::int64_t stated = triage::date_of(looked.stated_at).days;
  const std::int64_t valid = rules.valid_days[static_cast<std::size_t>(decision.level) - 1];
  const std::int64_t expires = std::min(decision.expires.days, stated + valid);
  return {.asset = id,
          .level = decision.level,
          .because = because_of(decision, rules, looked.outline),
          .expires = {std::max<std::int64_t>(expires, 0) * kDaySeconds},
          .evaluate = decision.evaluate};
}

// The decisions of a part, and what is new in them.
class Solved {
 public:
  explicit Solved(const Part& part)
      : part_(part), solution_(outlines(), part.ground->rules, part.around) {}

  // Those of the part, ascending.
  void compare(const Last& last) {
    CHECK(next_ != part_.assets.end() && next_->first == last.asset);
    const Looked& looked = next_->second;
    Decided decided = throwaway(last.asset);
    bool by_itself = false;
    if (!looked.throwaway) {
      decided = decided_by(solution_.decision(looked.outline, part_.today, part_.reference_ends),
                           part_.ground->rules, last.asset, looked);
      by_itself = solution_.needs_sl5_by_itself(place_++);
    }
    has_sl5_ = has_sl5_ || by_itself;
    if (last.decided != decided) anew_.decisions.push_back(std::move(decided));
    if (last.needs_sl5_by_itself != by_itself) anew_.sl5_by_itself.emplace(last.asset, by_itself);
    ++next_;
  }
  // Something in the part needs it by itself.
  [[nodiscard]] bool has_sl5() const { return has_sl5_; }
  [[nodiscard]] Anew take_anew() {
    CHECK(next_ == part_.assets.end());
    return std::move(anew_);
  }

 private:
  [[nodiscard]] std::vector<const triage::Outline*> outlines() const {
    std::vector<const triage::Outline*> outlines;
    for (const auto& each : part_.assets) {
      if (!each.second.throwaway) outlines.push_back(&each.second.outline);
    }
    return outlines;
  }

  const Part& part_;
  triage::Solution solution_;
  std::map<AssetId, Looked>::const_iterator next_ = part_.assets.begin();
  std::size_t place_ = 0;  // of the next that the solution knows
  Anew anew_;
  bool has_sl5_ = false;
};

Result<Anew> decide_all(const Knowledge& knowledge, Part part) {
  RETURN_IF_ERROR(knowledge.each_known([&](const Known& known) -> Result<void> {
    take(part, known);
    return {};
  }));
  Solved solved(part);
  RETURN_IF_ERROR(knowledge.each_last([&](const Last& last) -> Result<void> {
    solved.compare(last);
    return {};
  }));
  return solved.take_anew();
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
  ASSIGN_OR_RETURN(const std::shared_ptr<const Ground> ground, knowledge.ground());
  if (!touched) return decide_all(knowledge, Part(ground, now));
  Part part(ground, now);
  ASSIGN_OR_RETURN(const std::set<AssetId> inside, reached_from(*touched, knowledge));
  ASSIGN_OR_RETURN(std::int64_t elsewhere, knowledge.count_sl5_by_themselves());
  const bool had_sl5 = elsewhere > 0;
  std::vector<Last> lasts;
  for (const AssetId& id : inside) {
    ASSIGN_OR_RETURN(const std::optional<Known> known, knowledge.known(id));
    ASSIGN_OR_RETURN(std::optional<Last> last, knowledge.last(id));
    CHECK(known && last);  // nothing rests on what is not registered
    if (last->needs_sl5_by_itself) --elsewhere;
    lasts.push_back(std::move(*last));
    for (const AssetId& on : rests_on(known->facts)) {
      if (inside.contains(on)) continue;
      ASSIGN_OR_RETURN(const std::optional<Last> there, knowledge.last(on));
      if (there && there->decided)
        part.around.levels.emplace(name_in_facts(on), there->decided->level);
    }
    take(part, *known);
  }
  part.around.has_sl5 = elsewhere > 0;
  Solved solved(part);
  for (const Last& last : lasts) solved.compare(last);
  const bool has_sl5 = elsewhere > 0 || solved.has_sl5();
  // Whether the house holds anything of SL5 is something that all rest on.
  if (has_sl5 != had_sl5) return decide_all(knowledge, Part(ground, now));
  return solved.take_anew();
}

}  // namespace strongroom::registry
