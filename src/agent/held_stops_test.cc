#include "agent/held_stops.h"

#include <gtest/gtest.h>

#include "io/directory.h"
#include "io/temporary_directory.h"
#include "judge/test_lab.h"

namespace strongroom::agent {
namespace {

using judge::TestLab;
using judge::TestPerson;
using protocol::Command;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

/// A release is proposed and two have not voted yet; a host has followed the log so far.
class AStopGivenToAHost : public ::testing::Test {
 protected:
  AStopGivenToAHost() {
    judge::add_up_to_proposal(log, lab, request, lab.rex);
    follow();
    open();
  }
  void open() { held.emplace(HeldStops::open(home.path()).value()); }
  void follow() {
    while (world.size() < log.lines().size())
      ASSERT_TRUE(world.follow(log.lines()[static_cast<std::size_t>(world.size())]));
  }
  ErrorCode take(const Command& stop) { return code_of(held->take(stop, world, log.now())); }
  void add(const Command& command) {
    const Result<void> added = log.add(command);
    ASSERT_TRUE(added) << added.error().context;
  }
  /// By Bob and Carol, of a freeze by Alice.
  void lift(std::int64_t position) {
    const protocol::Change change =
        lab.change(lab.alice, protocol::Unfreeze{{position}}, log.seen());
    add(TestLab::propose(change, lab.alice));
    for (const TestPerson* who : {&lab.bob, &lab.carol})
      add(TestLab::cast(lab.change_approval(*who, change, log.seen()), *who));
  }
  bool is_frozen() { return held->stopped().value().freezes(lab.object); }
  bool is_recalled() {
    return held->stopped().value().recalled.contains(TestLab::proposal_of(request));
  }

