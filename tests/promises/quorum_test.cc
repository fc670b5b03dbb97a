#include <gtest/gtest.h>

#include "ballot.h"
#include "crypto/random.h"
#include "forged_log.h"

/// Who must agree before anything opens. Each attack is made over the wire with the attacker's own
/// real key; "opens nothing" is tried by the host that was asked for.
namespace strongroom::promises {
namespace {

using protocol::EntryType;
using protocol::VoteDecision;

class Quorum : public testing::Test {
 protected:
  explicit Quorum(const Plan& plan = Plan::flat()) : lab(plan) {}

  void expect_nothing_opens(const ProposalId& id, ErrorCode why = ErrorCode::kNotYet) {
    EXPECT_FALSE(lab.proposal(id)->granted);
    const Result<Redeemed> redeemed = lab.redeem(id);
    ASSERT_FALSE(redeemed);
    EXPECT_EQ(redeemed.error().code, why) << redeemed.error().context;
  }
  void expect_opens() {
    const Result<Files> released = lab.release(asked);
    ASSERT_TRUE(released) << released.error().context;
    EXPECT_EQ(*released, model.plaintext);
  }
  [[nodiscard]] Ballot ballot_of(const std::string& name, std::size_t key = 0) {
    return approval(lab, lab.person(name, key), model, asked);
  }
  /// Nothing when the vote was taken.
  [[nodiscard]] std::optional<ErrorCode> refusal_of(const Ballot& ballot, Person& signer) {
    const auto receipt = signer.follower().submit(cast(ballot, signer));
    if (receipt) return std::nullopt;
    return receipt.error().code;
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
  Asked asked = lab.ask("dana", model);
};

TEST_F(Quorum, WithoutAnyVoteOpensNothing) { expect_nothing_opens(asked.id()); }

TEST_F(Quorum, WithOneOfTwoApprovalsOpensNothing) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));

  expect_nothing_opens(asked.id());
}

TEST_F(Quorum, WithTwoOfTwoApprovalsOpens) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  expect_opens();
}

TEST_F(Quorum, CountsTheSameVoteSentTwiceOnce) {
  Person& alice = lab.person("alice");
  const protocol::Command vote = cast(ballot_of("alice"), alice);
  const auto first = alice.follower().submit(vote);
  const auto second = alice.follower().submit(vote);

  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->index, second->index);
  expect_nothing_opens(asked.id());
}

TEST_F(Quorum, CountsASecondVoteOfOnePersonOnce) {
  Person& alice = lab.person("alice");
  Ballot ballot = ballot_of("alice");
  ASSERT_TRUE(alice.follower().submit(cast(ballot, alice)));
  ballot.vote.checkpoint = alice.follower().world().seen();
  const auto again = alice.follower().submit(cast(ballot, alice));

  ASSERT_TRUE(again) << again.error().context;
  ASSERT_EQ(lab.proposal(asked.id())->votes.size(), 2u);
  expect_nothing_opens(asked.id());
}

TEST_F(Quorum, RefusesAVoteThatIsExpired) {
  Ballot ballot = ballot_of("alice");
  ballot.vote.valid_until = lab.clock.now();

  EXPECT_EQ(refusal_of(ballot, lab.person("alice")), ErrorCode::kExpired);
}

TEST_F(Quorum, DoesNotCountAVoteThatExpiredBeforeTheLastOneCame) {
  Ballot ballot = ballot_of("alice");
  ballot.vote.valid_until = lab.clock.now() + 60;
  ASSERT_TRUE(lab.person("alice").follower().submit(cast(ballot, lab.person("alice"))));
  lab.clock.advance(61);
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  expect_nothing_opens(asked.id());
}

TEST_F(Quorum, IsNotMetAfterTheProposalExpired) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  lab.clock.advance(24 * 3'600);
  const auto late = lab.approve("bob", asked.id());

  ASSERT_FALSE(late);
  expect_nothing_opens(asked.id(), ErrorCode::kExpired);
}

