#include <gtest/gtest.h>

#include "judge/test_inventory.h"
#include "judge/world.h"

namespace strongroom::judge {
namespace {

using protocol::Change;
using protocol::Entry;
using protocol::EntryType;
using protocol::Mode;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

// A lab whose log changes are proposed in, and what a follower says to one more entry of it.
class Changing : public ::testing::Test {
 protected:
  explicit Changing(Mode mode = Mode::kDemonstration) : lab(mode) {
    EXPECT_EQ(add(lab.founding()), ErrorCode{});
  }

  ErrorCode add(const protocol::Command& command) { return code_of(log.add(command)); }
  // A server that does not judge has written it: does a follower notice?
  ErrorCode follow(const protocol::Command& command) const {
    World world(lab.id);
    for (const std::string& line : log.lines()) EXPECT_TRUE(world.follow(line));
    return code_of(world.follow(*protocol::encode_entry(log.entry_of(command))));
  }
  void expect_follower_agrees() const {
    World world(lab.id);
    for (const std::string& line : log.lines()) ASSERT_TRUE(world.follow(line));
    EXPECT_EQ(*world.rooms().vault.changes(), *log.rooms().vault.changes());
    EXPECT_EQ(*world.rooms().people.members(), *log.rooms().people.members());
  }
  Change propose(const protocol::Subject& subject) {
    const Change change = lab.change(lab.carol, subject, log.seen());
    EXPECT_EQ(add(TestLab::propose(change, lab.carol)), ErrorCode{});
    return change;
  }
  ErrorCode approve(const TestPerson& person, const Change& change) {
    return add(TestLab::cast(lab.change_approval(person, change, log.seen()), person));
  }
  ErrorCode proposing(const protocol::Subject& subject) {
    return follow(TestLab::propose(lab.change(lab.carol, subject, log.seen()), lab.carol));
  }
  // Proposed by Carol, approved by Alice and Bob.
  void make(const protocol::Subject& subject) {
    const Change change = propose(subject);
    ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
    ASSERT_EQ(approve(lab.bob, change), ErrorCode{});
    ASSERT_TRUE(is_made(change));
  }
  bool is_made(const Change& change) const {
    return (*log.rooms().vault.change(protocol::change_id(change)))->made.has_value();
  }
  bool frozen() const { return *log.rooms().vault.is_frozen(lab.object); }
  std::int64_t freeze(const TestPerson& who) {
    EXPECT_EQ(add(lab.freeze(who)), ErrorCode{});
    return log.size() - 1;
  }
  void deposit() {
    add_rehearsal(log, lab);
    ASSERT_EQ(add(TestLab::register_asset(lab.registration(), lab.alice)), ErrorCode{});
    ASSERT_EQ(add(TestLab::make_deposit(lab.deposit(), lab.alice)), ErrorCode{});
  }
  // As a dishonest server would log it.
  protocol::Command made(const Change& change, std::vector<std::int64_t> votes) const {
    protocol::Command command;
    command.type = EntryType::kChanged;
    command.body = to_json(vault::Changed{protocol::change_id(change), std::move(votes)});
    return command;
  }

  TestLab lab;
  TestLog log;
};

TEST_F(Changing, IsDoneByTheSecondApprovalInTheSameBreath) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  EXPECT_TRUE(frozen());
  ASSERT_EQ(approve(lab.bob, change), ErrorCode{});
  EXPECT_FALSE(frozen());
  expect_follower_agrees();
}

TEST_F(Changing, IsNotDoneByTheProposersOwnApproval) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(approve(lab.carol, change), ErrorCode::kRefused);
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  EXPECT_FALSE(is_made(change));
}

TEST_F(Changing, IsNotDoneByOnePersonTwice) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  EXPECT_FALSE(is_made(change));
}

TEST_F(Changing, RefusesAnAiAgentsVote) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(approve(lab.ai_agent, change), ErrorCode::kRefused);
}

TEST_F(Changing, RefusesTheVoteOfSomebodyOutsideThePolicy) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(approve(lab.rex, change), ErrorCode::kRefused);
}

