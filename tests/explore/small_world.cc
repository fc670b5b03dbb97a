#include "small_world.h"

#include "judge/facts.h"
#include "judge/facts_changes.h"

namespace strongroom::explore {

using protocol::Role;

namespace {

void taken(const Result<void>& applied) { CHECK(applied.has_value()); }

constexpr std::int64_t kNewEpoch = 1;

vault::Stamp stamp(std::int64_t index, UnixSeconds time) {
  return {.index = index, .time = time, .signed_by = std::nullopt};
}

}  // namespace

SmallWorld::SmallWorld(const Bounds& bounds) {
  for (protocol::Member& member : lab_.genesis.members) {
    if (member.person == lab_.bob.id()) member.cleared_until = time_at(kBobClearedHours);
  }
  lab_.id = lab_.genesis.id();
  for (std::uint8_t object = 0; object < 2; ++object) {
    deposits_.push_back(lab_.deposit());
    deposits_.back().object.bytes.fill(static_cast<std::uint8_t>(object + 1));
    protocol::Request request = lab_.request(object == 0 ? lab_.carol : lab_.ai_agent);
    request.object = deposits_.back().object;
    request.groups = {0};
    request.redemptions = object == 0 ? bounds.redemptions : 1;
    request.expires = time_at(kProposalHours);
    requests_.push_back(request);
    evidence_.push_back(judge::TestLab::evidence_for(request));
    proposals_.push_back(judge::TestLab::proposal_of(request));
  }
  taken(people_.apply(lab_.genesis));
  taken(start_.apply(lab_.genesis));
  taken(registry_.apply(lab_.genesis));
  taken(registry_.apply(lab_.registration(), {1, judge::kTestStart}));
  taken(registry_.apply(registry::Triage{*registry_.due()}));
  for (const protocol::Deposit& each : deposits_)
    taken(start_.apply(each, stamp(3, judge::kTestStart)));
  if (bounds.rekeyed) rekey();
}

// All but Carol's word, which the moves can bring.
void SmallWorld::rekey() {
  const vault::Stamp at = stamp(kSettingLines - 1, judge::kTestStart);
  protocol::Rekey rekey;
  rekey.strongroom = lab_.id;
  rekey.object = deposits_[0].object;
  rekey.epoch = kNewEpoch;
  rekey.policy = deposits_[0].policy;
  rekey.deposit_key = deposits_[0].deposit_key;
  rekey.wrap_suite = deposits_[0].wrap_suite;
  rekey.checkpoint.size = kSettingLines;
  taken(start_.apply(rekey, at));
  protocol::Request request = lab_.request(lab_.carol);
  request.object = rekey.object;
  request.epoch = kNewEpoch;
  request.key_record = rekey.key_record;
  request.act = protocol::ReleaseAct::kRehearse;
  const Digest evidence = judge::TestLab::evidence_for(request);
  taken(start_.apply(vault::Proposed{request, evidence}, at));
  protocol::Rehearsal rehearsal;
  rehearsal.proposal = judge::TestLab::proposal_of(request);
  taken(start_.apply(rehearsal, at));
  for (const Who who : {Who::kAlice, Who::kBob}) taken(start_.apply(confirmation(who), at));
}

protocol::Confirmation SmallWorld::confirmation(Who who) const {
  protocol::Confirmation confirmation;
  confirmation.strongroom = lab_.id;
  confirmation.object = deposits_[0].object;
  confirmation.epoch = kNewEpoch;
  confirmation.groups = deposits_[0].groups;
  confirmation.person = person(who).id();
  confirmation.key = person(who).key;
  return confirmation;
}

const judge::TestPerson& SmallWorld::person(Who who) const {
  switch (who) {
    case Who::kAlice:
      return lab_.alice;
    case Who::kBob:
      return lab_.bob;
    case Who::kCarol:
      return lab_.carol;
    default:
      return lab_.ai_agent;
  }
}

const judge::TestHost& SmallWorld::host(std::uint8_t host) const {
  return host == kRightHost ? lab_.host : lab_.other_host;
}

protocol::Vote SmallWorld::vote(const Move& move) const {
  const judge::TestPerson& who = person(move.who);
  protocol::Vote vote;
  vote.strongroom = lab_.id;
  vote.proposal = proposals_[move.proposal];
  vote.decision = move.approve ? protocol::VoteDecision::kApprove : protocol::VoteDecision::kRefuse;
  vote.person = who.id();
  vote.key = who.key;
  vote.valid_until = time_at(move.valid_hours);
  vote.checkpoint.size = kSettingLines + move.seen;
  vote.reason.bytes.fill(move.ordinal);  // who votes twice signs two different statements
  if (move.approve) {
    const auto path = lab_.genesis.policy.path_of(who.id());
    vote.leaves.push_back({0, path.value_or("1"), Digest{}});
  }
  return vote;
}

vault::Granted SmallWorld::granted(const Move& move) const {
  vault::Granted granted{.proposal = proposals_[move.proposal], .votes = {}};
  for (std::int64_t i = 0; i < 64; ++i) {
    if ((move.votes >> i & 1) != 0) granted.votes.push_back(kSettingLines + i);
  }
  return granted;
}

protocol::Redemption SmallWorld::redemption(const Move& move) const {
  protocol::Redemption redemption;
  redemption.strongroom = lab_.id;
  redemption.proposal = proposals_[move.proposal];
  redemption.n = move.n;
  redemption.host = host(move.host).host.host;
  return redemption;
}

protocol::LeaseEnd SmallWorld::lease_end(const Move& move) const {
  protocol::LeaseEnd end;
  end.strongroom = lab_.id;
  end.proposal = proposals_[move.proposal];
  end.n = move.n;
  end.host = host(move.host).host.host;
  end.cause = "closed";
  return end;
}

protocol::Freeze SmallWorld::freeze(const Move& move) const {
  protocol::Freeze freeze;
  freeze.strongroom = lab_.id;
  if (move.object != kEverything) freeze.object = deposits_[move.object].object;
  freeze.person = person(move.who).id();
  return freeze;
}

protocol::Recall SmallWorld::recall(const Move& move) const {
  protocol::Recall recall;
  recall.strongroom = lab_.id;
  recall.proposal = proposals_[move.proposal];
  recall.person = person(move.who).id();
  return recall;
}

// The how-manieth it is stands in its reason, so that no two are the same change.
protocol::Change SmallWorld::lift(const Move& asked) const {
  protocol::Unfreeze lifted;
  for (std::int64_t i = 0; i < 64; ++i) {
    if ((asked.votes >> i & 1) != 0) lifted.freezes.push_back(kSettingLines + i);
  }
  protocol::Change change = lab_.change(person(asked.who), lifted);
  change.reason.bytes.fill(asked.proposal);
  change.expires = time_at(kProposalHours);
  return change;
}

protocol::ChangeVote SmallWorld::lift_vote(const Move& move, const protocol::ChangeId& id) const {
  protocol::ChangeVote vote;
  vote.strongroom = lab_.id;
  vote.change = id;
  vote.decision = move.approve ? protocol::VoteDecision::kApprove : protocol::VoteDecision::kRefuse;
  vote.person = person(move.who).id();
  vote.key = person(move.who).key;
  vote.valid_until = time_at(move.valid_hours);
  vote.checkpoint.size = kSettingLines + move.seen;
  return vote;
}

namespace {

// Nobody can vote on what nobody asked for: an id that nothing has.
protocol::ChangeId id_of(std::uint8_t lift, const std::vector<vault::ProposedChange>& lifts) {
  return lift < lifts.size() ? lifts[lift].id : protocol::ChangeId{};
}

vault::Changed lifted(const Move& move, const std::vector<vault::ProposedChange>& lifts) {
  vault::Changed changed{.change = id_of(move.proposal, lifts), .votes = {}};
  for (std::int64_t i = 0; i < 64; ++i) {
    if ((move.votes >> i & 1) != 0) changed.votes.push_back(SmallWorld::kSettingLines + i);
  }
  return changed;
}

std::vector<vault::ProposedChange> lifts_of(const vault::Fold& vault) {
  const auto lifts = vault.changes();
  CHECK(lifts.has_value());
  return *lifts;
}

}  // namespace

void SmallWorld::apply(vault::Fold& vault, const Move& line, std::int64_t index) const {
  const vault::Stamp at = stamp(index, time_at(line.hour));
  switch (line.act) {
    case Act::kPropose:
      return taken(
          vault.apply(vault::Proposed{requests_[line.proposal], evidence_[line.proposal]}, at));
    case Act::kVote:
      return taken(vault.apply(vote(line), at));
    case Act::kGrant:
      return taken(vault.apply(granted(line), at));
    case Act::kRedeem:
      return taken(vault.apply(redemption(line), at));
    case Act::kEndLease:
      return taken(vault.apply(lease_end(line), at));
    case Act::kFreeze:
      return taken(vault.apply(freeze(line), at));
    case Act::kRecall:
      return taken(vault.apply(recall(line), at));
    case Act::kConfirm:
      return taken(vault.apply(confirmation(line.who), at));
    case Act::kAskLift:
      return taken(vault.apply(lift(line), at));
    case Act::kVoteLift:
      return taken(vault.apply(lift_vote(line, id_of(line.proposal, lifts_of(vault))), at));
    case Act::kLift:
      CHECK(vault.apply(lifted(line, lifts_of(vault)), at).has_value());
      return;
    default:
      CHECK(false);
  }
}

Folded SmallWorld::folded(std::span<const Move> lines) const {
  const std::span<const Move> all_but_one = lines.empty() ? lines : lines.first(lines.size() - 1);
  if (!std::equal(prefix_.begin(), prefix_.end(), all_but_one.begin(), all_but_one.end())) {
    prefix_.assign(all_but_one.begin(), all_but_one.end());
    prefix_fold_ = start_;
    for (std::size_t i = 0; i < prefix_.size(); ++i)
      apply(prefix_fold_, prefix_[i], kSettingLines + static_cast<std::int64_t>(i));
  }
  Folded folded{people_, registry_, prefix_.empty() ? start_ : prefix_fold_, {}};
  if (!lines.empty())
    apply(folded.vault, lines.back(), kSettingLines + static_cast<std::int64_t>(lines.size()) - 1);
  return folded;
}

Result<void> SmallWorld::may_act(const Rules& rules, const State& state, Who who,
                                 std::vector<Role> any_of, bool human_only) const {
  ASSIGN_OR_RETURN(const auto holder, people_.holder_of(person(who).key));
  return rules.may_act({.holder = holder,
                        .claimed = person(who).id(),
                        .any_of = std::move(any_of),
                        .human_only = human_only,
                        .now = time_at(state.hour)});
}

// judge::propose_facts hashes the proposal each time: here its id is known.
Result<void> SmallWorld::attempt_proposal(const Rules& rules, const State& state, const Folded& tip,
                                          const Move& move) const {
  RETURN_IF_ERROR(may_act(rules, state, move.who, {Role::kRequester}, false));
  const protocol::Request& request = requests_[move.proposal];
  vault::ProposeFacts facts;
  ASSIGN_OR_RETURN(facts.founding, tip.vault.founding());
  ASSIGN_OR_RETURN(facts.object, tip.vault.object(request.object));
  ASSIGN_OR_RETURN(facts.frozen, tip.vault.is_frozen(request.object));
  ASSIGN_OR_RETURN(const auto known, tip.vault.proposal(proposals_[move.proposal]));
  facts.host_listed = true;
  facts.proposal_exists = known.has_value();
  facts.now = time_at(state.hour);
  return rules.may_propose({request, evidence_[move.proposal]}, facts);
}

Result<void> SmallWorld::attempt_vote(const Rules& rules, const State& state, const Folded& tip,
                                      const Move& move) const {
  RETURN_IF_ERROR(may_act(rules, state, move.who, {Role::kCustodian}, true));
  const protocol::Vote cast = vote(move);
  ASSIGN_OR_RETURN(const vault::VoteFacts facts,
                   judge::vote_facts(cast, tip.rooms(), cast.key, time_at(state.hour)));
  return rules.may_vote(cast, facts);
}

// As an honest server would where it may; otherwise as a dishonest one, that names every approval.
Result<void> SmallWorld::attempt_grant(const Rules& rules, const State& state, const Folded& tip,
                                       Move& move) const {
  ASSIGN_OR_RETURN(const vault::GrantFacts facts,
                   judge::grant_facts(proposals_[move.proposal], tip.rooms(), time_at(state.hour)));
  const Result<quorum::Decision> decision = rules.decide_grant(facts);
  move.votes = 0;
  if (decision && decision->satisfied) {
    for (const std::int64_t index : vault::grant_from(*facts.proposal, *decision).votes)
      move.votes |= std::uint64_t{1} << (index - kSettingLines);
  } else {
    for (std::size_t i = 0; i < state.log.size(); ++i) {
      const Move& line = state.log[i];
      if (line.act == Act::kVote && line.proposal == move.proposal && line.approve)
        move.votes |= std::uint64_t{1} << i;
    }
  }
  return rules.may_grant(granted(move), facts);
}

Result<void> SmallWorld::attempt_recall(const Rules& rules, const State& state, const Folded& tip,
                                        const Move& move) const {
  const protocol::Recall statement = recall(move);
  ASSIGN_OR_RETURN(const vault::RecallFacts facts, judge::recall_facts(statement, tip.rooms()));
  std::vector<Role> any_of{Role::kCustodian, Role::kOfficer};
  const bool own = facts.proposal && facts.proposal->request.person == statement.person;
  if (own) any_of.push_back(Role::kRequester);
  RETURN_IF_ERROR(may_act(rules, state, move.who, any_of, !own));
  return rules.may_recall(statement, facts);
}

Result<void> SmallWorld::attempt_lift_vote(const Rules& rules, const State& state,
                                           const Folded& tip, const Move& move) const {
  RETURN_IF_ERROR(may_act(rules, state, move.who, {Role::kCustodian}, true));
  const protocol::ChangeVote cast = lift_vote(move, id_of(move.proposal, lifts_of(tip.vault)));
  ASSIGN_OR_RETURN(const vault::VoteChangeFacts facts,
                   judge::vote_change_facts(cast, tip.rooms(), cast.key, time_at(state.hour)));
  return rules.may_vote_change(cast, facts);
}

// As with a grant: honest where that gets through, else every approval there is.
Result<void> SmallWorld::attempt_lift(const Rules& rules, const State& state, const Folded& tip,
                                      Move& move) const {
  const std::vector<vault::ProposedChange> lifts = lifts_of(tip.vault);
  ASSIGN_OR_RETURN(
      const vault::MakeChangeFacts facts,
      judge::make_change_facts(id_of(move.proposal, lifts), tip.rooms(), time_at(state.hour)));
  const Result<quorum::Decision> decision = rules.decide_change(facts);
  move.votes = 0;
  if (decision && decision->satisfied) {
    for (const std::int64_t index : vault::made_from(*facts.change, *decision).votes)
      move.votes |= std::uint64_t{1} << (index - kSettingLines);
  } else {
    for (std::size_t i = 0; i < state.log.size(); ++i) {
      const Move& line = state.log[i];
      if (line.act == Act::kVoteLift && line.proposal == move.proposal && line.approve)
        move.votes |= std::uint64_t{1} << i;
    }
  }
  return rules.may_change(lifted(move, lifts), facts);
}

Result<void> SmallWorld::attempt(const Rules& rules, const State& state, const Folded& tip,
                                 const Folded& durable, Move& move) const {
  const UnixSeconds now = time_at(state.hour);
  switch (move.act) {
    case Act::kPropose:
      return attempt_proposal(rules, state, tip, move);
    case Act::kVote:
      return attempt_vote(rules, state, tip, move);
    case Act::kGrant:
      return attempt_grant(rules, state, tip, move);
    case Act::kConfirm: {
      RETURN_IF_ERROR(may_act(rules, state, move.who, {Role::kCustodian}, true));
      const protocol::Confirmation statement = confirmation(move.who);
      ASSIGN_OR_RETURN(const auto facts,
                       judge::confirm_facts(statement, tip.rooms(), statement.key));
      return rules.may_confirm(statement, facts);
    }
    case Act::kRedeem: {
      const protocol::Redemption statement = redemption(move);
      ASSIGN_OR_RETURN(const auto facts, judge::redeem_facts(statement, tip.rooms(), now));
      return rules.may_redeem(statement, facts);
    }
    case Act::kEndLease: {
      const protocol::LeaseEnd statement = lease_end(move);
      ASSIGN_OR_RETURN(const auto facts, judge::lease_end_facts(statement, tip.rooms()));
      return rules.may_end_lease(statement, facts);
    }
    case Act::kFreeze: {
      RETURN_IF_ERROR(may_act(rules, state, move.who, {Role::kCustodian, Role::kOfficer}, true));
      const protocol::Freeze statement = freeze(move);
      ASSIGN_OR_RETURN(const auto facts, judge::freeze_facts(statement, tip.rooms()));
      return rules.may_freeze(statement, facts);
    }
    case Act::kRecall:
      return attempt_recall(rules, state, tip, move);
    case Act::kAskLift: {
      RETURN_IF_ERROR(may_act(rules, state, move.who, {Role::kCustodian, Role::kOfficer}, true));
      const protocol::Change asked = lift(move);
      ASSIGN_OR_RETURN(const auto facts, judge::propose_change_facts(asked, tip.rooms(), now));
      return rules.may_propose_change(asked, facts);
    }
    case Act::kVoteLift:
      return attempt_lift_vote(rules, state, tip, move);
    case Act::kLift:
      return attempt_lift(rules, state, tip, move);
    case Act::kOpen: {
      const Folded& followed = rules.keeper_waits_for_disk ? durable : tip;
      RETURN_IF_ERROR(rules.may_open(redemption(move), followed.rooms()));
      return {};
    }
    default:
      return {};
  }
}

std::vector<protocol::Command> SmallWorld::setting() const {
  std::vector<protocol::Command> commands{
      lab_.founding(), judge::TestLab::register_asset(lab_.registration(), lab_.alice)};
  for (const protocol::Deposit& each : deposits_)
    commands.push_back(judge::TestLab::make_deposit(each, lab_.alice));
  return commands;
}

protocol::Command SmallWorld::command(const Move& move, const protocol::CheckpointSeen& seen,
                                      const std::vector<vault::ProposedChange>& lifts) const {
  using judge::TestLab;
  switch (move.act) {
    case Act::kPropose:
      return TestLab::propose(requests_[move.proposal], person(move.who));
    case Act::kVote: {
      protocol::Vote cast = vote(move);
      cast.checkpoint = seen;
      return TestLab::cast(cast, person(move.who));
    }
    case Act::kGrant: {
      protocol::Command command;
      command.type = protocol::EntryType::kGranted;
      command.body = to_json(granted(move));
      return command;
    }
    case Act::kRedeem:
      return TestLab::redeem(redemption(move), host(move.host));
    case Act::kEndLease:
      return TestLab::end_lease(lease_end(move), host(move.host));
    case Act::kFreeze:
      return TestLab::signed_by(protocol::EntryType::kFrozen, to_json(freeze(move)),
                                person(move.who));
    case Act::kAskLift:
      return TestLab::propose(lift(move), person(move.who));
    case Act::kVoteLift: {
      protocol::ChangeVote cast = lift_vote(move, id_of(move.proposal, lifts));
      cast.checkpoint = seen;
      return TestLab::cast(cast, person(move.who));
    }
    case Act::kLift: {
      protocol::Command command;
      command.type = protocol::EntryType::kChanged;
      command.body = to_json(lifted(move, lifts));
      return command;
    }
    default:
      CHECK(move.act == Act::kRecall);
      return TestLab::signed_by(protocol::EntryType::kRecalled, to_json(recall(move)),
                                person(move.who));
  }
}

}  // namespace strongroom::explore
