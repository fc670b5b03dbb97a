#include "registry/triage/rule_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "crypto/hash.h"
#include "format/json_text.h"
#include "registry_triage/catalog_triage/derivation.h"
#include "registry_triage/catalog_triage/policy.h"
#include "registry_triage/catalog_triage/potential.h"
#include "registry_triage/catalog_triage/reach.h"
#include "registry_triage/catalog_triage/reference.h"

namespace strongroom::triage {

namespace {

using format::Fields;
using format::Json;

constexpr std::uint16_t kAny = 0xffff;
constexpr std::array<std::string_view, kScenarios> kScenarioNames{"stolen", "compromised",
                                                                  "insider"};
constexpr std::array<std::string_view, 6> kTermNames{"reference", "actual", "potential",
                                                     "reach",     "parent", "floor"};
constexpr std::size_t kIdBytesMax = 40;
constexpr std::size_t kSourceBytesMax = 200;
constexpr std::size_t kReasonBytesMax = 500;
constexpr std::string_view kRulesFormat = "strongroom-triage-rules-1";
constexpr std::string_view kOverlayFormat = "strongroom-triage-overlay-1";
constexpr std::string_view kPolicyFormat = "strongroom-triage-policy-1";

bool is_rule_id(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

template <std::size_t N>
Result<std::size_t> one_of(Fields& fields, std::string_view name,
                           const std::array<std::string_view, N>& names) {
  ASSIGN_OR_RETURN(const std::string text, fields.text(name));
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) {
    return fail(ErrorCode::kMalformed, fmt::format("{} is \"{}\": one of {}", name, printable(text),
                                                   fmt::join(names.begin(), names.end(), ", ")));
  }
  return static_cast<std::size_t>(found - names.begin());
}

Result<void> take_condition(Rule& rule, const std::string& name, const Json& values) {
  const std::optional<Axis> axis = axis_named(name);
  const Json::Array* list = values.array();
  if (!axis || list == nullptr || list->empty()) {
    return fail(ErrorCode::kMalformed,
                fmt::format("rule {}: \"{}\" is no fact with a list of its values", rule.id,
                            printable(name)));
  }
  std::uint16_t allows = 0;
  for (const Json& value : *list) {
    const std::string* text = value.text();
    const auto at = text == nullptr ? std::nullopt : words_of(*axis).value_named(*text);
    if (!at || (unsigned{allows} >> *at & 1u) != 0) {
      return fail(ErrorCode::kMalformed,
                  fmt::format("rule {}: {} can be each of {}, once", rule.id, name,
                              fmt::join(words_of(*axis).values, ", ")));
    }
    allows = static_cast<std::uint16_t>(allows | 1u << *at);
  }
  if (list->size() == words_of(*axis).size()) {
    return fail(ErrorCode::kMalformed,
                fmt::format("rule {}: {} lists everything there is: leave it out", rule.id, name));
  }
  rule.allows[static_cast<std::size_t>(*axis)] = allows;
  return {};
}

Result<Rule> rule_from(const Json& json) {
  Rule rule;
  rule.allows.fill(kAny);
  Fields fields(json, "triage rule");
  ASSIGN_OR_RETURN(rule.id, fields.text("id", kIdBytesMax));
  if (!is_rule_id(rule.id)) {
    return fail(ErrorCode::kMalformed, "a rule's id is of capitals, digits and hyphens, not \"" +
                                           printable(rule.id) + "\"");
  }
  ASSIGN_OR_RETURN(rule.source, fields.text("source", kSourceBytesMax));
  ASSIGN_OR_RETURN(rule.reason, fields.text("reason", kReasonBytesMax));
  if (rule.source.empty() || rule.reason.empty())
    return fail(ErrorCode::kMalformed, "rule " + rule.id + ": needs a source and a reason");
  ASSIGN_OR_RETURN(const std::size_t scenario, one_of(fields, "scenario", kScenarioNames));
  rule.scenario = static_cast<Scenario>(scenario);
  ASSIGN_OR_RETURN(const std::size_t term, one_of(fields, "term", kTermNames));
  rule.term = static_cast<Term>(term);
  ASSIGN_OR_RETURN(const std::string level, fields.text("level"));
  ASSIGN_OR_RETURN(rule.level, protocol::level_from(level));
  ASSIGN_OR_RETURN(const std::int64_t capacity, fields.integer("capacity", 1, 5));
  rule.capacity = static_cast<int>(capacity);
  ASSIGN_OR_RETURN(rule.evaluate, fields.boolean("evaluate"));
  ASSIGN_OR_RETURN(const Json::Object* const when, fields.object("when"));
  for (const auto& [name, values] : *when) RETURN_IF_ERROR(take_condition(rule, name, values));
  RETURN_IF_ERROR(fields.done());
  return rule;
}

// Rules stand by id, whatever order they were written in.
Result<std::vector<Rule>> rules_from(Fields& fields) {
  ASSIGN_OR_RETURN(const Json::Array* const list, fields.array("rules", kRulesMax));
  std::vector<Rule> rules;
  for (const Json& json : *list) {
    ASSIGN_OR_RETURN(Rule rule, rule_from(json));
    rules.push_back(std::move(rule));
  }
  std::sort(rules.begin(), rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  for (std::size_t i = 1; i < rules.size(); ++i) {
    if (rules[i].id == rules[i - 1].id)
      return fail(ErrorCode::kMalformed, "rule " + rules[i].id + " stands twice");
  }
  return rules;
}

Result<void> take_policy(RuleSet& rules, Fields& fields) {
  ASSIGN_OR_RETURN(const Json::Array* const days, fields.array("valid_days", 5));
  if (days->size() != rules.valid_days.size())
    return fail(ErrorCode::kMalformed, "valid_days: five numbers, for SL1 to SL5");
  for (std::size_t i = 0; i < days->size(); ++i) {
    const std::int64_t* number = (*days)[i].integer();
    if (number == nullptr || *number < 1 || *number > kValidDaysMax)
      return fail(ErrorCode::kMalformed, "valid_days: from 1 to 366 days each");
    rules.valid_days[i] = *number;
  }
  ASSIGN_OR_RETURN(rules.reference_days, fields.integer("reference_days", 1, kValidDaysMax));
  return {};
}

RuleSet read_shipped() {
  RuleSet rules;
  const auto policy =
      format::decode_in_any_layout(registry_triage::kCatalogTriagePolicy, kRuleFileBytesMax);
  CHECK(policy.has_value());
  Fields fields(*policy, "triage policy");
  CHECK(fields.require("format", kPolicyFormat).has_value());
  CHECK(take_policy(rules, fields).has_value() && fields.done().has_value());
  for (const std::string_view text :
       {registry_triage::kCatalogTriageReference, registry_triage::kCatalogTriagePotential,
        registry_triage::kCatalogTriageReach, registry_triage::kCatalogTriageDerivation}) {
    const auto json = format::decode_in_any_layout(text, kRuleFileBytesMax);
    CHECK(json.has_value());
    Fields file(*json, "triage rules");
    CHECK(file.require("format", kRulesFormat).has_value());
    const auto some = rules_from(file);
    CHECK(some.has_value() && file.done().has_value());
    const auto together = with_overlay(rules, Overlay{*some, {}});
    CHECK(together.has_value() && together->rules.size() == rules.rules.size() + some->size());
    rules = *together;
  }
  return rules;
}

}  // namespace

std::string_view name_of(Scenario scenario) {
  return kScenarioNames[static_cast<std::size_t>(scenario)];
}
std::string_view name_of(Term term) { return kTermNames[static_cast<std::size_t>(term)]; }

bool Rule::names(Axis axis) const { return allows[static_cast<std::size_t>(axis)] != kAny; }

const Rule* RuleSet::rule(std::string_view id) const {
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& each) { return each.id == id; });
  return found == rules.end() ? nullptr : &*found;
}

