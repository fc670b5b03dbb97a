#include "quorum/quorum.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

namespace strongroom::quorum {
namespace {

using protocol::Policy;
using protocol::PolicyNode;
using protocol::VoteDecision;

PersonId person(std::uint8_t number) {
  PersonId id;
  id.bytes[0] = number;
  return id;
}
const PersonId kAlice = person(1);
const PersonId kBob = person(2);
const PersonId kCarol = person(3);
const PersonId kDave = person(4);

PolicyNode leaf(const PersonId& id) {
  PolicyNode node;
  node.person = id;
  return node;
}
PolicyNode any(std::int64_t threshold, std::vector<PolicyNode> of) {
  PolicyNode node;
  node.threshold = threshold;
  node.of = std::move(of);
  return node;
}
Policy checked(PolicyNode root) {
  Result<Policy> policy = Policy::checked(std::move(root));
  CHECK(policy.has_value());
  return std::move(*policy);
}
Policy two_of_three() { return checked(any(2, {leaf(kAlice), leaf(kBob), leaf(kCarol)})); }

const Question kQuestion = [] {
  Question question;
  question.strongroom.bytes.fill(1);
  question.proposal.bytes.fill(2);
  question.asks = person(99);
  question.now = {1'000};
  return question;
}();

Ballot approval(const PersonId& id) {
  return {.person = id,
          .kind = protocol::PersonKind::kHuman,
          .custodian_at_vote = true,
          .custodian_now = true,
          .cleared_at_vote = true,
          .cleared_now = true,
          .proposal = kQuestion.proposal,
          .strongroom = kQuestion.strongroom,
          .decision = VoteDecision::kApprove,
          .valid_until = {1'001}};
}
Ballot refusal(const PersonId& id) {
  Ballot ballot = approval(id);
  ballot.decision = VoteDecision::kRefuse;
  return ballot;
}
Decision decide_one(const Policy& policy, const std::vector<Ballot>& ballots,
                    const Question& question = kQuestion) {
  const std::array<const Policy*, 1> policies{&policy};
  return decide(policies, question, ballots);
}
// Alice's good approval, and Bob's changed by `change`: why does Bob's not count?
std::optional<Discounted> why_not(const std::function<void(Ballot&)>& change,
                                  const Question& question = kQuestion) {
  Ballot bobs = approval(kBob);
  change(bobs);
  const Decision decision = decide_one(two_of_three(), {approval(kAlice), bobs}, question);
  EXPECT_FALSE(decision.satisfied);
  EXPECT_EQ(decision.approvals_missing, 1u);
  if (decision.discounted.size() != 1 || decision.discounted[0].first != kBob) return std::nullopt;
  return decision.discounted[0].second;
}

TEST(TwoOfThree, AreEnoughWithTwo) {
  const Decision decision = decide_one(two_of_three(), {approval(kAlice), approval(kCarol)});
  EXPECT_TRUE(decision.satisfied);
  EXPECT_EQ(decision.counted, (std::vector<PersonId>{kAlice, kCarol}));
  EXPECT_EQ(decision.approvals_missing, 0u);
}

TEST(TwoOfThree, AreNotEnoughWithOne) {
  const Decision decision = decide_one(two_of_three(), {approval(kAlice)});
  EXPECT_FALSE(decision.satisfied);
  EXPECT_EQ(decision.approvals_missing, 1u);
}

TEST(TwoOfThree, AreNotEnoughWithNobody) {
  const Decision decision = decide_one(two_of_three(), {});
  EXPECT_FALSE(decision.satisfied);
  EXPECT_EQ(decision.approvals_missing, 2u);
}

TEST(TwoOfThree, CountNobodyWhoIsNotAmongThem) {
  EXPECT_FALSE(decide_one(two_of_three(), {approval(kAlice), approval(kDave)}).satisfied);
}

TEST(NoPolicy, SatisfiesNothing) {
  const std::vector<Ballot> ballots{approval(kAlice)};
  EXPECT_FALSE(decide({}, kQuestion, ballots).satisfied);
}

TEST(TwoPolicies, MustBothBeSatisfied) {
  const Policy current = two_of_three();
  const Policy objects = checked(any(2, {leaf(kAlice), leaf(kDave)}));
  const std::array<const Policy*, 2> both{&current, &objects};
  const std::vector<Ballot> ballots{approval(kAlice), approval(kBob)};
  const Decision decision = decide(both, kQuestion, ballots);
  EXPECT_FALSE(decision.satisfied);
  EXPECT_EQ(decision.approvals_missing, 1u);
}

TEST(TwoPolicies, AreSatisfiedByOneSetOfPersons) {
  const Policy current = two_of_three();
  const Policy objects = checked(any(2, {leaf(kAlice), leaf(kDave)}));
  const std::array<const Policy*, 2> both{&current, &objects};
  const std::vector<Ballot> ballots{approval(kAlice), approval(kBob), approval(kDave)};
  EXPECT_TRUE(decide(both, kQuestion, ballots).satisfied);
}

TEST(ABallot, DoesNotCountWhenItIsAnAiAgents) {
  EXPECT_EQ(why_not([](Ballot& b) { b.kind = protocol::PersonKind::kAiAgent; }),
            Discounted::kNotHuman);
}

TEST(ABallot, DoesNotCountWhenItIsAServices) {
  EXPECT_EQ(why_not([](Ballot& b) { b.kind = protocol::PersonKind::kService; }),
            Discounted::kNotHuman);
}

TEST(ABallot, DoesNotCountWhenItsVoterWasNoCustodianAtTheVote) {
  EXPECT_EQ(why_not([](Ballot& b) { b.custodian_at_vote = false; }), Discounted::kNotCustodian);
}

TEST(ABallot, DoesNotCountWhenItsVoterIsNoCustodianNow) {
  EXPECT_EQ(why_not([](Ballot& b) { b.custodian_now = false; }), Discounted::kNotCustodian);
}

TEST(ABallot, DoesNotCountWhenItsVoterWasNotClearedAtTheVote) {
  EXPECT_EQ(why_not([](Ballot& b) { b.cleared_at_vote = false; }), Discounted::kNotCleared);
}

TEST(ABallot, DoesNotCountWhenItsVoterIsNotClearedNow) {
  EXPECT_EQ(why_not([](Ballot& b) { b.cleared_now = false; }), Discounted::kNotCleared);
}

TEST(ABallot, DoesNotCountForAnotherProposal) {
  EXPECT_EQ(why_not([](Ballot& b) { b.proposal.bytes[31] ^= 1; }), Discounted::kOtherProposal);
}

TEST(ABallot, DoesNotCountForAnotherStrongroom) {
  EXPECT_EQ(why_not([](Ballot& b) { b.strongroom.bytes[31] ^= 1; }), Discounted::kOtherStrongroom);
}

TEST(ABallot, DoesNotCountWhenItRefuses) {
  EXPECT_EQ(why_not([](Ballot& b) { b.decision = VoteDecision::kRefuse; }), Discounted::kRefusal);
}

TEST(ABallot, DoesNotCountFromTheSecondOfItsExpiry) {
  EXPECT_EQ(why_not([](Ballot& b) { b.valid_until = kQuestion.now; }), Discounted::kExpired);
}

TEST(ABallot, DoesNotCountFromWhoAsked) {
  Question own = kQuestion;
  own.asks = kBob;
  EXPECT_EQ(why_not([](Ballot&) {}, own), Discounted::kOwnRequest);
}

TEST(ABallot, CountsForOnesOwnRequestWhereThatIsAllowed) {
  Question own = kQuestion;
  own.asks = kBob;
  own.self_approval_allowed = true;
  EXPECT_TRUE(decide_one(two_of_three(), {approval(kAlice), approval(kBob)}, own).satisfied);
}

TEST(OnePerson, ApprovingTwiceCountsOnce) {
  const Decision decision = decide_one(two_of_three(), {approval(kAlice), approval(kAlice)});
  EXPECT_FALSE(decision.satisfied);
  EXPECT_EQ(decision.counted, std::vector<PersonId>{kAlice});
  ASSERT_EQ(decision.discounted.size(), 1u);
  EXPECT_EQ(decision.discounted[0].second, Discounted::kSecondVote);
}

TEST(OnePerson, RefusingLaterTakesTheApprovalBack) {
  const Decision decision =
      decide_one(two_of_three(), {approval(kAlice), approval(kBob), refusal(kAlice)});
  EXPECT_FALSE(decision.satisfied);
  EXPECT_EQ(decision.counted, std::vector<PersonId>{kBob});
}

TEST(OnePerson, ApprovingAfterARefusalCounts) {
  EXPECT_TRUE(
      decide_one(two_of_three(), {refusal(kAlice), approval(kBob), approval(kAlice)}).satisfied);
}

TEST(OnePerson, WhoseLaterBallotIsExpiredHasNoneLeft) {
  Ballot expired = approval(kAlice);
  expired.valid_until = {1};
  EXPECT_FALSE(decide_one(two_of_three(), {approval(kAlice), approval(kBob), expired}).satisfied);
}

TEST(ABallotForAnotherProposal, DoesNotReplaceAnEarlierOne) {
  Ballot other = refusal(kAlice);
  other.proposal.bytes[0] ^= 1;
  EXPECT_TRUE(decide_one(two_of_three(), {approval(kAlice), approval(kBob), other}).satisfied);
}

// One from each of two teams.
Policy one_of_each_team() {
  return checked(any(2, {any(1, {leaf(kAlice), leaf(kBob)}), any(1, {leaf(kCarol), leaf(kDave)})}));
}

TEST(NestedThresholds, AreSatisfiedByOneOfEachTeam) {
  EXPECT_TRUE(decide_one(one_of_each_team(), {approval(kBob), approval(kCarol)}).satisfied);
}

TEST(NestedThresholds, AreNotSatisfiedByTwoOfOneTeam) {
  const Decision decision = decide_one(one_of_each_team(), {approval(kAlice), approval(kBob)});
  EXPECT_FALSE(decision.satisfied);
  EXPECT_EQ(decision.approvals_missing, 1u);
}

// A tree of up to three levels over persons 1.., each once.
PolicyNode random_tree(std::mt19937_64& random, std::size_t depth, std::uint8_t& next) {
  const std::size_t children = 1 + random() % 4;
  PolicyNode node;
  for (std::size_t i = 0; i < children; ++i) {
    const bool inner = depth < 2 && random() % 3 == 0;
    node.of.push_back(inner ? random_tree(random, depth + 1, next) : leaf(person(next++)));
  }
  node.threshold = static_cast<std::int64_t>(1 + random() % children);
  return node;
}

// As one would explain it to a child: count the satisfied members.
bool counts_up(const PolicyNode& node, std::uint32_t set) {
  if (node.person) return (set >> node.person->bytes[0] & 1u) != 0;
  std::int64_t satisfied = 0;
  for (const PolicyNode& child : node.of) satisfied += counts_up(child, set) ? 1 : 0;
  return satisfied >= node.threshold;
}

TEST(ARandomTree, IsDecidedAsByCountingUp) {
  const char* given = std::getenv("STRONGROOM_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("STRONGROOM_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::uint8_t next = 0;
    const PolicyNode tree = random_tree(random, 0, next);
    if (next > 32) continue;
    for (int draw = 0; draw < 50; ++draw) {
      const auto set = static_cast<std::uint32_t>(random());
      std::vector<PersonId> present;
      for (std::uint8_t p = 0; p < next; ++p) {
        if ((set >> p & 1u) != 0) present.push_back(person(p));
      }
      ASSERT_EQ(satisfies(tree, present), counts_up(tree, set));
    }
  }
}

TEST(ARandomTree, MissesExactlyTheFewestPersonsThatWouldSatisfyIt) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 100; ++round) {
    std::uint8_t next = 0;
    const Policy policy = checked(any(1, {random_tree(random, 1, next)}));
    if (next > 12) continue;
    const auto have = static_cast<std::uint32_t>(random());
    std::vector<Ballot> ballots;
    for (std::uint8_t p = 0; p < next; ++p) {
      if ((have >> p & 1u) != 0) ballots.push_back(approval(person(p)));
    }
    std::size_t fewest = next;
    for (std::uint32_t more = 0; more < (1u << next); ++more) {
      if (counts_up(policy.root(), have | more)) {
        fewest = std::min(fewest, static_cast<std::size_t>(std::popcount(more & ~have)));
      }
    }
    EXPECT_EQ(decide_one(policy, ballots).approvals_missing, fewest);
  }
}

}  // namespace
}  // namespace strongroom::quorum