TEST_F(Changing, IsNotProposedByAnAiAgent) {
  const Change change = lab.change(lab.ai_agent, protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(follow(TestLab::propose(change, lab.ai_agent)), ErrorCode::kRefused);
}

TEST_F(Changing, RefusesAVoteThatIsReplayedToAnotherChange) {
  const std::int64_t frozen_at = freeze(lab.alice);
  const Change change = propose(protocol::Unfreeze{{frozen_at}});
  Change other = change;
  other.reason.bytes.fill(77);
  ASSERT_EQ(add(TestLab::propose(other, lab.carol)), ErrorCode{});
  protocol::Command vote = TestLab::cast(lab.change_approval(lab.alice, change), lab.alice);
  protocol::ChangeVote moved = lab.change_approval(lab.alice, change);
  moved.change = protocol::change_id(other);
  vote.statement = to_json(moved);
  EXPECT_EQ(follow(vote), ErrorCode::kNotAuthentic);
}

TEST_F(Changing, RefusesAVoteGivenOverAFork) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  protocol::CheckpointSeen elsewhere = log.seen();
  elsewhere.root.bytes[0] ^= 1;
  EXPECT_EQ(follow(TestLab::cast(lab.change_approval(lab.alice, change, elsewhere), lab.alice)),
            ErrorCode::kNotAuthentic);
}

TEST_F(Changing, RefusesAProposalMadeOverAFork) {
  protocol::CheckpointSeen elsewhere = log.seen();
  elsewhere.root.bytes[0] ^= 1;
  const Change change = lab.change(lab.carol, protocol::Unfreeze{{freeze(lab.alice)}}, elsewhere);
  EXPECT_EQ(follow(TestLab::propose(change, lab.carol)), ErrorCode::kNotAuthentic);
}

TEST_F(Changing, RefusesAnApprovalPutInAgainAfterItWasTakenBack) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  const protocol::Command approval =
      TestLab::cast(lab.change_approval(lab.alice, change, log.seen()), lab.alice);
  ASSERT_EQ(add(approval), ErrorCode{});
  protocol::ChangeVote refusal = lab.change_approval(lab.alice, change, log.seen());
  refusal.decision = protocol::VoteDecision::kRefuse;
  ASSERT_EQ(add(TestLab::cast(refusal, lab.alice)), ErrorCode{});
  EXPECT_EQ(follow(approval), ErrorCode::kConflict);
}

TEST_F(Changing, RefusesAVoteSignedByAnotherPerson) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(follow(TestLab::cast(lab.change_approval(lab.alice, change), lab.bob)),
            ErrorCode::kNotAuthentic);
}

TEST_F(Changing, RefusesAnExpiredVote) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  protocol::ChangeVote vote = lab.change_approval(lab.alice, change);
  vote.valid_until = log.now();
  EXPECT_EQ(follow(TestLab::cast(vote, lab.alice)), ErrorCode::kExpired);
}

TEST_F(Changing, RefusesVotesAfterItsExpiry) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  log.advance(25 * kTestHour);
  EXPECT_EQ(approve(lab.alice, change), ErrorCode::kExpired);
}

TEST_F(Changing, RefusesTheSameProposalAgain) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(follow(TestLab::propose(change, lab.carol)), ErrorCode::kAlreadyExists);
}

TEST_F(Changing, RefusesAVoteOfSomebodyWhoseKeyWasRetiredMeanwhile) {
  const TestPerson second = make_person("Alice", protocol::PersonKind::kHuman, {});
  make(protocol::AddKey{lab.alice.id(), second.member.keys.front(),
                        lab.claim_of(second, lab.alice.id())});
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  // Carol asks again and again: Alice (now by her second key) and Bob agree to retire the first.
  const Change retire = propose(protocol::RetireKey{lab.alice.id(), lab.alice.key});
  protocol::ChangeVote own = lab.change_approval(lab.alice, retire, log.seen());
  own.key = second.key;
  ASSERT_EQ(add(TestLab::cast(own, second)), ErrorCode{});
  ASSERT_EQ(approve(lab.bob, retire), ErrorCode{});
  ASSERT_TRUE(is_made(retire));

  ASSERT_EQ(approve(lab.bob, change), ErrorCode{});
  EXPECT_FALSE(is_made(change));
  EXPECT_EQ(approve(lab.alice, change), ErrorCode::kNotAuthentic);
}

// A dishonest server writes "changed" itself.

TEST_F(Changing, IsNotDoneWithoutVotes) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(follow(made(change, {})), ErrorCode::kRefused);
}

