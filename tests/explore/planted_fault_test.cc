// The explorer finds what it is there to find: each test breaks one rule, and the explorer must
// come back with the shortest way to the harm. Each wrapper stands for the line that somebody
// forgot.
#include <gtest/gtest.h>

#include "explorer.h"

namespace strongroom::explore {
namespace {

constexpr Bounds kOneProposal{.proposals = 1, .lines = 6};
constexpr Bounds kWithCrashes{
    .proposals = 1, .lines = 6, .hours = 1, .strayed = 0, .votes_each = 1, .crashes = true};

constexpr Bounds kWithLifts{.proposals = 1,
                            .lines = 10,
                            .hours = 2,
                            .strayed = 0,
                            .votes_each = 0,
                            .redemptions = 1,
                            .lifts = 2,
                            .approved = true};

void expect_found(const Rules& rules, const std::string& what,
                  const Bounds& bounds = kOneProposal) {
  const SmallWorld world(bounds);
  const Found found = explore(world, bounds, rules);
  std::cout << found.told() << "\n";
  EXPECT_NE(found.wrong.find(what), std::string::npos) << found.told();
  EXPECT_FALSE(found.trace.empty());
}

TEST(AFault, ThatForgetsTheFreezeAtTheVoteIsFound) {
  Rules rules;
  rules.may_vote = [](const protocol::Vote& vote, vault::VoteFacts facts) {
    facts.frozen = false;
    return vault::may_vote(vote, facts);
  };
  expect_found(rules, "a vote was taken: although a freeze is in force");
}

TEST(AFault, ThatForgetsTheFreezeAtTheGrantIsFound) {
  Rules rules;
  rules.may_grant = [](const vault::Granted& granted, vault::GrantFacts facts) {
    facts.frozen = false;
    return vault::may_grant(granted, facts);
  };
  expect_found(rules, "granted: although a freeze is in force");
}

TEST(AFault, ThatForgetsTheFreezeAtTheRedemptionIsFound) {
  Rules rules;
  rules.may_redeem = [](const protocol::Redemption& redemption, vault::RedeemFacts facts) {
    facts.frozen = false;
    return vault::may_redeem(redemption, facts);
  };
  expect_found(rules, "redeemed: although a freeze is in force");
}

// As a keeper that looks only at the redemption.
Result<vault::Proposal> opens_what_is_logged(const protocol::Redemption& redemption,
                                             const judge::Rooms& rooms) {
  ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(redemption.proposal));
  if (!proposal || !proposal->granted) return fail(ErrorCode::kNotYet, "not granted");
  for (const vault::Redeemed& each : proposal->redemptions) {
    if (each.redemption == redemption) return *proposal;
  }
  return fail(ErrorCode::kNotYet, "not redeemed");
}

TEST(AFault, OfAKeeperThatForgetsTheFreezeIsFound) {
  Rules rules;
  rules.may_open = [](const protocol::Redemption& redemption, const judge::Rooms& rooms) {
    Result<vault::Proposal> real = keeper::may_open(redemption, rooms);
    return !real && real.error().code == ErrorCode::kFrozen
               ? opens_what_is_logged(redemption, rooms)
               : real;
  };
  expect_found(rules, "a key went out although a freeze is in force");
}

// As if the re-key had never been: the old epoch still opens after the new one is confirmed.
constexpr Bounds kWithNewKeys{.proposals = 1,
                              .lines = 7,
                              .hours = 0,
                              .strayed = 0,
                              .votes_each = 1,
                              .redemptions = 1,
                              .rekeyed = true};
std::optional<vault::Object> as_deposited(const std::optional<vault::Object>& object) {
  if (!object) return object;
  return vault::object_of(object->deposit, object->stamp);
}

TEST(AFault, ThatLetsTheOldKeysBeAskedForAfterTheNewAreInForceIsFound) {
  Rules rules;
  rules.may_propose = [](const vault::Proposed& proposed, vault::ProposeFacts facts) {
    facts.object = as_deposited(facts.object);
    return vault::may_propose(proposed, facts);
  };
  expect_found(rules, "proposed although its key record had lapsed", kWithNewKeys);
}

TEST(AFault, ThatGrantsTheOldKeysAfterTheNewAreInForceIsFound) {
  const auto forgets = [](vault::GrantFacts facts) {
    facts.object = as_deposited(facts.object);
    return facts;
  };
  Rules rules;
  rules.decide_grant = [forgets](const vault::GrantFacts& facts) {
    return vault::decide_grant(forgets(facts));
  };
  rules.may_grant = [forgets](const vault::Granted& granted, const vault::GrantFacts& facts) {
    return vault::may_grant(granted, forgets(facts));
  };
  expect_found(rules, "granted: although its key record had lapsed", kWithNewKeys);
}

TEST(AFault, ThatRedeemsTheOldKeysAfterTheNewAreInForceIsFound) {
  Rules rules;
  rules.may_redeem = [](const protocol::Redemption& redemption, vault::RedeemFacts facts) {
    facts.object = as_deposited(facts.object);
    return vault::may_redeem(redemption, facts);
  };
  expect_found(rules, "redeemed: although its key record had lapsed", kWithNewKeys);
}

TEST(AFault, OfAKeeperThatOpensByTheOldKeysAfterTheNewAreInForceIsFound) {
  Rules rules;
  rules.may_open = [](const protocol::Redemption& redemption, const judge::Rooms& rooms) {
    Result<vault::Proposal> real = keeper::may_open(redemption, rooms);
    const bool lapsed = !real && real.error().context.find("lapsed") != std::string::npos;
    return lapsed ? opens_what_is_logged(redemption, rooms) : real;
  };
  expect_found(rules, "a key went out although its key record had lapsed", kWithNewKeys);
}

TEST(AFault, ThatPutsNewKeysInForceUnderAFreezeIsFound) {
  Rules rules;
  rules.may_confirm = [](const protocol::Confirmation& confirmation, vault::ConfirmFacts facts) {
    facts.frozen = false;
    return vault::may_confirm(confirmation, facts);
  };
  expect_found(rules, "new keys came into force under a freeze", kWithNewKeys);
}

TEST(AFault, OfAKeeperThatForgetsTheRecallIsFound) {
  Rules rules;
  rules.may_open = [](const protocol::Redemption& redemption, const judge::Rooms& rooms) {
    Result<vault::Proposal> real = keeper::may_open(redemption, rooms);
    return !real && real.error().code == ErrorCode::kRefused
               ? opens_what_is_logged(redemption, rooms)
               : real;
  };
  expect_found(rules, "a key went out although it was recalled");
}

TEST(AFault, OfAKeeperThatOpensOnceMoreAfterTheLeaseIsFound) {
  Rules rules;
  rules.may_open = [](const protocol::Redemption& redemption, const judge::Rooms& rooms) {
    Result<vault::Proposal> real = keeper::may_open(redemption, rooms);
    return !real && real.error().code == ErrorCode::kExpired
               ? opens_what_is_logged(redemption, rooms)
               : real;
  };
  expect_found(rules, "a key went out although its lease had ended");
}

TEST(AFault, OfAKeeperThatDoesNotWaitForTheDiskIsFound) {
  Rules rules;
  rules.keeper_waits_for_disk = false;
  expect_found(rules, "a key went out without a durable grant", kWithCrashes);
}

TEST(AFault, OfAKeeperThatOpensOnTheGrantAloneIsFound) {
  Rules rules;
  rules.may_open = [](const protocol::Redemption& redemption,
                      const judge::Rooms& rooms) -> Result<vault::Proposal> {
    ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(redemption.proposal));
    if (proposal && proposal->granted) return *proposal;
    return fail(ErrorCode::kNotYet, "not granted");
  };
  expect_found(rules, "a key went out whose redemption is not durable in the log");
}

