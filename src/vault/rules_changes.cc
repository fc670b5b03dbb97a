#include "vault/rules_changes.h"

#include "base/limits.h"

namespace strongroom::vault {

using protocol::Level;
using protocol::Mode;

namespace {

constexpr std::int64_t kLevelSecondsMax = 366 * 24 * 3600;
constexpr std::size_t kMemberKeysMax = 8;
constexpr std::int64_t kExceptionSecondsMax = 30 * 24 * 3600;
constexpr std::int64_t kBufferHours = 24;  // of whatever is sealed at SL4 or above

struct Loosening {
  const SubjectFacts& facts;
  bool operator()(const protocol::SetLevels&) const { return facts.may_lower; }
  bool operator()(const protocol::Except&) const { return true; }
  bool operator()(const protocol::Unfreeze&) const { return true; }
  bool operator()(const protocol::RestoreFreeze&) const { return false; }
  bool operator()(const protocol::Enrol&) const { return true; }
  bool operator()(const protocol::AddKey&) const { return true; }
  bool operator()(const protocol::RetireKey&) const { return false; }
  bool operator()(const protocol::RetireMember&) const { return false; }
  bool operator()(const protocol::AddHost&) const { return true; }
  bool operator()(const protocol::RetireHost&) const { return false; }
  bool operator()(const protocol::SetPolicy&) const { return true; }
  bool operator()(const protocol::SetLevel& set) const {
    return !facts.asset_level || set.level < *facts.asset_level;
  }
  template <class Ground>  // what triage rests on
  bool operator()(const Ground&) const {
    return facts.may_lower;
  }
};

// Enough of the tree is left, and outside solo none of them is indispensable.
bool stands(const TreeLeft& tree, Mode mode) {
  if (!quorum::satisfies(tree.policy.root(), tree.able)) return false;
  if (mode == Mode::kSolo) return true;
  return std::all_of(tree.able.begin(), tree.able.end(), [&](const PersonId& lost) {
    std::vector<PersonId> others;
    std::copy_if(tree.able.begin(), tree.able.end(), std::back_inserter(others),
                 [&](const PersonId& each) { return each != lost; });
    return quorum::satisfies(tree.policy.root(), others);
  });
}

// The trees that decide and split keys must outlive the retirement, with somebody to spare.
Result<void> trees_stand(const SubjectFacts& facts, Mode mode) {
  for (const TreeLeft& tree : facts.trees) {
    if (stands(tree, mode)) continue;
    return fail(ErrorCode::kRefused,
                "without them " + std::to_string(tree.able.size()) + " would be left where " +
                    std::to_string(tree.policy.approvals_min()) +
                    " must agree and nobody may be indispensable: first put a policy in force that "
                    "does not need them, and re-key under it what is sealed to them");
  }
  return {};
}

Result<void> recovery_stands(const PersonId& leaving, const SubjectFacts& facts,
                             const Founding& founding) {
  if (!founding.recovery) return {};
  const std::vector<PersonId>& holders = founding.recovery->holders;
  const bool holds = std::find(holders.begin(), holders.end(), leaving) != holders.end();
  if (!holds ||
      static_cast<std::int64_t>(facts.recovery_left.size()) >= founding.recovery->threshold)
    return {};
  return fail(ErrorCode::kRefused,
              "without this recovery holder too few would be left to replace a lost site");
}

// What the founding demanded of its policy stays demanded of every later one.
Result<void> keeps_the_profile(const protocol::Policy& policy, Mode mode) {
  const std::vector<PersonId> persons = policy.persons();
  if (mode == Mode::kSolo) {
    if (persons.size() == 1) return {};
    return fail(ErrorCode::kRefused, "solo is one person: with others, found a small strongroom");
  }
  const bool nobody_indispensable =
      std::all_of(persons.begin(), persons.end(),
                  [&](const PersonId& each) { return policy.holds_without(each); });
  if (!nobody_indispensable) {
    return fail(ErrorCode::kRefused,
                "a policy must leave somebody to spare: " + std::to_string(policy.approvals_min()) +
                    " of " + std::to_string(persons.size()) + " would not survive one lost key");
  }
  if (mode != Mode::kDemonstration && policy.approvals_min() < 2)
    return fail(ErrorCode::kRefused, "one person's approval would open: a threshold of 2 at least");
  return {};
}

struct Possible {
  const SubjectFacts& facts;
  const Founding& founding;
  UnixSeconds now;