TEST_F(Changing, IsNotDoneOnOneVoteOfTwo) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  EXPECT_EQ(follow(made(change, {log.size() - 1})), ErrorCode::kRefused);
}

TEST_F(Changing, IsNotDoneOnOneVoteNamedTwice) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  EXPECT_EQ(follow(made(change, {log.size() - 1, log.size() - 1})), ErrorCode::kRefused);
}

TEST_F(Changing, IsNotDoneTwice) {
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  ASSERT_EQ(approve(lab.bob, change), ErrorCode{});
  EXPECT_EQ(follow(made(change, {3, 4})), ErrorCode::kConflict);
}

TEST_F(Changing, IsNotDoneWhenNobodyAskedForIt) {
  const Change never = lab.change(lab.carol, protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(follow(made(never, {1})), ErrorCode::kNotFound);
}

// Freezes.

TEST_F(Changing, DoesNotLiftAFreezeThatWasNotMade) {
  freeze(lab.alice);
  EXPECT_EQ(proposing(protocol::Unfreeze{{0}}), ErrorCode::kNotFound);
}

TEST_F(Changing, LiftsOnlyTheFreezeThatIsNamed) {
  const std::int64_t first = freeze(lab.alice);
  freeze(lab.bob);
  make(protocol::Unfreeze{{first}});
  EXPECT_TRUE(frozen());
}

TEST_F(Changing, DoesNotLiftAFreezeTwice) {
  const std::int64_t at = freeze(lab.alice);
  make(protocol::Unfreeze{{at}});
  log.advance(1);
  EXPECT_EQ(proposing(protocol::Unfreeze{{at}}), ErrorCode::kNotFound);
}

TEST_F(Changing, WorksOnWhileEverythingIsFrozen) {
  freeze(lab.alice);
  const std::int64_t at = freeze(lab.bob);
  make(protocol::Unfreeze{{at - 1, at}});
  EXPECT_FALSE(frozen());
}

class AfterAFreezeWasLifted : public Changing {
 protected:
  AfterAFreezeWasLifted() { make(protocol::Unfreeze{{freeze(lab.alice)}}); }
};

TEST_F(AfterAFreezeWasLifted, ThatPersonsNextOneAloneFreezesNothing) {
  freeze(lab.alice);
  EXPECT_FALSE(frozen());
}

TEST_F(AfterAFreezeWasLifted, ThatPersonTwiceFreezesNothing) {
  freeze(lab.alice);
  freeze(lab.alice);
  EXPECT_FALSE(frozen());
}

TEST_F(AfterAFreezeWasLifted, AnotherPersonFreezesAloneAsBefore) {
  freeze(lab.bob);
  EXPECT_TRUE(frozen());
}

TEST_F(AfterAFreezeWasLifted, TwoWhoseFreezesWereLiftedFreezeTogether) {
  make(protocol::Unfreeze{{freeze(lab.bob)}});
  freeze(lab.alice);
  EXPECT_FALSE(frozen());
  freeze(lab.bob);
  EXPECT_TRUE(frozen());
}

TEST_F(AfterAFreezeWasLifted, AHalfOfEverythingAndAHalfOfOneObjectFreezeThatObjectOnly) {
  make(protocol::Unfreeze{{freeze(lab.bob)}});
  deposit();
  ASSERT_EQ(add(lab.freeze(lab.alice, lab.object)), ErrorCode{});
  freeze(lab.bob);
  EXPECT_TRUE(frozen());
  EXPECT_FALSE(*log.rooms().vault.is_frozen(crypto::random_id<ObjectId>()));
}

TEST_F(AfterAFreezeWasLifted, AQuorumGivesTheRightBack) {
  make(protocol::RestoreFreeze{lab.alice.id()});
  freeze(lab.alice);
  EXPECT_TRUE(frozen());
}

TEST_F(AfterAFreezeWasLifted, ThatPersonRecallsAsBefore) {
  deposit();
  const protocol::Request request = lab.request(lab.rex);
  ASSERT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode{});
  EXPECT_EQ(add(lab.recall(lab.alice, request)), ErrorCode{});
}

TEST_F(Changing, GivesBackNoRightThatNobodyLost) {
  EXPECT_EQ(proposing(protocol::RestoreFreeze{lab.alice.id()}), ErrorCode::kConflict);
}

