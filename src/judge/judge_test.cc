#include "judge/judge.h"

#include <gtest/gtest.h>

#include "judge/test_lab.h"
#include "judge/world.h"

namespace strongroom::judge {
namespace {

using protocol::Entry;
using protocol::EntryType;
using protocol::Request;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

// A lab with a proposal of Rex's that waits for votes; and what a follower says to one more entry.
class Release : public ::testing::Test {
 protected:
  Release() { add_up_to_proposal(log, lab, request, lab.rex); }

  // Judged as the sequencer would.
  ErrorCode add(const protocol::Command& command) { return code_of(log.add(command)); }
  // A server that does not judge has written `entry`: does a follower notice?
  ErrorCode follow(const Entry& entry) const {
    World world(lab.id);
    for (const std::string& line : log.lines()) EXPECT_TRUE(world.follow(line));
    return code_of(world.follow(*protocol::encode_entry(entry)));
  }
  ErrorCode follow(const protocol::Command& command) const { return follow(log.entry_of(command)); }
  // The vote is changed by `change`, then signed.
  ErrorCode vote_with(const TestPerson& person,
                      const std::function<void(protocol::Vote&)>& change) {
    protocol::Vote vote = lab.approval(person, request, log.seen());
    change(vote);
    return follow(TestLab::cast(vote, person));
  }
  void approve(const TestPerson& person) {
    ASSERT_EQ(add(TestLab::cast(lab.approval(person, request, log.seen()), person)), ErrorCode{});
  }
  vault::Proposal proposal() const {
    return **log.rooms().vault.proposal(TestLab::proposal_of(request));
  }