Digest RuleSet::digest() const { return crypto::sha256(as_bytes(encode(to_json(*this)))); }

format::Json to_json(const Rule& rule) {
  Json::Object when;
  for (std::size_t i = 0; i < kAxes; ++i) {
    const AxisWords& axis = words_of(axis_at(i));
    if (!rule.names(axis_at(i))) continue;
    Json::Array values;
    for (std::uint8_t v = 0; v < axis.size(); ++v) {
      if (rule.allows_value(axis_at(i), v)) values.emplace_back(std::string(axis.values[v]));
    }
    when.emplace(std::string(axis.name), std::move(values));
  }
  return Json::Object{{"id", rule.id},
                      {"source", rule.source},
                      {"reason", rule.reason},
                      {"scenario", std::string(name_of(rule.scenario))},
                      {"term", std::string(name_of(rule.term))},
                      {"level", std::string(name_of(rule.level))},
                      {"capacity", std::int64_t{rule.capacity}},
                      {"evaluate", rule.evaluate},
                      {"when", std::move(when)}};
}

format::Json to_json(const RuleSet& rules) {
  Json::Array list;
  for (const Rule& rule : rules.rules) list.push_back(to_json(rule));
  Json::Array days(rules.valid_days.begin(), rules.valid_days.end());
  return Json::Object{{"format", std::string(kRulesFormat)},
                      {"rules", std::move(list)},
                      {"valid_days", std::move(days)},
                      {"reference_days", rules.reference_days}};
}

