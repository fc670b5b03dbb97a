#include "inventory.h"

#include <algorithm>

#include "as_of.h"
#include "base/program.h"
#include "candidates.h"
#include "verbs.h"

/// `strongroom inventory`: what the lab has, what binds, and why.
namespace strongroom::terminal {

using format::Json;

namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;

struct InventoryOptions {
  std::string search;
  std::string asset;
  std::string level;
  std::string asks;
  std::string kind;
  std::string owner;
  std::string as_of;
  std::int64_t expiring = -1;  ///< days; -1: all
  bool findings = false;
  bool unset = false;
  bool tree = false;
  bool csv = false;
  bool cyclonedx = false;
};

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}
bool holds(const std::string& text, const std::string& wanted) {
  return lower(text).find(wanted) != std::string::npos;
}

bool is_sought(const Look& look, std::size_t asset, const Row& row, const std::string& wanted) {
  const auto in = [&](const std::string& text) { return holds(text, wanted); };
  const triage::AssetFacts& facts = look.lab.lab.assets[asset];
  return in(row.name) || in(row.owner) || in(row.kind) || in(row.id) ||
         (facts.digest && facts.digest->hex().starts_with(wanted)) ||
         std::any_of(row.categories.begin(), row.categories.end(), in) ||
         std::any_of(row.places.begin(), row.places.end(), in);
}

bool is_wanted(const InventoryOptions& options, const Look& look, std::size_t asset) {
  const Row row = row_of(look, asset);
  if (!options.level.empty() && name_of(row.binds) != options.level) return false;
  if (!options.asks.empty() && (!row.asks || name_of(*row.asks) != options.asks)) return false;
  if (!options.kind.empty() && row.kind != options.kind) return false;
  if (!options.owner.empty() && !holds(row.owner, lower(options.owner))) return false;
  if (options.findings && row.findings == 0) return false;
  if (options.unset && row.is_set) return false;
  if (options.expiring >= 0 &&
      (!row.asks || row.expires > look.now + options.expiring * kDaySeconds))
    return false;
  return options.search.empty() || is_sought(look, asset, row, lower(options.search));
}

// With the server away it is what was known before, and says so.
void tell_known(const Common& common, const Look& look, Json::Object known) {
  known.emplace("as_of", look.now.value);
  known.emplace("entries", static_cast<std::int64_t>(look.world.size()));
  if (look.session.away()) {
    tell_away(common, *look.session.away(), std::move(known));
  } else {
    tell(common, std::move(known));
  }
}

Json history_json(const std::vector<Happening>& history) {
  Json::Array out;
  for (const Happening& each : history)
    out.push_back(Json::Object{{"entry", each.index},
                               {"at", each.at.value},
                               {"type", std::string(name_of(each.type))},
                               {"what", each.words},
                               {"by", each.by}});
  return out;
}

Result<int> tell_asset(const Common& common, const Look& look, std::size_t asset, bool tree) {
  if (!common.json) {
    if (!tree) {
      RETURN_IF_ERROR(show_asset(common, look, asset));
      return 0;
    }
    show_tree(common, look, asset);
    return 0;
  }
  ASSIGN_OR_RETURN(const std::vector<Happening> history,
                   history_of(look, look.lab.assets[asset].asset));
  tell_known(common, look, {{"asset", row_json(look, asset)}, {"history", history_json(history)}});
  return 0;
}

Result<int> tell_list(const Common& common, const Look& look, const InventoryOptions& options) {
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < look.lab.assets.size(); ++i) {
    if (is_wanted(options, look, i)) chosen.push_back(i);
  }
  if (options.csv) {
    write_out(inventory_csv(look, chosen));
  } else if (options.cyclonedx) {
    write_out(format::encode(inventory_bom(look, chosen)) + "\n");
  } else if (options.tree) {
    show_tree(common, look, std::nullopt);
  } else if (common.json) {
    Json::Array rows;
    for (const std::size_t at : chosen) rows.push_back(row_json(look, at));
    tell_known(common, look,
               {{"assets", std::move(rows)},
                {"registered", static_cast<std::int64_t>(look.lab.assets.size())}});
  } else {
    show_list(common, look, chosen);
  }
  return 0;
}

// For completion; without it nothing is wrong, so nothing is said.
void remember_names(const Common& common, const Look& look) {
  std::vector<std::string> names;
  for (const triage::AssetFacts& each : look.lab.lab.assets) names.push_back(each.name);
  const Result<void> kept = keep_assets(common.home, names);
  static_cast<void>(kept);
}

// What chooses among all of them.
bool has_filter(const InventoryOptions& options) {
  return options.findings || options.unset || options.expiring >= 0 ||
         !(options.search + options.level + options.asks + options.kind + options.owner).empty();
}