// People and keys.

class SomebodyNew : public Changing {
 protected:
  TestPerson dan = make_person("Dan", protocol::PersonKind::kHuman,
                               {protocol::Role::kCustodian, protocol::Role::kDepositor});
};

TEST_F(SomebodyNew, IsEnrolledByAQuorumAndActs) {
  make(lab.enrolment(dan));
  EXPECT_EQ(add(lab.freeze(dan)), ErrorCode{});
  expect_follower_agrees();
}

TEST_F(SomebodyNew, DoesNotActBefore) {
  propose(lab.enrolment(dan));
  EXPECT_EQ(add(lab.freeze(dan)), ErrorCode::kNotAuthentic);
}

TEST_F(SomebodyNew, DoesNotVoteByBeingEnrolledAsACustodian) {
  make(lab.enrolment(dan));
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  EXPECT_EQ(approve(dan, change), ErrorCode::kRefused);
}

TEST_F(SomebodyNew, IsNotEnrolledWithAnotherPersonsKey) {
  dan.member.keys = lab.bob.member.keys;
  protocol::Enrol enrolment{dan.member, {lab.claim_of(lab.bob, dan.id())}};
  EXPECT_EQ(proposing(enrolment), ErrorCode::kAlreadyExists);
}

TEST_F(SomebodyNew, IsNotEnrolledWithAnotherPersonsSigningKeyUnderANewOpeningKey) {
  crypto::PublicKeys& keys = dan.member.keys.front();
  keys.sign = lab.bob.member.keys.front().sign;
  keys.id = crypto::key_id_of(keys.sign, keys.kem, keys.seal);
  dan.seed = lab.bob.seed;
  dan.key = keys.id;
  EXPECT_EQ(proposing(lab.enrolment(dan)), ErrorCode::kAlreadyExists);
}

TEST_F(SomebodyNew, IsNotEnrolledWithAKeyThatDoesNotSignForIt) {
  protocol::Enrol enrolment = lab.enrolment(dan);
  enrolment.claims.front() = lab.claim_of(dan, lab.bob.id());
  EXPECT_EQ(proposing(enrolment), ErrorCode::kNotAuthentic);
}

TEST_F(SomebodyNew, IsNotEnrolledWithoutAClaimForEachKey) {
  protocol::Enrol enrolment = lab.enrolment(dan);
  enrolment.claims.clear();
  EXPECT_EQ(proposing(enrolment), ErrorCode::kNotAuthentic);
}

TEST_F(SomebodyNew, IsNotEnrolledUnderAnIdThatIsTaken) {
  dan.member.person = lab.bob.id();
  EXPECT_EQ(proposing(lab.enrolment(dan)), ErrorCode::kAlreadyExists);
}

TEST_F(SomebodyNew, DoesNotComeBackOnceRetired) {
  make(lab.enrolment(dan));
  log.advance(1);
  make(protocol::RetireMember{dan.id()});
  EXPECT_EQ(proposing(lab.enrolment(dan)), ErrorCode::kAlreadyExists);
  EXPECT_EQ(add(lab.freeze(dan)), ErrorCode::kNotAuthentic);
}

TEST_F(SomebodyNew, MayStandInANewPolicyAndThenVotes) {
  make(lab.enrolment(dan));
  make(protocol::SetPolicy{make_policy(2, {lab.alice.id(), lab.bob.id(), dan.id()})});
  const Change change = propose(protocol::Unfreeze{{freeze(lab.alice)}});
  ASSERT_EQ(approve(dan, change), ErrorCode{});
  ASSERT_EQ(approve(lab.bob, change), ErrorCode{});
  EXPECT_TRUE(is_made(change));
}

TEST_F(Changing, TakesNoKeyThatExistsAlready) {
  EXPECT_EQ(proposing(protocol::AddKey{lab.alice.id(), lab.bob.member.keys.front(),
                                       lab.claim_of(lab.bob, lab.alice.id())}),
            ErrorCode::kAlreadyExists);
}

TEST_F(Changing, DoesNotRetireAMemberWhomAPolicyNeeds) {
  EXPECT_EQ(proposing(protocol::RetireMember{lab.bob.id()}), ErrorCode::kRefused);
}

