#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>

#include "base/program.h"
#include "child.h"
#include "importing.h"
#include "io/read_only_directory.h"
#include "scanning.h"
#include "screen.h"
#include "verbs.h"

/// `strongroom import`: a scanned tree, a file of facts or a table becomes an inventory.
namespace strongroom::terminal {

namespace {

using format::Json;

constexpr int kExitHostile = 42;
constexpr std::size_t kFoundBytesMax = 256u << 20;
constexpr std::size_t kHostNameBytesMax = 256;

struct ImportOptions {
  std::vector<std::string> paths;
  std::string known;
  std::string public_index;
  std::string host;
  bool example = false;
  bool dry_run = false;
};

Result<std::string> absolute_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) return fail(ErrorCode::kNotFound, printable(path) + ": no such file or directory");
  return std::string(real.get());
}

Result<std::string> this_host(const ImportOptions& options) {
  if (!options.host.empty()) return options.host;
  std::array<char, kHostNameBytesMax> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0')
    return fail(ErrorCode::kUnavailable, "this machine has no name: give it with --host NAME");
  return std::string(name.data());
}

// In a process of its own, which confines itself: this one holds keys soon.
Result<Scanned> scan_for(const ImportOptions& options) {
  std::vector<std::string> roots;
  for (const std::string& each : options.paths) {
    ASSIGN_OR_RETURN(std::string root, absolute_path(each));
    roots.push_back(std::move(root));
  }
  ASSIGN_OR_RETURN(const std::string host, this_host(options));
  std::vector<std::string> arguments{"scan", "--found"};
  if (!options.known.empty()) {
    ASSIGN_OR_RETURN(std::string known, absolute_path(options.known));
    arguments.insert(arguments.end(), {"--known", std::move(known)});
  }
  arguments.insert(arguments.end(), roots.begin(), roots.end());
  ASSIGN_OR_RETURN(const Answer answer, ask_sibling("strongroom", arguments, kFoundBytesMax));
  if (answer.status != 0 && (answer.status < kExitSuspicious || answer.status > kExitHostile)) {
    return fail(ErrorCode::kRefused,
                fmt::format("nothing was imported: the scan ended with {}; what it said stands "
                            "above",
                            answer.status));
  }
  const std::size_t last = answer.output.rfind('\n');
  ASSIGN_OR_RETURN(
      const Json json,
      format::decode_canonical(
          std::string_view(answer.output).substr(last == std::string::npos ? 0 : last + 1),
          kFoundBytesMax));
  return source_of_scan(json, host, roots);
}

Result<Source> source_of_file(const std::string& path) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(path, triage::kFactsBytesMax));
  const auto named = [&](const Error& error) { return fail(error, printable(path)); };
  if (path.ends_with(".csv")) {
    const Result<format::Csv> table = format::decode_csv(as_text(bytes));
    if (!table) return named(table.error());
    Result<Source> source = source_of_table(*table);
    if (!source) return named(source.error());
    return source;
  }
  const Result<triage::Lab> lab = triage::lab_from(as_text(bytes));
  if (!lab) return named(lab.error());
  return source_of_lab(*lab);
}

bool is_file_to_read(const std::string& path) {
  return path.ends_with(".json") || path.ends_with(".csv");
}

Result<Scanned> gather(const Common& common, const ImportOptions& options) {
  Scanned gathered;
  if (options.example) {
    if (!options.paths.empty() || !common.demonstration)
      return fail(ErrorCode::kUsage,
                  options.paths.empty()
                      ? "the example is of a fictional lab: import it into a demonstration, with "
                        "--demonstration"
                      : "either --example or something to import");
    ASSIGN_OR_RETURN(const triage::Lab lab, triage::lab_from(triage::example_lab_text()));
    ASSIGN_OR_RETURN(gathered.source, source_of_lab(lab));
  } else if (options.paths.empty()) {
    return fail(ErrorCode::kUsage,
                "what? directories to be scanned, FACTS.json, TABLE.csv, or --example");
  } else if (options.paths.size() == 1 && is_file_to_read(options.paths.front())) {
    ASSIGN_OR_RETURN(gathered.source, source_of_file(options.paths.front()));
  } else if (std::any_of(options.paths.begin(), options.paths.end(), is_file_to_read)) {
    return fail(ErrorCode::kUsage,
                "one file of facts or one table at a time, and no directories "
                "beside it");
  } else {
    ASSIGN_OR_RETURN(gathered, scan_for(options));
  }
  if (gathered.source.says != Says::kPlaces && !options.known.empty())
    return fail(ErrorCode::kUsage, "--known is for a scan: nothing is scanned here");
  if (!options.public_index.empty()) {
    ASSIGN_OR_RETURN(PublicIndex index, read_public_index(options.public_index));
    gathered.source.indexes.push_back(std::move(index));
  }
  return gathered;
}

std::string_view word_for(Planned::What what) {
  return what == Planned::What::kNew ? "new" : what == Planned::What::kChanged ? "changed" : "same";
}

