#include <fmt/format.h>

#include <algorithm>

#include "changes.h"
#include "io/read_only_directory.h"
#include "parse.h"
#include "public_index.h"
#include "registry/triage/proof.h"
#include "verbs.h"

/// What every required level rests on beside the facts, as a quorum changes it: the reference, the
/// indexes of public models, the rules of triage, findings that no longer stand.
namespace strongroom::terminal {

namespace {

constexpr std::size_t kRulesBytesMax = 1u << 20;
constexpr std::int64_t kDaySeconds = 24 * 3600;

struct GroundOptions {
  std::string what;
  std::string as_of;
  std::string source;
  std::vector<std::string> positions;
  bool retire = false;
  std::string reason;
};

Result<int> propose(const Common& common, protocol::Subject subject, const std::string& reason) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  return propose_change(common, *session,
                        {.subject = std::move(subject), .reason = reason, .texts = {}});
}

Result<int> reference(const Common& common, const GroundOptions& options) {
  const Result<triage::Date> day = triage::date_from(options.as_of);
  if (!day) return fail(ErrorCode::kUsage, "--as-of: " + day.error().context);
  ASSIGN_OR_RETURN(const protocol::Opening checked, protocol::open_text(options.what));
  return propose(common, protocol::SetReference{checked.text, {day->days * kDaySeconds}},
                 options.reason);
}

Result<int> public_index(const Common& common, const GroundOptions& options) {
  ASSIGN_OR_RETURN(const PublicIndex index, read_public_index(options.what));
  say(common, fmt::format("{}: {} digests, root {}", printable(options.what), index.size(),
                          index.root().hex()));
  if (options.retire)
    return propose(common, protocol::RetirePublicIndex{index.root()}, options.reason);
  const std::string source =
      options.source.empty() ? options.what.substr(options.what.rfind('/') + 1) : options.source;
  return propose(common, protocol::AddPublicIndex{index.root(), index.size(), source},
                 options.reason);
}

// An overlay is laid over the rules in force, a whole set stands in their place.
Result<triage::RuleSet> rules_in(const std::string& file, const triage::RuleSet& in_force) {
  ASSIGN_OR_RETURN(const Bytes bytes, io::read_file(file, kRulesBytesMax));
  if (Result<triage::RuleSet> whole = triage::rule_set_from(as_text(bytes)); whole) return whole;
  const Result<triage::Overlay> overlay = triage::overlay_from(as_text(bytes));
  if (!overlay) return fail(overlay.error(), printable(file));
  Result<triage::RuleSet> changed = triage::checked_overlay(in_force, *overlay);
  if (!changed) return fail(changed.error(), printable(file));
  return changed;
}

Result<int> triage_rules(const Common& common, const GroundOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const auto ground, session->follower().world().rooms().registry.ground());
  ASSIGN_OR_RETURN(const triage::RuleSet wanted, rules_in(options.what, ground->rules));
  ASSIGN_OR_RETURN(const auto lowering, triage::find_lowering(ground->rules, wanted));
  say(common, lowering ? "These rules loosen: " + lowering->words
                       : "These rules loosen nothing, for these assets or any other.");
  return propose_change(common, *session,
                        {.subject = protocol::SetTriageRules{to_json(wanted)},
                         .reason = options.reason,
                         .texts = {}});
}

Result<int> dismiss(const Common& common, const GroundOptions& options) {
  protocol::Dismiss subject;
  for (const std::string& each : options.positions) {
    std::int64_t position = 0;
    for (const char c : each) {
      if (c < '0' || c > '9' || each.size() > 15)
        return fail(ErrorCode::kUsage,
                    printable(each) + " is no position in the log: strongroom log numbers them");
      position = position * 10 + (c - '0');
    }
    subject.findings.push_back(position);
  }
  std::sort(subject.findings.begin(), subject.findings.end());
  subject.findings.erase(std::unique(subject.findings.begin(), subject.findings.end()),
                         subject.findings.end());
  if (subject.findings.size() > 64)
    return fail(ErrorCode::kUsage, "at most 64 findings are dismissed at once");
  return propose(common, std::move(subject), options.reason);
}