Result<void> check(const Common& common, const InventoryOptions& options) {
  if (options.csv + options.cyclonedx + common.json > 1)
    return fail(ErrorCode::kUsage, "--json, --csv and --cyclonedx each want stdout: give one");
  if (!options.asset.empty() && (options.csv || options.cyclonedx))
    return fail(ErrorCode::kUsage, "--csv and --cyclonedx write a list: leave --asset out");
  if (options.tree && (options.csv || options.cyclonedx || common.json))
    return fail(ErrorCode::kUsage,
                "--tree is for people: parents stand in --json and --csv as they are");
  if (!options.asset.empty() && has_filter(options))
    return fail(ErrorCode::kUsage,
                "--asset is one of them already: leave out what chooses among all");
  if (options.tree && has_filter(options))
    return fail(ErrorCode::kUsage,
                "--tree shows what was made from what, whole: leave out what chooses among all, or "
                "begin at one with --asset NAME");
  if (options.expiring < -1 || options.expiring > 36'500)
    return fail(ErrorCode::kUsage, "--expiring: from 0 to 36500 days");
  return {};
}

Result<int> run_inventory(const Common& common, const InventoryOptions& options) {
  RETURN_IF_ERROR(check(common, options));
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open_even_away(common));
  const UnixSeconds now = session->clock().now();
  Past past;
  if (!options.as_of.empty()) {
    ASSIGN_OR_RETURN(past,
                     world_as_of(common.home, session->config().strongroom, options.as_of, now));
  }
  const judge::World& world = past.world ? *past.world : session->follower().world();
  const bool lists = common.json || options.csv || options.cyclonedx || !options.search.empty();
  const Texts texts{session->follower(), common.home, session->away().has_value()};
  ASSIGN_OR_RETURN(LabOfLog lab,
                   lab_of_log(texts, world.rooms().registry,
                              {.owners = true, .hosts = lists, .people = options.csv}));
  Look look{*session,      common.home, world, past.world ? past.at : now, past.world != nullptr,
            std::move(lab)};
  if (!session->away() && !past.world) remember_names(common, look);
  Result<int> told = 0;
  if (options.asset.empty()) {
    told = tell_list(common, look, options);
  } else {
    ASSIGN_OR_RETURN(const std::size_t asset, find_asset(look.lab, options.asset));
    RETURN_IF_ERROR(name_everybody(texts, look.lab, asset));
    told = tell_asset(common, look, asset, options.tree);
  }
  if (told && session->away()) {
    write_err("strongroom: " + printable(session->away()->context) +
              "; this is what was known before\n");
    return static_cast<int>(session->away()->code);
  }
  return told;
}

std::vector<Option> options_of(InventoryOptions& typed) {
  const std::vector<std::string> levels = {"SL1", "SL2", "SL3", "SL4", "SL5"};
  std::vector<std::string> kinds;
  for (const std::string_view each : triage::words_of(triage::Axis::kKind).values)
    kinds.emplace_back(each);
  return {
      {.spelled = "text",
       .about = "Only those with this in name, owner, category, place, id or digest",
       .into = &typed.search},
      {.spelled = "--asset",
       .value = "NAME",
       .about = "This one, with its history; a name, or 8 digits of its id",
       .into = &typed.asset,
       .completes = Completes::kName},
      {.spelled = "--tree", .about = "What was made from what", .into = &typed.tree},
      {.spelled = "--as-of",
       .value = "TIME",
       .about = "As it was on a day, at a time (UTC) or with a log entry: 2026-11-21, 412",
       .into = &typed.as_of},
      {.spelled = "--level",
       .value = "LEVEL",
       .about = "Only those that this binds",
       .into = &typed.level,
       .completes = Completes::kChoice,
       .choices = levels},
      {.spelled = "--asks",
       .value = "LEVEL",
       .about = "Only those that triage asks this for",
       .into = &typed.asks,
       .completes = Completes::kChoice,
       .choices = levels},
      {.spelled = "--kind",
       .value = "KIND",
       .about = "Only these",
       .into = &typed.kind,
       .completes = Completes::kChoice,
       .choices = std::move(kinds)},
      {.spelled = "--owner",
       .value = "NAME",
       .about = "Only those of an owner with this in the name",
       .into = &typed.owner},
      {.spelled = "--findings",
       .about = "Only those with findings that stand",
       .into = &typed.findings},
      {.spelled = "--unset",
       .about = "Only those whose level no quorum has set",
       .into = &typed.unset},
      {.spelled = "--expiring",
       .value = "DAYS",
       .about = "Only those whose level or triage ends within so many days, or has",
       .into = &typed.expiring},
      {.spelled = "--csv", .about = "A table, as strongroom import reads it", .into = &typed.csv},
      {.spelled = "--cyclonedx",
       .about = "A CycloneDX 1.6 bill of materials",
       .into = &typed.cyclonedx}};
}

}  // namespace

Verb inventory_verb() {
  auto typed = std::make_shared<InventoryOptions>();
  return {.name = "inventory",
          .group = Group::kModels,
          .summary = "What the lab has: every asset, what binds it, and what triage asks for",
          .more =
              "From the log, as it was followed and judged here. What nobody has said is unknown, "
              "and SL5 binds until a quorum sets a level. With the server away it shows what was "
              "known last, and ends with 33. docs/inventory.md tells what the columns mean.",
          .options = options_of(*typed),
          .examples = {{"strongroom inventory", "lists everything"},
                       {"strongroom inventory --asks SL4 --unset",
                        "lists what needs SL4 and waits for a quorum to say so"},
                       {"strongroom inventory --asset my-model --as-of 2026-11-21",
                        "shows one asset as it stood at the end of that day"}},
          .run = [typed](const Common& common) { return run_inventory(common, *typed); }};
}

}  // namespace strongroom::terminal
