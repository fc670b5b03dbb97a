#include <gtest/gtest.h>

#include "base/limits.h"
#include "vault/rules.h"

namespace strongroom::vault {
namespace {

using protocol::Mode;
using protocol::VoteDecision;

PersonId person(std::uint8_t number) {
  PersonId id;
  id.bytes.fill(number);
  return id;
}
const PersonId kAlice = person(1);
const PersonId kBob = person(2);
const PersonId kCarol = person(3);
const PersonId kAsks = person(9);
const UnixSeconds kNow{1'000'000};

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

protocol::Policy two_of_three() {
  protocol::PolicyNode root;
  root.threshold = 2;
  for (const PersonId& each : {kAlice, kBob, kCarol}) {
    protocol::PolicyNode leaf;
    leaf.person = each;
    root.of.push_back(leaf);
  }
  Result<protocol::Policy> policy = protocol::Policy::checked(std::move(root));
  CHECK(policy.has_value());
  return std::move(*policy);
}
Founding founding() {
  Founding founding{.strongroom = {},
                    .mode = Mode::kSmall,
                    .policy = two_of_three(),
                    .deposit_key = {},
                    .levels = {}};
  founding.strongroom.bytes.fill(7);
  founding.deposit_key.id.bytes.fill(8);
  return founding;
}
protocol::Deposit deposit() {
  protocol::Deposit deposit;
  deposit.strongroom = founding().strongroom;
  deposit.policy = two_of_three().digest();
  deposit.deposit_key = founding().deposit_key.id;
  deposit.payload_suite = "p";
  deposit.wrap_suite = "w";
  deposit.groups = 2;
  return deposit;
}
Proposed proposed() {
  Proposed proposed;
  proposed.request.strongroom = founding().strongroom;
  proposed.request.policy = two_of_three().digest();
  proposed.request.payload_suite = "p";
  proposed.request.wrap_suite = "w";
  proposed.request.groups = {0, 1};
  proposed.request.person = kAsks;
  proposed.request.redemptions = 2;
  proposed.request.expires = kNow + 3'600;
  return proposed;
}
Object object() { return object_of(deposit(), {}); }
Proposal proposal() {
  Proposal proposal;
  proposal.id.bytes.fill(5);
  proposal.request = proposed().request;
  return proposal;
}
protocol::Vote approval(const PersonId& who, const std::string& path) {
  protocol::Vote vote;
  vote.strongroom = founding().strongroom;
  vote.proposal = proposal().id;
  vote.decision = VoteDecision::kApprove;
  vote.person = who;
  vote.valid_until = kNow + 60;
  vote.leaves = {{0, path, {}}, {1, path, {}}};
  return vote;
}
CastVote cast(const protocol::Vote& vote, std::int64_t index) {
  return {vote, {.index = index, .time = kNow, .signed_by = vote.key}};
}

// Each fixture below is something that may happen; a test changes one fact.

ErrorCode deposit_with(const std::function<void(protocol::Deposit&, DepositFacts&)>& change) {
  protocol::Deposit sealed = deposit();
  DepositFacts facts{.founding = founding(),
                     .object_exists = false,
                     .asset_exists = true,
                     .is_throwaway = false,
                     .is_first = false,
                     .rehearsed = true};
  change(sealed, facts);
  return code_of(may_deposit(sealed, facts));
}

TEST(ADeposit, IsTaken) {
  EXPECT_EQ(deposit_with([](auto&, auto&) {}), ErrorCode{});
}
TEST(ADeposit, IsRefusedBeforeAnythingIsFounded) {
  EXPECT_EQ(deposit_with([](auto&, auto& f) { f.founding.reset(); }), ErrorCode::kRefused);
}
TEST(ADeposit, IsRefusedForAnotherStrongroom) {
  EXPECT_EQ(deposit_with([](auto& d, auto&) { d.strongroom.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST(ADeposit, IsRefusedASecondTimeForOneObject) {
  EXPECT_EQ(deposit_with([](auto&, auto& f) { f.object_exists = true; }),
            ErrorCode::kAlreadyExists);
}
TEST(ADeposit, IsRefusedForAnAssetThatIsNotRegistered) {
  EXPECT_EQ(deposit_with([](auto&, auto& f) { f.asset_exists = false; }), ErrorCode::kNotFound);
}
TEST(ADeposit, IsRefusedAtALaterEpoch) {
  EXPECT_EQ(deposit_with([](auto& d, auto&) { d.epoch = 1; }), ErrorCode::kRefused);
}
TEST(ADeposit, IsRefusedUnderAnotherPolicyThanTheOneInForce) {
  EXPECT_EQ(deposit_with([](auto& d, auto&) { d.policy.bytes[0] ^= 1; }), ErrorCode::kConflict);
}
TEST(ADeposit, IsRefusedUnderAnotherKeyThanTheSites) {
  EXPECT_EQ(deposit_with([](auto& d, auto&) { d.deposit_key.bytes[0] ^= 1; }),
            ErrorCode::kConflict);
}

ErrorCode propose_with(const std::function<void(protocol::Request&, ProposeFacts&)>& change) {
  Proposed asked = proposed();
  ProposeFacts facts{.founding = founding(),
                     .object = object(),
                     .host_listed = true,
                     .frozen = false,
                     .proposal_exists = false,
                     .now = kNow};
  change(asked.request, facts);
  return code_of(may_propose(asked, facts));
}

TEST(AProposal, IsTaken) {
  EXPECT_EQ(propose_with([](auto&, auto&) {}), ErrorCode{});
}
TEST(AProposal, IsRefusedBeforeAnythingIsFounded) {
  EXPECT_EQ(propose_with([](auto&, auto& f) { f.founding.reset(); }), ErrorCode::kRefused);
}
TEST(AProposal, IsRefusedForAnotherStrongroom) {
  EXPECT_EQ(propose_with([](auto& r, auto&) { r.strongroom.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST(AProposal, IsRefusedTwice) {
  EXPECT_EQ(propose_with([](auto&, auto& f) { f.proposal_exists = true; }),
            ErrorCode::kAlreadyExists);
}
TEST(AProposal, IsRefusedForAnObjectThatIsNotThere) {
  EXPECT_EQ(propose_with([](auto&, auto& f) { f.object.reset(); }), ErrorCode::kNotFound);
}
TEST(AProposal, IsRefusedUnderAFreeze) {
  EXPECT_EQ(propose_with([](auto&, auto& f) { f.frozen = true; }), ErrorCode::kFrozen);
}
TEST(AProposal, IsRefusedWithAnotherManifest) {
  EXPECT_EQ(propose_with([](auto& r, auto&) { r.manifest.bytes[0] ^= 1; }), ErrorCode::kConflict);
}
TEST(AProposal, IsRefusedWithAnotherKeyRecord) {
  EXPECT_EQ(propose_with([](auto& r, auto&) { r.key_record.bytes[0] ^= 1; }), ErrorCode::kConflict);
}
TEST(AProposal, IsRefusedWithAnotherEpoch) {
  EXPECT_EQ(propose_with([](auto& r, auto&) { r.epoch = 1; }), ErrorCode::kConflict);
}
TEST(AProposal, IsRefusedWithAnotherPolicy) {
  EXPECT_EQ(propose_with([](auto& r, auto&) { r.policy.bytes[0] ^= 1; }), ErrorCode::kConflict);
}
TEST(AProposal, IsRefusedWithAnotherSuite) {
  EXPECT_EQ(propose_with([](auto& r, auto&) { r.wrap_suite = "weaker"; }), ErrorCode::kConflict);
}
TEST(AProposal, IsRefusedForAGroupThatIsNotThere) {
  EXPECT_EQ(propose_with([](auto& r, auto&) { r.groups = {0, 2}; }), ErrorCode::kNotFound);
}
TEST(AProposal, IsRefusedForAHostThatIsNotListed) {
  EXPECT_EQ(propose_with([](auto&, auto& f) { f.host_listed = false; }), ErrorCode::kRefused);
}
TEST(AProposal, IsRefusedWhenItHasExpiredAlready) {
  EXPECT_EQ(propose_with([](auto& r, auto&) { r.expires = kNow; }), ErrorCode::kExpired);
}
TEST(AProposal, IsRefusedWhenItWouldStandForMoreThanThirtyDays) {
  EXPECT_EQ(
      propose_with([](auto& r, auto&) { r.expires = kNow + limits::kProposalSecondsMax + 1; }),
      ErrorCode::kRefused);
}

ErrorCode vote_with(const std::function<void(protocol::Vote&, VoteFacts&)>& change) {
  protocol::Vote vote = approval(kBob, "2");
  VoteFacts facts{.founding = founding(),
                  .proposal = proposal(),
                  .object = object(),
                  .object_policy = two_of_three(),
                  .frozen = false,
                  .signed_by = vote.key,
                  .now = kNow};
  change(vote, facts);
  return code_of(may_vote(vote, facts));
}

TEST(AVote, IsTaken) {
  EXPECT_EQ(vote_with([](auto&, auto&) {}), ErrorCode{});
}
TEST(AVote, IsRefusedForAnotherStrongroom) {
  EXPECT_EQ(vote_with([](auto& v, auto&) { v.strongroom.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST(AVote, IsRefusedOnAProposalThatIsNotThere) {
  EXPECT_EQ(vote_with([](auto&, auto& f) { f.proposal.reset(); }), ErrorCode::kNotFound);
}
TEST(AVote, IsRefusedUnderAFreeze) {
  EXPECT_EQ(vote_with([](auto&, auto& f) { f.frozen = true; }), ErrorCode::kFrozen);
}
TEST(AVote, IsRefusedAfterARecall) {
  EXPECT_EQ(vote_with([](auto&, auto& f) { f.proposal->recalled = Stamp{}; }), ErrorCode::kRefused);
}
TEST(AVote, IsRefusedWhenTheProposalHasExpired) {
  EXPECT_EQ(vote_with([](auto&, auto& f) { f.proposal->request.expires = kNow; }),
            ErrorCode::kExpired);
}
TEST(AVote, IsRefusedAfterTheGrant) {
  EXPECT_EQ(vote_with([](auto&, auto& f) { f.proposal->granted = Granted{}; }),
            ErrorCode::kConflict);
}
TEST(AVote, IsRefusedWhenItNamesAnotherKeyThanSignedIt) {
  EXPECT_EQ(vote_with([](auto&, auto& f) { f.signed_by.bytes[0] ^= 1; }), ErrorCode::kNotAuthentic);
}
TEST(AVote, IsRefusedInAnotherRoleThanACustodians) {
  EXPECT_EQ(vote_with([](auto& v, auto&) { v.role = protocol::Role::kOfficer; }),
            ErrorCode::kRefused);
}
TEST(AVote, IsRefusedWhenItHasExpiredAlready) {
  EXPECT_EQ(vote_with([](auto& v, auto&) { v.valid_until = kNow; }), ErrorCode::kExpired);
}
TEST(AVote, IsRefusedWhenItDidNotSeeTheVotersLastOne) {
  EXPECT_EQ(vote_with([](auto& v, auto& f) {
              f.proposal->votes.push_back(cast(v, 12));
              v.checkpoint.size = 12;
            }),
            ErrorCode::kConflict);
}
TEST(AVote, IsTakenWhenItSawTheVotersLastOne) {
  EXPECT_EQ(vote_with([](auto& v, auto& f) {
              f.proposal->votes.push_back(cast(v, 12));
              v.checkpoint.size = 13;
            }),
            ErrorCode{});
}
TEST(AVote, NeedNotHaveSeenTheVotesOfOthers) {
  EXPECT_EQ(vote_with([](auto&, auto& f) {
              f.proposal->votes.push_back(cast(approval(kAlice, "1"), 12));
            }),
            ErrorCode{});
}
TEST(AVote, IsRefusedWhenTheObjectsPolicyIsNotInTheLog) {
  EXPECT_EQ(vote_with([](auto&, auto& f) { f.object_policy.reset(); }), ErrorCode::kNotFound);
}
TEST(AVote, IsRefusedFromSomebodyWithoutALeaf) {
  EXPECT_EQ(vote_with([](auto& v, auto&) { v.person = person(4); }), ErrorCode::kRefused);
}
TEST(AVote, IsRefusedFromWhoAsked) {
  EXPECT_EQ(vote_with([](auto&, auto& f) { f.proposal->request.person = kBob; }),
            ErrorCode::kRefused);
}
TEST(AVote, IsTakenFromWhoAskedInModeSolo) {
  EXPECT_EQ(vote_with([](auto&, auto& f) {
              f.proposal->request.person = kBob;
              f.founding->mode = Mode::kSolo;
            }),
            ErrorCode{});
}
TEST(AVote, IsRefusedWithoutALeafForEachGroup) {
  EXPECT_EQ(vote_with([](auto& v, auto&) { v.leaves.pop_back(); }), ErrorCode::kMalformed);
}
TEST(AVote, IsRefusedWithALeafOfAnotherGroup) {
  EXPECT_EQ(vote_with([](auto& v, auto&) { v.leaves[1].group = 0; }), ErrorCode::kMalformed);
}
TEST(AVote, IsRefusedWithAnotherPersonsLeaf) {
  EXPECT_EQ(vote_with([](auto& v, auto&) { v.leaves[0].path = "1"; }), ErrorCode::kMalformed);
}
TEST(ARefusal, IsTakenFromWhoAskedAndCarriesNoLeaf) {
  EXPECT_EQ(vote_with([](auto& v, auto& f) {
              v.decision = VoteDecision::kRefuse;
              v.leaves.clear();
              f.proposal->request.person = kBob;
            }),
            ErrorCode{});
}
TEST(ARefusal, IsRefusedWhenItCarriesALeaf) {
  EXPECT_EQ(vote_with([](auto& v, auto&) { v.decision = VoteDecision::kRefuse; }),
            ErrorCode::kMalformed);
}

GrantFacts grant_facts() {
  GrantFacts facts{.founding = founding(),
                   .proposal = proposal(),
                   .object = object(),
                   .object_policy = two_of_three(),
                   .voters = {},
                   .frozen = false,
                   .now = kNow};
  facts.proposal->votes = {cast(approval(kAlice, "1"), 11), cast(approval(kBob, "2"), 12)};
  for (const PersonId& each : {kAlice, kBob}) {
    facts.voters.push_back(
        {.person = each, .kind = protocol::PersonKind::kHuman, .custodian = true, .cleared = true});
  }
  return facts;
}
ErrorCode grant_with(const std::function<void(Granted&, GrantFacts&)>& change) {
  Granted granted{.proposal = proposal().id, .votes = {11, 12}};
  GrantFacts facts = grant_facts();
  change(granted, facts);
  return code_of(may_grant(granted, facts));
}

TEST(AGrant, IsTaken) {
  EXPECT_EQ(grant_with([](auto&, auto&) {}), ErrorCode{});
}
TEST(AGrant, IsRefusedWithoutItsQuorum) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.proposal->votes.pop_back(); }), ErrorCode::kRefused);
}
TEST(AGrant, IsRefusedWhenItNamesOtherVotes) {
  EXPECT_EQ(grant_with([](auto& g, auto&) { g.votes = {11, 13}; }), ErrorCode::kRefused);
}
TEST(AGrant, IsRefusedUnderAFreeze) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.frozen = true; }), ErrorCode::kFrozen);
}
TEST(AGrant, IsRefusedAfterARecall) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.proposal->recalled = Stamp{}; }),
            ErrorCode::kRefused);
}
TEST(AGrant, IsRefusedWhenTheProposalHasExpired) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.proposal->request.expires = kNow; }),
            ErrorCode::kExpired);
}
TEST(AGrant, IsRefusedASecondTime) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.proposal->granted = Granted{}; }),
            ErrorCode::kConflict);
}
TEST(AGrant, IsRefusedWhenAVoteHasExpiredSince) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.proposal->votes[0].vote.valid_until = kNow; }),
            ErrorCode::kRefused);
}
TEST(AGrant, IsRefusedWhenAVoterIsNoLongerACustodian) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.voters[1].custodian = false; }), ErrorCode::kRefused);
}
TEST(AGrant, IsRefusedWhenAVotersClearanceHasLapsed) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.voters[1].cleared = false; }), ErrorCode::kRefused);
}
TEST(AGrant, IsRefusedWhenAVoterIsNotKnown) {
  EXPECT_EQ(grant_with([](auto&, auto& f) { f.voters.pop_back(); }), ErrorCode::kRefused);
}
TEST(AGrant, IsRefusedWhenItOnlyMeetsTheObjectsPolicyAndNotTheOneInForce) {
  EXPECT_EQ(grant_with([](auto&, auto& f) {
              protocol::PolicyNode root = two_of_three().root();
              root.threshold = 3;
              f.founding->policy = *protocol::Policy::checked(root);
            }),
            ErrorCode::kRefused);
}

