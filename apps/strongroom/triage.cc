#include <fmt/format.h>

#include "base/clock.h"
#include "base/program.h"
#include "io/read_only_directory.h"
#include "registry/triage/assessment.h"
#include "registry/triage/proof.h"
#include "registry/triage/what_if.h"
#include "screen.h"
#include "session.h"
#include "triaging.h"
#include "verbs.h"

/// `strongroom triage`: what level each asset of the log, or of a file of facts, needs, and why. Of
/// a file it needs no server and no home; it changes nothing.
namespace strongroom::terminal {

namespace {

using format::Json;
using triage::Inventory;
using triage::RuleSet;

Result<std::string> text_of(const std::string& path, std::size_t bytes_max) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(path, bytes_max));
  return std::string(as_text(bytes));
}

Result<triage::Lab> lab_of(const TriageOptions& options) {
  if (options.example != options.file.empty())
    return fail(ErrorCode::kUsage, "name one file of facts, or --example, which ships");
  if (options.example) return triage::lab_from(triage::example_lab_text());
  ASSIGN_OR_RETURN(const std::string text, text_of(options.file, triage::kFactsBytesMax));
  Result<triage::Lab> lab = triage::lab_from(text);
  if (!lab) return fail(lab.error(), printable(options.file));
  return lab;
}

Result<triage::Overlay> overlay_in(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, text_of(path, triage::kRuleFileBytesMax));
  Result<triage::Overlay> overlay = triage::overlay_from(text);
  if (!overlay) return fail(overlay.error(), printable(path));
  return overlay;
}

Result<triage::Date> day_of(const TriageOptions& options, const triage::Lab& lab) {
  if (!options.as_of.empty()) {
    Result<triage::Date> day = triage::date_from(options.as_of);
    if (!day) return fail(ErrorCode::kUsage, "--as-of: " + day.error().context);
    return day;
  }
  if (options.example && lab.as_of) return *lab.as_of;
  return triage::date_of(SystemClock().now());
}

Json row_of(const Inventory& inventory, std::size_t asset) {
  const triage::Decision decision = inventory.decision(asset);
  Json::Array rules;
  for (const triage::Fired& fired : decision.fired)
    rules.emplace_back(inventory.rules().rules[fired.rule].id);
  return Json::Object{{"asset", inventory.lab().assets[asset].name},
                      {"level", std::string(protocol::name_of(decision.level))},
                      {"expires", triage::shown(decision.expires)},
                      {"evaluate", decision.evaluate != 0},
                      {"rules", std::move(rules)}};
}

constexpr std::size_t kNameColumns = 28;

std::string cut(const std::string& name) {
  if (name.size() <= kNameColumns) return name;
  std::string out = name.substr(0, kNameColumns - 3);
  while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0u) == 0x80u) out.pop_back();
  return out + "...";
}

void show_table(const Common& common, const Inventory& inventory) {
  const triage::Lab& lab = inventory.lab();
  std::array<std::size_t, 5> counts{};
  write_out(fmt::format("{}, as of {}\n\n", printable(lab.name), triage::shown(inventory.today())));
  for (std::size_t i = 0; i < lab.assets.size(); ++i) {
    const triage::Decision decision = inventory.decision(i);
    ++counts[static_cast<std::size_t>(decision.level) - 1];
    const triage::Rule& first = inventory.rules().rules[decision.fired.front().rule];
    const Ink ink = decision.level >= protocol::Level::kSl4   ? Ink::kBad
                    : decision.level == protocol::Level::kSl3 ? Ink::kWarning
                                                              : Ink::kPlain;
    write_out(fmt::format(
        "{} {:<{}} {}: {}\n", inked(common, 1, ink, protocol::name_of(decision.level)),
        cut(printable(lab.assets[i].name)), kNameColumns, first.id, printable(first.reason)));
  }
  write_out(
      fmt::format("\n{} assets: {} at SL1, {} at SL2, {} at SL3, {} at SL4, {} at SL5. One of "
                  "them, with every reason: --asset NAME\n",
                  lab.assets.size(), counts[0], counts[1], counts[2], counts[3], counts[4]));
}

}  // namespace

// A lab's own rules may ask for more. Less is a quorum's to decide, and here is none.
Result<RuleSet> rules_over(const RuleSet& base, const TriageOptions& options) {
  if (options.rules.empty()) return base;
  ASSIGN_OR_RETURN(const triage::Overlay overlay, overlay_in(options.rules));
  ASSIGN_OR_RETURN(RuleSet rules, triage::checked_overlay(base, overlay));
  ASSIGN_OR_RETURN(const auto lowering, triage::find_lowering(base, rules));
  if (lowering) {
    return fail(ErrorCode::kRefused,
                "these rules loosen, which takes a quorum: " + lowering->words +
                    "; --what-if shows whom they would move");
  }
  return rules;
}

void tell_levels(const Common& common, const Inventory& inventory) {
  if (!common.json) return show_table(common, inventory);
  Json::Array rows;
  for (std::size_t i = 0; i < inventory.lab().assets.size(); ++i)
    rows.push_back(row_of(inventory, i));
  tell(common, {{"lab", inventory.lab().name},
                {"as_of", triage::shown(inventory.today())},
                {"rules_digest", inventory.rules().digest()},
                {"assets", std::move(rows)}});
}

void tell_assessment(const Common& common, const triage::Assessment& assessment) {
  if (common.json) {
    tell(common, {{"assessment", to_json(assessment)}});
  } else {
    write_out(to_markdown(assessment));
  }
}