TEST_F(Quorum, DoesNotCountAVoteOfSomebodyWhoseClearanceLapsedSince) {
  Plan plan = Plan::flat();
  plan.persons.front().cleared_seconds = 3'600;  // alice
  WholeLab other(plan);
  const SealedModel sealed = other.seal("dana", small_model());
  const Asked request = other.ask("dana", sealed);
  ASSERT_TRUE(other.approve("alice", request.id()));
  other.clock.advance(3'601);
  ASSERT_TRUE(other.approve("bob", request.id()));

  EXPECT_FALSE(other.proposal(request.id())->granted);
}

TEST_F(Quorum, DoesNotCountARefusal) {
  ASSERT_TRUE(lab.refuse("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  expect_nothing_opens(asked.id());
}

TEST_F(Quorum, DoesNotCountAnApprovalThatWasTakenBack) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.refuse("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  expect_nothing_opens(asked.id());
}

TEST_F(Quorum, DoesNotCountAnApprovalThatWasTakenBackAndIsSentAgain) {
  Person& alice = lab.person("alice");
  const protocol::Command vote = cast(ballot_of("alice"), alice);
  ASSERT_TRUE(alice.follower().submit(vote));
  ASSERT_TRUE(lab.refuse("alice", asked.id()));
  ASSERT_TRUE(lab.person("bob").follower().submit(vote));  // its first receipt, nothing new
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  ASSERT_EQ(lab.proposal(asked.id())->votes.size(), 3u);
  expect_nothing_opens(asked.id());
}

TEST_F(Quorum, IsNotForgedByAServerThatLogsAnApprovalAgainAfterItWasTakenBack) {
  Person& alice = lab.person("alice");
  const protocol::Command vote = cast(ballot_of("alice"), alice);
  ASSERT_TRUE(alice.follower().submit(vote));
  ASSERT_TRUE(lab.refuse("alice", asked.id()));
  const Entries replayed = with_next(lab.entries(), vote, lab.clock.now());
  lab.lie(forged_log(lab, replayed));

  EXPECT_EQ(judged(lab.id(), replayed).error().code, ErrorCode::kConflict);
  EXPECT_FALSE(lab.person("bob").follower().follow());
  EXPECT_FALSE(lab.host().line->follower.follow());
}

class SelfApproval : public Quorum {
 protected:
  Asked own = lab.ask("alice", model);
};

TEST_F(SelfApproval, IsRefused) {
  const auto approved = lab.approve("alice", own.id());

  ASSERT_FALSE(approved);
  EXPECT_EQ(approved.error().code, ErrorCode::kRefused);
}

TEST_F(SelfApproval, DoesNotHelpWithASecondPersonsApproval) {
  ASSERT_FALSE(lab.approve("alice", own.id()));
  ASSERT_TRUE(lab.approve("bob", own.id()));

  expect_nothing_opens(own.id());
}

TEST_F(SelfApproval, IsNotNeededWhenTwoOthersApprove) {
  ASSERT_TRUE(lab.approve("bob", own.id()));
  ASSERT_TRUE(lab.approve("carol", own.id()));

  EXPECT_TRUE(lab.release(own));
}

TEST_F(SelfApproval, IsRefusedByEveryClientWhenADishonestServerLogsIt) {
  Person& alice = lab.person("alice");
  const protocol::Command vote = cast(approval(lab, alice, model, own), alice);

  EXPECT_EQ(judged(lab.id(), with_next(lab.entries(), vote, lab.clock.now())).error().code,
            ErrorCode::kRefused);
}

Plan alice_with_two_keys() {
  Plan plan = Plan::flat();
  plan.persons.front().keys = 2;
  return plan;
}

class OnePersonWithTwoKeys : public Quorum {
 protected:
  OnePersonWithTwoKeys() : Quorum(alice_with_two_keys()) {}
};

TEST_F(OnePersonWithTwoKeys, ApprovesOnceWithBoth) {
  Ballot ballot = ballot_of("alice", 0);
  ASSERT_EQ(refusal_of(ballot, lab.person("alice", 0)), std::nullopt);
  Person& again = lab.person("alice", 1);
  must(again.follower().follow());
  ballot.vote.key = again.key().public_keys().id;
  ballot.vote.checkpoint = again.follower().world().seen();
  ASSERT_EQ(refusal_of(ballot, again), std::nullopt);

  ASSERT_EQ(lab.proposal(asked.id())->votes.size(), 2u);
  expect_nothing_opens(asked.id());
}

TEST_F(OnePersonWithTwoKeys, HoldsOneLeafThatDoesNotCombineWithItself) {
  std::vector<seal::ResealedLeaf> leaves = ballot_of("alice", 0).leaves;
  for (seal::ResealedLeaf& leaf : ballot_of("alice", 1).leaves) leaves.push_back(std::move(leaf));
  const seal::RecipientKey recipient{.proposal = asked.id(), .secret = &asked.recipient.secret};

  const seal::Combined combined =
      must(seal::combine_leaves(leaves, lab.key_record(model), 0, recipient));

  EXPECT_FALSE(combined.secret);
}

TEST_F(OnePersonWithTwoKeys, MayApproveWithEither) {
  ASSERT_TRUE(lab.approve("alice", asked.id(), 1));
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  expect_opens();
}

TEST_F(Quorum, DoesNotCountAVoteInAnotherRole) {
  Ballot ballot = ballot_of("alice");
  ballot.vote.role = protocol::Role::kOfficer;

  EXPECT_EQ(refusal_of(ballot, lab.person("alice")), ErrorCode::kRefused);
}

TEST_F(Quorum, CannotBeFoundedWithOnePersonInTwoLeaves) {
  protocol::PolicyNode root = lab.genesis().policy.root();
  root.of[1].person = root.of[0].person;

  EXPECT_EQ(protocol::Policy::checked(std::move(root)).error().code, ErrorCode::kMalformed);
}

TEST_F(Quorum, CannotBeFoundedWithOneKeyForTwoPersons) {
  protocol::Genesis genesis = lab.genesis();
  genesis.members[1].keys = genesis.members[0].keys;

  EXPECT_EQ(protocol::genesis_from(to_json(genesis)).error().code, ErrorCode::kMalformed);
}

TEST_F(Quorum, RefusesAVoteInAnotherPersonsName) {
  Ballot ballot = ballot_of("alice");
  ballot.vote.person = lab.person("bob").id();
  ballot.vote.leaves.front().path = *lab.genesis().policy.path_of(ballot.vote.person);
  for (seal::ResealedLeaf& leaf : ballot.leaves) {
    leaf.person = ballot.vote.person;
    leaf.path = ballot.vote.leaves.front().path;
  }

  EXPECT_EQ(refusal_of(ballot, lab.person("alice")), ErrorCode::kNotAuthentic);
}

TEST_F(Quorum, RefusesAVoteOfSomebodyWhoIsNoCustodian) {
  Ballot ballot = ballot_of("alice");
  ballot.vote.person = lab.person("dana").id();
  ballot.vote.key = lab.person("dana").key().public_keys().id;
  for (seal::ResealedLeaf& leaf : ballot.leaves) leaf.person = ballot.vote.person;

  EXPECT_EQ(refusal_of(ballot, lab.person("dana")), ErrorCode::kRefused);
}

class NestedQuorum : public Quorum {
 protected:
  NestedQuorum() : Quorum(Plan::nested()) {}
  void approve_all(const std::vector<std::string>& names) {
    for (const std::string& name : names) ASSERT_TRUE(lab.approve(name, asked.id()));
  }
};

TEST_F(NestedQuorum, IsNotMetByAllOfOneTeam) {
  approve_all({"alice", "bob", "carol"});

  expect_nothing_opens(asked.id());
}

TEST_F(NestedQuorum, IsNotMetByEnoughPersonsFromTheWrongTeam) {
  approve_all({"alice", "rita", "rolf"});

  expect_nothing_opens(asked.id());
}

TEST_F(NestedQuorum, IsMetByEachTeamsOwn) {
  approve_all({"alice", "carol", "rita"});

  expect_opens();
}

TEST_F(NestedQuorum, RefusesAVoteFromAPlaceInTheOtherTeam) {
  Ballot ballot = ballot_of("carol");
  ballot.vote.leaves.front().path = *lab.genesis().policy.path_of(lab.person("rita").id());
  ballot.leaves.front().path = ballot.vote.leaves.front().path;

  EXPECT_EQ(refusal_of(ballot, lab.person("carol")), ErrorCode::kMalformed);
}

TEST_F(NestedQuorum, CannotBeFoundedWithOnePersonInTwoTeams) {
  protocol::PolicyNode root = lab.genesis().policy.root();
  root.of[1].of[0].person = root.of[0].of[0].person;

  EXPECT_EQ(protocol::Policy::checked(std::move(root)).error().code, ErrorCode::kMalformed);
}

TEST_F(Quorum, DoesNotTakeAVoteForOtherBytes) {
  Asked larger = lab.draft("dana", model);
  larger.request.byte_budget = 2 * asked.request.byte_budget;
  larger.prove();
  ASSERT_TRUE(lab.propose(larger, "dana"));
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", larger.id()));

  expect_nothing_opens(asked.id());
  expect_nothing_opens(larger.id());
}

TEST_F(Quorum, RefusesAVoteWhoseProposalWasChangedAfterItWasSigned) {
  const Asked other = lab.ask("dana", model);
  Ballot ballot = ballot_of("alice");
  protocol::Command vote = cast(ballot, lab.person("alice"));
  ballot.vote.proposal = other.id();
  vote.statement = to_json(ballot.vote);
  vote.attachments.front().name = protocol::leaves_name(ballot.vote);
  const auto receipt = lab.person("alice").follower().submit(vote);

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kNotAuthentic);
}

TEST_F(Quorum, RefusesAVoteThatCarriesOtherLeavesThanItSigned) {
  Ballot ballot = ballot_of("alice");
  ballot.leaves = ballot_of("alice").leaves;  // sealed again: other bytes

  EXPECT_EQ(refusal_of(ballot, lab.person("alice")), ErrorCode::kNotAuthentic);
}

TEST_F(Quorum, RefusesAVoteThatWasSignedForAnotherStrongroom) {
  Ballot ballot = ballot_of("alice");
  ballot.vote.strongroom.bytes.fill(7);

  EXPECT_EQ(refusal_of(ballot, lab.person("alice")), ErrorCode::kRefused);
}

TEST_F(Quorum, RefusesAVoteFromAnotherStrongroomsCustodian) {
  WholeLab other;
  const SealedModel theirs = other.seal("dana", small_model());
  const Asked request = other.ask("dana", theirs);
  const protocol::Command vote =
      cast(approval(other, other.person("alice"), theirs, request), other.person("alice"));
  const auto receipt = lab.person("bob").follower().submit(vote);

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kNotAuthentic);
}

TEST_F(Quorum, IsNotMetAfterAFreeze) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.freeze("bob"));
  const auto late = lab.approve("carol", asked.id());

  ASSERT_FALSE(late);
  expect_nothing_opens(asked.id(), ErrorCode::kFrozen);
}