// Counts votes where people should be counted.
Result<quorum::Decision> counts_votes(const vault::GrantFacts& facts) {
  ASSIGN_OR_RETURN(quorum::Decision decision, vault::decide_grant(facts));
  std::size_t approvals = 0;
  for (const vault::CastVote& each : facts.proposal->votes)
    approvals += each.vote.decision == protocol::VoteDecision::kApprove;
  decision.satisfied = !decision.counted.empty() && approvals >= 2;
  return decision;
}
Result<void> grants_by(const Result<quorum::Decision>& decision) {
  if (!decision) return fail(decision.error().code, decision.error().context);
  if (!decision->satisfied) return fail(ErrorCode::kRefused, "no quorum");
  return {};
}

TEST(AFault, ThatCountsOnePersonTwiceIsFound) {
  Rules rules;
  rules.decide_grant = counts_votes;
  rules.may_grant = [](const vault::Granted&, const vault::GrantFacts& facts) {
    return grants_by(counts_votes(facts));
  };
  expect_found(rules, "granted with 1 of the 2 people it needs");
}

TEST(AFault, ThatNeedsOneApprovalLessIsFound) {
  const auto lax = [](const vault::GrantFacts& facts) -> Result<quorum::Decision> {
    ASSIGN_OR_RETURN(quorum::Decision decision, vault::decide_grant(facts));
    decision.satisfied = !decision.counted.empty() && decision.approvals_missing <= 1;
    return decision;
  };
  Rules rules;
  rules.decide_grant = lax;
  rules.may_grant = [lax](const vault::Granted&, const vault::GrantFacts& facts) {
    return grants_by(lax(facts));
  };
  expect_found(rules, "granted with 1 of the 2 people it needs");
}