Result<int> tell_moves(const Common& common, const Inventory& now, const TriageOptions& options) {
  ASSIGN_OR_RETURN(const triage::Overlay overlay, overlay_in(options.what_if));
  ASSIGN_OR_RETURN(const RuleSet changed, triage::checked_overlay(now.rules(), overlay));
  ASSIGN_OR_RETURN(const auto lowering, triage::find_lowering(now.rules(), changed));
  const std::vector<triage::Move> moved =
      triage::moves(now, Inventory(now.lab(), changed, now.today()));
  Json::Array rows;
  for (const triage::Move& move : moved) {
    say(common,
        fmt::format("{} -> {}  {}  by {}", protocol::name_of(move.from), protocol::name_of(move.to),
                    printable(move.asset), fmt::join(move.by, ", ")));
    rows.push_back(Json::Object{{"asset", move.asset},
                                {"from", std::string(protocol::name_of(move.from))},
                                {"to", std::string(protocol::name_of(move.to))},
                                {"by", Json::Array(move.by.begin(), move.by.end())}});
  }
  say(common, fmt::format("{} of {} assets would move.", moved.size(), now.lab().assets.size()));
  say(common, lowering ? "These rules loosen, which takes a quorum: " + lowering->words
                       : "These rules loosen nothing, for these assets or any other.");
  tell(common, {{"moves", std::move(rows)},
                {"loosens", lowering.has_value()},
                {"loosens_where", lowering ? lowering->words : ""}});
  return 0;
}

namespace {

Result<int> tell_asset(const Common& common, const Inventory& inventory, const std::string& name) {
  const auto at = inventory.index_of(name);
  if (!at) {
    return fail(ErrorCode::kNotFound, "no asset is called " + printable(name) +
                                          ": without --asset all of them are listed");
  }
  tell_assessment(common, triage::assess(inventory, *at));
  return 0;
}

Result<int> run_triage(const Common& common, const TriageOptions& options) {
  if (!options.what_if.empty() && !options.asset.empty())
    return fail(ErrorCode::kUsage, "--what-if looks at every asset: leave --asset out");
  if (options.markdown && common.json)
    return fail(ErrorCode::kUsage, "either --markdown or --json");
  if (options.markdown && options.asset.empty())
    return fail(ErrorCode::kUsage, "--markdown writes one asset's assessment: add --asset NAME");
  if (!options.example && options.file.empty()) {
    if (common.home.empty()) {
      return fail(ErrorCode::kUsage,
                  "name one file of facts, or --example, which ships, or --home DIR for what the "
                  "log says");
    }
    return triage_of_log(common, options);
  }
  ASSIGN_OR_RETURN(const triage::Lab lab, lab_of(options));
  ASSIGN_OR_RETURN(const RuleSet rules, rules_over(triage::shipped_rules(), options));
  ASSIGN_OR_RETURN(const triage::Date today, day_of(options, lab));
  const Inventory inventory(lab, rules, today);
  if (!options.what_if.empty()) return tell_moves(common, inventory, options);
  if (!options.asset.empty()) return tell_asset(common, inventory, options.asset);
  tell_levels(common, inventory);
  return 0;
}

}  // namespace

Verb triage_verb() {
  auto typed = std::make_shared<TriageOptions>();
  return {.name = "triage",
          .group = Group::kModels,
          .summary = "Say which security level each asset needs, and why",
          .more =
              "Rules over declared facts; what is left out is unknown and counts as SL4 at least. "
              "Without a file it decides over the log that the home follows, by the rules in "
              "force, and says in which entry each fact stands; with one it needs no home and no "
              "server. It changes nothing: what binds is set by a quorum (strongroom level). How "
              "facts and overlays are written: docs/triage.md. It is as good as its facts, and "
              "certifies nothing.",
          .options = {{.spelled = "file",
                       .about = "Facts, as JSON; without it, those in the log",
                       .into = &typed->file,
                       .completes = Completes::kFile},
                      {.spelled = "--example",
                       .about = "Look at the fictional lab that ships, in place of a file",
                       .into = &typed->example},
                      {.spelled = "--asset",
                       .value = "NAME",
                       .about = "The risk assessment of this one, with every reason",
                       .into = &typed->asset,
                       .completes = Completes::kName},
                      {.spelled = "--markdown",
                       .about = "The assessment as Markdown, as is usual; with --json as JSON",
                       .into = &typed->markdown},
                      {.spelled = "--rules",
                       .value = "OVERLAY",
                       .about = "Decide with the lab's own rules besides; refused if they loosen",
                       .into = &typed->rules,
                       .completes = Completes::kFile},
                      {.spelled = "--what-if",
                       .value = "OVERLAY",
                       .about = "Show whom these rules would move, and decide nothing",
                       .into = &typed->what_if,
                       .completes = Completes::kFile},
                      {.spelled = "--as-of",
                       .value = "DAY",
                       .about = "Decide as on this day, like 2026-11-21 (today)",
                       .into = &typed->as_of}},
          .examples = {{"strongroom triage --example", "lists the fictional lab's forty assets"},
                       {"strongroom triage --example --asset aurora-5",
                        "prints one risk assessment, to be read and signed"},
                       {"strongroom triage --asset my-model",
                        "prints the assessment of what the log says of one asset"},
                       {"strongroom triage facts.json --what-if overlay.json",
                        "shows who would move under other rules"}},
          .run = [typed](const Common& common) { return run_triage(common, *typed); }};
}

}  // namespace strongroom::terminal