struct FindingOptions {
  std::string name;
  std::string at_least;
  std::string parent;
  std::string reason;
};

Result<AssetId> asset_called(Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<registry::Asset> assets,
                   session.follower().world().rooms().registry.assets());
  std::vector<Digest> commitments;
  for (const registry::Asset& each : assets) commitments.push_back(each.name);
  ASSIGN_OR_RETURN(const auto texts, session.follower().texts("name", commitments));
  std::vector<std::string> names;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    if (texts[i] == name || assets[i].asset.hex() == name) return assets[i].asset;
    if (texts[i]) names.push_back(*texts[i]);
  }
  const std::string near = nearest(name, names);
  return fail(ErrorCode::kNotFound, "no asset is called " + printable(name) +
                                        (near.empty() ? "" : ": did you mean " + near + "?"));
}

Result<int> finding(const Common& common, const FindingOptions& options) {
  if (options.at_least.empty() == options.parent.empty())
    return fail(ErrorCode::kUsage, "what was found? either --at-least SLn or --parent NAME");
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const protocol::Opening reason, protocol::open_text(options.reason));
  protocol::Finding found;
  found.strongroom = session->config().strongroom;
  ASSIGN_OR_RETURN(found.asset, asset_called(*session, options.name));
  if (!options.parent.empty()) {
    ASSIGN_OR_RETURN(found.parent, asset_called(*session, options.parent));
  } else {
    ASSIGN_OR_RETURN(found.at_least, protocol::level_from(options.at_least));
  }
  found.by = "person";
  found.reason = protocol::commitment_to("reason", reason);
  found.evidence = found.reason;  // the reason is all that it rests on
  found.person = session->person();
  found.checkpoint = session->follower().world().seen();
  protocol::Command command;
  command.type = protocol::EntryType::kFound;
  command.statement = to_json(found);
  command.texts = {{"reason", reason}};
  ASSIGN_OR_RETURN(
      const protocol::Signature signature,
      protocol::sign_statement(*command.statement, custodian::signer_of(session->key())));
  command.signatures = {signature};
  ASSIGN_OR_RETURN(const protocol::Receipt receipt, session->follower().submit(command));
  ASSIGN_OR_RETURN(const auto asset,
                   session->follower().world().rooms().registry.asset(found.asset));
  const std::string level(asset && asset->triage ? name_of(asset->triage->level) : "SL5");
  say(common, fmt::format("Found at log position {}: triage asks for {} now. Only a quorum takes "
                          "it back: strongroom dismiss {}",
                          receipt.index, level, receipt.index));
  tell(common, {{"position", receipt.index}, {"asset", found.asset}, {"level", level}});
  return 0;
}

Option reason_option(std::string& into) {
  return {.spelled = "--reason",
          .value = "TEXT",
          .about = "Why; custodians read it; kept beside the log, erasable",
          .into = &into};
}

}  // namespace

Verb reference_verb() {
  const auto options = std::make_shared<GroundOptions>();
  return {
      .name = "reference",
      .group = Group::kDeciding,
      .summary = "Ask the custodians to set the best public model, which all is measured against",
      .more =
          "Until there is one, nothing counts as measured, and what is not measured needs "
          "SL4 at least. It holds for as many days as the rules of triage say.",
      .options = {{.spelled = "name",
                   .about = "What it is called",
                   .into = &options->what,
                   .required = true},
                  {.spelled = "--as-of",
                   .value = "DAY",
                   .about = "When it was last looked at, like 2026-11-21",
                   .into = &options->as_of,
                   .required = true},
                  reason_option(options->reason)},
      .examples = {{"strongroom reference \"Example 4\" --as-of 2026-11-01 --reason \"quarterly "
                    "look\"",
                    "custodians approve or refuse it"}},
      .run = [options](const Common& common) { return reference(common, *options); }};
}