TEST_F(Changing, DoesNotRetireTheKeyThatAnObjectsLeafIsSealedTo) {
  deposit();
  const TestPerson second = make_person("Bob", protocol::PersonKind::kHuman, {});
  make(protocol::AddKey{lab.bob.id(), second.member.keys.front(),
                        lab.claim_of(second, lab.bob.id())});
  EXPECT_EQ(proposing(protocol::RetireKey{lab.bob.id(), lab.bob.key}), ErrorCode::kRefused);
}

TEST_F(Changing, RetiresAKeyThatNothingIsSealedTo) {
  deposit();
  const TestPerson second = make_person("Bob", protocol::PersonKind::kHuman, {});
  make(protocol::AddKey{lab.bob.id(), second.member.keys.front(),
                        lab.claim_of(second, lab.bob.id())});
  make(protocol::RetireKey{lab.bob.id(), second.key});
  EXPECT_FALSE((*log.rooms().people.holder_of(second.key)).has_value());
}

// Policies, hosts, levels.

TEST_F(Changing, PutsNoPolicyInForceThatNamesAnUnknownPerson) {
  EXPECT_EQ(proposing(protocol::SetPolicy{
                make_policy(2, {lab.alice.id(), lab.bob.id(), crypto::random_id<PersonId>()})}),
            ErrorCode::kRefused);
}

TEST_F(Changing, PutsNoPolicyInForceThatNamesAnAiAgent) {
  EXPECT_EQ(proposing(protocol::SetPolicy{
                make_policy(2, {lab.alice.id(), lab.bob.id(), lab.ai_agent.id()})}),
            ErrorCode::kRefused);
}

TEST_F(Changing, PutsNoPolicyInForceThatLeavesNobodyToSpare) {
  EXPECT_EQ(proposing(protocol::SetPolicy{make_policy(2, {lab.alice.id(), lab.bob.id()})}),
            ErrorCode::kRefused);
}

TEST_F(SomebodyNew, InTheNewPolicyIsNeededForWhatWasSealedBefore) {
  deposit();
  make(lab.enrolment(dan));
  make(protocol::SetPolicy{
      make_policy(3, {lab.alice.id(), lab.bob.id(), lab.carol.id(), dan.id()})});
  const protocol::Request request = lab.request(lab.rex);
  ASSERT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode{});
  ASSERT_EQ(add(TestLab::cast(lab.approval(lab.alice, request, log.seen()), lab.alice)),
            ErrorCode{});
  ASSERT_EQ(add(TestLab::cast(lab.approval(lab.bob, request, log.seen()), lab.bob)), ErrorCode{});
  const auto proposal = **log.rooms().vault.proposal(TestLab::proposal_of(request));
  EXPECT_FALSE(proposal.granted.has_value());
  ASSERT_EQ(add(TestLab::cast(lab.approval(lab.carol, request, log.seen()), lab.carol)),
            ErrorCode{});
  EXPECT_TRUE((**log.rooms().vault.proposal(TestLab::proposal_of(request))).granted.has_value());
}

TEST_F(Changing, OfThePolicyRefusesWhatIsSealedUnderTheOldOne) {
  ASSERT_EQ(add(TestLab::register_asset(lab.registration(), lab.alice)), ErrorCode{});
  make(protocol::SetPolicy{make_policy(1, {lab.alice.id(), lab.bob.id(), lab.carol.id()})});
  EXPECT_EQ(follow(TestLab::make_deposit(lab.deposit(), lab.alice)), ErrorCode::kConflict);
}

TEST_F(Changing, AddsAHostThatMayThenBeAskedFor) {
  deposit();
  const TestHost added = make_host();
  protocol::Request request = lab.request(lab.rex);
  request.host = added.host.host;
  EXPECT_EQ(follow(TestLab::propose(request, lab.rex)), ErrorCode::kRefused);
  make(lab.host_addition(added));
  EXPECT_EQ(follow(TestLab::propose(request, lab.rex)), ErrorCode{});
}

TEST_F(Changing, RetiresAHostThatThenGetsNothing) {
  deposit();
  make(protocol::RetireHost{lab.host.host.host});
  EXPECT_EQ(follow(TestLab::propose(lab.request(lab.rex), lab.rex)), ErrorCode::kRefused);
}

