#include <gtest/gtest.h>

#include "judge/standing.h"
#include "judge/test_inventory.h"
#include "judge/world.h"

/// Levels that bind, and deposits that are made certain.
namespace strongroom::judge {
namespace {

using protocol::EntryType;
using protocol::Level;
using protocol::Mode;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

// Something sealed, whose release Rex asks for.
class Sealed : public ::testing::Test {
 protected:
  explicit Sealed(Mode mode = Mode::kDemonstration, std::optional<Level> level = std::nullopt)
      : lab(mode) {
    must(lab.founding());
    add_rehearsal(log, lab);
    must(TestLab::register_asset(lab.registration(), lab.alice));
    if (level) {
      state_harmless(log, lab);
      set_level(*level);
    }
    must(TestLab::make_deposit(lab.deposit(), lab.alice));
  }

  void must(const protocol::Command& command) {
    const Result<void> added = log.add(command);
    ASSERT_TRUE(added.has_value()) << added.error().context;
  }
  void set_level(Level level) {
    const protocol::Change change = lab.change(
        lab.carol, protocol::SetLevel{lab.asset, level, log.now() + kTestHour}, log.seen());
    must(TestLab::propose(change, lab.carol));
    must(TestLab::cast(lab.change_approval(lab.alice, change, log.seen()), lab.alice));
    must(TestLab::cast(lab.change_approval(lab.bob, change, log.seen()), lab.bob));
  }
  ErrorCode follow(const protocol::Command& command) const {
    World world(lab.id);
    for (const std::string& line : log.lines()) EXPECT_TRUE(world.follow(line));
    return code_of(world.follow(*protocol::encode_entry(log.entry_of(command))));
  }
  ErrorCode proposing() const { return follow(TestLab::propose(request, lab.rex)); }
  void propose() { must(TestLab::propose(request, lab.rex)); }
  void approve(const TestPerson& person) {
    must(TestLab::cast(lab.approval(person, request, log.seen()), person));
  }
  void release() {
    propose();
    approve(lab.alice);
    approve(lab.bob);
    must(TestLab::redeem(lab.redemption(request), lab.host));
  }
  bool granted() const {
    return (**log.rooms().vault.proposal(TestLab::proposal_of(request))).granted.has_value();
  }
  DepositStanding standing() const { return *deposit_standing(lab.object, log.rooms()); }

  protocol::Confirmation confirmation(const TestPerson& person) const {
    protocol::Confirmation confirmation;
    confirmation.strongroom = lab.id;
    confirmation.object = lab.object;
    confirmation.key_record = lab.deposit().key_record;
    confirmation.groups = lab.deposit().groups;
    confirmation.person = person.id();
    confirmation.key = person.key;
    confirmation.checkpoint = log.seen();
    return confirmation;
  }
  static protocol::Command confirm(const protocol::Confirmation& confirmation,
                                   const TestSigner& who) {
    return TestLab::signed_by(EntryType::kConfirmed, to_json(confirmation), who);
  }
  ErrorCode confirming(const TestPerson& person,
                       const std::function<void(protocol::Confirmation&)>& change) const {
    protocol::Confirmation changed = confirmation(person);
    change(changed);
    return follow(confirm(changed, person));
  }
  protocol::Rehearsal rehearsal() const {
    return {.strongroom = lab.id,
            .proposal = TestLab::proposal_of(request),
            .n = 1,
            .host = request.host,
            .nodes = {"", "1", "2", "3"}};
  }
  static protocol::Command rehearse(const protocol::Rehearsal& rehearsal, const TestSigner& who) {
    return TestLab::signed_by(EntryType::kRehearsed, to_json(rehearsal), who);
  }