TEST(AFault, ThatLetsWhoAsksApproveIsFound) {
  Rules rules;
  rules.may_vote = [](const protocol::Vote& vote, vault::VoteFacts facts) {
    facts.founding->mode = protocol::Mode::kSolo;
    return vault::may_vote(vote, facts);
  };
  expect_found(rules, "who asks approved");
}

TEST(AFault, ThatTakesTheServersWordForAQuorumIsFound) {
  Rules rules;
  rules.may_grant = [](const vault::Granted&, const vault::GrantFacts& facts) {
    const Result<quorum::Decision> decision = vault::decide_grant(facts);
    return decision ? Result<void>() : Result<void>(tl::unexpected<Error>(decision.error()));
  };
  expect_found(rules, "granted with 0 of the 2 people it needs");
}

TEST(AFault, ThatIgnoresAVotesExpiryAtTheGrantIsFound) {
  const auto forgets = [](vault::GrantFacts facts) {
    if (facts.proposal) {
      for (vault::CastVote& each : facts.proposal->votes)
        each.vote.valid_until = facts.now + judge::kTestHour;
    }
    return facts;
  };
  Rules rules;
  rules.decide_grant = [forgets](const vault::GrantFacts& facts) {
    return vault::decide_grant(forgets(facts));
  };
  rules.may_grant = [forgets](const vault::Granted& granted, const vault::GrantFacts& facts) {
    return vault::may_grant(granted, forgets(facts));
  };
  expect_found(rules, "granted with 1 of the 2 people it needs");
}

TEST(AFault, ThatIgnoresALapsedClearanceAtTheGrantIsFound) {
  const auto forgets = [](vault::GrantFacts facts) {
    for (vault::Voter& each : facts.voters) each.cleared = true;
    return facts;
  };
  Rules rules;
  rules.decide_grant = [forgets](const vault::GrantFacts& facts) {
    return vault::decide_grant(forgets(facts));
  };
  rules.may_grant = [forgets](const vault::Granted& granted, const vault::GrantFacts& facts) {
    return vault::may_grant(granted, forgets(facts));
  };
  expect_found(rules, "granted with 1 of the 2 people it needs");
}

TEST(AFault, ThatIgnoresALapsedClearanceAtTheVoteIsFound) {
  Rules rules;
  rules.may_act = [](people::ActFacts facts) {
    if (facts.holder) facts.holder->member.cleared_until = facts.now + judge::kTestHour;
    return people::may_act(facts);
  };
  expect_found(rules, "a vote was taken of somebody not cleared");
}

TEST(AFault, ThatIgnoresTheExpiryOfAProposalIsFound) {
  Rules rules;
  rules.may_redeem = [](const protocol::Redemption& redemption, vault::RedeemFacts facts) {
    facts.now = judge::kTestStart;
    return vault::may_redeem(redemption, facts);
  };
  expect_found(rules, "redeemed: although the proposal had expired");
}

