#include "registry/triage/assessment.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "crypto/hash.h"
#include "registry/triage/facts_words.h"

namespace strongroom::triage {

namespace {

constexpr std::array<std::string_view, 5> kAdversaries{
    "an amateur", "a professional on the look-out", "a syndicate, or an insider",
    "a leading state's routine operations", "a leading state that has made it a priority"};
constexpr std::array<std::string_view, kScenarios> kThreats{
    "Stolen, with its weights in somebody else's hands, it", "Steered by somebody else, it",
    "Acting by itself, as an insider, it"};

bool is_per_domain(Axis axis) {
  return axis == Axis::kStanding || axis == Axis::kDualUse || axis == Axis::kEvaluation ||
         axis == Axis::kCapabilitiesAdded;
}
bool is_of_the_rule_alone(Axis axis) {
  return axis == Axis::kDomain || axis == Axis::kStrictestInHouse;
}

std::string quoted(std::string_view words) { return "\"" + printable(words) + "\""; }
template <class Names>
std::string listed(const Names& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

// What is written down besides the bare value, for a reader who wants to look it up.
std::string detail(const Inventory& inventory, const AssetFacts& facts, Axis axis, Domain domain) {
  if (axis == Axis::kEvaluation) {
    std::vector<std::string> ids;
    for (const Evaluation& each : facts.evaluations) {
      if (each.domain == domain)
        ids.push_back(
            fmt::format("{} of {}, until {}", each.id, shown(each.on), shown(each.valid_until)));
    }
    return ids.empty() ? "" : " (" + listed(ids) + ")";
  }
  if (axis == Axis::kStanding && !inventory.reference_holds())
    return inventory.lab().reference.name.empty() ? " (no reference is named)"
                                                  : " (the reference is too old)";
  if (axis == Axis::kReach && facts.weights_of && !facts.weights_of->empty())
    return " (" + listed(*facts.weights_of) + ")";
  if (axis == Axis::kParent && facts.derivation && *facts.derivation && (*facts.derivation)->parent)
    return " (" + *(*facts.derivation)->parent + ")";
  if (axis == Axis::kReachableBy && facts.reachable_by)
    return fmt::format(" ({} people, {} models{})", facts.reachable_by->people.size(),
                       facts.reachable_by->models.size(),
                       facts.reachable_by->anyone ? ", and people not named" : "");
  if (axis == Axis::kSafeguards && facts.safeguards && !facts.safeguards->tested_against.empty())
    return " (against " + listed(facts.safeguards->tested_against) + ")";
  return "";
}

std::vector<NamedFact> facts_of(const Inventory& inventory, const AssetFacts& facts,
                                const Situations& situations) {
  std::vector<NamedFact> out;
  for (std::size_t i = 0; i < kAxes; ++i) {
    const Axis axis = axis_at(i);
    if (is_of_the_rule_alone(axis)) continue;
    for (Domain domain = 0; domain < (is_per_domain(axis) ? kDomains : 1); ++domain) {
      out.push_back({fact_id(axis, domain), std::string(situations[domain].value(axis)) +
                                                detail(inventory, facts, axis, domain)});
    }
  }
  out.push_back({"digest", facts.digest ? facts.digest->hex() : "unknown"});
  out.push_back({"owner", facts.owner.empty() ? "nobody" : facts.owner});
  out.push_back({"hosts", listed(facts.hosts)});
  const Reference& reference = inventory.lab().reference;
  out.push_back({"reference", reference.name.empty()
                                  ? "named by nobody"
                                  : reference.name + ", as of " + shown(reference.as_of)});
  out.push_back({"house", situations[0][Axis::kStrictestInHouse] == 0
                              ? "nothing in it needs SL5"
                              : "something in it needs SL5"});
  if (!facts.found_parents.empty()) out.push_back({"found.parents", listed(facts.found_parents)});
  if (facts.found_level) out.push_back({"found.level", std::string(name_of(*facts.found_level))});
  return out;
}

// The facts that a rule looked at when it fired.
std::vector<std::string> grounds(const Rule& rule, const Fired& fired, const AssetFacts& facts) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < kAxes; ++i) {
    const Axis axis = axis_at(i);
    if (!rule.names(axis) || axis == Axis::kDomain) continue;
    for (Domain domain = 0; domain < kDomains; ++domain) {
      if (fired.in(domain)) ids.push_back(fact_id(axis, domain));
      if (!is_per_domain(axis) && !ids.empty()) break;
    }
  }
  if (rule.names(Axis::kParent) && !facts.found_parents.empty()) ids.push_back("found.parents");
  std::vector<std::string> once;
  for (std::string& id : ids) {
    if (std::find(once.begin(), once.end(), id) == once.end()) once.push_back(std::move(id));
  }
  return once;
}

class Writer {
 public:
  Writer(const Inventory& inventory, std::size_t asset, Assessment& out)
      : inventory_(inventory),
        facts_(inventory.lab().assets[asset]),
        situations_(inventory.situations(asset)),
        out_(out) {}