  Result<void> operator()(const protocol::Unfreeze& subject) const {
    for (const std::int64_t position : subject.freezes) {
      const bool found =
          std::any_of(facts.freezes.begin(), facts.freezes.end(),
                      [&](const FreezeInForce& each) { return each.stamp.index == position; });
      if (!found) {
        return fail(ErrorCode::kNotFound, "there is no freeze to lift at log position " +
                                              std::to_string(position) +
                                              ": none was made there, or it is lifted already");
      }
    }
    return {};
  }
  Result<void> operator()(const protocol::RestoreFreeze&) const {
    if (!facts.member) return fail(ErrorCode::kNotFound, "no such person");
    if (!facts.curbed) return fail(ErrorCode::kConflict, "the person may freeze alone already");
    return {};
  }
  Result<void> operator()(const protocol::Enrol& subject) const {
    if (facts.person_known)
      return fail(ErrorCode::kAlreadyExists, "a person of this id is or was enrolled");
    if (facts.key_known)
      return fail(ErrorCode::kAlreadyExists, "one of the keys is or was somebody's");
    if (!subject.member.cleared_at(now))
      return fail(ErrorCode::kExpired, "the new member's clearance has lapsed already");
    return {};
  }
  Result<void> operator()(const protocol::AddKey& subject) const {
    if (!facts.member) return fail(ErrorCode::kNotFound, "no such person");
    if (facts.key_known) return fail(ErrorCode::kAlreadyExists, "the key is or was somebody's");
    if (facts.member->keys.size() >= kMemberKeysMax)
      return fail(ErrorCode::kTooLarge, "a person holds eight keys at most: retire one first");
    if (subject.key.kem != facts.member->keys.front().kem)
      return fail(ErrorCode::kRefused, "the new key is of another suite than the person's others");
    return {};
  }
  Result<void> operator()(const protocol::RetireKey& subject) const {
    if (!facts.member || facts.member->key(subject.key) == nullptr)
      return fail(ErrorCode::kNotFound, "the person holds no such key");
    if (facts.member->keys.size() == 1)
      return fail(ErrorCode::kRefused, "it is the person's last key: retire the member instead");
    RETURN_IF_ERROR(recovery_stands(subject.person, facts, founding));
    return trees_stand(facts, founding.mode);
  }
  Result<void> operator()(const protocol::RetireMember& subject) const {
    if (!facts.member) return fail(ErrorCode::kNotFound, "no such person");
    RETURN_IF_ERROR(recovery_stands(subject.person, facts, founding));
    return trees_stand(facts, founding.mode);
  }
  Result<void> operator()(const protocol::AddHost&) const {
    if (facts.host_known)
      return fail(ErrorCode::kAlreadyExists, "the host's id or key is or was a host's");
    return {};
  }
  Result<void> operator()(const protocol::RetireHost&) const {
    if (!facts.host) return fail(ErrorCode::kNotFound, "no such host");
    return {};
  }
  Result<void> operator()(const protocol::SetPolicy& subject) const {
    const std::vector<PersonId> persons = subject.policy.persons();
    for (const PersonId& person : persons) {
      const auto member =
          std::find_if(facts.policy_members.begin(), facts.policy_members.end(),
                       [&](const protocol::Member& each) { return each.person == person; });
      const bool fits = member != facts.policy_members.end() &&
                        member->kind == protocol::PersonKind::kHuman &&
                        member->has(protocol::Role::kCustodian) && member->cleared_at(now);
      if (!fits) {
        return fail(ErrorCode::kRefused, "the policy names person " + person.hex() +
                                             ", who is no cleared human custodian here");
      }
    }
    if (subject.policy == founding.policy)
      return fail(ErrorCode::kConflict, "this policy is in force already");
    return keeps_the_profile(subject.policy, founding.mode);
  }
  Result<void> operator()(const protocol::SetLevel& subject) const {
    if (!facts.asset_level) return fail(ErrorCode::kNotFound, "no such asset");
    if (subject.until <= now) return fail(ErrorCode::kExpired, "the level would be over already");
    if (subject.until > now + kLevelSecondsMax)
      return fail(ErrorCode::kRefused, "a level is set for a year at most, then looked at again");
    if (!facts.triage_level) return fail(ErrorCode::kRefused, "the asset is not triaged yet");
    if (subject.level < *facts.triage_level) {
      return fail(ErrorCode::kRefused,
                  "triage asks for " + std::string(name_of(*facts.triage_level)) +
                      ", and no quorum sets less: state facts that show otherwise, or ask for an "
                      "exception");
    }
    if (subject.until > facts.triage_expires) {
      return fail(ErrorCode::kRefused,
                  "what is known of the asset holds until " + shown_time(facts.triage_expires) +
                      ": set its level until then at most, or state its facts anew");
    }
    return {};
  }
  Result<void> operator()(const protocol::SetLevels& subject) const {
    if (subject.levels == founding.levels)
      return fail(ErrorCode::kConflict, "these levels are in force already");
    return {};
  }
  Result<void> operator()(const protocol::Except& subject) const {
    if (!levels_bind(founding.mode)) {
      return fail(ErrorCode::kConflict,
                  "levels are not held to here, so there is nothing to except: they are in small "
                  "and lab strongrooms");
    }
    if (const std::string_view never = why_never_excepted(subject.demand); !never.empty())
      return fail(ErrorCode::kRefused, std::string(never));
    if (!facts.object_level) return fail(ErrorCode::kNotFound, "no such object");
    if (!facts.hosts_unlisted.empty()) {
      return fail(ErrorCode::kNotFound, "host " + facts.hosts_unlisted.front().hex() +
                                            " takes no leases here: let it in first");
    }
    if (subject.level != *facts.object_level) {
      return fail(ErrorCode::kConflict, "the object's level is " +
                                            std::string(name_of(*facts.object_level)) +
                                            " now, not " + std::string(name_of(subject.level)));
    }
    if (facts.demand_met)
      return fail(ErrorCode::kConflict, std::string(name_of(subject.level)) + " does not demand " +
                                            subject.demand +
                                            " here, or it is met: nothing to except; strongroom "
                                            "levels shows what is missing");
    if (subject.until <= now)
      return fail(ErrorCode::kExpired, "the exception would be over already");
    if (subject.until > now + kExceptionSecondsMax)
      return fail(ErrorCode::kRefused,
                  "an exception is made for 30 days at most, then asked again");
    return {};
  }
  template <class Ground>  // what triage rests on
  Result<void> operator()(const Ground&) const {
    if (facts.refused) return tl::unexpected<Error>(*facts.refused);
    return {};
  }
};

// Loosening that touches SL4 or above waits for 24 hours that witnesses have seen; a table can ask
// for more, and of lower levels, never for less.
Result<void> witnessed_wait(const protocol::Subject& subject, const SubjectFacts& facts,
                            const Founding& founding) {
  const bool waits = founding.mode == Mode::kSmall || founding.mode == Mode::kLab;
  if (!waits || !loosens(subject, facts) || !facts.concerns) return {};
  const protocol::LevelDemand& row = row_of(founding, *facts.concerns);
  const std::int64_t hours =
      std::max(*facts.concerns < Level::kSl4 ? 0 : kBufferHours, row.change_buffer_hours);
  if (hours == 0) return {};
  const std::int64_t needed = std::max<std::int64_t>(1, row.witnesses);
  const std::int64_t verifying = std::max<std::int64_t>(1, row.verifying_witnesses);
  return fail(
      ErrorCode::kRefused,
      std::string(protocol::kind_of(subject)) + " may open something sealed at " +
          std::string(name_of(*facts.concerns)) + " that could not open before: it takes " +
          std::to_string(hours) + " hours seen by " + std::to_string(needed) + " witnesses, " +
          std::to_string(verifying) +
          " of them verifying, and the genesis of this strongroom names " +
          std::to_string(founding.witnesses) +
          ". Make such changes before anything is sealed at SL4 or above or untriaged, or found a "
          "strongroom with witnesses");
}

Result<void> same_strongroom(const StrongroomId& named, const Founding& here) {
  if (named != here.strongroom) return fail(ErrorCode::kRefused, "meant for another strongroom");
  return {};
}

Result<void> is_open(const std::optional<ProposedChange>& change, UnixSeconds now) {
  if (!change) return fail(ErrorCode::kNotFound, "no such change");
  if (change->made) return fail(ErrorCode::kConflict, "the change is made already");
  if (change->change.expires <= now) {
    return fail(ErrorCode::kExpired, "the change expired at " + shown_time(change->change.expires) +
                                         ": propose it again");
  }
  return {};
}

// The people of the policy in force who may approve.
std::int64_t voters_for(const protocol::Change& change, const Founding& founding) {
  const auto people = static_cast<std::int64_t>(founding.policy.persons().size());
  const bool own = founding.policy.path_of(change.person) && founding.mode != Mode::kSolo;
  return own ? people - 1 : people;
}

// More approvals than the policy asks for, by people who stand in it.
void ask_for_more(quorum::Decision& decision, std::int64_t at_least, const Founding& founding) {
  const auto counted = std::count_if(
      decision.counted.begin(), decision.counted.end(),
      [&](const PersonId& each) { return founding.policy.path_of(each).has_value(); });
  if (counted >= at_least) return;
  decision.satisfied = false;
  decision.approvals_missing =
      std::max(decision.approvals_missing, static_cast<std::size_t>(at_least - counted));
}

}  // namespace

std::int64_t approvals_at_least(const protocol::Subject& subject, const SubjectFacts& facts,
                                const Founding& founding) {
  const auto* excepted = std::get_if<protocol::Except>(&subject);
  if (excepted == nullptr) return 0;
  const auto by_policy = static_cast<std::int64_t>(founding.policy.approvals_min());
  return std::max(row_of(founding, excepted->level).approvals, by_policy) + facts.made_before;
}

bool loosens(const protocol::Subject& subject, const SubjectFacts& facts) {
  return std::visit(Loosening{facts}, subject);
}

Result<void> may_carry_out(const protocol::Subject& subject, const SubjectFacts& facts,
                           const Founding& founding, UnixSeconds now) {
  RETURN_IF_ERROR(std::visit(Possible{facts, founding, now}, subject));
  return witnessed_wait(subject, facts, founding);
}

Result<void> may_propose_change(const protocol::Change& change, const ProposeChangeFacts& facts) {
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  RETURN_IF_ERROR(same_strongroom(change.strongroom, *facts.founding));
  if (facts.change_exists)
    return fail(ErrorCode::kAlreadyExists, "this change is in the log already");
  if (change.expires <= facts.now)
    return fail(ErrorCode::kExpired, "the change would be expired already");
  if (change.expires > facts.now + limits::kProposalSecondsMax)
    return fail(ErrorCode::kRefused, "a change may wait for votes for 30 days at most");
  RETURN_IF_ERROR(may_carry_out(change.subject, facts.subject, *facts.founding, facts.now));
  const std::int64_t needed = approvals_at_least(change.subject, facts.subject, *facts.founding);
  if (needed <= voters_for(change, *facts.founding)) return {};
  return fail(ErrorCode::kRefused,
              "it takes " + std::to_string(needed) +
                  " approvals, one more each time it is renewed, "
                  "and the policy in force has " +
                  std::to_string(voters_for(change, *facts.founding)) +
                  " people who can give one beside its proposer: let somebody else propose it, or "
                  "give what the level demands");
}

Result<void> may_vote_change(const protocol::ChangeVote& vote, const VoteChangeFacts& facts) {
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  RETURN_IF_ERROR(same_strongroom(vote.strongroom, *facts.founding));
  RETURN_IF_ERROR(is_open(facts.change, facts.now));
  if (vote.change != facts.change->id)
    return fail(ErrorCode::kRefused, "a vote for another change");
  if (vote.key != facts.signed_by)
    return fail(ErrorCode::kNotAuthentic, "signed with another key than the vote names");
  if (vote.role != protocol::Role::kCustodian)
    return fail(ErrorCode::kRefused, "only a custodian's vote counts; ask one");
  if (vote.valid_until <= facts.now)
    return fail(ErrorCode::kExpired, "the vote is expired already");
  const bool has_voted_since = std::any_of(
      facts.change->votes.begin(), facts.change->votes.end(), [&](const CastChangeVote& each) {
        return each.vote.person == vote.person && each.stamp.index >= vote.checkpoint.size;
      });
  if (has_voted_since) {
    return fail(ErrorCode::kConflict,
                "this vote was made before the voter's last one was seen: look again, then vote");
  }
  if (!facts.founding->policy.path_of(vote.person))
    return fail(ErrorCode::kRefused,
                "the voter does not stand in the policy in force; ask somebody who does");
  if (vote.decision == protocol::VoteDecision::kRefuse) return {};
  if (vote.person == facts.change->change.person && facts.founding->mode != Mode::kSolo)
    return fail(ErrorCode::kRefused, "who proposes does not approve: another custodian must");
  // What can no longer be made is not approved either: the voter is told why at once.
  return may_carry_out(facts.change->change.subject, facts.subject, *facts.founding, facts.now);
}

Result<quorum::Decision> decide_change(const MakeChangeFacts& facts) {
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  RETURN_IF_ERROR(is_open(facts.change, facts.now));
  RETURN_IF_ERROR(
      may_carry_out(facts.change->change.subject, facts.subject, *facts.founding, facts.now));
  // quorum counts ballots on one id; the labels of the two digests keep changes and proposals
  // apart.
  const auto as_proposal = [](const protocol::ChangeId& id) { return ProposalId{id.bytes}; };
  std::vector<quorum::Ballot> ballots;
  for (const CastChangeVote& cast : facts.change->votes) {
    const auto voter = std::find_if(facts.voters.begin(), facts.voters.end(), [&](const Voter& v) {
      return v.person == cast.vote.person && v.key == cast.vote.key;
    });
    const bool known = voter != facts.voters.end();
    // A cleared human custodian at the vote: otherwise it would not be in the log.
    ballots.push_back({.person = cast.vote.person,
                       .kind = known ? voter->kind : protocol::PersonKind::kService,
                       .custodian_at_vote = true,
                       .custodian_now = known && voter->custodian,
                       .cleared_at_vote = true,
                       .cleared_now = known && voter->cleared,
                       .proposal = as_proposal(cast.vote.change),
                       .strongroom = cast.vote.strongroom,
                       .decision = cast.vote.decision,
                       .valid_until = cast.vote.valid_until});
  }
  const quorum::Question question{.strongroom = facts.founding->strongroom,
                                  .proposal = as_proposal(facts.change->id),
                                  .asks = facts.change->change.person,
                                  .self_approval_allowed = facts.founding->mode == Mode::kSolo,
                                  .now = facts.now};
  const std::array<const protocol::Policy*, 1> policies{&facts.founding->policy};
  quorum::Decision decision = quorum::decide(policies, question, ballots);
  ask_for_more(decision,
               approvals_at_least(facts.change->change.subject, facts.subject, *facts.founding),
               *facts.founding);
  return decision;
}

Changed made_from(const ProposedChange& change, const quorum::Decision& decision) {
  CHECK(decision.satisfied);
  Changed changed{.change = change.id, .votes = {}};
  for (const PersonId& person : decision.counted) {
    // A person's latest vote is the one that counted.
    const auto cast =
        std::find_if(change.votes.rbegin(), change.votes.rend(),
                     [&](const CastChangeVote& each) { return each.vote.person == person; });
    CHECK(cast != change.votes.rend());
    changed.votes.push_back(cast->stamp.index);
  }
  return changed;
}

Result<void> may_change(const Changed& changed, const MakeChangeFacts& facts) {
  ASSIGN_OR_RETURN(const quorum::Decision decision, decide_change(facts));
  if (!decision.satisfied) {
    return fail(ErrorCode::kRefused,
                "a change without its quorum: " + std::to_string(decision.approvals_missing) +
                    " approvals are missing");
  }
  if (changed != made_from(*facts.change, decision)) {
    return fail(ErrorCode::kRefused, "a change that names other votes than those that count");
  }
  return {};
}

}  // namespace strongroom::vault