TEST_F(Quorum, IsNotMetAfterAFreezeOfThatObjectAlone) {
  const SealedModel other = lab.seal("dana", small_model());
  const Asked untouched = lab.ask("dana", other);
  ASSERT_TRUE(lab.freeze("bob", model.object.object));
  ASSERT_FALSE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("alice", untouched.id()));
  ASSERT_TRUE(lab.approve("carol", untouched.id()));

  expect_nothing_opens(asked.id(), ErrorCode::kFrozen);
  EXPECT_TRUE(lab.release(untouched));
}

TEST_F(Quorum, ThatWasMetBeforeAFreezeOpensNothingAfterIt) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));
  ASSERT_TRUE(lab.freeze("carol"));
  const Result<Redeemed> redeemed = lab.redeem(asked.id());

  ASSERT_FALSE(redeemed);
  EXPECT_EQ(redeemed.error().code, ErrorCode::kFrozen);
}

TEST_F(Quorum, ThatWasMetBeforeARecallOpensNothingAfterIt) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));
  ASSERT_TRUE(lab.recall("carol", asked.id()));
  const Result<Redeemed> redeemed = lab.redeem(asked.id());

  ASSERT_FALSE(redeemed);
  EXPECT_EQ(redeemed.error().code, ErrorCode::kRefused);
}