TEST(AFault, ThatForgetsTheRecallAtTheRedemptionIsFound) {
  Rules rules;
  rules.may_redeem = [](const protocol::Redemption& redemption, vault::RedeemFacts facts) {
    if (facts.proposal) facts.proposal->recalled.reset();
    return vault::may_redeem(redemption, facts);
  };
  expect_found(rules, "redeemed: although it was recalled");
}

TEST(AFault, ThatIgnoresHowOftenWasGrantedIsFound) {
  Rules rules;
  rules.may_redeem = [](const protocol::Redemption& redemption, vault::RedeemFacts facts) {
    if (facts.proposal) facts.proposal->request.redemptions = 64;
    return vault::may_redeem(redemption, facts);
  };
  expect_found(rules, "redeemed more often than was granted",
               {.proposals = 1, .lines = 6, .votes_each = 1, .redemptions = 1});
}

TEST(AFault, ThatCountsOneRedemptionTwiceIsFound) {
  Rules rules;
  rules.may_redeem = [](protocol::Redemption redemption, const vault::RedeemFacts& facts) {
    if (facts.proposal && !facts.proposal->redemptions.empty())
      redemption.n = static_cast<std::int64_t>(facts.proposal->redemptions.size()) + 1;
    return vault::may_redeem(redemption, facts);
  };
  expect_found(rules, "redemptions are not counted one by one");
}

TEST(AFault, ThatForgetsTheGrantAtTheRedemptionIsFound) {
  Rules rules;
  rules.may_redeem = [](const protocol::Redemption& redemption, vault::RedeemFacts facts) {
    if (facts.proposal) facts.proposal->granted = vault::Granted{};
    return vault::may_redeem(redemption, facts);
  };
  expect_found(rules, "redeemed without a grant");
}

TEST(AFault, ThatLetsAnotherHostRedeemIsFound) {
  Rules rules;
  rules.may_redeem = [](protocol::Redemption redemption, const vault::RedeemFacts& facts) {
    if (facts.proposal) redemption.host = facts.proposal->request.host;
    return vault::may_redeem(redemption, facts);
  };
  expect_found(rules, "redeemed by a host that was not granted it");
}

TEST(AFault, ThatTakesAVoteThatWasReplacedIsFound) {
  Rules rules;
  rules.may_vote = [](protocol::Vote vote, const vault::VoteFacts& facts) {
    if (vote.decision == protocol::VoteDecision::kApprove) vote.checkpoint.size = 1'000;
    return vault::may_vote(vote, facts);
  };
  expect_found(rules, "the same vote was taken twice");
}

// The one that is hard to see: an approval that got lost, another decision since, then the lost
// one.
TEST(AFault, ThatTakesALostApprovalAfterARefusalIsFound) {
  Rules rules;
  rules.may_vote = [](protocol::Vote vote, const vault::VoteFacts& facts) {
    // Refuses only what stands there already, word for word.
    for (const vault::CastVote& each :
         facts.proposal ? facts.proposal->votes : std::vector<vault::CastVote>{}) {
      if (each.vote == vote) return vault::may_vote(vote, facts);
    }
    vote.checkpoint.size = 1'000;
    return vault::may_vote(vote, facts);
  };
  expect_found(rules, "a vote was taken that its voter had replaced by a later one");
}

TEST(AFault, ThatLetsAnAiAgentVoteIsFound) {
  Rules rules;
  rules.may_act = [](people::ActFacts facts) {
    const bool votes =
        facts.any_of.size() == 1 && facts.any_of.front() == protocol::Role::kCustodian;
    if (votes) facts.human_only = false;
    return people::may_act(facts);
  };
  rules.may_vote = [](const protocol::Vote& vote, vault::VoteFacts facts) {
    const bool holds_no_leaf =
        facts.object_policy && !facts.object_policy->path_of(vote.person).has_value();
    if (holds_no_leaf) return Result<void>();
    return vault::may_vote(vote, facts);
  };
  expect_found(rules, "a vote of the AI agent was taken");
}

TEST(AFault, ThatLetsAnAiAgentFreezeIsFound) {
  Rules rules;
  rules.may_act = [](people::ActFacts facts) {
    facts.human_only = false;
    return people::may_act(facts);
  };
  expect_found(rules, "the AI agent froze");
}