  TestLab lab;
  TestLog log;
  Request request = lab.request(lab.rex);
};

TEST_F(Release, IsGrantedByTheSecondApprovalInTheSameBreath) {
  approve(lab.alice);
  EXPECT_EQ(proposal().phase(), vault::Phase::kProposed);
  approve(lab.bob);
  EXPECT_EQ(proposal().phase(), vault::Phase::kGranted);
  EXPECT_EQ(proposal().granted->votes, (std::vector<std::int64_t>{5, 6}));
}

TEST_F(Release, RunsToItsEndAndAFollowerSeesTheSame) {
  approve(lab.alice);
  approve(lab.bob);
  ASSERT_EQ(add(TestLab::redeem(lab.redemption(request), lab.host)), ErrorCode{});
  ASSERT_EQ(add(TestLab::end_lease(lab.lease_end(request), lab.host)), ErrorCode{});
  World world(lab.id);
  for (const std::string& line : log.lines()) ASSERT_TRUE(world.follow(line));
  EXPECT_EQ(world.size(), log.lines().size());
  EXPECT_EQ(world.genesis().id(), lab.id);
  const auto seen = world.rooms().vault.proposal(TestLab::proposal_of(request));
  ASSERT_TRUE(seen.has_value() && seen->has_value());
  EXPECT_EQ((*seen)->phase(), vault::Phase::kEnded);
  EXPECT_EQ(**seen, proposal());
}

TEST_F(Release, TriagesWhatIsRegisteredAtTheStrictest) {
  const auto asset = log.rooms().registry.asset(lab.asset);
  ASSERT_TRUE(asset.has_value() && asset->has_value());
  EXPECT_EQ((*asset)->triage->level, protocol::Level::kSl4);
  EXPECT_EQ((*asset)->level_at(log.now()), protocol::Level::kSl5);
}

TEST_F(Release, AskedForByAnAiAgentStillNeedsTwoHumans) {
  const Request asked = lab.request(lab.ai_agent);
  ASSERT_EQ(add(TestLab::propose(asked, lab.ai_agent)), ErrorCode{});
  ASSERT_EQ(add(TestLab::cast(lab.approval(lab.alice, asked), lab.alice)), ErrorCode{});
  EXPECT_EQ((*log.rooms().vault.proposal(TestLab::proposal_of(asked)))->phase(),
            vault::Phase::kProposed);
}

TEST_F(Release, HasAnApprovalTakenBackByALaterRefusal) {
  approve(lab.alice);
  ASSERT_EQ(add(TestLab::cast(lab.refusal(lab.alice, request, log.seen()), lab.alice)),
            ErrorCode{});
  approve(lab.bob);
  EXPECT_EQ(proposal().phase(), vault::Phase::kProposed);
}

// Votes that must not count.

TEST_F(Release, RefusesAnApprovalPutInAgainAfterItWasTakenBack) {
  const protocol::Command approval = TestLab::cast(lab.approval(lab.alice, request), lab.alice);
  ASSERT_EQ(add(approval), ErrorCode{});
  ASSERT_EQ(add(TestLab::cast(lab.refusal(lab.alice, request, log.seen()), lab.alice)),
            ErrorCode{});
  EXPECT_EQ(follow(approval), ErrorCode::kConflict);
}

TEST_F(Release, RefusesAnAiAgentsVote) {
  EXPECT_EQ(vote_with(lab.ai_agent, [](protocol::Vote&) {}), ErrorCode::kRefused);
}

TEST_F(Release, RefusesAServicesVote) {
  EXPECT_EQ(vote_with(lab.service, [](protocol::Vote&) {}), ErrorCode::kRefused);
}

TEST_F(Release, RefusesAVoteOfSomebodyWithoutTheRole) {
  EXPECT_EQ(vote_with(lab.rex, [](protocol::Vote&) {}), ErrorCode::kRefused);
}

TEST_F(Release, RefusesAVoteSignedByAnotherPerson) {
  const protocol::Vote vote = lab.approval(lab.alice, request);
  EXPECT_EQ(follow(TestLab::cast(vote, lab.bob)), ErrorCode::kNotAuthentic);
}

TEST_F(Release, RefusesAVoteSignedByAKeyThatNobodyHolds) {
  const protocol::Vote vote = lab.approval(lab.alice, request);
  const TestPerson stranger = make_person("Mallory", protocol::PersonKind::kHuman, {});
  EXPECT_EQ(follow(TestLab::cast(vote, stranger)), ErrorCode::kNotAuthentic);
}

TEST_F(Release, RefusesAVoteChangedAfterSigning) {
  protocol::Command command = TestLab::cast(lab.refusal(lab.alice, request), lab.alice);
  command.statement = to_json(lab.approval(lab.alice, request));
  EXPECT_EQ(follow(command), ErrorCode::kNotAuthentic);
}

TEST_F(Release, RefusesAVoteThatNamesAnotherKeyThanTheOneThatSigned) {
  EXPECT_EQ(vote_with(lab.alice, [&](protocol::Vote& vote) { vote.key = lab.bob.key; }),
            ErrorCode::kNotAuthentic);
}

TEST_F(Release, RefusesAVoteForAnotherStrongroom) {
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote& vote) { vote.strongroom.bytes[0] ^= 1; }),
            ErrorCode::kRefused);
}

TEST_F(Release, RefusesAVoteForAProposalThatIsNotThere) {
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote& vote) { vote.proposal.bytes[0] ^= 1; }),
            ErrorCode::kNotFound);
}

TEST_F(Release, RefusesAVoteAfterAFreezeOfTheObject) {
  ASSERT_EQ(add(lab.freeze(lab.carol, lab.object)), ErrorCode{});
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote&) {}), ErrorCode::kFrozen);
}

TEST_F(Release, RefusesAVoteAfterAFreezeOfEverything) {
  ASSERT_EQ(add(lab.freeze(lab.carol)), ErrorCode{});
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote&) {}), ErrorCode::kFrozen);
}

TEST_F(Release, RefusesAVoteAfterItsExpiry) {
  log.advance(24 * kTestHour);
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote& vote) { vote.valid_until.value += 90'000; }),
            ErrorCode::kExpired);
}

TEST_F(Release, RefusesAVoteAfterItsRecall) {
  ASSERT_EQ(add(lab.recall(lab.rex, request)), ErrorCode{});
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote&) {}), ErrorCode::kRefused);
}

TEST_F(Release, RefusesTheVoteOfWhoAsked) {
  const Request own = lab.request(lab.alice);
  ASSERT_EQ(add(TestLab::propose(own, lab.alice)), ErrorCode{});
  EXPECT_EQ(follow(TestLab::cast(lab.approval(lab.alice, own), lab.alice)), ErrorCode::kRefused);
}