protocol::Policy one_of(const PersonId& person) {
  protocol::PolicyNode leaf;
  leaf.person = person;
  protocol::PolicyNode root;
  root.threshold = 1;
  root.of.push_back(std::move(leaf));
  return must(protocol::Policy::checked(std::move(root)));
}

TEST_F(Quorum, RefusesARequestThatNamesALaxerPolicy) {
  Asked lax = lab.draft("dana", model);
  lax.request.policy = one_of(lab.person("alice").id()).digest();
  lax.prove();
  const auto receipt = lab.propose(lax, "dana");

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kConflict);
}

TEST_F(Quorum, RefusesADepositUnderALaxerPolicy) {
  protocol::Deposit deposit = model.deposit;
  deposit.object = crypto::random_id<ObjectId>();
  deposit.policy = one_of(lab.person("alice").id()).digest();
  protocol::Command command;
  command.type = EntryType::kDeposited;
  command.statement = to_json(deposit);
  command.signatures = {must(protocol::sign_statement(
      *command.statement, custodian::signer_of(lab.person("dana").key())))};

  EXPECT_EQ(judged(lab.id(), with_next(lab.entries(), command, lab.clock.now())).error().code,
            ErrorCode::kConflict);
}

TEST_F(Quorum, IsNotLoweredByAClientThatAsksForTheGrantItself) {
  protocol::Command command;
  command.type = EntryType::kGranted;
  command.body = to_json(vault::Granted{.proposal = asked.id(), .votes = {}});
  const auto receipt = lab.person("robot").follower().submit(command);

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kRefused);
}

TEST_F(Quorum, CountsACustodianWhoRefusedAndThenApprovedAgain) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.refuse("alice", asked.id()));
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  expect_opens();
}

}  // namespace
}  // namespace strongroom::promises
