#include "custodian/changes.h"

#include <fmt/format.h>

#include "base/shown.h"

namespace strongroom::custodian {

using protocol::Command;
using protocol::EntryType;

namespace {

constexpr std::size_t kPrefixDigitsMin = 8;

using Line = std::pair<std::string, std::string>;

struct Summary {
  std::string operator()(const protocol::Unfreeze& subject) const {
    return subject.freezes.size() == 1 ? "lift a freeze"
                                       : fmt::format("lift {} freezes", subject.freezes.size());
  }
  std::string operator()(const protocol::RestoreFreeze&) const {
    return "give back a right to freeze alone";
  }
  std::string operator()(const protocol::Enrol&) const { return "enrol a new member"; }
  std::string operator()(const protocol::AddKey&) const { return "add a key to a member"; }
  std::string operator()(const protocol::RetireKey&) const { return "retire a member's key"; }
  std::string operator()(const protocol::RetireMember&) const { return "retire a member"; }
  std::string operator()(const protocol::AddHost&) const { return "let a new host take leases"; }
  std::string operator()(const protocol::RetireHost&) const { return "retire a host"; }
  std::string operator()(const protocol::SetPolicy&) const { return "put a policy in force"; }
  std::string operator()(const protocol::SetLevel&) const { return "set an asset's level"; }
  std::string operator()(const protocol::SetTriageRules&) const {
    return "put other rules of triage in force";
  }
  std::string operator()(const protocol::SetReference&) const {
    return "name the best public model";
  }
  std::string operator()(const protocol::AddPublicIndex&) const {
    return "believe an index of public models";
  }
  std::string operator()(const protocol::RetirePublicIndex&) const {
    return "retire an index of public models";
  }
  std::string operator()(const protocol::Dismiss& subject) const {
    return subject.findings.size() == 1
               ? "dismiss a finding"
               : fmt::format("dismiss {} findings", subject.findings.size());
  }
  std::string operator()(const protocol::SetLevels&) const {
    return "put other demands of the levels in force";
  }
  std::string operator()(const protocol::Except& subject) const {
    return "except one object from " + subject.demand;
  }
};

constexpr std::size_t kReasonsShown = 3;  // of triage; the assessment has them all

// One overload per kind: what a custodian must read, from the log that was followed here.
struct Details {
  const client::Follower& follower;
  std::vector<Line>& lines;