TEST_F(Release, RefusesAVoteOfSomebodyWhoseClearanceHasLapsed) {
  log.advance(1000 * kTestHour);
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote&) {}), ErrorCode::kRefused);
}

TEST_F(Release, RefusesAVoteWithTwoSignatures) {
  protocol::Command command = TestLab::cast(lab.approval(lab.alice, request), lab.alice);
  command.signatures.push_back(command.signatures.front());
  EXPECT_EQ(follow(command), ErrorCode::kNotAuthentic);
}

// Grants that the server invents.

Entry grant_entry(const TestLog& log, const vault::Granted& granted) {
  return {.index = log.size(),
          .time = log.now(),
          .type = EntryType::kGranted,
          .statement = std::nullopt,
          .signatures = {},
          .body = to_json(granted)};
}

TEST_F(Release, RefusesAGrantWithoutAnyVote) {
  EXPECT_EQ(follow(grant_entry(log, {proposal().id, {}})), ErrorCode::kRefused);
}

TEST_F(Release, RefusesAGrantOnOneApproval) {
  approve(lab.alice);
  EXPECT_EQ(follow(grant_entry(log, {proposal().id, {5}})), ErrorCode::kRefused);
}

TEST_F(Release, RefusesAGrantOnOneApprovalNamedTwice) {
  approve(lab.alice);
  EXPECT_EQ(follow(grant_entry(log, {proposal().id, {5, 5}})), ErrorCode::kRefused);
}

TEST_F(Release, RefusesAGrantThatNamesOtherVotesThanThoseThatCount) {
  approve(lab.alice);
  World world(lab.id);
  for (const std::string& line : log.lines()) ASSERT_TRUE(world.follow(line));
  const Entry vote =
      log.entry_of(TestLab::cast(lab.approval(lab.bob, request, log.seen()), lab.bob));
  ASSERT_TRUE(world.follow(*protocol::encode_entry(vote)));
  Entry grant = grant_entry(log, {proposal().id, {5, 4}});
  grant.index = vote.index + 1;
  EXPECT_EQ(code_of(world.follow(*protocol::encode_entry(grant))), ErrorCode::kRefused);
}

TEST_F(Release, RefusesASecondGrant) {
  approve(lab.alice);
  approve(lab.bob);
  EXPECT_EQ(follow(grant_entry(log, *proposal().granted)), ErrorCode::kConflict);
}

// Redemptions.

TEST_F(Release, RefusesARedemptionBeforeTheGrant) {
  approve(lab.alice);
  EXPECT_EQ(follow(TestLab::redeem(lab.redemption(request), lab.host)), ErrorCode::kNotYet);
}

TEST_F(Release, RefusesARedemptionBeyondTheCount) {
  approve(lab.alice);
  approve(lab.bob);
  ASSERT_EQ(add(TestLab::redeem(lab.redemption(request), lab.host)), ErrorCode{});
  EXPECT_EQ(follow(TestLab::redeem(lab.redemption(request, 2), lab.host)), ErrorCode::kRefused);
}

TEST_F(Release, RefusesTheSameRedemptionTwice) {
  approve(lab.alice);
  approve(lab.bob);
  const protocol::Command redeem = TestLab::redeem(lab.redemption(request), lab.host);
  ASSERT_EQ(add(redeem), ErrorCode{});
  EXPECT_EQ(follow(redeem), ErrorCode::kConflict);
}

TEST_F(Release, RefusesARedemptionSignedByAnotherHost) {
  approve(lab.alice);
  approve(lab.bob);
  EXPECT_EQ(follow(TestLab::redeem(lab.redemption(request), lab.other_host)),
            ErrorCode::kNotAuthentic);
}

TEST_F(Release, RefusesARedemptionByAHostThatWasNotGranted) {
  approve(lab.alice);
  approve(lab.bob);
  protocol::Redemption redemption = lab.redemption(request);
  redemption.host = lab.other_host.host.host;
  EXPECT_EQ(follow(TestLab::redeem(redemption, lab.other_host)), ErrorCode::kRefused);
}