void show_plan(const Common& common, const Plan& plan) {
  for (const Planned& each : plan.assets) {
    if (each.what == Planned::What::kSame) continue;
    say(common, fmt::format("  {:<7}  {}: {}", word_for(each.what), printable(each.name),
                            fmt::join(each.members, ", ")));
  }
}

// At most so many lines of one kind, unless --verbose.
template <class List, class Line>
void show_some(const Common& common, const List& list, const Line& line) {
  std::size_t shown = 0;
  for (const auto& each : list) {
    if (shown++ == kPerSection && !common.verbose) {
      say(common, fmt::format("  and {} more: --verbose shows them", list.size() - kPerSection));
      return;
    }
    say(common, "  " + line(each));
  }
}

struct Outcome {
  std::array<std::int64_t, 5> levels{};
  std::int64_t untriaged = 0;
  std::int64_t appended = 0;
};

Result<Outcome> outcome_of(Session& session, const Plan& plan) {
  Outcome outcome;
  for (const Planned& each : plan.assets) {
    ASSIGN_OR_RETURN(const auto asset,
                     session.follower().world().rooms().registry.asset(each.asset));
    if (asset && asset->triage) {
      ++outcome.levels[static_cast<std::size_t>(asset->triage->level) - 1];
    } else {
      ++outcome.untriaged;
    }
  }
  return outcome;
}

void show_found(const Common& common, const Scanned& scanned, const Plan& plan) {
  std::vector<const PlannedFinding*> undeclared;
  for (const PlannedFinding& each : plan.findings) undeclared.push_back(&each);
  if (!undeclared.empty()) {
    say(common, fmt::format("{} made from another, as the weights show, and nobody has declared "
                            "it:",
                            undeclared.size()));
    show_some(common, undeclared, [](const PlannedFinding* each) {
      return fmt::format("{}: {} {}{}", printable(each->asset_name), each->relation,
                         printable(each->parent_name), each->stands ? " (found before)" : "");
    });
  }
  std::vector<std::string> copies;
  std::vector<const Planned*> several;
  for (const Planned& each : plan.assets) {
    for (const std::string& place : each.new_places)
      copies.push_back(printable(each.name) + ": " + printable(place));
    if (each.places.size() > 1 && scanned.source.says == Says::kPlaces) several.push_back(&each);
  }
  if (!copies.empty()) {
    say(common, fmt::format("{} in places that nobody had declared:", copies.size()));
    show_some(common, copies, [](const std::string& each) { return each; });
  }
  if (!several.empty()) {
    say(common, fmt::format("{} in several places:", several.size()));
    show_some(common, several, [](const Planned* each) {
      return printable(each->name) + ": " +
             printable(fmt::format("{}", fmt::join(each->places, ", ")));
    });
  }
  if (!plan.strangers.empty()) {
    say(common, "Made from what is not in the inventory:");
    show_some(common, plan.strangers, [](const std::string& each) { return each; });
  }
  if (!scanned.hostile.empty()) {
    say(common,
        fmt::format("{} hostile files, and nothing of them is imported:", scanned.hostile.size()));
    show_some(common, scanned.hostile, [](const Hostile& each) {
      return printable(each.path) + ": " + printable(each.why);
    });
  }
}

Json::Array found_json(const Plan& plan) {
  Json::Array list;
  for (const PlannedFinding& each : plan.findings)
    list.push_back(Json::Object{{"asset", printable(each.asset_name)},
                                {"parent", printable(each.parent_name)},
                                {"relation", each.relation},
                                {"found_before", each.stands}});
  return list;
}

Json::Object told(const Scanned& scanned, const Plan& plan, bool dry_run) {
  Json::Array copies;
  Json::Array several;
  Json::Array assets;
  for (const Planned& each : plan.assets) {
    Json::Array places;
    for (const std::string& place : each.places) places.emplace_back(printable(place));
    Json::Array members(each.members.begin(), each.members.end());
    if (places.size() > 1 && scanned.source.says == Says::kPlaces)
      several.push_back(Json::Object{{"asset", printable(each.name)}, {"places", places}});
    for (const std::string& place : each.new_places)
      copies.push_back(Json::Object{{"asset", printable(each.name)}, {"place", printable(place)}});
    if (each.what != Planned::What::kSame)
      assets.push_back(Json::Object{{"asset", printable(each.name)},
                                    {"id", each.asset},
                                    {"what", std::string(word_for(each.what))},
                                    {"facts", std::move(members)}});
  }
  Json::Array hostile;
  for (const Hostile& each : scanned.hostile)
    hostile.push_back(Json::Object{{"path", printable(each.path)}, {"why", printable(each.why)}});
  const auto count = [&](Planned::What what) {
    return static_cast<std::int64_t>(plan.count(what));
  };
  return {{"dry_run", dry_run},
          {"new", count(Planned::What::kNew)},
          {"changed", count(Planned::What::kChanged)},
          {"same", count(Planned::What::kSame)},
          {"said", std::move(assets)},
          {"undeclared_derivatives", found_json(plan)},
          {"undeclared_copies", std::move(copies)},
          {"several_places", std::move(several)},
          {"hostile", std::move(hostile)},
          {"not_in_inventory", Json::Array(plan.strangers.begin(), plan.strangers.end())},
          {"files", static_cast<std::int64_t>(scanned.files)},
          {"unreadable", static_cast<std::int64_t>(scanned.unreadable)}};
}

