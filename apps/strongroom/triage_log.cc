#include <fmt/format.h>

#include <algorithm>

#include "crypto/hash.h"
#include "custodian/inspect.h"
#include "triaging.h"

/// `strongroom triage` without a file: what the log says, and where it says it.
namespace strongroom::terminal {

using protocol::EntryType;
using triage::Assessment;
using triage::NamedFact;
using triage::Section;
using triage::Sentence;
using triage::Source;

namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr std::int64_t kLevelDaysMax = 365;  // as strongroom level takes them

// For a shell: what is typed must be what is meant.
std::string typed(const std::string& name, const AssetId& id) {
  const bool is_plain =
      !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._-").find(c) != std::string_view::npos;
      });
  return is_plain ? name : id.hex();
}

class Sources {
 public:
  Sources(const Look& look, std::size_t asset)
      : look_(look), logged_(look.lab.assets[asset]), facts_(look.lab.lab.assets[asset]) {}

  Result<void> add_to(Assessment& out) {
    ASSIGN_OR_RETURN(history_, history_of(look_, logged_.asset));
    RETURN_IF_ERROR(stated(out));
    RETURN_IF_ERROR(reference(out));
    RETURN_IF_ERROR(found(out));
    RETURN_IF_ERROR(binds(out));
    if (logged_.stated)
      out.facts_digest = crypto::sha256(as_bytes(format::encode(logged_.stated->facts.facts)));
    return {};
  }

 private:
  [[nodiscard]] const Happening* last(EntryType type) const {
    const auto found = std::find_if(history_.rbegin(), history_.rend(),
                                    [&](const Happening& each) { return each.type == type; });
    return found == history_.rend() ? nullptr : &*found;
  }
  [[nodiscard]] Result<std::string> person(const PersonId& id) const {
    return custodian::person_name(look_.session.follower(), id);
  }

  Result<void> stated(Assessment& out) {
    std::optional<Source> said;
    if (logged_.stated) {
      ASSIGN_OR_RETURN(const std::string who, person(logged_.stated->facts.person));
      said = Source{logged_.stated->index, "stated by " + who, logged_.stated->at};
    }
    const bool states_kind =
        logged_.stated && logged_.stated->facts.facts.object()->contains("kind");
    const Happening* registered = last(EntryType::kRegistered);
    for (NamedFact& fact : out.facts) {
      const bool is_of_the_lab = fact.id == "reference" || fact.id == "house";
      if (is_of_the_lab || fact.id.starts_with("found.") || fact.value.starts_with("unknown"))
        continue;
      fact.source = said;
      if (fact.id == "kind" && !states_kind && registered != nullptr)
        fact.source = Source{registered->index, "registered by " + registered->by, registered->at};
    }
    return {};
  }

  // The change that last put something of this kind in force.
  template <class Kind>
  [[nodiscard]] Result<std::optional<Source>> made(std::string_view what) const {
    ASSIGN_OR_RETURN(const std::vector<vault::ProposedChange> changes,
                     look_.world.rooms().vault.changes());
    std::optional<Source> source;
    for (const vault::ProposedChange& each : changes) {
      const Kind* subject = std::get_if<Kind>(&each.change.subject);
      if (subject == nullptr || !each.made_at) continue;
      if constexpr (std::is_same_v<Kind, protocol::SetLevel>) {
        if (subject->asset != logged_.asset) continue;
      }
      if (source && source->entry > each.made_at->index) continue;
      ASSIGN_OR_RETURN(const std::string who, person(each.change.person));
      source = Source{each.made_at->index, fmt::format("{} by a quorum, as {} asked", what, who),
                      each.made_at->time};
    }
    return source;
  }

  Result<void> reference(Assessment& out) {
    ASSIGN_OR_RETURN(const auto source, made<protocol::SetReference>("named"));
    for (NamedFact& fact : out.facts) {
      if (fact.id == "reference") fact.source = source;
    }
    return {};
  }

  Result<void> found(Assessment& out) {
    const auto section =
        std::find_if(out.sections.begin(), out.sections.end(),
                     [](const Section& each) { return each.title == triage::kFoundSection; });
    for (const registry::StandingFinding& each : logged_.findings) {
      const protocol::Finding& finding = each.finding;
      std::string who = "a host";
      if (finding.person) {
        ASSIGN_OR_RETURN(who, person(*finding.person));
      } else if (finding.host) {
        ASSIGN_OR_RETURN(who, custodian::host_name(look_.session.follower(), *finding.host));
      }
      ASSIGN_OR_RETURN(const std::string why,
                       look_.session.follower().shown_text("reason", finding.reason));
      std::string what;
      if (finding.parent) {
        const auto at = look_.lab.index_of(*finding.parent);
        what = "made from " + (at ? look_.lab.lab.assets[*at].name : finding.parent->hex());
      }
      if (finding.at_least)
        what += fmt::format("{}needs {} at least", what.empty() ? "" : "; ",
                            name_of(*finding.at_least));
      const std::string id = fmt::format("finding.{}", each.index);
      out.facts.push_back({id, what, Source{each.index, "found by " + who, each.at}});
      if (section == out.sections.end()) continue;
      section->sentences.push_back(
          {fmt::format("That it {}{} was said by {} ({}) on {}{}; the evidence has the SHA-256 {}.",
                       finding.parent ? "was " : "", what, who, finding.by, shown_time(each.at),
                       why.empty() ? "" : ", because \"" + why + "\"", finding.evidence.hex()),
           {id},
           {}});
    }
    return {};
  }

