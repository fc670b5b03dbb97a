#include <gtest/gtest.h>

#include "ballot.h"
#include "custodian/changes.h"
#include "forged_log.h"
#include "keeper/keeper.h"

/// Changes of the strongroom itself, over the wire and against a server that lies about them.
namespace strongroom::promises {
namespace {

using protocol::VoteDecision;

class Change : public testing::Test {
 protected:
  Result<protocol::Receipt> freeze(const std::string& who) {
    return lab.freeze(who, model.deposit.object);
  }
  Result<protocol::ChangeId> propose(const std::string& who, protocol::Subject subject) {
    Person& person = lab.person(who);
    return custodian::propose(
        person.follower(), person.hands(),
        {.subject = std::move(subject), .reason = "looked into it: a false alarm", .texts = {}});
  }
  Result<protocol::Receipt> vote(const std::string& who, const protocol::ChangeId& change,
                                 VoteDecision decision = VoteDecision::kApprove) {
    Person& person = lab.person(who);
    ASSIGN_OR_RETURN(const custodian::ShownChange shown,
                     custodian::inspect(person.follower(), change, lab.clock.now()));
    return custodian::vote(person.follower(), person.hands(), shown, decision, "agreed");
  }
  void make(const protocol::Subject& subject) {
    const protocol::ChangeId change = must(propose("carol", subject));
    must(vote("alice", change));
    must(vote("bob", change));
  }
  // As a dishonest server would log it, believed by nobody.
  void expect_nobody_believes(const vault::Changed& changed, ErrorCode why) {
    protocol::Command command;
    command.type = protocol::EntryType::kChanged;
    command.body = to_json(changed);
    const Entries entries = with_next(lab.entries(), command, lab.clock.now());
    keeper::Keeper keeper(lab.id(), lab.deposit_key(), lab.clock);
    EXPECT_EQ(judged(lab.id(), entries).error().code, why);
    EXPECT_FALSE(keeper.follow(entries));
    lab.lie(forged_log(lab, entries));
    EXPECT_EQ(lab.host().line->follower.follow().error().code, why);
    EXPECT_EQ(lab.person("bob").follower().follow().error().code, why);
  }
  bool frozen() {
    Person& alice = lab.person("alice");
    must(alice.follower().follow());
    return must(alice.follower().world().rooms().vault.is_frozen(model.deposit.object));
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
};

TEST_F(Change, OfAFreezeTakesAQuorumAndLetsReleasesGoOn) {
  const Asked asked = lab.ask("dana", model);
  const std::int64_t position = must(freeze("alice")).index;
  ASSERT_FALSE(lab.approve("bob", asked.id()));

  make(protocol::Unfreeze{{position}});

  EXPECT_FALSE(frozen());
  must(lab.approve("alice", asked.id()));
  must(lab.approve("bob", asked.id()));
  EXPECT_TRUE(lab.release(asked));
}

TEST_F(Change, IsShownToACustodianAsWhatItIs) {
  const std::int64_t position = must(freeze("alice")).index;
  const protocol::ChangeId change = must(propose("carol", protocol::Unfreeze{{position}}));
  const custodian::ShownChange shown =
      must(custodian::inspect(lab.person("bob").follower(), change, lab.clock.now()));
  const std::string text = custodian::render(shown, lab.clock.now());

  EXPECT_TRUE(shown.loosens);
  EXPECT_NE(text.find("lets something open that could not before"), std::string::npos);
  EXPECT_NE(text.find("looked into it: a false alarm"), std::string::npos);
  EXPECT_NE(text.find("log position " + std::to_string(position)), std::string::npos);
  EXPECT_NE(text.find("alice"), std::string::npos);
  EXPECT_NE(text.find("carol"), std::string::npos);
}

TEST_F(Change, ThatTightensIsNotShownAsLoosening) {
  const protocol::ChangeId change = must(propose("carol", protocol::RetireHost{lab.host(0).id}));
  const custodian::ShownChange shown =
      must(custodian::inspect(lab.person("bob").follower(), change, lab.clock.now()));

  EXPECT_FALSE(shown.loosens);
}

TEST_F(Change, ThatIsRefusedIsNotMadeByOneApproval) {
  const std::int64_t position = must(freeze("alice")).index;
  const protocol::ChangeId change = must(propose("carol", protocol::Unfreeze{{position}}));
  must(vote("bob", change, VoteDecision::kRefuse));
  must(vote("alice", change));

  EXPECT_TRUE(frozen());
}

TEST_F(Change, ByADishonestServerWithoutVotesIsBelievedByNobody) {
  const std::int64_t position = must(freeze("alice")).index;
  const protocol::ChangeId change = must(propose("carol", protocol::Unfreeze{{position}}));

  expect_nobody_believes({.change = change, .votes = {}}, ErrorCode::kRefused);
}

TEST_F(Change, ByADishonestServerOnOneVoteIsBelievedByNobody) {
  const std::int64_t position = must(freeze("alice")).index;
  const protocol::ChangeId change = must(propose("carol", protocol::Unfreeze{{position}}));
  const std::int64_t at = must(vote("bob", change)).index;

  expect_nobody_believes({.change = change, .votes = {at}}, ErrorCode::kRefused);
}

TEST_F(Change, ByADishonestServerThatNobodyAskedForIsBelievedByNobody) {
  expect_nobody_believes({.change = {}, .votes = {0}}, ErrorCode::kNotFound);
}

// A frozen object gives nothing, whatever the server stored before.

class AFreezeAfterARedemption : public Change {
 protected:
  AFreezeAfterARedemption() {
    must(lab.approve("alice", asked.id()));
    must(lab.approve("bob", asked.id()));
    must(host.line->follower.follow());
    redemption = must(
        agent::sign_redemption(host.line->connection, host.own(), *lab.proposal(asked.id()), 1));
    first = encode(must(agent::send_redemption(host.line->connection, *redemption)));
  }
  Asked asked = lab.ask("dana", model);
  Host& host = lab.host();
  std::optional<agent::SignedRedemption> redemption;
  std::string first;
};

TEST_F(AFreezeAfterARedemption, StopsTheServersRepeatingOfTheSiteSecret) {
  must(freeze("alice"));
  const auto again = agent::send_redemption(host.line->connection, *redemption);

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kFrozen);
}

TEST_F(AFreezeAfterARedemption, StopsItByItsOtherNameToo) {
  const std::string sites = protocol::sites_name(asked.id(), 1);
  ASSERT_TRUE(host.line->follower.attachment(sites));
  must(freeze("alice"));

  EXPECT_EQ(host.line->follower.attachment(sites).error().code, ErrorCode::kFrozen);
}

TEST_F(AFreezeAfterARedemption, StopsTheReSealedLeaves) {
  const std::string leaves = protocol::leaves_name(last_vote(lab, asked.id(), "bob"));
  ASSERT_TRUE(host.line->follower.attachment(leaves));
  must(freeze("alice"));

  EXPECT_EQ(host.line->follower.attachment(leaves).error().code, ErrorCode::kFrozen);
}

TEST_F(AFreezeAfterARedemption, GivesTheSameBytesAgainOnceAQuorumLiftsIt) {
  make(protocol::Unfreeze{{must(freeze("alice")).index}});

  EXPECT_EQ(encode(must(agent::send_redemption(host.line->connection, *redemption))), first);
}

TEST_F(AFreezeAfterARedemption, IsNotNeededWhereARecallStopsItToo) {
  must(lab.recall("carol", asked.id()));

  EXPECT_EQ(agent::send_redemption(host.line->connection, *redemption).error().code,
            ErrorCode::kRefused);
}

TEST_F(Change, OfAFreezeCurbsWhoMadeItUntilAQuorumGivesTheRightBack) {
  make(protocol::Unfreeze{{must(freeze("alice")).index}});
  must(freeze("alice"));
  EXPECT_FALSE(frozen());

  make(protocol::RestoreFreeze{lab.person("alice").id()});
  must(freeze("alice"));
  EXPECT_TRUE(frozen());
}

}  // namespace
}  // namespace strongroom::promises
