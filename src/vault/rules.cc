#include "vault/rules.h"

#include "base/limits.h"
#include "vault/rules_rekey.h"

namespace strongroom::vault {

using protocol::Mode;

namespace {

Result<void> same_strongroom(const StrongroomId& named, const StrongroomId& here) {
  if (named != here) return fail(ErrorCode::kRefused, "meant for another strongroom");
  return {};
}

Result<void> is_open(const std::optional<Proposal>& proposal, bool frozen, UnixSeconds now) {
  if (!proposal) return fail(ErrorCode::kNotFound, "no such proposal");
  if (frozen) {
    return fail(ErrorCode::kFrozen,
                "a freeze is in force: nothing is voted on, granted or redeemed");
  }
  if (proposal->recalled)
    return fail(ErrorCode::kRefused,
                "the proposal has been recalled; ask again with strongroom open");
  if (proposal->request.expires <= now) {
    return fail(ErrorCode::kExpired, "the proposal expired at " +
                                         shown_time(proposal->request.expires) +
                                         ": ask again with strongroom open");
  }
  return {};
}

// What was asked for under a key record that has lapsed since goes no further.
Result<void> still_stands(const Proposal& proposal, const std::optional<Object>& object,
                          const Founding& founding) {
  if (!object) return fail(ErrorCode::kNotFound, "no such object");
  return record_stands(proposal.request, *object, founding);
}

// Below its level nothing is released, at any step of a release.
Result<void> level_is_met(const Shortfall& shortfall) {
  if (shortfall.unmet.empty()) return {};
  std::string demands;
  for (const std::string& each : shortfall.unmet) demands += (demands.empty() ? "" : "; ") + each;
  return fail(ErrorCode::kRefused,
              "its level is " + std::string(name_of(shortfall.level)) +
                  ", and a release at that level demands what is missing here: " + demands +
                  ". Give it that (strongroom levels lists it), or, where one may be made, ask for "
                  "an exception: "
                  "strongroom exception");
}

Result<void> may_deposit_throwaway(const protocol::Deposit& deposit, const DepositFacts& facts) {
  if (!facts.is_first) {
    return fail(ErrorCode::kRefused,
                "the throwaway object of a rehearsal is the first deposit and the only one of its "
                "kind");
  }
  const bool is_small = deposit.plaintext_bytes <= protocol::kRehearsalBytesMax &&
                        deposit.files <= protocol::kRehearsalFilesMax && deposit.groups == 1;
  if (!is_small) {
    return fail(ErrorCode::kRefused,
                "too large for a throwaway object: 64 KiB in 4 files and one group at most");
  }
  return {};
}

}  // namespace

bool wants_rehearsal(Mode mode) { return mode == Mode::kSmall || mode == Mode::kLab; }

bool is_rehearsal(const Proposal& proposal) {
  if (!proposal.granted) return false;
  return std::any_of(proposal.ends.begin(), proposal.ends.end(), [](const Ended& each) {
    return each.end.served_bytes > 0 && each.end.cause != "failed";
  });
}

Result<void> may_deposit(const protocol::Deposit& deposit, const DepositFacts& facts) {
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  RETURN_IF_ERROR(same_strongroom(deposit.strongroom, facts.founding->strongroom));
  if (facts.object_exists)
    return fail(ErrorCode::kAlreadyExists, "this object has its manifest already");
  if (!facts.asset_exists) return fail(ErrorCode::kNotFound, "the asset is not registered");
  if (deposit.epoch != 0) return fail(ErrorCode::kRefused, "a deposit begins at epoch 0");
  if (deposit.policy != facts.founding->policy.digest()) {
    return fail(ErrorCode::kConflict,
                "sealed to a policy that is not the one in force: seal again");
  }
  if (deposit.deposit_key != facts.founding->deposit_key.id) {
    return fail(ErrorCode::kConflict, "sealed to a deposit key that is not the site's: seal again");
  }
  if (facts.is_throwaway) return may_deposit_throwaway(deposit, facts);
  if (wants_rehearsal(facts.founding->mode) && !facts.rehearsed) {
    return fail(ErrorCode::kNotYet,
                "no release has been rehearsed here yet: strongroom rehearse seals a throwaway "
                "object and releases it; then deposit");
  }
  return {};
}

Result<void> may_propose(const Proposed& proposed, const ProposeFacts& facts) {
  const protocol::Request& request = proposed.request;
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  RETURN_IF_ERROR(same_strongroom(request.strongroom, facts.founding->strongroom));
  if (facts.proposal_exists)
    return fail(ErrorCode::kAlreadyExists, "this proposal is in the log already");
  if (!facts.object) return fail(ErrorCode::kNotFound, "no such object");
  if (facts.frozen)
    return fail(ErrorCode::kFrozen, "a freeze is in force: nothing new is proposed");
  RETURN_IF_ERROR(level_is_met(facts.shortfall));
  RETURN_IF_ERROR(record_stands(request, *facts.object, *facts.founding));
  if (!facts.host_listed)
    return fail(ErrorCode::kRefused, "the host is not on the allow-list; open it on one that is");
  if (facts.is_throwaway && request.byte_budget > protocol::kRehearsalBudgetBytesMax) {
    return fail(ErrorCode::kRefused, "a rehearsal reads 1 MiB at most");
  }
  if (request.expires <= facts.now)
    return fail(ErrorCode::kExpired, "the proposal would be expired already");
  if (request.expires > facts.now + limits::kProposalSecondsMax) {
    return fail(ErrorCode::kRefused, "a proposal may stand for 30 days at most");
  }
  return {};
}

Result<void> may_vote(const protocol::Vote& vote, const VoteFacts& facts) {
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  RETURN_IF_ERROR(same_strongroom(vote.strongroom, facts.founding->strongroom));
  RETURN_IF_ERROR(is_open(facts.proposal, facts.frozen, facts.now));
  if (facts.proposal->granted) return fail(ErrorCode::kConflict, "granted already");
  RETURN_IF_ERROR(still_stands(*facts.proposal, facts.object, *facts.founding));
  if (vote.key != facts.signed_by)
    return fail(ErrorCode::kNotAuthentic, "signed with another key than the vote names");
  if (vote.role != protocol::Role::kCustodian)
    return fail(ErrorCode::kRefused, "only a custodian's vote counts; ask one");
  if (vote.valid_until <= facts.now)
    return fail(ErrorCode::kExpired, "the vote is expired already");
  // Otherwise an approval that was taken back could be put into the log again, by anyone who has
  // it.
  const bool has_voted_since = std::any_of(
      facts.proposal->votes.begin(), facts.proposal->votes.end(), [&](const CastVote& each) {
        return each.vote.person == vote.person && each.stamp.index >= vote.checkpoint.size;
      });
  if (has_voted_since) {
    return fail(ErrorCode::kConflict,
                "this vote was made before the voter's last one was seen: look again, then vote");
  }
  if (!facts.object_policy)
    return fail(ErrorCode::kNotFound, "the object's policy is not in the log");
  const std::optional<std::string> path = facts.object_policy->path_of(vote.person);
  if (!path)
    return fail(ErrorCode::kRefused,
                "the voter holds no leaf of this object's policy; ask one of its custodians");
  if (vote.decision == protocol::VoteDecision::kRefuse) {
    if (!vote.leaves.empty()) return fail(ErrorCode::kMalformed, "a refusal carries no leaf");
    return {};
  }
  RETURN_IF_ERROR(level_is_met(facts.shortfall));
  if (vote.person == facts.proposal->request.person && facts.founding->mode != Mode::kSolo) {
    return fail(ErrorCode::kRefused, "who asks does not approve: another custodian must");
  }
  const std::vector<std::int64_t>& groups = facts.proposal->request.groups;
  if (vote.leaves.size() != groups.size())
    return fail(ErrorCode::kMalformed, "not one leaf for each group asked for");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (vote.leaves[i].group != groups[i] || vote.leaves[i].path != *path) {
      return fail(ErrorCode::kMalformed, "a leaf of another group, or not the voter's own");
    }
  }
  return {};
}