TEST_F(Changing, AddsNoHostUnderAnothersKey) {
  TestHost added = make_host();
  protocol::AddHost addition = lab.host_addition(added);
  addition.host.key = lab.host.host.key;
  EXPECT_EQ(proposing(addition), ErrorCode::kNotAuthentic);
}

TEST_F(Changing, SetsALevelUntilItsTimeAndNoLonger) {
  deposit();
  state_harmless(log, lab);
  make(protocol::SetLevel{lab.asset, protocol::Level::kSl2, log.now() + kTestHour});
  const auto asset = **log.rooms().registry.asset(lab.asset);
  EXPECT_EQ(asset.level_at(log.now()), protocol::Level::kSl2);
  EXPECT_EQ(asset.level_at(log.now() + kTestHour), protocol::Level::kSl5);
}

// Where levels are meant: loosening of what is sealed at SL4 or above, or untriaged, waits for
// witnesses, and there are none.

class WithoutWitnesses : public Changing {
 protected:
  WithoutWitnesses() : Changing(Mode::kSmall) {}
  TestPerson dan = make_person("Dan", protocol::PersonKind::kHuman, {protocol::Role::kRequester});
};

TEST_F(WithoutWitnesses, MembersHostsAndPoliciesMayChangeBeforeAnythingIsSealed) {
  make(lab.enrolment(dan));
  make(lab.host_addition(make_host()));
}

TEST_F(WithoutWitnesses, NobodyJoinsOnceSomethingUntriagedIsSealed) {
  deposit();
  EXPECT_EQ(proposing(lab.enrolment(dan)), ErrorCode::kRefused);
}

TEST_F(WithoutWitnesses, TheRefusalNamesWhatIsMissing) {
  deposit();
  const Result<void> refused = log.add(TestLab::propose(
      lab.change(lab.carol, lab.host_addition(make_host()), log.seen()), lab.carol));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().context.find("3 witnesses, 2 of them verifying"), std::string::npos);
  EXPECT_NE(refused.error().context.find("names 0"), std::string::npos);
}

TEST_F(WithoutWitnesses, AFreezeOfSomethingUntriagedStays) {
  deposit();
  ASSERT_EQ(add(lab.freeze(lab.alice, lab.object)), ErrorCode{});
  EXPECT_EQ(proposing(protocol::Unfreeze{{log.size() - 1}}), ErrorCode::kRefused);
}

TEST_F(WithoutWitnesses, AFreezeOfEverythingStaysWhenSomethingUntriagedIsSealed) {
  deposit();
  freeze(lab.alice);
  EXPECT_EQ(proposing(protocol::Unfreeze{{log.size() - 1}}), ErrorCode::kRefused);
}

TEST_F(WithoutWitnesses, TheLevelOfSomethingSealedIsNotLowered) {
  deposit();
  EXPECT_EQ(proposing(protocol::SetLevel{lab.asset, protocol::Level::kSl2, log.now() + kTestHour}),
            ErrorCode::kRefused);
}

TEST_F(WithoutWitnesses, AnAssetTriagedBeforeItIsSealedMayBeUnfrozen) {
  add_rehearsal(log, lab);
  ASSERT_EQ(add(TestLab::register_asset(lab.registration(), lab.alice)), ErrorCode{});
  state_harmless(log, lab);
  make(protocol::SetLevel{lab.asset, protocol::Level::kSl2, log.now() + 100 * kTestHour});
  ASSERT_EQ(add(TestLab::make_deposit(lab.deposit(), lab.alice)), ErrorCode{});
  ASSERT_EQ(add(lab.freeze(lab.alice, lab.object)), ErrorCode{});
  make(protocol::Unfreeze{{log.size() - 1}});
  EXPECT_FALSE(frozen());
}

TEST_F(WithoutWitnesses, AChangeProposedBeforeADepositIsNotMadeAfterIt) {
  const Change change = propose(lab.enrolment(dan));
  ASSERT_EQ(approve(lab.alice, change), ErrorCode{});
  deposit();
  EXPECT_EQ(approve(lab.bob, change), ErrorCode::kRefused);
  EXPECT_EQ(follow(made(change, {2})), ErrorCode::kRefused);
}

TEST_F(WithoutWitnesses, TighteningWaitsForNobody) {
  make(lab.enrolment(dan));
  deposit();
  make(protocol::RetireMember{dan.id()});
}

}  // namespace
}  // namespace strongroom::judge
