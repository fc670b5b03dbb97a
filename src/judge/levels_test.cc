#include <gtest/gtest.h>

#include "judge/standing.h"
#include "judge/test_inventory.h"
#include "judge/world.h"

/// What levels demand of a release, tables of levels that a quorum sets, and exceptions.
namespace strongroom::judge {
namespace {

using protocol::Change;
using protocol::Except;
using protocol::Level;
using protocol::LevelDemand;
using protocol::Mode;

constexpr std::int64_t kDay = 24 * kTestHour;

// From this level up.
void demand(std::vector<LevelDemand>& levels, Level from,
            const std::function<void(LevelDemand&)>& of) {
  for (LevelDemand& row : levels) {
    if (row.level >= from) of(row);
  }
}

// A small lab, and something sealed in it that needs SL2 for ten days: there, hosts must be
// attested, which none is.
class AtALevel : public ::testing::Test {
 protected:
  explicit AtALevel(
      std::function<void(LevelDemand&)> of = [](LevelDemand& row) { row.attested_host = true; },
      std::optional<Level> level = Level::kSl2)
      : lab(Mode::kSmall) {
    demand(lab.genesis.levels, Level::kSl2, of);
    lab.genesis.members.push_back(olga.member);
    lab.id = lab.genesis.id();
    must(lab.founding());
    add_rehearsal(log, lab);
    must(TestLab::register_asset(lab.registration(), lab.alice));
    if (level) {
      state_harmless(log, lab);
      make_change(log, lab, protocol::SetLevel{lab.asset, *level, log.now() + 10 * kDay});
    }
    must(TestLab::make_deposit(lab.deposit(), lab.alice));
    request = lab.request(lab.rex);
  }

  void must(const protocol::Command& command) {
    const Result<void> added = log.add(command);
    ASSERT_TRUE(added.has_value()) << added.error().context;
  }
  // Empty: it may be done; else why not.
  static std::string said(const Result<void>& result) {
    return result ? "" : result.error().context;
  }
  std::string follow(const protocol::Command& command) const {
    World world(lab.id);
    for (const std::string& line : log.lines()) EXPECT_TRUE(world.follow(line));
    return said(world.follow(*protocol::encode_entry(log.entry_of(command))));
  }
  std::string proposing() const { return follow(TestLab::propose(request, lab.rex)); }
  std::string redeeming() const {
    return follow(TestLab::redeem(lab.redemption(request), lab.host));
  }
  void propose() { must(TestLab::propose(request, lab.rex)); }
  void approve(const TestPerson& person) {
    must(TestLab::cast(lab.approval(person, request, log.seen()), person));
  }
  void grant() {
    propose();
    approve(lab.alice);
    approve(lab.bob);
  }

  Except exception(const std::string& from = "attested_host") const {
    return {.object = lab.object,
            .hosts = {lab.host.host.host},
            .demand = from,
            .level = Level::kSl2,
            .until = log.now() + 2 * kDay};
  }
  Change asked(const protocol::Subject& subject, const TestPerson& by) const {
    Change change = lab.change(by, subject, log.seen());
    change.expires = log.now() + kDay;
    return change;
  }
  std::string asking(const protocol::Subject& subject) const {
    return follow(TestLab::propose(asked(subject, lab.carol), lab.carol));
  }
  std::string asking_as_olga(const protocol::Subject& subject) const {
    return follow(TestLab::propose(asked(subject, olga), olga));
  }
  bool is_made(const Change& change) const {
    return (*log.rooms().vault.change(protocol::change_id(change)))->made.has_value();
  }
  void agree(const Change& change, const TestPerson& person) {
    must(TestLab::cast(lab.change_approval(person, change, log.seen()), person));
  }
  // Asked for by an officer outside the policy, so that all three custodians can agree.
  Change ask_as_olga(const protocol::Subject& subject) {
    Change change = asked(subject, olga);
    must(TestLab::propose(change, olga));
    return change;
  }
  void except(const Except& excepted) { make_change(log, lab, excepted); }