Result<quorum::Decision> decide_grant(const GrantFacts& facts) {
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  RETURN_IF_ERROR(is_open(facts.proposal, facts.frozen, facts.now));
  if (facts.proposal->granted) return fail(ErrorCode::kConflict, "granted already");
  RETURN_IF_ERROR(still_stands(*facts.proposal, facts.object, *facts.founding));
  RETURN_IF_ERROR(level_is_met(facts.shortfall));
  if (!facts.object_policy)
    return fail(ErrorCode::kNotFound, "the object's policy is not in the log");
  std::vector<quorum::Ballot> ballots;
  for (const CastVote& cast : facts.proposal->votes) {
    const auto voter =
        std::find_if(facts.voters.begin(), facts.voters.end(), [&](const Voter& each) {
          return each.person == cast.vote.person && each.key == cast.vote.key;
        });
    const bool known = voter != facts.voters.end();
    // That the voter was a cleared human custodian at the vote is why the vote is in the log at
    // all.
    ballots.push_back({.person = cast.vote.person,
                       .kind = known ? voter->kind : protocol::PersonKind::kService,
                       .custodian_at_vote = true,
                       .custodian_now = known && voter->custodian,
                       .cleared_at_vote = true,
                       .cleared_now = known && voter->cleared,
                       .proposal = cast.vote.proposal,
                       .strongroom = cast.vote.strongroom,
                       .decision = cast.vote.decision,
                       .valid_until = cast.vote.valid_until});
  }
  const quorum::Question question{.strongroom = facts.founding->strongroom,
                                  .proposal = facts.proposal->id,
                                  .asks = facts.proposal->request.person,
                                  .self_approval_allowed = facts.founding->mode == Mode::kSolo,
                                  .now = facts.now};
  const std::array<const protocol::Policy*, 2> policies{&*facts.object_policy,
                                                        &facts.founding->policy};
  return quorum::decide(policies, question, ballots);
}