TEST(AFault, ThatLiftsAFreezeWithOneApprovalIsFound) {
  const auto lax = [](const vault::MakeChangeFacts& facts) -> Result<quorum::Decision> {
    ASSIGN_OR_RETURN(quorum::Decision decision, vault::decide_change(facts));
    decision.satisfied = !decision.counted.empty() && decision.approvals_missing <= 1;
    return decision;
  };
  Rules rules;
  rules.decide_change = lax;
  rules.may_change = [lax](const vault::Changed&, const vault::MakeChangeFacts& facts) {
    return grants_by(lax(facts));
  };
  expect_found(rules, "lifted with 1 of the 2 people it needs", kWithLifts);
}

TEST(AFault, ThatTakesTheServersWordForALiftIsFound) {
  Rules rules;
  rules.may_change = [](const vault::Changed&, const vault::MakeChangeFacts& facts) {
    const Result<quorum::Decision> decision = vault::decide_change(facts);
    return decision ? Result<void>() : Result<void>(tl::unexpected<Error>(decision.error()));
  };
  expect_found(rules, "lifted with 0 of the 2 people it needs", kWithLifts);
}

TEST(AFault, ThatLetsWhoAsksForALiftApproveItIsFound) {
  Rules rules;
  rules.may_vote_change = [](const protocol::ChangeVote& vote, vault::VoteChangeFacts facts) {
    if (facts.change) facts.change->change.person = PersonId{};
    return vault::may_vote_change(vote, facts);
  };
  expect_found(rules, "who asks for a lift approved it", kWithLifts);
}

TEST(AFault, ThatIgnoresALapsedClearanceAtTheLiftIsFound) {
  const auto forgets = [](vault::MakeChangeFacts facts) {
    for (vault::Voter& each : facts.voters) each.cleared = true;
    return facts;
  };
  Rules rules;
  rules.decide_change = [forgets](const vault::MakeChangeFacts& facts) {
    return vault::decide_change(forgets(facts));
  };
  rules.may_change = [forgets](const vault::Changed& changed, const vault::MakeChangeFacts& facts) {
    return vault::may_change(changed, forgets(facts));
  };
  expect_found(rules, "lifted with 1 of the 2 people it needs", kWithLifts);
}

TEST(AFault, ThatTakesAVoteOnALiftTwiceIsFound) {
  Rules rules;
  rules.may_vote_change = [](protocol::ChangeVote vote, const vault::VoteChangeFacts& facts) {
    vote.checkpoint.size = 1'000;
    return vault::may_vote_change(vote, facts);
  };
  expect_found(rules, "a vote on a lift was taken that did not know of a later one", kWithLifts);
}

TEST(AFault, ThatLiftsTheSameFreezeTwiceIsFound) {
  Rules rules;
  rules.may_vote_change = [](const protocol::ChangeVote& vote, vault::VoteChangeFacts facts) {
    if (facts.change) facts.change->made.reset();
    return vault::may_vote_change(vote, facts);
  };
  expect_found(rules, "a vote on a lift was taken: although it is lifted", kWithLifts);
}

// Too strict is a fault as well: somebody who must be able to stop a theft cannot.
TEST(AFault, ThatRefusesAFreezeIsFound) {
  Rules rules;
  rules.may_freeze = [](const protocol::Freeze&, const vault::FreezeFacts&) -> Result<void> {
    return fail(ErrorCode::kRefused, "not now");
  };
  expect_found(rules, "refused, although nothing speaks against it");
}

TEST(AFault, ThatRefusesTheRetryOfAnOpeningIsFound) {
  int opened = 0;
  Rules rules;
  rules.may_open = [&](const protocol::Redemption& redemption,
                       const judge::Rooms& rooms) -> Result<vault::Proposal> {
    Result<vault::Proposal> real = keeper::may_open(redemption, rooms);
    if (real && ++opened > 1) return fail(ErrorCode::kConflict, "opened already");
    return real;
  };
  expect_found(rules, "refused, although nothing speaks against it");
}

}  // namespace
}  // namespace strongroom::explore