  TestLab lab;
  judge::TestLog log;
  const protocol::Request request = lab.request(lab.rex);
  judge::World world{lab.id};
  const io::TemporaryDirectory home;
  std::optional<HeldStops> held;
};

TEST_F(AStopGivenToAHost, BindsBeforeItIsLogged) {
  EXPECT_FALSE(is_frozen());
  EXPECT_EQ(take(lab.freeze(lab.alice, lab.object)), ErrorCode{});
  EXPECT_TRUE(is_frozen());
  EXPECT_FALSE(held->stopped().value().freezes(crypto::random_id<ObjectId>()));
}
TEST_F(AStopGivenToAHost, OfEverythingBindsEveryObject) {
  EXPECT_EQ(take(lab.freeze(lab.alice)), ErrorCode{});
  EXPECT_TRUE(held->stopped().value().freezes(crypto::random_id<ObjectId>()));
}
TEST_F(AStopGivenToAHost, ThatRecallsBindsItsReleaseAlone) {
  EXPECT_EQ(take(lab.recall(lab.carol, request)), ErrorCode{});
  EXPECT_TRUE(is_recalled());
  EXPECT_FALSE(is_frozen());
}
TEST_F(AStopGivenToAHost, BindsAfterARestart) {
  ASSERT_EQ(take(lab.freeze(lab.alice, lab.object)), ErrorCode{});
  open();
  EXPECT_TRUE(is_frozen());
  EXPECT_EQ(held->held().size(), 1u);
}
TEST_F(AStopGivenToAHost, ThatWasDamagedKeepsTheHostFromStarting) {
  ASSERT_EQ(take(lab.freeze(lab.alice, lab.object)), ErrorCode{});
  const io::Directory stops = io::Directory::open(home.path() + "/stops").value();
  const std::string name = stops.entries(8).value().front().name;
  ASSERT_TRUE(stops.write_file_atomically(name, as_bytes("{}"), 0600));
  const Result<HeldStops> again = HeldStops::open(home.path());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kMalformed);
}
TEST_F(AStopGivenToAHost, BySomebodyWhoHasSeenMoreOfTheLogIsTaken) {
  add(TestLab::cast(lab.approval(lab.alice, request), lab.alice));
  protocol::Freeze freeze =
      protocol::freeze_from(*lab.freeze(lab.alice, lab.object).statement).value();
  freeze.checkpoint = log.seen();  // the host has not followed so far
  EXPECT_EQ(take(TestLab::signed_by(protocol::EntryType::kFrozen, to_json(freeze), lab.alice)),
            ErrorCode{});
  EXPECT_TRUE(is_frozen());
}
TEST_F(AStopGivenToAHost, OfAForkIsRefused) {
  protocol::Freeze freeze =
      protocol::freeze_from(*lab.freeze(lab.alice, lab.object).statement).value();
  freeze.checkpoint = {2, crypto::random_id<Digest>()};
  EXPECT_EQ(take(TestLab::signed_by(protocol::EntryType::kFrozen, to_json(freeze), lab.alice)),
            ErrorCode::kNotAuthentic);
}
TEST_F(AStopGivenToAHost, ThatIsForgedIsRefused) {
  Command forged = lab.freeze(lab.alice, lab.object);
  forged.signatures.front().signature.bytes[0] ^= 1;
  EXPECT_EQ(take(forged), ErrorCode::kNotAuthentic);
  EXPECT_EQ(take(TestLab::signed_by(protocol::EntryType::kFrozen,
                                    *lab.freeze(lab.alice, lab.object).statement, lab.rex)),
            ErrorCode::kNotAuthentic);
  EXPECT_FALSE(is_frozen());
}
TEST_F(AStopGivenToAHost, ThatIsUnsignedIsRefused) {
  Command bare = lab.freeze(lab.alice, lab.object);
  bare.signatures.clear();
  EXPECT_NE(take(bare), ErrorCode{});
  EXPECT_FALSE(is_frozen());
}
TEST_F(AStopGivenToAHost, ByWhoIsNoCustodianOrOfficerIsRefused) {
  EXPECT_EQ(take(lab.freeze(lab.rex, lab.object)), ErrorCode::kRefused);
  EXPECT_EQ(take(lab.freeze(lab.service, lab.object)), ErrorCode::kRefused);
  EXPECT_FALSE(is_frozen());
}
TEST_F(AStopGivenToAHost, ByAnAiAgentIsRefusedWhateverItsRoles) {
  EXPECT_EQ(take(lab.freeze(lab.ai_agent, lab.object)), ErrorCode::kRefused);
  EXPECT_EQ(take(lab.recall(lab.ai_agent, request)), ErrorCode::kRefused);
  EXPECT_FALSE(is_frozen());
}
TEST_F(AStopGivenToAHost, ForAnotherStrongroomIsRefused) {
  protocol::Freeze freeze = protocol::freeze_from(*lab.freeze(lab.alice).statement).value();
  freeze.strongroom = crypto::random_id<StrongroomId>();
  EXPECT_EQ(take(TestLab::signed_by(protocol::EntryType::kFrozen, to_json(freeze), lab.alice)),
            ErrorCode::kRefused);
  EXPECT_FALSE(is_frozen());
}
TEST_F(AStopGivenToAHost, OfAnObjectThatNobodyKnowsIsRefused) {
  EXPECT_EQ(take(lab.freeze(lab.alice, crypto::random_id<ObjectId>())), ErrorCode::kNotFound);
}
TEST_F(AStopGivenToAHost, ThatIsNoStopIsRefused) {
  EXPECT_EQ(take(TestLab::cast(lab.approval(lab.alice, request), lab.alice)), ErrorCode::kRefused);
}
TEST_F(AStopGivenToAHost, IsTheLogsMatterOnceItIsLogged) {
  const Command stop = lab.freeze(lab.alice, lab.object);
  ASSERT_EQ(take(stop), ErrorCode{});
  add(stop);
  follow();
  ASSERT_TRUE(held->compare(world));
  EXPECT_TRUE(held->held().empty());
  EXPECT_FALSE(is_frozen());  // the log says it now
  EXPECT_TRUE(*world.rooms().vault.is_frozen(lab.object));
}
TEST_F(AStopGivenToAHost, BindsNoLongerWhenTheLogShowsItLifted) {
  const Command stop = lab.freeze(lab.alice, lab.object);
  ASSERT_EQ(take(stop), ErrorCode{});
  add(stop);
  lift(log.size() - 1);
  follow();  // both at once, as a host does that was cut off
  ASSERT_TRUE(held->compare(world));
  EXPECT_FALSE(is_frozen());
  EXPECT_FALSE(*world.rooms().vault.is_frozen(lab.object));
  open();
  EXPECT_TRUE(held->held().empty());
}
TEST_F(AStopGivenToAHost, ThatWasLiftedIsNotTakenAgain) {
  const Command stop = lab.freeze(lab.alice, lab.object);
  add(stop);
  lift(log.size() - 1);
  follow();
  EXPECT_EQ(take(stop), ErrorCode::kConflict);
  EXPECT_FALSE(is_frozen());
}
TEST_F(AStopGivenToAHost, IsNotUndoneByTheLiftingOfAnother) {
  add(lab.freeze(lab.alice));
  const std::int64_t other = log.size() - 1;
  ASSERT_EQ(take(lab.freeze(lab.bob, lab.object)), ErrorCode{});
  lift(other);
  follow();
  ASSERT_TRUE(held->compare(world));
  EXPECT_TRUE(is_frozen());
}
TEST_F(AStopGivenToAHost, ByWhoseLastFreezeWasLiftedNeedsASecondPersonAndSoTheLog) {
  add(lab.freeze(lab.alice));
  lift(log.size() - 1);
  follow();
  EXPECT_EQ(take(lab.freeze(lab.alice, lab.object)), ErrorCode::kRefused);
  EXPECT_FALSE(is_frozen());
  EXPECT_EQ(take(lab.freeze(lab.bob, lab.object)), ErrorCode{});  // whose right is whole
  EXPECT_TRUE(is_frozen());
}
TEST_F(AStopGivenToAHost, TwiceIsHeldOnce) {
  const Command stop = lab.freeze(lab.alice, lab.object);
  ASSERT_EQ(take(stop), ErrorCode{});
  EXPECT_EQ(take(stop), ErrorCode{});
  EXPECT_EQ(held->held().size(), 1u);
}

}  // namespace
}  // namespace strongroom::agent
