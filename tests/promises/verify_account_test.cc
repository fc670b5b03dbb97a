#include <gtest/gtest.h>

#include "verifier.h"

/// strongroom-verify tells of everything that it judged: beside releases also what a quorum changed
/// and what makes a deposit certain.
namespace strongroom::promises {
namespace {

using format::Json;
using judge::kTestHour;
using judge::kTestStart;
using judge::TestLab;
using judge::TestLog;
using judge::TestPerson;
using protocol::EntryType;
using protocol::PersonKind;
using protocol::Role;

class ALogWithChanges : public testing::Test {
 protected:
  void SetUp() override { add_up_to_proposal(lines_, lab_, request_, lab_.rex); }
  void add(const protocol::Command& command) {
    const Result<void> added = lines_.add(command);
    ASSERT_TRUE(added.has_value()) << added.error().context;
  }
  // Asked for by carol, approved by alice and bob.
  void make(const protocol::Subject& subject) {
    const protocol::Change change = lab_.change(lab_.carol, subject, lines_.seen());
    add(TestLab::propose(change, lab_.carol));
    for (const TestPerson* each : {&lab_.alice, &lab_.bob})
      add(TestLab::cast(lab_.change_approval(*each, change, lines_.seen()), *each));
  }
  void confirm(const TestPerson& person) {
    protocol::Confirmation confirmation;
    confirmation.strongroom = lab_.id;
    confirmation.object = lab_.object;
    confirmation.key_record = lab_.deposit().key_record;
    confirmation.groups = lab_.deposit().groups;
    confirmation.person = person.id();
    confirmation.key = person.key;
    confirmation.checkpoint = lines_.seen();
    add(TestLab::signed_by(EntryType::kConfirmed, to_json(confirmation), person));
  }
  void release_and_rehearse() {
    for (const TestPerson* each : {&lab_.alice, &lab_.bob})
      add(TestLab::cast(lab_.approval(*each, request_), *each));
    add(TestLab::redeem(lab_.redemption(request_), lab_.host));
    add(TestLab::signed_by(EntryType::kRehearsed,
                           to_json(protocol::Rehearsal{.strongroom = lab_.id,
                                                       .proposal = TestLab::proposal_of(request_),
                                                       .n = 1,
                                                       .host = request_.host,
                                                       .nodes = {"", "1", "2", "3"}}),
                           lab_.host));
  }
  [[nodiscard]] Ran verified(const std::string& more = "") {
    log_.publish(lines_.lines());
    return verify(log_, "--demonstration --id demo-" + lab_.id.hex() + more);
  }
  void expect_said(const Ran& ran, const std::vector<std::string>& said) {
    EXPECT_EQ(ran.code, 0) << ran.output;
    std::string flat;  // as if no line were broken
    for (const char each : ran.output) {
      if (each == '\n' || each == ' ') {
        if (!flat.ends_with(' ')) flat += ' ';
      } else {
        flat += each;
      }
    }
    for (const std::string& each : said)
      EXPECT_NE(flat.find(each), std::string::npos) << each << "\n" << ran.output;
  }

