#include "custodian/inspect.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/shown.h"
#include "custodian/quote.h"
#include "judge/standing.h"

namespace strongroom::custodian {

namespace {

constexpr std::size_t kPrefixDigitsMin = 8;

Result<void> check_evidence(const client::Follower& follower, const vault::Proposal& proposal,
                            const protocol::Host& host) {
  ASSIGN_OR_RETURN(const Bytes bytes, follower.attachment(protocol::evidence_name(proposal.id)));
  ASSIGN_OR_RETURN(const format::Json json,
                   format::decode_canonical(as_text(bytes), limits::kEntryBytesMax));
  ASSIGN_OR_RETURN(const protocol::Evidence evidence, protocol::evidence_from(json));
  if (digest_of(evidence) != proposal.evidence) {
    return fail(ErrorCode::kNotAuthentic, "the server gave other evidence than the proposal names");
  }
  if (evidence.host != proposal.request.host || evidence.kind != host.evidence ||
      evidence.binding != protocol::evidence_binding(proposal.request)) {
    return fail(ErrorCode::kNotAuthentic, "the evidence is not of this host for this request");
  }
  return {};
}

Result<std::vector<std::string>> other_leases(const client::Follower& follower,
                                              const vault::Proposal& proposal) {
  std::vector<std::string> others;
  ASSIGN_OR_RETURN(const std::vector<vault::Proposal> all,
                   follower.world().rooms().vault.proposals());
  for (const vault::Proposal& each : all) {
    if (each.id == proposal.id || each.request.object != proposal.request.object) continue;
    if (each.phase() != vault::Phase::kRedeemed || each.ends.size() == each.redemptions.size())
      continue;
    ASSIGN_OR_RETURN(const std::string who, person_name(follower, each.request.person));
    ASSIGN_OR_RETURN(const std::string where, host_name(follower, each.request.host));
    others.push_back(who + " on " + where);
  }
  return others;
}

// Those of the policy whose approval does not count yet, and could.
Result<std::vector<std::string>> could_approve(const client::Follower& follower,
                                               const protocol::Policy& policy,
                                               const vault::Proposal& proposal,
                                               const quorum::Decision& decision) {
  std::vector<std::string> names;
  const bool may_himself = follower.world().genesis().mode == protocol::Mode::kSolo;
  for (const PersonId& person : policy.persons()) {
    const bool counted = std::find(decision.counted.begin(), decision.counted.end(), person) !=
                         decision.counted.end();
    if (counted || (person == proposal.request.person && !may_himself)) continue;
    ASSIGN_OR_RETURN(const std::string name, person_name(follower, person));
    names.push_back(name);
  }
  return names;
}

// What a re-key ends in, or who wrote what a rehearsal opens.
Result<void> show_new_keys(const client::Follower& follower, const vault::Object& object,
                           Shown& shown) {
  const protocol::Request& request = shown.proposal.request;
  if (request.new_keys) {
    ASSIGN_OR_RETURN(const auto policy,
                     follower.world().rooms().vault.policy(request.new_keys->policy));
    if (!policy)
      return fail(ErrorCode::kNotAuthentic, "the re-key ends in a policy that the log lacks");
    ASSIGN_OR_RETURN(shown.new_policy, policy_in_words(follower, policy->root()));
    shown.other_tree = request.new_keys->policy != request.policy;
    if (object.pending) shown.replaces = fmt::format("epoch {}", object.pending->epoch);
  }
  if (request.act != protocol::ReleaseAct::kRehearse) return {};
  for (const vault::Rekeyed& each : object.rekeys) {
    if (each.rekey.epoch != request.epoch) continue;
    ASSIGN_OR_RETURN(shown.written_by, host_name(follower, each.rekey.host));
    shown.written_here = each.rekey.host == request.host;
  }
  return {};
}

std::string shown_freshness(const client::Follower& follower, UnixSeconds now) {
  const judge::World& world = follower.world();
  return fmt::format("{}; {} entries followed, the newest {} old", client::kFreshnessUnproved,
                     world.size(),
                     shown_duration(std::max<std::int64_t>(0, now.value - world.time().value)));
}

}  // namespace

Result<std::string> policy_in_words(const client::Follower& follower,
                                    const protocol::PolicyNode& node) {
  if (node.person) {
    ASSIGN_OR_RETURN(const std::string name, person_name(follower, *node.person));
    return shown_name(name);
  }
  std::string members;
  for (const protocol::PolicyNode& child : node.of) {
    ASSIGN_OR_RETURN(const std::string member, policy_in_words(follower, child));
    members += (members.empty() ? "" : ", ") + member;
  }
  return fmt::format("{} of ({})", node.threshold, members);
}

Result<std::vector<std::string>> waits_for(const client::Follower& follower,
                                           const vault::Proposal& proposal, UnixSeconds now) {
  const judge::Rooms rooms = follower.world().rooms();
  ASSIGN_OR_RETURN(const auto policy, rooms.vault.policy(proposal.request.policy));
  if (!policy) return fail(ErrorCode::kNotAuthentic, "the proposal names what the log lacks");
  ASSIGN_OR_RETURN(const quorum::Decision decision, judge::decision_on(proposal.id, rooms, now));
  return could_approve(follower, *policy, proposal, decision);
}

Result<std::string> person_name(const client::Follower& follower, const PersonId& person) {
  const people::State& people = follower.world().rooms().people;
  ASSIGN_OR_RETURN(auto member, people.member(person));
  if (!member) {
    ASSIGN_OR_RETURN(member, people.former_member(person));
  }
  if (!member) return "person " + person.hex();
  ASSIGN_OR_RETURN(const auto text, follower.text("name", member->name));
  return text ? printable(*text) : "person " + person.hex();
}

Result<std::string> host_name(const client::Follower& follower, const HostId& id) {
  ASSIGN_OR_RETURN(const auto host, follower.world().rooms().people.host(id));
  if (!host) return "host " + id.hex();
  ASSIGN_OR_RETURN(const auto text, follower.text("name", host->name));
  return text ? printable(*text) : "host " + id.hex();
}

Result<std::string> object_name(const client::Follower& follower, const ObjectId& id) {
  const judge::Rooms rooms = follower.world().rooms();
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(id));
  if (!object) return "object " + id.hex();
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(object->deposit.asset));
  if (!asset) return "object " + id.hex();
  return follower.shown_text("name", asset->name);
}

