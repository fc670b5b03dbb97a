// Every ordering of what a few people could do, with the real rules.
#include <gtest/gtest.h>

#include "explorer.h"

namespace strongroom::explore {
namespace {

// Larger worlds for whoever has the time: STRONGROOM_EXPLORE_FURTHER=1.
bool further() { return std::getenv("STRONGROOM_EXPLORE_FURTHER") != nullptr; }

Found explored(const Bounds& bounds) {
  const SmallWorld world(bounds);
  Found found = explore(world, bounds, Rules{});
  std::cout << found.told() << "\n";
  return found;
}

// Otherwise "nothing is wrong" could mean that nothing ever happened.
void expect_lively(const Found& found) {
  EXPECT_GT(found.states_with_a_key_out, 0u);
  for (const Act act : {Act::kPropose, Act::kVote, Act::kGrant, Act::kRedeem, Act::kEndLease,
                        Act::kFreeze, Act::kRecall, Act::kOpen}) {
    EXPECT_GT(found.allowed.contains(act), 0u) << described({.act = act});
    EXPECT_GT(found.refused.contains(act), 0u) << described({.act = act});
  }
}

constexpr Bounds kChangedMinds{.proposals = 1, .lines = 6, .hours = 1, .votes_each = 2};
constexpr Bounds kExpiries{.proposals = 1, .lines = 6, .hours = 3, .strayed = 0, .votes_each = 1};
constexpr Bounds kTwoProposals{
    .proposals = 2, .lines = 6, .hours = 0, .strayed = 0, .votes_each = 1, .redemptions = 1};
// What has been approved, while freezes are made, lifted, and made again by who is curbed by then.
constexpr Bounds kLifts{.proposals = 1,
                        .lines = 10,
                        .hours = 0,
                        .strayed = 0,
                        .votes_each = 0,
                        .redemptions = 1,
                        .lifts = 1,
                        .approved = true};
constexpr Bounds kCrashes{
    .proposals = 1, .lines = 6, .hours = 0, .strayed = 0, .votes_each = 1, .crashes = true};

// A release under the old keys, while the new ones come into force at any moment of it.
constexpr Bounds kNewKeys{.proposals = 1,
                          .lines = 7,
                          .hours = 0,
                          .strayed = 0,
                          .votes_each = 1,
                          .redemptions = 1,
                          .rekeyed = true};

Bounds with_lines(Bounds bounds, int more) {
  bounds.lines = static_cast<std::uint8_t>(bounds.lines + more);
  return bounds;
}

TEST(ASmallWorld, OfPeopleWhoChangeTheirMindsGivesNoKeyWithoutItsQuorum) {
  const Found found = explored(with_lines(kChangedMinds, further() ? 2 : 0));
  EXPECT_EQ(found.wrong, "") << found.told();
  expect_lively(found);
}

TEST(ASmallWorld, InWhichEverythingExpiresGivesNoKeyTooLate) {
  const Found found = explored(with_lines(kExpiries, further() ? 2 : 0));
  EXPECT_EQ(found.wrong, "") << found.told();
  expect_lively(found);
}

TEST(ASmallWorld, OfTwoProposalsMixesUpNeither) {
  const Found found = explored(with_lines(kTwoProposals, further() ? 2 : 0));
  EXPECT_EQ(found.wrong, "") << found.told();
  expect_lively(found);
}

TEST(ASmallWorld, InWhichFreezesAreLiftedOpensNothingThatIsFrozen) {
  const Found found = explored(with_lines(kLifts, further() ? 2 : 0));
  EXPECT_EQ(found.wrong, "") << found.told();
  EXPECT_GT(found.states_with_a_key_out, 0u);
  for (const Act act : {Act::kFreeze, Act::kAskLift, Act::kVoteLift, Act::kLift, Act::kGrant,
                        Act::kRedeem, Act::kOpen}) {
    EXPECT_GT(found.allowed.contains(act), 0u) << described({.act = act});
    EXPECT_GT(found.refused.contains(act), 0u) << described({.act = act});
  }
}

TEST(ASmallWorld, InWhichNewKeysComeIntoForceOpensNothingByTheOldOnesAfterwards) {
  const Found found = explored(with_lines(kNewKeys, further() ? 2 : 0));
  EXPECT_EQ(found.wrong, "") << found.told();
  expect_lively(found);
  EXPECT_GT(found.allowed.at(Act::kConfirm), 0u);
  EXPECT_GT(found.refused.at(Act::kConfirm), 0u);
}

TEST(ASmallWorld, WhoseServerCrashesAtAnyMomentGivesNoKeyThatItsLogDoesNotKnow) {
  const Found found = explored(with_lines(kCrashes, further() ? 2 : 0));
  EXPECT_EQ(found.wrong, "") << found.told();
  expect_lively(found);
}

}  // namespace
}  // namespace strongroom::explore