ErrorCode redeem_with(const std::function<void(protocol::Redemption&, RedeemFacts&)>& change) {
  protocol::Redemption redemption;
  redemption.strongroom = founding().strongroom;
  redemption.proposal = proposal().id;
  RedeemFacts facts{.founding = founding(),
                    .proposal = proposal(),
                    .object = object(),
                    .frozen = false,
                    .now = kNow};
  facts.proposal->granted = Granted{};
  change(redemption, facts);
  return code_of(may_redeem(redemption, facts));
}

TEST(ARedemption, IsTaken) {
  EXPECT_EQ(redeem_with([](auto&, auto&) {}), ErrorCode{});
}
TEST(ARedemption, IsRefusedForAnotherStrongroom) {
  EXPECT_EQ(redeem_with([](auto& r, auto&) { r.strongroom.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST(ARedemption, WaitsForTheGrant) {
  EXPECT_EQ(redeem_with([](auto&, auto& f) { f.proposal->granted.reset(); }), ErrorCode::kNotYet);
}
TEST(ARedemption, IsRefusedUnderAFreeze) {
  EXPECT_EQ(redeem_with([](auto&, auto& f) { f.frozen = true; }), ErrorCode::kFrozen);
}
TEST(ARedemption, IsRefusedAfterARecall) {
  EXPECT_EQ(redeem_with([](auto&, auto& f) { f.proposal->recalled = Stamp{}; }),
            ErrorCode::kRefused);
}
TEST(ARedemption, IsRefusedWhenTheProposalHasExpired) {
  EXPECT_EQ(redeem_with([](auto&, auto& f) { f.now = f.proposal->request.expires; }),
            ErrorCode::kExpired);
}
TEST(ARedemption, IsRefusedToAnotherHost) {
  EXPECT_EQ(redeem_with([](auto& r, auto&) { r.host.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST(ARedemption, IsRefusedBeyondTheCount) {
  EXPECT_EQ(redeem_with([](auto& r, auto& f) {
              f.proposal->redemptions.resize(2);
              r.n = 3;
            }),
            ErrorCode::kRefused);
}
TEST(ARedemption, IsRefusedOutOfTurn) {
  EXPECT_EQ(redeem_with([](auto& r, auto&) { r.n = 2; }), ErrorCode::kConflict);
}

ErrorCode end_with(const std::function<void(protocol::LeaseEnd&, LeaseEndFacts&)>& change) {
  protocol::LeaseEnd end;
  end.strongroom = founding().strongroom;
  end.proposal = proposal().id;
  LeaseEndFacts facts{.proposal = proposal(), .strongroom = founding().strongroom};
  facts.proposal->redemptions.resize(1);
  change(end, facts);
  return code_of(may_end_lease(end, facts));
}

TEST(ALeaseEnd, IsTaken) {
  EXPECT_EQ(end_with([](auto&, auto&) {}), ErrorCode{});
}
TEST(ALeaseEnd, IsRefusedForAnotherStrongroom) {
  EXPECT_EQ(end_with([](auto& e, auto&) { e.strongroom.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST(ALeaseEnd, IsRefusedOfAProposalThatIsNotThere) {
  EXPECT_EQ(end_with([](auto&, auto& f) { f.proposal.reset(); }), ErrorCode::kNotFound);
}
TEST(ALeaseEnd, IsRefusedWithoutItsRedemption) {
  EXPECT_EQ(end_with([](auto& e, auto&) { e.n = 2; }), ErrorCode::kNotFound);
}
TEST(ALeaseEnd, IsRefusedFromAnotherHost) {
  EXPECT_EQ(end_with([](auto& e, auto&) { e.host.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST(ALeaseEnd, IsRefusedASecondTime) {
  EXPECT_EQ(end_with([](auto& e, auto& f) {
              f.proposal->ends.push_back({e, {}});
            }),
            ErrorCode::kConflict);
}

TEST(AFreeze, IsRefusedForAnotherStrongroom) {
  EXPECT_EQ(code_of(may_freeze({}, {.strongroom = founding().strongroom, .object_exists = true})),
            ErrorCode::kRefused);
}
TEST(AFreeze, IsRefusedOfAnObjectThatIsNotThere) {
  protocol::Freeze freeze;
  freeze.object = ObjectId{};
  EXPECT_EQ(code_of(may_freeze(freeze, {.strongroom = {}, .object_exists = false})),
            ErrorCode::kNotFound);
}
TEST(AFreeze, OfEverythingNeedsNoObject) {
  EXPECT_EQ(code_of(may_freeze({}, {.strongroom = {}, .object_exists = false})), ErrorCode{});
}

TEST(ARecall, IsRefusedOfAProposalThatIsNotThere) {
  EXPECT_EQ(code_of(may_recall({}, {.proposal = std::nullopt, .strongroom = {}})),
            ErrorCode::kNotFound);
}
TEST(ARecall, IsRefusedForAnotherStrongroom) {
  EXPECT_EQ(code_of(may_recall({}, {.proposal = proposal(), .strongroom = founding().strongroom})),
            ErrorCode::kRefused);
}
TEST(ARecall, IsRefusedASecondTime) {
  Proposal recalled = proposal();
  recalled.recalled = Stamp{};
  EXPECT_EQ(code_of(may_recall({}, {.proposal = recalled, .strongroom = {}})),
            ErrorCode::kConflict);
}

TEST(AProposalsPhase, IsEndedOnceEveryRedemptionGrantedHasEnded) {
  Proposal p = proposal();
  EXPECT_EQ(p.phase(), Phase::kProposed);
  p.granted = Granted{};
  EXPECT_EQ(p.phase(), Phase::kGranted);
  p.redemptions.resize(1);
  p.ends.resize(1);
  EXPECT_EQ(p.phase(), Phase::kRedeemed);  // one more was granted
  p.redemptions.resize(2);
  p.ends.resize(2);
  EXPECT_EQ(p.phase(), Phase::kEnded);
}

TEST(AGrantsBody, RefusesAVoteThatIsNoPosition) {
  const format::Json body = format::Json::Object{
      {"proposal", ProposalId{}}, {"votes", format::Json::Array{format::Json("11")}}};
  EXPECT_FALSE(granted_from(body).has_value());
}

}  // namespace
}  // namespace strongroom::vault