Verb public_index_verb() {
  const auto options = std::make_shared<GroundOptions>();
  return {
      .name = "public-index",
      .group = Group::kDeciding,
      .summary = "Ask the custodians to believe an index of public models",
      .more =
          "Of what it lists, stealing the weights gains nothing: import --public-index shows "
          "that to the log. What a model reaches, and what it does by itself, counts all the "
          "same.",
      .options = {{.spelled = "file",
                   .about = "SHA-256 digests: one on each line, a JSON list, or a file of facts",
                   .into = &options->what,
                   .required = true,
                   .completes = Completes::kFile},
                  {.spelled = "--source",
                   .value = "TEXT",
                   .about = "Where it comes from (the file's name)",
                   .into = &options->source},
                  {.spelled = "--retire",
                   .about = "Ask that this very index is believed no longer",
                   .into = &options->retire},
                  reason_option(options->reason)},
      .examples = {{"strongroom public-index digests.txt --reason \"the hub's index of today\"",
                    "custodians approve or refuse it"}},
      .run = [options](const Common& common) { return public_index(common, *options); }};
}

Verb triage_rules_verb() {
  const auto options = std::make_shared<GroundOptions>();
  return {.name = "triage-rules",
          .group = Group::kDeciding,
          .summary = "Ask the custodians to change the rules by which levels are decided",
          .more =
              "An overlay is laid over the rules in force; a whole set stands in their place. "
              "Rules that break a promise of docs/triage.md are refused with the situation in "
              "words. Who would move: strongroom triage FACTS.json --what-if.",
          .options = {{.spelled = "file",
                       .about = "An overlay, or a whole set of rules",
                       .into = &options->what,
                       .required = true,
                       .completes = Completes::kFile},
                      reason_option(options->reason)},
          .examples = {{"strongroom triage-rules ours.json --reason \"stricter on the internet\"",
                        "says whether they loosen; custodians approve or refuse them"}},
          .run = [options](const Common& common) { return triage_rules(common, *options); }};
}

Verb dismiss_verb() {
  const auto options = std::make_shared<GroundOptions>();
  return {.name = "dismiss",
          .group = Group::kDeciding,
          .summary = "Ask the custodians to dismiss findings, by their positions in the log",
          .more =
              "Lowers what the assets need, so it takes a quorum. What import finds again in the "
              "weights is said again: declare the parent instead, where it is one.",
          .options = {{.spelled = "position",
                       .about = "In the log",
                       .into = &options->positions,
                       .required = true},
                      reason_option(options->reason)},
          .examples = {{"strongroom dismiss 41 --reason \"looked at: trained apart\"",
                        "custodians approve or refuse it"}},
          .run = [options](const Common& common) { return dismiss(common, *options); }};
}

Verb finding_verb() {
  const auto options = std::make_shared<FindingOptions>();
  return {.name = "finding",
          .group = Group::kDeciding,
          .summary = "Say what speaks for more care with an asset; it raises its level at once",
          .more = "Any member may. It stands until a quorum dismisses it.",
          .options = {{.spelled = "name",
                       .about = "Of the asset",
                       .into = &options->name,
                       .required = true,
                       .completes = Completes::kName},
                      {.spelled = "--at-least",
                       .value = "LEVEL",
                       .about = "What it needs, as you judge",
                       .into = &options->at_least,
                       .completes = Completes::kChoice,
                       .choices = {"SL1", "SL2", "SL3", "SL4", "SL5"}},
                      {.spelled = "--parent",
                       .value = "NAME",
                       .about = "What it was made from, though nobody declared it",
                       .into = &options->parent,
                       .completes = Completes::kName},
                      {.spelled = "--reason",
                       .value = "TEXT",
                       .about = "What it rests on; kept beside the log, erasable",
                       .into = &options->reason,
                       .required = true}},
          .examples = {{"strongroom finding my-model --at-least SL4 --reason \"found an exploit "
                        "chain\"",
                        "the level that it needs rises now"}},
          .run = [options](const Common& common) { return finding(common, *options); }};
}

}  // namespace strongroom::terminal
