#include <gtest/gtest.h>

#include "ballot.h"
#include "forged_log.h"

/// An AI agent's credentials, all of them, with every role on paper: they never count. A service's
/// neither.
namespace strongroom::promises {
namespace {

class AiAgent : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] Person& self() { return lab.person(GetParam()); }
  /// Alice's approval with the attacker's name and key in it.
  [[nodiscard]] Ballot ballot_of_self() {
    Ballot ballot = approval(lab, lab.person("alice"), model, asked);
    ballot.vote.person = self().id();
    ballot.vote.key = self().key().public_keys().id;
    for (seal::ResealedLeaf& leaf : ballot.leaves) leaf.person = self().id();
    return ballot;
  }
  void expect_nothing_opens() {
    EXPECT_FALSE(lab.proposal(asked.id())->granted);
    EXPECT_FALSE(lab.redeem(asked.id()));
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
  Asked asked = lab.ask("dana", model);
};

TEST_P(AiAgent, CannotVote) {
  const auto receipt = self().follower().submit(cast(ballot_of_self(), self()));

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kRefused);
}

TEST_P(AiAgent, DoesNotCompleteAQuorum) {
  ASSERT_TRUE(lab.approve("bob", asked.id()));
  ASSERT_FALSE(self().follower().submit(cast(ballot_of_self(), self())));

  expect_nothing_opens();
}

TEST_P(AiAgent, CannotVoteInAHumansName) {
  Ballot ballot = approval(lab, lab.person("alice"), model, asked);
  ballot.vote.key = self().key().public_keys().id;
  const auto receipt = self().follower().submit(cast(ballot, self()));

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kNotAuthentic);
}

TEST_P(AiAgent, DoesNotCountWhenADishonestServerLogsItsVote) {
  const Entries logged = with_next(lab.entries(), cast(ballot_of_self(), self()), lab.clock.now());

  EXPECT_EQ(judged(lab.id(), logged).error().code, ErrorCode::kRefused);
}

TEST_P(AiAgent, CannotStandInAFoundingPolicy) {
  protocol::Genesis genesis = lab.genesis();
  protocol::PolicyNode root = genesis.policy.root();
  root.of[2].person = self().id();
  genesis.policy = must(protocol::Policy::checked(std::move(root)));

  EXPECT_EQ(protocol::genesis_from(to_json(genesis)).error().code, ErrorCode::kMalformed);
}

TEST_P(AiAgent, CannotBeAFounder) {
  protocol::Genesis genesis = lab.genesis();
  genesis.founders.push_back(self().id());

  EXPECT_EQ(protocol::genesis_from(to_json(genesis)).error().code, ErrorCode::kMalformed);
}

TEST_P(AiAgent, CannotFreeze) {
  const auto receipt = lab.freeze(GetParam());

  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().code, ErrorCode::kRefused);
}

TEST_P(AiAgent, OpensWhatItAskedForOnlyWithTheWholeHumanQuorum) {
  const Asked own = lab.ask(GetParam(), model);
  ASSERT_TRUE(lab.approve("alice", own.id()));
  const Result<Redeemed> early = lab.redeem(own.id());
  ASSERT_TRUE(lab.approve("carol", own.id()));
  const Result<Files> released = lab.release(own);

  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kNotYet);
  EXPECT_TRUE(released);
}

TEST_P(AiAgent, HoldsNoLeafOfWhatIsSealed) {
  const seal::SealedShares shares = lab.sealed_shares(model);

  EXPECT_EQ(shares.leaf(0, self().key().public_keys().id), nullptr);
  for (const seal::SealedLeaf& leaf : shares.leaves) {
    EXPECT_EQ(
        seal::open_leaf(leaf, lab.key_record(model), self().key().opening_secret()).error().code,
        ErrorCode::kWrongKey);
  }
}

INSTANTIATE_TEST_SUITE_P(OrService, AiAgent, testing::Values("robot", "daemon"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace strongroom::promises