  void write() {
    verdict();
    what_it_is();
    if (!facts_.found_parents.empty() || facts_.found_level) what_was_found();
    terms("Actual risk", {Term::kFloor, Term::kReference, Term::kActual},
          "Nothing that is known of it today asks for more than the floor.", {"public_weights"});
    terms("Potential risk", {Term::kPotential},
          "With safeguards off, elicited and given other tools, nothing more is to be feared of it "
          "than today.",
          {"safeguards", "evaluation.cyber", "derivation.safeguards_removed"});
    terms("What it reaches", {Term::kReach}, "It reaches nothing that raises its level.",
          {"access.training", "access.deployment", "access.secrets", "weights_of"});
    terms("What it was made from", {Term::kParent},
          "What it was made from does not raise its level.", {"derivation.parent"});
    threats();
    unknowns();
    lowering();
    doubts();
  }

 private:
  const Rule& rule(const Fired& fired) const { return inventory_.rules().rules[fired.rule]; }
  void open(std::string title) { out_.sections.push_back({std::move(title), {}}); }
  void say(std::string text, std::vector<std::string> facts = {},
           std::vector<std::string> rules = {}) {
    out_.sections.back().sentences.push_back({std::move(text), std::move(facts), std::move(rules)});
  }

  void verdict() {
    open("Verdict");
    const Decision& decision = out_.decision;
    std::vector<std::string> rules;
    std::vector<std::string> facts;
    for (const Fired& fired : decision.fired) {
      if (rule(fired).level != decision.level) continue;
      rules.push_back(rule(fired).id);
      for (std::string& id : grounds(rule(fired), fired, facts_)) {
        if (std::find(facts.begin(), facts.end(), id) == facts.end())
          facts.push_back(std::move(id));
      }
    }
    if (facts_.found_level == decision.level) facts.push_back("found.level");
    say(fmt::format("{} needs {}.", quoted(facts_.name), name_of(decision.level)), facts, rules);
    if (decision.evaluate == 0) {
      std::vector<std::string> done;
      for (Domain domain = 0; domain < kDomains; ++domain)
        done.push_back(fact_id(Axis::kEvaluation, domain));
      say("No rule asks for a comprehensive evaluation of it.", done);
    } else {
      std::vector<std::string> by;
      for (const Fired& fired : decision.fired) {
        if (rule(fired).evaluate) by.push_back(rule(fired).id);
      }
      say(fmt::format("A comprehensive evaluation is required {}.",
                      decision.evaluate == (1u << kDomains) - 1
                          ? "in every domain"
                          : domains_in_words(decision.evaluate)),
          {}, by);
    }
    const std::string_view why = decision.ends == Ends::kEvaluation
                                     ? "an evaluation that it rests on lapses then"
                                 : decision.ends == Ends::kReference
                                     ? "the best public model must be looked at again then"
                                     : "nothing at this level is left unlooked-at for longer";
    say(fmt::format("Decided on {}, this holds until the day before {}: {}; and until a fact "
                    "that it rests on changes.",
                    shown(decision.decided), shown(decision.expires), why),
        decision.ends == Ends::kReference ? std::vector<std::string>{"reference"}
                                          : std::vector<std::string>{},
        rules);
  }

  void what_it_is() {
    open("What it is");
    const std::string kind(situations_[0].value(Axis::kKind));
    say(facts_.kind ? fmt::format("It is of the kind {}.", kind)
                    : "Nobody has said what kind of thing it is.",
        {"kind"});
    say(facts_.owner.empty() ? "Nobody answers for it."
                             : fmt::format("{} answers for it.", printable(facts_.owner)),
        {"owner"});
    if (facts_.categories) {
      std::vector<std::string_view> names;
      for (const Category each : *facts_.categories) names.push_back(name_of(each));
      say(fmt::format("Its categories: {}.", listed(names)), {"category"});
    }
    if (facts_.derivation && *facts_.derivation) {
      const Derivation& made = **facts_.derivation;
      say(fmt::format("It was made from {} by {}.",
                      made.parent ? quoted(*made.parent) : "something that nobody has named",
                      printable(made.method)),
          {"derivation.parent"});
    }
    say(facts_.hosts.empty()
            ? "No host is known that holds it."
            : fmt::format("Hosts that hold it: {}.", printable(listed(facts_.hosts))),
        {"hosts"});
  }