TEST_F(Release, RefusesARedemptionByAHostThatIsNotListed) {
  approve(lab.alice);
  approve(lab.bob);
  const TestHost stranger = make_host();
  protocol::Redemption redemption = lab.redemption(request);
  redemption.host = stranger.host.host;
  EXPECT_EQ(follow(TestLab::redeem(redemption, stranger)), ErrorCode::kRefused);
}

TEST_F(Release, RefusesARedemptionAfterAFreeze) {
  approve(lab.alice);
  approve(lab.bob);
  ASSERT_EQ(add(lab.freeze(lab.carol)), ErrorCode{});
  EXPECT_EQ(follow(TestLab::redeem(lab.redemption(request), lab.host)), ErrorCode::kFrozen);
}

// Who may lock.

TEST_F(Release, IsFrozenByOneCustodianAlone) { EXPECT_EQ(add(lab.freeze(lab.carol)), ErrorCode{}); }

TEST_F(Release, IsNotFrozenByWhoOnlyAsks) {
  EXPECT_EQ(follow(lab.freeze(lab.rex)), ErrorCode::kRefused);
}

TEST_F(Release, IsRecalledByWhoAsked) { EXPECT_EQ(add(lab.recall(lab.rex, request)), ErrorCode{}); }

// Their role stands on paper only: the explorer of the small world found it counting here.
TEST_F(Release, IsNotRecalledByAnAiAgentOrAServiceThatDidNotAsk) {
  EXPECT_EQ(follow(lab.recall(lab.ai_agent, request)), ErrorCode::kRefused);
  EXPECT_EQ(follow(lab.recall(lab.service, request)), ErrorCode::kRefused);
}
TEST_F(Release, IsRecalledByTheAiAgentThatAsked) {
  const Request own = lab.request(lab.ai_agent);
  ASSERT_EQ(add(TestLab::propose(own, lab.ai_agent)), ErrorCode{});
  EXPECT_EQ(add(lab.recall(lab.ai_agent, own)), ErrorCode{});
}
TEST_F(Release, IsNotRecalledByAnotherWhoOnlyAsks) {
  const Request others = lab.request(lab.alice);
  ASSERT_EQ(add(TestLab::propose(others, lab.alice)), ErrorCode{});
  EXPECT_EQ(follow(lab.recall(lab.rex, others)), ErrorCode::kRefused);
}

// The place and the time of an entry.

TEST_F(Release, RefusesAnEntryThatSaysItStandsElsewhere) {
  Entry entry = log.entry_of(lab.freeze(lab.carol));
  entry.index += 1;
  EXPECT_EQ(follow(entry), ErrorCode::kNotAuthentic);
}

TEST_F(Release, RefusesAnEntryWhoseTimeRunsBack) {
  Entry entry = log.entry_of(lab.freeze(lab.carol));
  entry.time.value -= 1;
  EXPECT_EQ(follow(entry), ErrorCode::kRefused);
}

TEST_F(Release, RefusesASecondGenesis) { EXPECT_EQ(follow(lab.founding()), ErrorCode::kRefused); }

TEST_F(Release, RefusesAnEntryWithAPartLeftOver) {
  protocol::Command command = lab.freeze(lab.carol);
  command.body = format::Json::Object{{"note", "forced"}};
  EXPECT_EQ(follow(command), ErrorCode::kMalformed);
}

TEST_F(Release, RefusesAnEntryOfOneTypeWithTheStatementOfAnother) {
  protocol::Command command = lab.freeze(lab.carol);
  command.type = EntryType::kRecalled;
  EXPECT_EQ(follow(command), ErrorCode::kMalformed);
}

TEST_F(Release, RefusesATriageBelowWhatTheRulesGive) {
  protocol::Registration registration = lab.registration();
  registration.asset = crypto::random_id<AssetId>();
  World world(lab.id);
  for (const std::string& line : log.lines()) ASSERT_TRUE(world.follow(line));
  const Entry entry = log.entry_of(TestLab::register_asset(registration, lab.alice));
  ASSERT_TRUE(world.follow(*protocol::encode_entry(entry)));
  Entry triage{.index = entry.index + 1,
               .time = entry.time,
               .type = EntryType::kTriaged,
               .statement = std::nullopt,
               .signatures = {},
               .body = to_json(registry::Triage{{{.asset = registration.asset,
                                                  .level = protocol::Level::kSl1,
                                                  .because = {"convenient"},
                                                  .expires = entry.time + kTestHour,
                                                  .evaluate = 0}}})};
  EXPECT_EQ(code_of(world.follow(*protocol::encode_entry(triage))), ErrorCode::kRefused);
}

