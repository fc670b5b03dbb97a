#include "custodian/inspect.h"

#include <fmt/format.h>

#include "base/limits.h"
#include "base/shown.h"

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

}  // namespace

Result<std::string> policy_in_words(const client::Follower& follower,
                                    const protocol::PolicyNode& node) {
  if (node.person) return person_name(follower, *node.person);
  std::string members;
  for (const protocol::PolicyNode& child : node.of) {
    ASSIGN_OR_RETURN(const std::string member, policy_in_words(follower, child));
    members += (members.empty() ? "" : ", ") + member;
  }
  return fmt::format("{} of ({})", node.threshold, members);
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
  if (!object || !host || !policy)
    return fail(ErrorCode::kNotAuthentic, "the proposal names what the log lacks");
  RETURN_IF_ERROR(check_evidence(follower, *proposal, *host));
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(object->deposit.asset));

  Shown shown;
  shown.proposal = *proposal;
  shown.groups_total = static_cast<std::size_t>(object->deposit.groups);
  shown.demonstration = follower.world().genesis().demonstration();
  ASSIGN_OR_RETURN(shown.requester, person_name(follower, request.person));
  ASSIGN_OR_RETURN(shown.object_name, object_name(follower, request.object));
  shown.level = asset && asset->level ? std::string(name_of(*asset->level)) + " (" +
                                            printable(asset->level_because) + ")"
                                      : "none";
  ASSIGN_OR_RETURN(shown.host, host_name(follower, request.host));
  shown.evidence = host->evidence;
  ASSIGN_OR_RETURN(shown.purpose, follower.shown_text("purpose", request.purpose));
  ASSIGN_OR_RETURN(shown.policy, policy_in_words(follower, policy->root()));
  ASSIGN_OR_RETURN(shown.open_elsewhere, other_leases(follower, *proposal));
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
  } else {
    shown.open_error = decision.error().context;
  }
  return shown;
}

std::string render(const Shown& shown, UnixSeconds now) {
  const protocol::Request& request = shown.proposal.request;
  const auto id = [&](std::string_view hex) { return shown_id(hex, shown.demonstration); };
  std::string text;
  const auto line = [&](std::string_view label, std::string_view value) {
    text += fmt::format("  {:<11}{}\n", label, value);
  };
  text += fmt::format("Proposal {}\n", id(shown.proposal.id.hex()));
  line("who", fmt::format("{} ({})", shown.requester, request.person.hex()));
  line("what", fmt::format("{}, {}", shown.object_name,
                           shown.groups_total == request.groups.size()
                               ? std::string("all of it")
                               : fmt::format("{} of its {} groups", request.groups.size(),
                                             shown.groups_total)));
  line("object", id(request.object.hex()));
  line("level", shown.level);
  line("where", fmt::format("{} ({})", shown.host, request.host.hex()));
  line("evidence", shown.evidence);
  line("for what", "\"" + shown.purpose + "\"");
  line("how long",
       fmt::format(
           "{}, opened {} at most", shown_duration(request.lease_seconds),
           request.redemptions == 1 ? "once" : fmt::format("{} times", request.redemptions)));
  line("how much",
       fmt::format("{} may be read", shown_bytes(static_cast<std::uint64_t>(request.byte_budget))));
  line("expires",
       fmt::format("{} (in {})", shown_time(request.expires),
                   shown_duration(std::max<std::int64_t>(0, request.expires.value - now.value))));
  line("needs", shown.policy);
  for (const ShownVote& vote : shown.votes) {
    line(vote.approves ? "approved" : "refused",
         fmt::format("{}, {}{}", vote.name, shown_time(vote.at),
                     vote.reason.empty() ? "" : ": \"" + vote.reason + "\""));
  }
  if (shown.open_elsewhere.empty()) line("open now", "nowhere else");
  for (const std::string& other : shown.open_elsewhere) line("open now", other);
  line("host key", to_hex(request.recipient));
  line("manifest", request.manifest.hex());
  line("key record", fmt::format("{} (epoch {}, {}, {})", request.key_record.hex(), request.epoch,
                                 request.wrap_suite, request.payload_suite));
  if (!shown.open_error.empty()) {
    line("closed", shown.open_error);
  } else if (shown.decision.approvals_missing > 0) {
    line("missing", fmt::format("{} more approval{}", shown.decision.approvals_missing,
                                shown.decision.approvals_missing == 1 ? "" : "s"));
  }
  return text;
}

}  // namespace strongroom::custodian