  // What programs and people found stands beside what was declared, and only ever raises.
  void what_was_found() {
    open(std::string(kFoundSection));
    for (const std::string& name : facts_.found_parents) {
      std::string declared = "nobody has said what it was made from";
      if (facts_.derivation && !*facts_.derivation) {
        declared = "it was declared to be made from nothing else, so one of the two is wrong";
      } else if (facts_.derivation && (*facts_.derivation)->parent) {
        const std::string& parent = *(*facts_.derivation)->parent;
        declared = parent == name ? "as was declared"
                                  : fmt::format(
                                        "it was declared to be made from {}, so the "
                                        "declaration is wrong or not the whole of it",
                                        quoted(parent));
      }
      const auto at = inventory_.index_of(name);
      say(fmt::format("It was found to be made from {}{}; {}.", quoted(name),
                      at ? fmt::format(", which needs {}", name_of(inventory_.level(*at))) : "",
                      declared),
          {"found.parents", "derivation.parent"});
    }
    if (facts_.found_level)
      say(fmt::format("Somebody who looked at it judges that it needs {} at least{}.",
                      name_of(*facts_.found_level),
                      *facts_.found_level == out_.decision.level && !rules_alone_demand()
                          ? ", which is more than the rules ask for"
                          : ""),
          {"found.level"});
  }

  [[nodiscard]] bool rules_alone_demand() const {
    return std::any_of(
        out_.decision.fired.begin(), out_.decision.fired.end(),
        [&](const Fired& fired) { return rule(fired).level == out_.decision.level; });
  }

  void terms(std::string title, const std::vector<Term>& which, std::string otherwise,
             std::vector<std::string> rests_on) {
    open(std::move(title));
    for (const Fired& fired : out_.decision.fired) {
      const Rule& each = rule(fired);
      if (std::find(which.begin(), which.end(), each.term) == which.end()) continue;
      std::string where = domains_in_words(fired.domains);
      if (!where.empty()) where = ", " + where;
      std::string reason = each.reason;
      if (reason.ends_with('.')) reason.pop_back();
      say(fmt::format("{} ({}{}).", reason, name_of(each.level), where),
          grounds(each, fired, facts_), {each.id});
    }
    if (out_.sections.back().sentences.empty()) say(std::move(otherwise), std::move(rests_on));
  }

  void threats() {
    open("Three threats");
    for (std::size_t i = 0; i < kScenarios; ++i) {
      const Level level = out_.decision.scenarios[i];
      int capacity = 1;
      std::vector<std::string> rules;
      for (const Fired& fired : out_.decision.fired) {
        const Rule& each = rule(fired);
        if (each.scenario != static_cast<Scenario>(i) || each.level != level) continue;
        capacity = std::max(capacity, each.capacity);
        rules.push_back(each.id);
      }
      if (rules.empty()) rules.push_back(out_.rules.back()->id);  // the floor, which always fires
      say(fmt::format("{} needs {}: what is kept must hold against OC{}, {}.", kThreats[i],
                      name_of(level), capacity,
                      kAdversaries[static_cast<std::size_t>(capacity) - 1]),
          {}, rules);
    }
  }

  void unknowns() {
    open("What is unknown, and what it costs to find out");
    for (std::size_t i = 0; i < kAxes; ++i) {
      const Axis axis = axis_at(i);
      if (!words_of(axis).has_unknown()) continue;
      std::uint8_t domains = 0;
      for (Domain domain = 0; domain < kDomains; ++domain) {
        if (situations_[domain][axis] == words_of(axis).unknown())
          domains = static_cast<std::uint8_t>(domains | 1u << domain);
      }
      if (domains == 0) continue;
      const std::string where = is_per_domain(axis) ? domains_in_words(domains) : "";
      const Domain first = static_cast<Domain>(std::countr_zero(unsigned{domains}));
      const bool needs_trying =
          axis == Axis::kStanding || axis == Axis::kDualUse || axis == Axis::kEvaluation;
      say(fmt::format("Unknown{}{}: {}; finding out costs {}.", where.empty() ? "" : " ", where,
                      words_of(axis).says,
                      needs_trying ? "an evaluation: weeks of specialists in each domain"
                                   : "somebody's word and a look: hours"),
          {fact_id(axis, first)});
    }
    if (out_.sections.back().sentences.empty()) say("Nothing that the rules ask for is unknown.");
  }