  Result<void> person(const std::string& label, const PersonId& id) const {
    ASSIGN_OR_RETURN(const std::string name, person_name(follower, id));
    lines.emplace_back(label, fmt::format("{} ({})", name, id.hex()));
    return {};
  }
  void key(const crypto::PublicKeys& each) const {
    lines.emplace_back("key", fmt::format("{} ({}), signs {}", each.id.hex(),
                                          protocol::name_of(each.kem), each.sign.hex()));
  }
  Result<void> operator()(const protocol::Unfreeze& subject) const {
    ASSIGN_OR_RETURN(const std::vector<vault::FreezeInForce> freezes,
                     follower.world().rooms().vault.freezes());
    for (const std::int64_t position : subject.freezes) {
      const auto found = std::find_if(
          freezes.begin(), freezes.end(),
          [&](const vault::FreezeInForce& each) { return each.stamp.index == position; });
      if (found == freezes.end()) {
        lines.emplace_back("freeze", fmt::format("at log position {}: not in force", position));
        continue;
      }
      ASSIGN_OR_RETURN(const std::string who, person_name(follower, found->freeze.person));
      ASSIGN_OR_RETURN(const std::string why, follower.shown_text("reason", found->freeze.reason));
      std::string what = "everything";
      if (found->freeze.object) {
        ASSIGN_OR_RETURN(what, object_name(follower, *found->freeze.object));
        what += " (object " + found->freeze.object->hex() + ")";
      }
      lines.emplace_back("freeze", fmt::format("at log position {}: {}, by {} since {}{}", position,
                                               what, who, shown_time(found->stamp.time),
                                               why.empty() ? "" : ", because \"" + why + "\""));
      lines.emplace_back("then", who + "'s next freeze needs a second person");
    }
    return {};
  }
  Result<void> operator()(const protocol::RestoreFreeze& subject) const {
    return person("who", subject.person);
  }
  Result<void> operator()(const protocol::Enrol& subject) const {
    const protocol::Member& member = subject.member;
    ASSIGN_OR_RETURN(const std::string name, follower.shown_text("name", member.name));
    lines.emplace_back("new member", fmt::format("\"{}\" ({})", name, member.person.hex()));
    lines.emplace_back("kind", std::string(name_of(member.kind)));
    std::string roles;
    for (const protocol::Role role : member.roles)
      roles += (roles.empty() ? "" : ", ") + std::string(name_of(role));
    lines.emplace_back("may be", roles.empty() ? "nothing" : roles);
    lines.emplace_back("clearance", fmt::format("{} until {}", name_of(member.clearance),
                                                shown_time(member.cleared_until)));
    for (const crypto::PublicKeys& each : member.keys) key(each);
    return {};
  }
  Result<void> operator()(const protocol::AddKey& subject) const {
    RETURN_IF_ERROR(person("of", subject.person));
    key(subject.key);
    return {};
  }
  Result<void> operator()(const protocol::RetireKey& subject) const {
    RETURN_IF_ERROR(person("of", subject.person));
    lines.emplace_back("key", subject.key.hex());
    return {};
  }
  Result<void> operator()(const protocol::RetireMember& subject) const {
    return person("who", subject.person);
  }
  Result<void> operator()(const protocol::AddHost& subject) const {
    ASSIGN_OR_RETURN(const std::string name, follower.shown_text("name", subject.host.name));
    lines.emplace_back("new host", fmt::format("\"{}\" ({})", name, subject.host.host.hex()));
    lines.emplace_back("evidence", subject.host.evidence);
    lines.emplace_back("key", subject.host.key.hex());
    return {};
  }
  Result<void> operator()(const protocol::RetireHost& subject) const {
    ASSIGN_OR_RETURN(const std::string name, host_name(follower, subject.host));
    lines.emplace_back("host", fmt::format("{} ({})", name, subject.host.hex()));
    return {};
  }
  Result<void> operator()(const protocol::SetPolicy& subject) const {
    ASSIGN_OR_RETURN(const std::string words, policy_in_words(follower, subject.policy.root()));
    lines.emplace_back("new policy", words);
    return {};
  }
  Result<void> operator()(const protocol::SetLevel& subject) const {
    ASSIGN_OR_RETURN(const auto asset, follower.world().rooms().registry.asset(subject.asset));
    if (!asset) return fail(ErrorCode::kNotFound, "no such asset in the log");
    ASSIGN_OR_RETURN(const std::string name, follower.shown_text("name", asset->name));
    lines.emplace_back("asset", fmt::format("{} ({})", name, subject.asset.hex()));
    lines.emplace_back("level", fmt::format("{} until {}; now {}", name_of(subject.level),
                                            shown_time(subject.until),
                                            name_of(asset->level_at(follower.world().time()))));
    lines.emplace_back("triage", asset->because_at(follower.world().time()));
    return reasons(*asset);
  }
  // Why triage asks for what it asks, in words; what was found stands first there.
  Result<void> reasons(const registry::Asset& asset) const {
    ASSIGN_OR_RETURN(const auto ground, follower.world().rooms().registry.ground());
    if (!asset.stated) lines.emplace_back("facts", "nobody has stated any: all is unknown");
    if (!asset.triage) return {};
    for (std::size_t i = 0; i < std::min(kReasonsShown, asset.triage->because.size()); ++i) {
      const std::string& id = asset.triage->because[i];
      const triage::Rule* rule = ground->rules.rule(id);
      lines.emplace_back("because", rule == nullptr
                                        ? printable(id) + ": somebody found that it needs this"
                                        : printable(id) + ": " + printable(rule->reason));
    }
    if (asset.triage->because.size() > kReasonsShown)
      lines.emplace_back(
          "", fmt::format("and {} more: strongroom triage --asset {}",
                          asset.triage->because.size() - kReasonsShown, asset.asset.hex()));
    if (!asset.findings.empty())
      lines.emplace_back("findings", fmt::format("{} stand{}", asset.findings.size(),
                                                 asset.findings.size() == 1 ? "s" : ""));
    return {};
  }
  Result<void> operator()(const protocol::SetTriageRules& subject) const {
    ASSIGN_OR_RETURN(const triage::RuleSet wanted,
                     triage::rule_set_from(format::encode(subject.rules)));
    ASSIGN_OR_RETURN(const auto ground, follower.world().rooms().registry.ground());
    lines.emplace_back("rules", wanted.digest().hex());
    if (wanted == triage::shipped_rules()) lines.emplace_back("", "as this program ships them");
    for (const triage::Rule& rule : ground->rules.rules) {
      const triage::Rule* there = wanted.rule(rule.id);
      if (there == nullptr) lines.emplace_back("without", rule.id + ": " + printable(rule.reason));
      if (there != nullptr && *there != rule)
        lines.emplace_back("changed", rule.id + ": " + printable(there->reason));
    }
    for (const triage::Rule& rule : wanted.rules) {
      if (ground->rules.rule(rule.id) == nullptr)
        lines.emplace_back("new", fmt::format("{} ({}): {}", printable(rule.id),
                                              name_of(rule.level), printable(rule.reason)));
    }
    return {};
  }
  Result<void> operator()(const protocol::SetReference& subject) const {
    ASSIGN_OR_RETURN(const auto ground, follower.world().rooms().registry.ground());
    lines.emplace_back("reference", fmt::format("{}, as of {}", printable(subject.name),
                                                triage::shown(triage::date_of(subject.as_of))));
    lines.emplace_back("now", ground->reference
                                  ? fmt::format("{}, as of {}", printable(ground->reference->name),
                                                triage::shown(ground->reference->as_of))
                                  : "none");
    return {};
  }
  Result<void> operator()(const protocol::AddPublicIndex& subject) const {
    lines.emplace_back("index", subject.root.hex());
    lines.emplace_back("digests", std::to_string(subject.size));
    lines.emplace_back("from", printable(subject.source));
    return {};
  }
  Result<void> operator()(const protocol::RetirePublicIndex& subject) const {
    lines.emplace_back("index", subject.root.hex());
    return {};
  }
  Result<void> operator()(const protocol::Dismiss& subject) const {
    for (const std::int64_t index : subject.findings) {
      ASSIGN_OR_RETURN(const auto id, follower.world().rooms().registry.finding_at(index));
      if (!id) {
        lines.emplace_back("finding", fmt::format("at log position {}: not standing", index));
        continue;
      }
      ASSIGN_OR_RETURN(const auto asset, follower.world().rooms().registry.asset(*id));
      CHECK(asset.has_value());
      ASSIGN_OR_RETURN(const std::string name, follower.shown_text("name", asset->name));
      for (const registry::StandingFinding& each : asset->findings) {
        if (each.index != index) continue;
        lines.emplace_back(
            "finding",
            fmt::format(
                "at log position {}, of {}, by {}{}{}", index, name, printable(each.finding.by),
                each.finding.at_least
                    ? fmt::format(": needs {} at least", name_of(*each.finding.at_least))
                    : "",
                each.finding.parent ? ": was made from asset " + each.finding.parent->hex() : ""));
      }
    }
    return {};
  }
  Result<void> operator()(const protocol::SetLevels& subject) const {
    ASSIGN_OR_RETURN(const auto founding, follower.world().rooms().vault.founding());
    CHECK(founding.has_value());  // a change stands in the log
    for (const std::string& each : protocol::weakened(founding->levels, subject.levels))
      lines.emplace_back("WEAKER", each);
    for (const std::string& each : protocol::strengthened(founding->levels, subject.levels))
      lines.emplace_back("stricter", each);
    if (subject.levels == protocol::catalog_levels())
      lines.emplace_back("", "as this program ships them");
    return {};
  }
  Result<void> operator()(const protocol::Except& subject) const {
    const judge::World& world = follower.world();
    ASSIGN_OR_RETURN(const std::string name, object_name(follower, subject.object));
    lines.emplace_back("object", fmt::format("{} ({})", name, subject.object.hex()));
    for (const HostId& each : subject.hosts) {
      ASSIGN_OR_RETURN(const std::string host, host_name(follower, each));
      lines.emplace_back("host", fmt::format("{} ({})", host, each.hex()));
    }
    ASSIGN_OR_RETURN(const auto founding, world.rooms().vault.founding());
    CHECK(founding.has_value());  // a change stands in the log
    const protocol::Demand* demand = protocol::demand_named(subject.demand);
    CHECK(demand != nullptr);  // change_from has checked it
    const protocol::LevelDemand& row =
        founding->levels.at(static_cast<std::size_t>(subject.level) - 1);
    lines.emplace_back("without", fmt::format("{}: {} demands {}", subject.demand,
                                              name_of(subject.level), demand->in_words(row)));
    lines.emplace_back("until", fmt::format("{} (in {})", shown_time(subject.until),
                                            shown_duration(std::max<std::int64_t>(
                                                0, subject.until.value - world.time().value))));
    ASSIGN_OR_RETURN(const std::int64_t needed,
                     judge::approvals_at_least(subject, world.rooms(), world.time()));
    lines.emplace_back("approvals", fmt::format("{} people must agree", needed));
    return {};
  }
};

std::string wait_in_words(bool loosens, protocol::Mode mode) {
  if (!loosens) return "none: nothing can open after it that could not before";
  switch (mode) {
    case protocol::Mode::kDemonstration:
      return "none: a demonstration waits for nothing";
    case protocol::Mode::kSolo:
      return "none: solo has nobody who could wait";
    default:
      return "none: it touches nothing at SL4 or above";
  }
}

Result<std::vector<ShownVote>> shown_votes(const client::Follower& follower,
                                           const vault::ProposedChange& change) {
  std::vector<ShownVote> votes;
  for (const vault::CastChangeVote& cast : change.votes) {
    ShownVote vote;
    ASSIGN_OR_RETURN(vote.name, person_name(follower, cast.vote.person));
    ASSIGN_OR_RETURN(vote.reason, follower.shown_text("reason", cast.vote.reason));
    vote.approves = cast.vote.decision == protocol::VoteDecision::kApprove;
    vote.at = cast.stamp.time;
    votes.push_back(std::move(vote));
  }
  return votes;
}

}  // namespace

std::string summary_of(const protocol::Subject& subject) { return std::visit(Summary{}, subject); }

Result<protocol::ChangeId> find_change(const judge::World& world, std::string_view id) {
  const std::string_view prefix = plain_id(id);
  if (prefix.size() < kPrefixDigitsMin) {
    return fail(ErrorCode::kUsage,
                "give at least 8 digits of the change's id; strongroom changes lists them");
  }
  ASSIGN_OR_RETURN(const std::vector<vault::ProposedChange> all, world.rooms().vault.changes());
  std::optional<protocol::ChangeId> found;
  for (const vault::ProposedChange& each : all) {
    if (!each.id.hex().starts_with(prefix)) continue;
    if (found) return fail(ErrorCode::kConflict, "several changes begin so: give more digits");
    found = each.id;
  }
  if (!found) {
    return fail(ErrorCode::kNotFound,
                "no change begins with " + printable(id) + "; strongroom changes lists them");
  }
  return *found;
}

Result<ShownChange> inspect(client::Follower& follower, const protocol::ChangeId& id,
                            UnixSeconds now) {
  RETURN_IF_ERROR(follower.follow());
  const judge::Rooms rooms = follower.world().rooms();
  ASSIGN_OR_RETURN(const auto change, rooms.vault.change(id));
  if (!change) return fail(ErrorCode::kNotFound, "no such change in the log");
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  CHECK(founding.has_value());  // a change stands in the log

  ShownChange shown;
  shown.change = *change;
  shown.demonstration = founding->mode == protocol::Mode::kDemonstration;
  ASSIGN_OR_RETURN(shown.proposer, person_name(follower, change->change.person));
  RETURN_IF_ERROR(std::visit(Details{follower, shown.fields}, change->change.subject));
  ASSIGN_OR_RETURN(shown.loosens, judge::loosens(change->change.subject, rooms, now));
  shown.wait = wait_in_words(shown.loosens, founding->mode);
  ASSIGN_OR_RETURN(shown.reason, follower.shown_text("reason", change->change.reason));
  ASSIGN_OR_RETURN(shown.votes, shown_votes(follower, *change));
  ASSIGN_OR_RETURN(shown.policy, policy_in_words(follower, founding->policy.root()));
  Result<quorum::Decision> decision = judge::decision_on(id, rooms, now);
  if (decision) {
    shown.decision = std::move(*decision);
  } else {
    shown.open_error = decision.error().context;
  }
  return shown;
}

Result<std::vector<std::string>> waits_for(const client::Follower& follower,
                                           const vault::ProposedChange& change, UnixSeconds now) {
  const judge::Rooms rooms = follower.world().rooms();
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  CHECK(founding.has_value());  // a change stands in the log
  ASSIGN_OR_RETURN(const quorum::Decision decision, judge::decision_on(change.id, rooms, now));
  const bool may_himself = founding->mode == protocol::Mode::kSolo;
  std::vector<std::string> names;
  for (const PersonId& person : founding->policy.persons()) {
    const bool counted = std::find(decision.counted.begin(), decision.counted.end(), person) !=
                         decision.counted.end();
    if (counted || (person == change.change.person && !may_himself)) continue;
    ASSIGN_OR_RETURN(std::string name, person_name(follower, person));
    names.push_back(std::move(name));
  }
  return names;
}

std::string render(const ShownChange& shown, UnixSeconds now) {
  const protocol::Change& change = shown.change.change;
  std::string text;
  const auto line = [&](std::string_view label, std::string_view value) {
    text += fmt::format("  {:<11}{}\n", label, value);
  };
  text += fmt::format("Change {}: {}\n", shown_id(shown.change.id.hex(), shown.demonstration),
                      summary_of(change.subject));
  line("who asks", fmt::format("{} ({})", shown.proposer, change.person.hex()));
  for (const auto& [label, value] : shown.fields) line(label, value);
  line("effect", shown.loosens ? "LOOSENS: this lets something open that could not before"
                               : "opens nothing that could not be opened before");
  line("wait", shown.wait);
  line("why", "\"" + shown.reason + "\"");
  line("expires",
       fmt::format("{} (in {})", shown_time(change.expires),
                   shown_duration(std::max<std::int64_t>(0, change.expires.value - now.value))));
  line("needs", shown.policy);
  for (const ShownVote& vote : shown.votes) {
    line(vote.approves ? "approved" : "refused",
         fmt::format("{}, {}{}", vote.name, shown_time(vote.at),
                     vote.reason.empty() ? "" : ": \"" + vote.reason + "\""));
  }
  if (shown.change.made) {
    line("made", fmt::format("at log position {}", shown.change.made_at->index));
  } else if (!shown.open_error.empty()) {
    line("closed", shown.open_error);
  } else if (shown.decision.approvals_missing > 0) {
    line("missing", fmt::format("{} more approval{}", shown.decision.approvals_missing,
                                shown.decision.approvals_missing == 1 ? "" : "s"));
  }
  return text;
}

namespace {

Result<protocol::Receipt> sign_and_send(client::Follower& follower, const Hands& hands,
                                        Command command) {
  ASSIGN_OR_RETURN(const protocol::Signature signature,
                   protocol::sign_statement(*command.statement, signer_of(hands.key)));
  command.signatures = {signature};
  return follower.submit(command);
}

}  // namespace

Result<protocol::ChangeId> propose(client::Follower& follower, const Hands& hands,
                                   const ChangeDraft& draft) {
  RETURN_IF_ERROR(follower.follow());
  ASSIGN_OR_RETURN(const protocol::Opening reason, protocol::open_text(draft.reason));
  const protocol::Change change{.strongroom = follower.world().genesis().id(),
                                .subject = draft.subject,
                                .person = hands.person,
                                .reason = commitment_to("reason", reason),
                                .expires = hands.clock.now() + draft.wait_seconds,
                                .checkpoint = follower.world().seen()};
  Command command{.type = EntryType::kChangeProposed,
                  .statement = to_json(change),
                  .signatures = {},
                  .body = std::nullopt,
                  .texts = draft.texts,
                  .attachments = {}};
  command.texts.push_back({"reason", reason});
  RETURN_IF_ERROR(sign_and_send(follower, hands, std::move(command)));
  return protocol::change_id(change);
}

Result<protocol::Receipt> vote(client::Follower& follower, const Hands& hands,
                               const ShownChange& shown, protocol::VoteDecision decision,
                               const std::string& reason) {
  if (shown.change.made) return fail(ErrorCode::kConflict, "the change is made already");
  if (!shown.open_error.empty() && decision == protocol::VoteDecision::kApprove)
    return fail(ErrorCode::kRefused, shown.open_error);
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(reason));
  const protocol::ChangeVote vote{
      .strongroom = shown.change.change.strongroom,
      .change = shown.change.id,
      .decision = decision,
      .person = hands.person,
      .key = hands.key.public_keys().id,
      .role = protocol::Role::kCustodian,
      .valid_until = std::min(hands.clock.now() + kVoteSeconds, shown.change.change.expires),
      .checkpoint = follower.world().seen(),
      .reason = commitment_to("reason", opening)};
  return sign_and_send(follower, hands,
                       {.type = EntryType::kChangeVoted,
                        .statement = to_json(vote),
                        .signatures = {},
                        .body = std::nullopt,
                        .texts = {{"reason", opening}},
                        .attachments = {}});
}

}  // namespace strongroom::custodian