  Result<void> binds(Assessment& out) {
    const protocol::Level level = logged_.level_at(look_.now);
    const bool is_set = logged_.set && look_.now < logged_.set->until;
    NamedFact binding{"level.binds", std::string(name_of(level)), std::nullopt};
    ASSIGN_OR_RETURN(const auto set, made<protocol::SetLevel>("set"));
    const Happening* triaged = last(EntryType::kTriaged);
    Section section{"What binds", {}};
    section.sentences.push_back(
        {fmt::format("{} binds it: {}.", name_of(level), logged_.because_at(look_.now)),
         {"level.binds"},
         {}});
    if (triaged != nullptr && logged_.triage) {
      const Source source{triaged->index, "decided by the rules in force", triaged->at};
      if (!is_set) binding.source = source;
      out.facts.push_back({"level.triage",
                           fmt::format("{} until {}", name_of(logged_.triage->level),
                                       shown_time(logged_.triage->expires)),
                           source});
      section.sentences.push_back(
          {fmt::format(
               "Log entry {} says that triage asks for {} until {}{}.", triaged->index,
               name_of(logged_.triage->level), shown_time(logged_.triage->expires),
               logged_.triage->level == out.decision.level
                   ? ""
                   : fmt::format("; decided anew on {}, with what has lapsed since, it "
                                 "would be {}",
                                 triage::shown(out.decision.decided), name_of(out.decision.level))),
           {"level.triage"},
           logged_.triage->because});
    }
    if (is_set) binding.source = set;
    out.facts.push_back(std::move(binding));
    section.sentences.push_back(how_to_bind(level));
    out.sections.insert(out.sections.begin() + 1, std::move(section));
    return {};
  }

  [[nodiscard]] Sentence how_to_bind(protocol::Level binds) const {
    if (!logged_.triage || look_.now >= logged_.triage->expires)
      return {"Nothing below SL5 can bind before its facts are stated anew.", {"level.binds"}, {}};
    if (binds == logged_.triage->level)
      return {"That is what triage asks for: nothing less can bind for as long as it asks.",
              {"level.binds", "level.triage"},
              {}};
    const std::int64_t days = std::clamp<std::int64_t>(
        (logged_.triage->expires.value - look_.now.value) / kDaySeconds, 1, kLevelDaysMax);
    return {fmt::format("What triage asks for binds once a quorum agrees: strongroom level {} {} "
                        "--days {} --reason \"read and accepted\".",
                        typed(facts_.name, logged_.asset), name_of(logged_.triage->level), days),
            {"level.binds", "level.triage"},
            {}};
  }

  const Look& look_;
  const registry::Asset& logged_;
  const triage::AssetFacts& facts_;
  std::vector<Happening> history_;
};

}  // namespace

Result<Assessment> assess_logged(const Look& look, const triage::Inventory& inventory,
                                 std::size_t asset) {
  Assessment out = triage::assess(inventory, asset);
  RETURN_IF_ERROR(Sources(look, asset).add_to(out));
  return out;
}

Result<int> triage_of_log(const Common& common, const TriageOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open_even_away(common));
  const judge::World& world = session->follower().world();
  UnixSeconds now = session->clock().now();
  if (!options.as_of.empty()) {
    const Result<triage::Date> day = triage::date_from(options.as_of);
    if (!day) return fail(ErrorCode::kUsage, "--as-of: " + day.error().context);
    now = {day->days * kDaySeconds};
  }
  const Texts texts{session->follower(), common.home, session->away().has_value()};
  ASSIGN_OR_RETURN(LabOfLog lab, lab_of_log(texts, world.rooms().registry,
                                            {.owners = true, .hosts = false, .people = false}));
  Look look{*session, common.home, world, now, false, std::move(lab)};
  look.lab.lab.name = "Strongroom " + session->shown(world.genesis().id().hex()).substr(0, 13);
  std::optional<std::size_t> asset;
  if (!options.asset.empty()) {
    ASSIGN_OR_RETURN(asset, find_asset(look.lab, options.asset));
    RETURN_IF_ERROR(name_everybody(texts, look.lab, *asset));
  }
  ASSIGN_OR_RETURN(const triage::RuleSet rules, rules_over(look.lab.ground->rules, options));
  const triage::Inventory inventory(look.lab.lab, rules, triage::date_of(now));
  int status = 0;
  if (!options.what_if.empty()) {
    ASSIGN_OR_RETURN(status, tell_moves(common, inventory, options));
  } else if (asset) {
    ASSIGN_OR_RETURN(const Assessment assessment, assess_logged(look, inventory, *asset));
    tell_assessment(common, assessment);
  } else {
    tell_levels(common, inventory);
  }
  if (!session->away()) return status;
  return static_cast<int>(session->away()->code);
}

}  // namespace strongroom::terminal