  void lowering() {
    open("What would lower the level");
    if (!facts_.found_parents.empty() || facts_.found_level) {
      std::vector<std::string> found;
      if (!facts_.found_parents.empty()) found.emplace_back("found.parents");
      if (facts_.found_level) found.emplace_back("found.level");
      say("What was found stands, whatever is declared, until a quorum dismisses it.", found);
    }
    const auto way = way_down(inventory_, facts_);
    if (!way) {
      say("Nothing that could be found out or taken away lowers it: it rests on what the asset "
          "is.");
      return;
    }
    for (const Remedy& step : way->steps)
      say(fmt::format("If {}; it costs {}.", step.what, step.costs));
    std::vector<std::string> gone;
    for (const Fired& fired : out_.decision.fired) {
      const auto still = [&](const Fired& each) { return each.rule == fired.rule; };
      if (std::none_of(way->decision.fired.begin(), way->decision.fired.end(), still))
        gone.push_back(rule(fired).id);
    }
    say(fmt::format("{}, at best, would bring it down to {}; a person proposes that and a "
                    "quorum decides, with a reason and an end.",
                    way->steps.size() == 1 ? "That" : "These together",
                    name_of(way->decision.level)),
        {}, gone);
  }

  void doubts() {
    open("What to keep in mind");
    const bool is_public = is_listed(inventory_.lab(), facts_);
    const bool beyond =
        std::any_of(situations_.begin(), situations_.end(),
                    [](const Situation& at) { return at.value(Axis::kStanding) == "beyond"; });
    if (is_public && beyond)
      say("It is in the index of public models and yet said to be beyond the best of them: one of "
          "the two is wrong, so it is kept as if neither were known to be harmless.",
          {"public_weights", "reference"});
    if (!is_public && facts_.exposure && facts_.exposure->contains(Exposure::kPublicWeights))
      say("Its weights are said to be public, but its digest is in no imported index: a "
          "declaration "
          "alone does not count.",
          {"public_weights", "digest"});
    if (inventory_.lab().reference.name.empty())
      say("Nobody has named the best public model: how anything compares with it counts as "
          "unknown.",
          {"reference"});
    else if (!inventory_.reference_holds())
      say("The best public model was last looked at too long ago, or in the future: how anything "
          "compares with it counts as unknown.",
          {"reference"});
    say("This is as good as the facts that it rests on, which people have declared; it certifies "
        "nothing, and it says what is needed, not what is in place.");
  }

  const Inventory& inventory_;
  const AssetFacts& facts_;
  const Situations situations_;
  Assessment& out_;
};

}  // namespace

std::string fact_id(Axis axis, Domain domain) {
  const std::string name(words_of(axis).name);
  switch (axis) {
    case Axis::kStanding:
    case Axis::kDualUse:
    case Axis::kEvaluation:
      return name + "." + std::string(words_of(Axis::kDomain).values[domain]);
    case Axis::kCapabilitiesAdded:
      return "derivation." + name + "." + std::string(words_of(Axis::kDomain).values[domain]);
    case Axis::kTraining:
    case Axis::kDeployment:
    case Axis::kSecrets:
    case Axis::kInternet:
    case Axis::kCodeExecution:
      return "access." + name;
    case Axis::kReach:
      return "weights_of";
    case Axis::kParent:
    case Axis::kSafeguardsRemoved:
    case Axis::kPropensities:
      return "derivation." + name;
    case Axis::kInfrastructure:
    case Axis::kHelpfulOnly:
    case Axis::kModelOrganism:
    case Axis::kPermissive:
    case Axis::kMalicious:
      return "category." + name;
    case Axis::kStrictestInHouse:
      return "house";
    default:
      return name;
  }
}

std::string domains_in_words(std::uint8_t domains) {
  if (domains == (1u << kDomains) - 1) return "";
  std::vector<std::string_view> names;
  for (Domain domain = 0; domain < kDomains; ++domain) {
    if ((unsigned{domains} >> domain & 1u) != 0)
      names.push_back(words_of(Axis::kDomain).values[domain]);
  }
  return "in " + listed(names);
}

Assessment assess(const Inventory& inventory, std::size_t asset) {
  const AssetFacts& facts = inventory.lab().assets[asset];
  Assessment out;
  out.lab = inventory.lab().name;
  out.asset = facts.name;
  out.owner = facts.owner;
  out.decision = inventory.decision(asset);
  out.rules_digest = inventory.rules().digest();
  out.facts_digest = crypto::sha256(as_bytes(encode(to_json(facts))));
  out.facts = facts_of(inventory, facts, inventory.situations(asset));
  if (facts.categories) {
    std::vector<std::string_view> names;
    for (const Category each : *facts.categories) names.push_back(name_of(each));
    out.facts.push_back({"category", listed(names)});
  }
  for (const Fired& fired : out.decision.fired)
    out.rules.push_back(&inventory.rules().rules[fired.rule]);
  Writer(inventory, asset, out).write();
  return out;
}

}  // namespace strongroom::triage