// What a proposal must be true to.

TEST_F(Release, RefusesAProposalThatNamesAPolicyTheLogDoesNotHave) {
  Request other = request;
  other.policy.bytes[0] ^= 1;
  EXPECT_EQ(follow(TestLab::propose(other, lab.rex)), ErrorCode::kConflict);
}

TEST_F(Release, RefusesAProposalThatNamesAnotherManifest) {
  Request other = request;
  other.manifest.bytes[0] ^= 1;
  EXPECT_EQ(follow(TestLab::propose(other, lab.rex)), ErrorCode::kConflict);
}

TEST_F(Release, RefusesASecondManifestForAnObject) {
  protocol::Deposit second = lab.deposit();
  second.manifest.bytes[0] ^= 1;
  EXPECT_EQ(follow(TestLab::make_deposit(second, lab.alice)), ErrorCode::kAlreadyExists);
}

// The root of trust.

TEST(AWorld, RefusesTheGenesisOfAnotherStrongroom) {
  const TestLab lab;
  const TestLab other;
  TestLog log;
  ASSERT_TRUE(log.add(other.founding()));
  World world(lab.id);
  EXPECT_EQ(code_of(world.follow(log.lines().front())), ErrorCode::kNotAuthentic);
}

TEST(AWorld, RefusesAGenesisThatAFounderHasNotSigned) {
  const TestLab lab;
  protocol::Command founding = lab.founding();
  founding.signatures.pop_back();
  World world(lab.id);
  const Entry entry = TestLog().entry_of(founding);
  EXPECT_EQ(code_of(world.follow(*protocol::encode_entry(entry))), ErrorCode::kNotAuthentic);
}

TEST(AWorld, RefusesAGenesisThatOneFounderSignedForAnother) {
  const TestLab lab;
  protocol::Command founding = lab.founding();
  founding.signatures[1] = founding.signatures[0];
  World world(lab.id);
  const Entry entry = TestLog().entry_of(founding);
  EXPECT_EQ(code_of(world.follow(*protocol::encode_entry(entry))), ErrorCode::kNotAuthentic);
}

TEST(AWorld, BeginsWithNothingButAGenesis) {
  const TestLab lab;
  World world(lab.id);
  const Entry entry = TestLog().entry_of(lab.freeze(lab.alice));
  EXPECT_EQ(code_of(world.follow(*protocol::encode_entry(entry))), ErrorCode::kRefused);
}

TEST(AWorld, NamesThePositionOfWhatItRefuses) {
  const TestLab lab;
  World world(lab.id);
  const Result<void> followed = world.follow("{}");
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().context.rfind("log entry 0: ", 0), 0u);
}

TEST(InModeSolo, TheOnePersonApprovesTheirOwnRequest) {
  const TestLab lab(protocol::Mode::kSolo, 1);
  TestLog log;
  const Request own = lab.request(lab.alice);
  add_up_to_proposal(log, lab, own, lab.alice);
  ASSERT_TRUE(log.add(TestLab::cast(lab.approval(lab.alice, own), lab.alice)));
  EXPECT_EQ((*log.rooms().vault.proposal(TestLab::proposal_of(own)))->phase(),
            vault::Phase::kGranted);
}

TEST_F(Release, TakesNoVoteFromSomebodyWhoWasShownAnotherLog) {
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote& vote) { vote.checkpoint.root.bytes[0] ^= 1; }),
            ErrorCode::kNotAuthentic);
}

TEST_F(Release, TakesNoVoteFromSomebodyWhoClaimsToHaveSeenTheFuture) {
  EXPECT_EQ(vote_with(lab.alice, [](protocol::Vote& vote) { vote.checkpoint.size += 1; }),
            ErrorCode::kNotAuthentic);
}

}  // namespace
}  // namespace strongroom::judge