Result<ProposalId> find_proposal(const judge::World& world, std::string_view id) {
  const std::string_view prefix = plain_id(id);
  if (prefix.size() < kPrefixDigitsMin) {
    return fail(ErrorCode::kUsage,
                "give at least 8 digits of the proposal's id; strongroom status lists them");
  }
  ASSIGN_OR_RETURN(const std::vector<vault::Proposal> all, world.rooms().vault.proposals());
  std::optional<ProposalId> found;
  for (const vault::Proposal& each : all) {
    if (!each.id.hex().starts_with(prefix)) continue;
    if (found) return fail(ErrorCode::kConflict, "several proposals begin so: give more digits");
    found = each.id;
  }
  if (!found) {
    return fail(ErrorCode::kNotFound,
                "no proposal begins with " + printable(id) + "; strongroom status lists them");
  }
  return *found;
}

Result<Shown> inspect(client::Follower& follower, const ProposalId& id, UnixSeconds now) {
  RETURN_IF_ERROR(follower.follow());
  const judge::Rooms rooms = follower.world().rooms();
  ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(id));
  if (!proposal) return fail(ErrorCode::kNotFound, "no such proposal in the log");
  const protocol::Request& request = proposal->request;
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(request.object));
  ASSIGN_OR_RETURN(const auto host, rooms.people.host(request.host));
  ASSIGN_OR_RETURN(const auto policy, rooms.vault.policy(request.policy));
  if (!object || !policy)
    return fail(ErrorCode::kNotAuthentic, "the proposal names what the log lacks");
  // It was listed when this was proposed: the judge let the entry in.
  if (!host) {
    return fail(ErrorCode::kRefused,
                "the host of this release has been retired since: it gets nothing any more");
  }
  RETURN_IF_ERROR(check_evidence(follower, *proposal, *host));
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(object->deposit.asset));

  Shown shown;
  shown.proposal = *proposal;
  shown.object_bytes = object->deposit.plaintext_bytes;
  shown.freshness = shown_freshness(follower, now);
  shown.groups_total = static_cast<std::size_t>(object->deposit.groups);
  shown.demonstration = follower.world().genesis().demonstration();
  ASSIGN_OR_RETURN(shown.requester, person_name(follower, request.person));
  ASSIGN_OR_RETURN(shown.object_name, object_name(follower, request.object));
  shown.level = asset ? std::string(name_of(asset->level_at(now))) + " (" +
                            printable(asset->because_at(now)) + ")"
                      : "none";
  ASSIGN_OR_RETURN(const judge::LevelStanding standing,
                   judge::level_standing(request.object, follower.world().rooms(), now));
  for (const auto& each : standing.exceptions) {
    shown.level +=
        fmt::format("; EXCEPTED from {} on {} host{} until {}", each.excepted.demand,
                    each.excepted.hosts.size(), each.excepted.hosts.size() == 1 ? "" : "s",
                    shown_time(each.excepted.until));
  }
  ASSIGN_OR_RETURN(shown.host, host_name(follower, request.host));
  shown.evidence = host->evidence;
  ASSIGN_OR_RETURN(shown.purpose, follower.shown_text("purpose", request.purpose));
  ASSIGN_OR_RETURN(shown.policy, policy_in_words(follower, policy->root()));
  ASSIGN_OR_RETURN(shown.open_elsewhere, other_leases(follower, *proposal));
  RETURN_IF_ERROR(show_new_keys(follower, *object, shown));
  for (const vault::CastVote& cast : proposal->votes) {
    ShownVote vote;
    ASSIGN_OR_RETURN(vote.name, person_name(follower, cast.vote.person));
    ASSIGN_OR_RETURN(vote.reason, follower.shown_text("reason", cast.vote.reason));
    vote.approves = cast.vote.decision == protocol::VoteDecision::kApprove;
    vote.at = cast.stamp.time;
    shown.votes.push_back(std::move(vote));
  }
  Result<quorum::Decision> decision = judge::decision_on(id, rooms, now);
  if (decision) {
    shown.decision = std::move(*decision);
    ASSIGN_OR_RETURN(shown.could_approve,
                     could_approve(follower, *policy, *proposal, shown.decision));
  } else {
    shown.open_error = decision.error().context;
    shown.open_error_code = decision.error().code;
  }
  return shown;
}

}  // namespace strongroom::custodian