  TestLab lab;
  TestLog log;
  protocol::Request request = lab.request(lab.rex);
};

// Certainty.

TEST_F(Sealed, IsCertainOnceOneMoreThanTheQuorumConfirmedAndAnOpeningWasRehearsed) {
  release();
  must(rehearse(rehearsal(), lab.host));
  for (const TestPerson* each : {&lab.alice, &lab.bob, &lab.carol}) {
    EXPECT_FALSE(standing().certain);
    must(confirm(confirmation(*each), *each));
  }
  EXPECT_TRUE(standing().certain);
  World world(lab.id);
  for (const std::string& line : log.lines()) ASSERT_TRUE(world.follow(line));
  EXPECT_EQ(*world.rooms().vault.objects(), *log.rooms().vault.objects());
}

TEST_F(Sealed, IsNotCertainWithoutARehearsal) {
  for (const TestPerson* each : {&lab.alice, &lab.bob, &lab.carol})
    must(confirm(confirmation(*each), *each));
  EXPECT_FALSE(standing().certain);
  EXPECT_FALSE(standing().rehearsed);
}

TEST_F(Sealed, SaysWhoHasNotConfirmed) {
  must(confirm(confirmation(lab.bob), lab.bob));
  EXPECT_EQ(standing().missing, (std::vector<PersonId>{lab.alice.id(), lab.carol.id()}));
  EXPECT_EQ(standing().wanted, 3u);
}

TEST_F(Sealed, IsNotConfirmedTwiceByOnePerson) {
  must(confirm(confirmation(lab.bob), lab.bob));
  EXPECT_EQ(confirming(lab.bob, [](auto&) {}), ErrorCode::kConflict);
}

TEST_F(Sealed, IsNotConfirmedByWhoHoldsNoLeaf) {
  EXPECT_EQ(confirming(lab.rex, [](auto&) {}), ErrorCode::kRefused);
}

TEST_F(Sealed, IsNotConfirmedByAnAiAgent) {
  EXPECT_EQ(confirming(lab.ai_agent, [](auto&) {}), ErrorCode::kRefused);
}

TEST_F(Sealed, IsNotConfirmedForAnother) {
  EXPECT_EQ(confirming(lab.bob, [&](auto& c) { c.person = lab.alice.id(); }),
            ErrorCode::kNotAuthentic);
}

TEST_F(Sealed, IsNotConfirmedUnderAnotherKeyRecord) {
  EXPECT_EQ(confirming(lab.bob, [](auto& c) { c.key_record.bytes[0] ^= 1; }),
            ErrorCode::kMalformed);
}

TEST_F(Sealed, IsNotConfirmedForSomeOfItsGroupsOnly) {
  EXPECT_EQ(confirming(lab.bob, [](auto& c) { c.groups = 1; }), ErrorCode::kMalformed);
}

TEST_F(Sealed, IsNotConfirmedOverAFork) {
  EXPECT_EQ(confirming(lab.bob, [](auto& c) { c.checkpoint.root.bytes[0] ^= 1; }),
            ErrorCode::kNotAuthentic);
}

TEST_F(Sealed, IsNotRehearsedByAHostThatDidNotOpenIt) {
  release();
  protocol::Rehearsal other = rehearsal();
  other.host = lab.other_host.host.host;
  EXPECT_EQ(follow(rehearse(other, lab.other_host)), ErrorCode::kRefused);
}

TEST_F(Sealed, IsNotRehearsedBeforeItWasOpened) {
  propose();
  approve(lab.alice);
  approve(lab.bob);
  EXPECT_EQ(follow(rehearse(rehearsal(), lab.host)), ErrorCode::kRefused);
}

TEST_F(Sealed, IsNotRehearsedWithANodeLeftOut) {
  release();
  protocol::Rehearsal quiet = rehearsal();
  quiet.nodes.pop_back();
  EXPECT_EQ(follow(rehearse(quiet, lab.host)), ErrorCode::kRefused);
}

TEST_F(Sealed, IsNotRehearsedInSomebodyElsesName) {
  release();
  EXPECT_EQ(follow(rehearse(rehearsal(), lab.other_host)), ErrorCode::kNotAuthentic);
}

TEST_F(Sealed, IsNotRehearsedTwiceByOneOpening) {
  release();
  must(rehearse(rehearsal(), lab.host));
  EXPECT_EQ(follow(rehearse(rehearsal(), lab.host)), ErrorCode::kConflict);
}

// Levels.

TEST_F(Sealed, InADemonstrationIsReleasedBelowItsLevelWhichIsShown) {
  EXPECT_EQ(proposing(), ErrorCode{});
  const LevelStanding level = *level_standing(lab.object, log.rooms(), log.now());
  EXPECT_EQ(level.level, Level::kSl5);
  EXPECT_FALSE(level.binds);
  EXPECT_FALSE(level.unmet.empty());
}

class SealedInASmallLab : public Sealed {
 protected:
  explicit SealedInASmallLab(std::optional<Level> level = std::nullopt)
      : Sealed(Mode::kSmall, level) {}
};

TEST_F(SealedInASmallLab, IsNotReleasedBelowItsLevel) {
  EXPECT_EQ(proposing(), ErrorCode::kRefused);
}

TEST_F(SealedInASmallLab, IsToldEachDemandThatIsNotMet) {
  const Result<void> refused = log.add(TestLab::propose(request, lab.rex));
  ASSERT_FALSE(refused);
  for (const std::string demand :
       {"SL5", "3 approvals, not 2", "2 spare custodians, not 1", "3 witnesses, not 0",
        "2 verifying witnesses, not 0", "5 recovery holders, not 3", "a keeper on its own host",
        "attested hosts"}) {
    EXPECT_NE(refused.error().context.find(demand), std::string::npos) << demand;
  }
}

class SealedInASmallLabAtSl2 : public SealedInASmallLab {
 protected:
  SealedInASmallLabAtSl2() : SealedInASmallLab(Level::kSl2) {}
};

TEST_F(SealedInASmallLabAtSl2, IsReleased) {
  release();
  EXPECT_TRUE(granted());
}

TEST_F(SealedInASmallLabAtSl2, IsNotProposedOnceTheLevelIsOver) {
  log.advance(kTestHour);
  EXPECT_EQ(proposing(), ErrorCode::kRefused);
}

TEST_F(SealedInASmallLabAtSl2, IsNotGrantedOnceTheLevelIsOver) {
  propose();
  approve(lab.alice);
  log.advance(kTestHour);
  EXPECT_EQ(follow(TestLab::cast(lab.approval(lab.bob, request, log.seen()), lab.bob)),
            ErrorCode::kRefused);
  EXPECT_FALSE(granted());
}

TEST_F(SealedInASmallLabAtSl2, IsNotRedeemedOnceTheLevelIsRaised) {
  propose();
  approve(lab.alice);
  approve(lab.bob);
  set_level(Level::kSl3);
  EXPECT_EQ(follow(TestLab::redeem(lab.redemption(request), lab.host)), ErrorCode::kRefused);
}

TEST_F(SealedInASmallLabAtSl2, IsNotGrantedByADishonestServerOnceTheLevelIsOver) {
  propose();
  approve(lab.alice);
  log.advance(kTestHour);
  protocol::Command grant;
  grant.type = EntryType::kGranted;
  grant.body =
      to_json(vault::Granted{.proposal = TestLab::proposal_of(request), .votes = {log.size() - 1}});
  EXPECT_EQ(follow(grant), ErrorCode::kRefused);
}

}  // namespace
}  // namespace strongroom::judge