void show_totals(const Common& common, const Scanned& scanned, const Plan& plan, bool dry_run) {
  const auto many = [](std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  say(common, fmt::format("{}{}: {} new, {} changed, {} the same",
                          scanned.files > 0 ? many(scanned.files, "file") + ", " : "",
                          many(plan.assets.size(), "asset"), plan.count(Planned::What::kNew),
                          plan.count(Planned::What::kChanged), plan.count(Planned::What::kSame)));
  if (scanned.unreadable > 0)
    say(common,
        fmt::format("  {} files could not be read: strongroom scan says why", scanned.unreadable));
  if (dry_run) say(common, "Nothing was said: this was a dry run");
}

Result<int> import(const Common& common, const ImportOptions& options) {
  ASSIGN_OR_RETURN(const Scanned scanned, gather(common, options));
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(Plan plan, plan_import(*session, scanned.source));
  const int status = scanned.hostile.empty() ? 0 : kExitHostile;
  if (options.dry_run) {
    show_plan(common, plan);
    show_totals(common, scanned, plan, true);
    show_found(common, scanned, plan);
    tell(common, told(scanned, plan, true));
    return status;
  }
  const auto before = static_cast<std::int64_t>(session->follower().world().size());
  RETURN_IF_ERROR(carry_out(common, *session, plan));
  ASSIGN_OR_RETURN(Outcome outcome, outcome_of(*session, plan));
  outcome.appended = static_cast<std::int64_t>(session->follower().world().size()) - before;
  show_totals(common, scanned, plan, false);
  say(common, fmt::format("  triage asks for SL1 for {}, SL2 for {}, SL3 for {}, SL4 for {}, SL5 "
                          "for {}; until a quorum sets a level, the strictest binds",
                          outcome.levels[0], outcome.levels[1], outcome.levels[2],
                          outcome.levels[3], outcome.levels[4]));
  ASSIGN_OR_RETURN(const auto ground, session->follower().world().rooms().registry.ground());
  if (!ground->reference) {
    say(common,
        "  Nothing counts as measured until a quorum names the best public model: strongroom "
        "reference NAME --as-of DAY");
  }
  show_found(common, scanned, plan);
  Json::Object object = told(scanned, plan, false);
  object.emplace("levels", Json::Object{{"SL1", outcome.levels[0]},
                                        {"SL2", outcome.levels[1]},
                                        {"SL3", outcome.levels[2]},
                                        {"SL4", outcome.levels[3]},
                                        {"SL5", outcome.levels[4]}});
  object.emplace("entries", outcome.appended);
  tell(common, std::move(object));
  return status;
}

}  // namespace

Verb import_verb() {
  const auto typed = std::make_shared<ImportOptions>();
  return {
      .name = "import",
      .group = Group::kModels,
      .summary = "Make an inventory of directories, of a file of facts, or of a table",
      .more =
          "Directories are scanned, in a process that can do nothing else, and every model in them "
          "is registered once, with all places of its copies. A file of facts (FACTS.json) or a "
          "table (TABLE.csv) says what people know: docs/import.md. What the log says already "
          "is "
          "not said again. What the weights show and nobody declares is found, not declared; "
          "hostile files are named and left out, and it ends with 42.",
      .options = {{.spelled = "what",
                   .about = "Directories to be scanned, FACTS.json, or TABLE.csv",
                   .into = &typed->paths,
                   .completes = Completes::kFile},
                  {.spelled = "--example",
                   .about = "Import the fictional lab that ships into a demonstration",
                   .into = &typed->example},
                  {.spelled = "--dry-run",
                   .about = "Show what would be said, and say nothing",
                   .into = &typed->dry_run},
                  {.spelled = "--known",
                   .value = "DIRECTORY",
                   .about = "Compare what is scanned with the fingerprints kept there",
                   .into = &typed->known,
                   .completes = Completes::kDirectory},
                  {.spelled = "--public-index",
                   .value = "FILE",
                   .about = "Show by this index, which a quorum put in force, what is public",
                   .into = &typed->public_index,
                   .completes = Completes::kFile},
                  {.spelled = "--host",
                   .value = "NAME",
                   .about = "What places on this machine begin with (its own name)",
                   .into = &typed->host}},
      .examples = {{"strongroom import /data/models", "scan it, and register every model"},
                   {"strongroom import facts.json --dry-run", "what would be said of each asset"},
                   {"strongroom import assets.csv", "some facts of many assets, one in each row"}},
      .run = [typed](const Common& common) { return import(common, *typed); }};
}

}  // namespace strongroom::terminal