Granted grant_from(const Proposal& proposal, const quorum::Decision& decision) {
  CHECK(decision.satisfied);
  Granted granted{.proposal = proposal.id, .votes = {}};
  for (const PersonId& person : decision.counted) {
    // A person's latest vote is the one that counted.
    const auto cast =
        std::find_if(proposal.votes.rbegin(), proposal.votes.rend(),
                     [&](const CastVote& each) { return each.vote.person == person; });
    CHECK(cast != proposal.votes.rend());
    granted.votes.push_back(cast->stamp.index);
  }
  return granted;
}

Result<void> may_grant(const Granted& granted, const GrantFacts& facts) {
  ASSIGN_OR_RETURN(const quorum::Decision decision, decide_grant(facts));
  if (!decision.satisfied) {
    return fail(ErrorCode::kRefused,
                "a grant without its quorum: " + std::to_string(decision.approvals_missing) +
                    " approvals are missing");
  }
  if (granted != grant_from(*facts.proposal, decision)) {
    return fail(ErrorCode::kRefused, "a grant that names other votes than those that count");
  }
  return {};
}

Result<void> may_redeem(const protocol::Redemption& redemption, const RedeemFacts& facts) {
  if (!facts.founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  RETURN_IF_ERROR(same_strongroom(redemption.strongroom, facts.founding->strongroom));
  RETURN_IF_ERROR(is_open(facts.proposal, facts.frozen, facts.now));
  RETURN_IF_ERROR(still_stands(*facts.proposal, facts.object, *facts.founding));
  RETURN_IF_ERROR(level_is_met(facts.shortfall));
  if (!facts.proposal->granted)
    return fail(ErrorCode::kNotYet, "not granted yet: approvals are missing");
  if (redemption.host != facts.proposal->request.host) {
    return fail(ErrorCode::kRefused, "granted to another host");
  }
  const auto done = static_cast<std::int64_t>(facts.proposal->redemptions.size());
  if (redemption.n > facts.proposal->request.redemptions) {
    return fail(ErrorCode::kRefused,
                "all redemptions that were granted are used; ask again with strongroom open");
  }
  if (redemption.n != done + 1)
    return fail(ErrorCode::kConflict, "redemptions are counted: this is not the next");
  return {};
}

Result<void> may_end_lease(const protocol::LeaseEnd& end, const LeaseEndFacts& facts) {
  RETURN_IF_ERROR(same_strongroom(end.strongroom, facts.strongroom));
  if (!facts.proposal) return fail(ErrorCode::kNotFound, "no such proposal");
  const std::vector<Redeemed>& redemptions = facts.proposal->redemptions;
  const bool redeemed = end.n <= static_cast<std::int64_t>(redemptions.size());
  if (!redeemed) return fail(ErrorCode::kNotFound, "no such redemption");
  if (redemptions[static_cast<std::size_t>(end.n - 1)].redemption.host != end.host) {
    return fail(ErrorCode::kRefused, "the lease is another host's");
  }
  const bool ended = std::any_of(facts.proposal->ends.begin(), facts.proposal->ends.end(),
                                 [&](const Ended& each) { return each.end.n == end.n; });
  if (ended) return fail(ErrorCode::kConflict, "this lease has ended already");
  return {};
}

Result<void> may_freeze(const protocol::Freeze& freeze, const FreezeFacts& facts) {
  RETURN_IF_ERROR(same_strongroom(freeze.strongroom, facts.strongroom));
  if (freeze.object && !facts.object_exists) return fail(ErrorCode::kNotFound, "no such object");
  return {};
}

Result<void> may_recall(const protocol::Recall& recall, const RecallFacts& facts) {
  RETURN_IF_ERROR(same_strongroom(recall.strongroom, facts.strongroom));
  if (!facts.proposal) return fail(ErrorCode::kNotFound, "no such proposal");
  if (facts.proposal->recalled) return fail(ErrorCode::kConflict, "recalled already");
  return {};
}

}  // namespace strongroom::vault