  const TestLab lab_;
  const protocol::Request request_ = lab_.request(lab_.rex);
  TestLog lines_;
  PublishedLog log_{lab_};
};

TEST_F(ALogWithChanges, NamesAFreezeThatWasLiftedAndStillCountsIt) {
  const std::int64_t position = lines_.size();
  add(lab_.freeze(lab_.bob));
  add(lab_.freeze(lab_.alice, lab_.object));
  make(protocol::Unfreeze{{position}});

  expect_said(
      verified(),
      {"2 freezes (1 lifted by a quorum), 0 recalls",
       "1 change of the strongroom asked for; 2 votes in favour, 0 against; 1 made",
       "lifted the freeze of entry " + std::to_string(position) + "; asked for by person " +
           lab_.carol.id().hex() + " approved by person " + lab_.alice.id().hex() + " (entry "});
  const Json told = parsed(verified(" --json"));
  EXPECT_EQ(number(told, "freezes"), 2);
  EXPECT_EQ(number(told, "freezes_lifted"), 1);
}

TEST_F(ALogWithChanges, NamesWhoWasEnrolledWithWhichKey) {
  const TestPerson dan = judge::make_person("dan", PersonKind::kHuman, {Role::kRequester});
  make(lab_.enrolment(dan));
  make(protocol::RetireMember{lab_.rex.id()});

  expect_said(verified(), {"enrolled person " + dan.id().hex() + " (human; requester), cleared for",
                           "with key " + dan.key.hex(), "retired person " + lab_.rex.id().hex(),
                           "6 people, services and agents and 2 hosts, as the log stands now"});
  const Json told = parsed(verified(" --json"));
  EXPECT_EQ(number(told, "changes_made"), 2);
  EXPECT_EQ(number(told, "change_approvals"), 4);
  EXPECT_EQ(number(told, "people"), 6);
  const Json::Array& changes = *told.object()->at("changes").array();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(text(changes[0], "kind"), "enrol");
  EXPECT_EQ(text(changes[0].object()->at("subject").object()->at("member"), "person"),
            dan.id().hex());
  EXPECT_EQ(changes[0].object()->at("votes").array()->size(), 2u);
}

TEST_F(ALogWithChanges, DoesNotListAChangeAsMadeThatTooFewApproved) {
  const protocol::Change change = lab_.change(lab_.carol, protocol::RetireMember{lab_.rex.id()});
  add(TestLab::propose(change, lab_.carol));
  add(TestLab::cast(lab_.change_approval(lab_.alice, change), lab_.alice));

  const Ran ran = verified();
  expect_said(ran, {"1 change of the strongroom asked for; 1 vote in favour, 0 against; 0 made"});
  EXPECT_EQ(ran.output.find("retired person"), std::string::npos);
  const Json told = parsed(verified(" --json"));
  const Json::Array& changes = *told.object()->at("changes").array();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_FALSE(changes[0].object()->contains("made_at"));
}

TEST_F(ALogWithChanges, CountsConfirmationsAndRehearsalsAndWhatIsCertain) {
  confirm(lab_.alice);
  confirm(lab_.bob);
  expect_said(verified(), {"2 confirmations by custodians that their shares open, 0 rehearsals of "
                           "an opening; 0 deposits are certain"});
  confirm(lab_.carol);
  release_and_rehearse();
  expect_said(verified(), {"3 confirmations by custodians that their shares open, 1 rehearsal of "
                           "an opening; 1 deposit is certain"});
  const Json told = parsed(verified(" --json"));
  EXPECT_EQ(number(told, "confirmations"), 3);
  EXPECT_EQ(number(told, "rehearsals"), 1);
  EXPECT_EQ(number(told, "objects_certain"), 1);
}

TEST_F(ALogWithChanges, CountsWhatEverySignerHadSeen) {
  const std::int64_t before = number(parsed(verified(" --json")), "heads_compared");
  make(protocol::RetireMember{lab_.rex.id()});  // a change and two votes
  confirm(lab_.alice);
  EXPECT_EQ(number(parsed(verified(" --json")), "heads_compared"), before + 4);
}

TEST_F(ALogWithChanges, OfADishonestServerThatMadeOneWithoutVotesIsNotVerified) {
  const protocol::Change change = lab_.change(lab_.carol, protocol::RetireMember{lab_.rex.id()});
  add(TestLab::propose(change, lab_.carol));
  protocol::Entry entry;
  entry.index = lines_.size();
  entry.time = lines_.now();
  entry.type = EntryType::kChanged;
  entry.body = to_json(vault::Changed{.change = protocol::change_id(change), .votes = {}});
  lines_.force(entry);

  const Ran ran = verified();
  EXPECT_EQ(ran.code, static_cast<int>(ErrorCode::kRefused)) << ran.output;
  EXPECT_NE(ran.output.find("log entry " + std::to_string(entry.index)), std::string::npos);
}

TEST(ALogOfASmallStrongroom, NamesItsRecoveryHolders) {
  const TestLab lab(protocol::Mode::kSmall);
  TestLog lines;
  ASSERT_TRUE(lines.add(lab.founding()).has_value());
  PublishedLog log(lab);
  log.publish(lines.lines());
  const Ran ran = verify(log, "--id " + lab.id.hex());
  EXPECT_EQ(ran.code, 0) << ran.output;
  EXPECT_NE(ran.output.find("any 2 of 3 recovery holders stand in for its site key"),
            std::string::npos)
      << ran.output;
  const Json told = parsed(verify(log, "--json --id " + lab.id.hex()));
  const Json& recovery = told.object()->at("recovery");
  EXPECT_EQ(number(recovery, "threshold"), 2);
  EXPECT_EQ(recovery.object()->at("holders").array()->size(), 3u);
}

}  // namespace
}  // namespace strongroom::promises