format::Json to_json(const Overlay& overlay) {
  Json::Array list;
  for (const Rule& rule : overlay.rules) list.push_back(to_json(rule));
  return Json::Object{{"format", std::string(kOverlayFormat)},
                      {"rules", std::move(list)},
                      {"without", Json::Array(overlay.without.begin(), overlay.without.end())}};
}

Result<RuleSet> rule_set_from(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, format::decode_in_any_layout(text, kRuleFileBytesMax));
  RuleSet rules;
  Fields fields(json, "triage rules");
  RETURN_IF_ERROR(fields.require("format", kRulesFormat));
  ASSIGN_OR_RETURN(rules.rules, rules_from(fields));
  RETURN_IF_ERROR(take_policy(rules, fields));
  RETURN_IF_ERROR(fields.done());
  return rules;
}

Result<Overlay> overlay_from(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, format::decode_in_any_layout(text, kRuleFileBytesMax));
  Overlay overlay;
  Fields fields(json, "triage overlay");
  RETURN_IF_ERROR(fields.require("format", kOverlayFormat));
  ASSIGN_OR_RETURN(overlay.rules, rules_from(fields));
  ASSIGN_OR_RETURN(const Json::Array* const without, fields.array("without", kRulesMax));
  RETURN_IF_ERROR(fields.done());
  std::set<std::string> gone;
  for (const Json& each : *without) {
    const std::string* id = each.text();
    if (id == nullptr || !is_rule_id(*id) || !gone.insert(*id).second)
      return fail(ErrorCode::kMalformed,
                  "triage overlay: \"without\" lists ids of rules, once each");
  }
  overlay.without.assign(gone.begin(), gone.end());
  return overlay;
}

Result<RuleSet> with_overlay(const RuleSet& rules, const Overlay& overlay) {
  RuleSet out = rules;
  for (const std::string& id : overlay.without) {
    if (std::erase_if(out.rules, [&](const Rule& rule) { return rule.id == id; }) == 0)
      return fail(ErrorCode::kMalformed,
                  "triage overlay: there is no rule " + id + " to leave out");
  }
  for (const Rule& rule : overlay.rules) {
    std::erase_if(out.rules, [&](const Rule& each) { return each.id == rule.id; });
    out.rules.push_back(rule);
  }
  if (out.rules.size() > kRulesMax)
    return fail(ErrorCode::kTooLarge, fmt::format("over {} rules of triage", kRulesMax));
  std::sort(out.rules.begin(), out.rules.end(),
            [](const Rule& a, const Rule& b) { return a.id < b.id; });
  return out;
}

const RuleSet& shipped_rules() {
  static const RuleSet rules = read_shipped();
  return rules;
}

}  // namespace strongroom::triage