  TestPerson olga = make_person("Olga", protocol::PersonKind::kHuman, {protocol::Role::kOfficer});
  TestLab lab;
  TestLog log;
  protocol::Request request = lab.request(lab.rex);
};

bool says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

// Demands.

TEST_F(AtALevel, IsNotReleasedWithoutWhatTheLevelDemands) {
  EXPECT_TRUE(says(proposing(), "SL2")) << proposing();
  EXPECT_TRUE(says(proposing(), "attested hosts")) << proposing();
}

class AtSl2AsShipped : public AtALevel {
 protected:
  AtSl2AsShipped() : AtALevel([](LevelDemand&) {}) {}
};
TEST_F(AtSl2AsShipped, IsReleased) {
  grant();
  EXPECT_EQ(redeeming(), "");
}
TEST_F(AtSl2AsShipped, IsNotReleasedForLongerThanTheLevelAllows) {
  request.lease_seconds = 168 * kTestHour;
  EXPECT_EQ(proposing(), "");
  request.lease_seconds += 1;
  EXPECT_TRUE(says(proposing(), "at most 168 hours of lease, not 169")) << proposing();
}
TEST_F(AtSl2AsShipped, IsReleasedForLongerUnderAnException) {
  request.lease_seconds = 200 * kTestHour;
  Except longer = exception("lease_hours_max");
  longer.until = log.now() + 9 * kDay;
  except(longer);
  grant();
  EXPECT_EQ(redeeming(), "");
}
TEST_F(AtSl2AsShipped, HasNothingToExceptFromWhatIsNotDemanded) {
  EXPECT_TRUE(says(asking(exception("exec_allowlist")), "is met"));
}

class AtALevelOfFewSeats : public AtALevel {
 protected:
  AtALevelOfFewSeats() : AtALevel([](LevelDemand& row) { row.seats_copiers_max = 2; }) {}
};
TEST_F(AtALevelOfFewSeats, IsNotReleasedWhereMoreMayAskForCopies) {
  EXPECT_TRUE(says(proposing(), "at most 2 people who may ask for copies, not 5")) << proposing();
}

class AtALevelOfTeams : public AtALevel {
 protected:
  AtALevelOfTeams() : AtALevel([](LevelDemand& row) { row.teams = 2; }) {}
};
TEST_F(AtALevelOfTeams, IsNotReleasedByATreeOfSinglePeople) {
  EXPECT_TRUE(says(proposing(), "2 groups of the tree that must agree, not 1")) << proposing();
}

class AtALevelOfWhatNobodySees : public AtALevel {
 protected:
  AtALevelOfWhatNobodySees()
      : AtALevel([](LevelDemand& row) {
          row.senl_min = 3;
          row.slsa_level = std::max<std::int64_t>(row.slsa_level, 2);
          row.exec_allowlist = true;
          row.evidence_hours_max = 1;
          row.egress_interface_ppm_year_max = 10'000;
          row.egress_total_ppm_year_max = 50'000;
          row.seats_isolated_max = 50;
          row.seats_limited_output_max = 100;
        }) {}
};
TEST_F(AtALevelOfWhatNobodySees, IsNotReleasedAndSaysOfEachThatNobodyShowsIt) {
  const std::string why = proposing();
  for (const std::string words :
       {"sensitivity level (SenL) 3 of every custodian (this version cannot show it)",
        "SLSA level 2 for what hosts run (this version", "only what is listed (this version",
        "at most 1 hour since a host's evidence (this version", "at most 1 % of its size a year",
        "at most 5 % of its size a year leaving in all", "at most 50 people in isolation",
        "at most 100 people with limited output"})
    EXPECT_TRUE(says(why, words)) << words << "\n" << why;
}
TEST_F(AtALevelOfWhatNobodySees, IsNotReleasedWhereOneOfTheDemandsIsExcepted) {
  except(exception("senl_min"));
  const std::string why = proposing();
  EXPECT_FALSE(says(why, "SenL")) << why;
  EXPECT_TRUE(says(why, "SLSA")) << why;
}

// Exceptions.

TEST_F(AtALevel, IsReleasedUnderAnException) {
  except(exception());
  grant();
  EXPECT_EQ(redeeming(), "");
  EXPECT_EQ(level_standing(lab.object, log.rooms(), log.now())->exceptions.size(), 1u);
}
TEST_F(AtALevel, IsNotReleasedUnderAnExceptionThatIsOnlyAskedFor) {
  const Change change = asked(exception(), lab.carol);
  must(TestLab::propose(change, lab.carol));
  agree(change, lab.alice);
  EXPECT_FALSE(is_made(change));
  EXPECT_TRUE(says(proposing(), "attested hosts"));
}
TEST_F(AtALevel, IsNotReleasedToAnotherHostThanTheExceptions) {
  except(exception());
  request.host = lab.other_host.host.host;
  EXPECT_TRUE(says(proposing(), "excepted for other hosts only")) << proposing();
}
TEST_F(AtALevel, IsNotReleasedForAnotherObjectsException) {
  // Sealed once more, of the same asset.
  protocol::Deposit second = lab.deposit();
  second.object = crypto::random_id<ObjectId>();
  must(TestLab::make_deposit(second, lab.alice));
  except(exception());
  request.object = second.object;
  EXPECT_TRUE(says(proposing(), "attested hosts")) << proposing();
}
TEST_F(AtALevel, IsNotReleasedOnceTheExceptionIsOver) {
  except(exception());
  log.advance(2 * kDay);
  EXPECT_TRUE(says(proposing(), "attested hosts"));
}
TEST_F(AtALevel, IsNotReleasedForLongerThanTheExceptionLasts) {
  except(exception());
  log.advance(2 * kDay - kTestHour);
  EXPECT_TRUE(says(proposing(), "not until the lease would end")) << proposing();
}
TEST_F(AtALevel, IsNotGrantedOnceTheExceptionIsOver) {
  request.expires = log.now() + 5 * kDay;
  except(exception());
  propose();
  approve(lab.alice);
  log.advance(2 * kDay);
  EXPECT_TRUE(says(follow(TestLab::cast(lab.approval(lab.bob, request, log.seen()), lab.bob)),
                   "attested hosts"));
}
TEST_F(AtALevel, IsNotRedeemedOnceTheExceptionIsOver) {
  request.expires = log.now() + 5 * kDay;
  except(exception());
  grant();
  log.advance(2 * kDay);
  EXPECT_TRUE(says(redeeming(), "attested hosts"));
}
TEST_F(AtALevel, IsNotReleasedUnderAnExceptionFromALowerLevel) {
  except(exception());
  make_change(log, lab, protocol::SetLevel{lab.asset, Level::kSl3, log.now() + 5 * kDay});
  EXPECT_TRUE(says(proposing(), "attested hosts"));
}
TEST_F(AtALevel, IsNeverExceptedFromTheTreeTheSiteTheWitnessesOrTheRuleOfAgents) {
  for (const std::string never :
       {"approvals", "spare_custodians", "teams", "keeper_apart", "recovery_holders", "witnesses",
        "verifying_witnesses", "change_buffer_hours", "agents_never"})
    EXPECT_TRUE(says(asking(exception(never)), "except")) << never;
}
TEST_F(AtALevel, IsNotReleasedWhileFrozenWhateverIsExcepted) {
  except(exception());
  must(lab.freeze(lab.alice));
  EXPECT_TRUE(says(proposing(), "fr")) << proposing();
}
TEST_F(AtALevel, AnExceptionLastsThirtyDaysAtMost) {
  Except longer = exception();
  longer.until = log.now() + 30 * kDay;
  EXPECT_EQ(asking(longer), "");
  longer.until = longer.until + 1;
  EXPECT_TRUE(says(asking(longer), "30 days at most"));
}
TEST_F(AtALevel, AnExceptionIsForHostsThatTakeLeases) {
  Except elsewhere = exception();
  elsewhere.hosts = {crypto::random_id<HostId>()};
  EXPECT_TRUE(says(asking(elsewhere), "takes no leases here"));
}
TEST_F(AtALevel, AnExceptionNamesTheLevelThatTheObjectNeeds) {
  Except lower = exception();
  lower.level = Level::kSl1;
  EXPECT_TRUE(says(asking(lower), "is SL2 now, not SL1"));
}
TEST_F(AtALevel, AnExceptionOfWhatNoLevelDemandsIsNotRead) {
  EXPECT_TRUE(says(asking(exception("luck")), "no level demands such a thing"));
}
TEST_F(AtALevel, AnExceptionIsRenewedByOnePersonMoreEachTime) {
  except(exception());
  EXPECT_TRUE(says(asking(exception()), "it takes 3 approvals")) << asking(exception());
  const Change renewed = ask_as_olga(exception());
  agree(renewed, lab.alice);
  agree(renewed, lab.bob);
  EXPECT_FALSE(is_made(renewed));
  agree(renewed, lab.carol);
  EXPECT_TRUE(is_made(renewed));
  EXPECT_TRUE(says(asking_as_olga(exception()), "it takes 4 approvals"));
}
TEST_F(AtALevel, AnExceptionThatIsOverIsStillRenewedByOnePersonMore) {
  except(exception());
  log.advance(3 * kDay);
  EXPECT_TRUE(says(asking(exception()), "it takes 3 approvals"));
}
TEST_F(AtALevel, ARenewalIsNotMadeByADishonestServerWithFewerApprovals) {
  except(exception());
  const Change renewed = ask_as_olga(exception());
  agree(renewed, lab.alice);
  agree(renewed, lab.bob);
  protocol::Command made;
  made.type = protocol::EntryType::kChanged;
  made.body =
      to_json(vault::Changed{protocol::change_id(renewed), {log.size() - 2, log.size() - 1}});
  EXPECT_TRUE(says(follow(made), "without its quorum")) << follow(made);
}

// The level demands more approvals than the policy in force gives.
class AtALevelOfThreeApprovals : public AtALevel {
 protected:
  AtALevelOfThreeApprovals()
      : AtALevel([](LevelDemand& row) {
          row.approvals = 3;
          row.attested_host = true;
        }) {}
};
TEST_F(AtALevelOfThreeApprovals, AnExceptionTakesTheLevelsQuorum) {
  const Change change = ask_as_olga(exception());
  agree(change, lab.alice);
  agree(change, lab.bob);
  EXPECT_FALSE(is_made(change));
  agree(change, lab.carol);
  EXPECT_TRUE(is_made(change));
}

class Unassessed : public AtALevel {
 protected:
  Unassessed() : AtALevel([](LevelDemand&) {}, std::nullopt) {}
};
TEST_F(Unassessed, HasNoExceptionThatWitnessesHaveNotSeen) {
  Except strictest = exception();
  strictest.level = Level::kSl5;
  // Of people enough, so that it is the witnesses alone that are missing.
  EXPECT_TRUE(says(asking_as_olga(strictest), "24 hours seen by 3 witnesses"))
      << asking_as_olga(strictest);
}

TEST(InADemonstration, ThereIsNothingToExceptFrom) {
  const TestLab lab;
  TestLog log;
  add_up_to_proposal(log, lab, lab.request(lab.rex), lab.rex);
  const Change change = lab.change(
      lab.carol,
      Except{lab.object, {lab.host.host.host}, "attested_host", Level::kSl5, log.now() + kDay},
      log.seen());
  const Result<void> asked = log.add(TestLab::propose(change, lab.carol));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, ErrorCode::kConflict);
}

// Tables.

TEST_F(AtALevel, ATableThatDemandsMoreBindsAtOnce) {
  except(exception());
  grant();
  std::vector<LevelDemand> stricter = lab.genesis.levels;
  demand(stricter, Level::kSl2, [](LevelDemand& row) { row.exec_allowlist = true; });
  make_change(log, lab, protocol::SetLevels{stricter});
  EXPECT_EQ((*log.rooms().vault.founding())->levels, stricter);
  EXPECT_TRUE(says(redeeming(), "only what is listed"));
}
TEST_F(AtALevel, ATableThatDemandsLessIsPutInForceByAQuorum) {
  make_change(log, lab, protocol::SetLevels{protocol::catalog_levels()});
  grant();
  EXPECT_EQ(redeeming(), "");
}
TEST_F(AtALevel, ATableThatIsInForceIsNotPutInForce) {
  EXPECT_TRUE(says(asking(protocol::SetLevels{lab.genesis.levels}), "in force already"));
}
TEST_F(AtALevel, ATableThatDemandsLessOfAHigherLevelIsNotRead) {
  std::vector<LevelDemand> odd = lab.genesis.levels;
  odd.back().witnesses = 0;
  EXPECT_TRUE(says(asking(protocol::SetLevels{odd}), "demands less than the level below it"));
}
TEST_F(AtALevel, ATableThatLetsAgentsCountIsNotRead) {
  std::vector<LevelDemand> odd = lab.genesis.levels;
  odd.front().agents_never = false;
  EXPECT_TRUE(says(asking(protocol::SetLevels{odd}), "AI agents never count"));
}
TEST_F(Unassessed, ATableThatDemandsLessAnywhereWaitsForWitnesses) {
  std::vector<LevelDemand> laxer = lab.genesis.levels;
  laxer.at(1).lease_hours_max = 169;
  EXPECT_TRUE(says(asking(protocol::SetLevels{laxer}), "hours seen by"));
  laxer = lab.genesis.levels;
  laxer.at(1).lease_hours_max.reset();  // no bound at all
  EXPECT_TRUE(says(asking(protocol::SetLevels{laxer}), "hours seen by"));
}
TEST_F(Unassessed, ATableThatDemandsMoreEverywhereDoesNot) {
  std::vector<LevelDemand> stricter = lab.genesis.levels;
  stricter.back().recovery_holders = 6;
  EXPECT_EQ(asking(protocol::SetLevels{stricter}), "");
}
TEST_F(Unassessed, ATableThatTradesOneDemandForAnotherLoosens) {
  std::vector<LevelDemand> traded = lab.genesis.levels;
  traded.back().recovery_holders = 6;
  traded.back().lease_hours_max = 9;
  EXPECT_TRUE(says(asking(protocol::SetLevels{traded}), "hours seen by"));
}

// A lab that wants loosening to wait at SL2 already.
class AtALevelThatWaits : public AtALevel {
 protected:
  AtALevelThatWaits()
      : AtALevel([](LevelDemand& row) {
          row.change_buffer_hours = std::max<std::int64_t>(48, row.change_buffer_hours);
        }) {}
};
TEST_F(AtALevelThatWaits, IsLoosenedOnlyAfterTheHoursOfItsTable) {
  std::vector<LevelDemand> laxer = lab.genesis.levels;
  laxer.at(1).lease_hours_max = 169;
  EXPECT_TRUE(says(asking(protocol::SetLevels{laxer}), "48 hours seen by"))
      << asking(protocol::SetLevels{laxer});
}

}  // namespace
}  // namespace strongroom::judge
