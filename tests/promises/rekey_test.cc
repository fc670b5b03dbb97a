#include <gtest/gtest.h>

#include "agent/rekey.h"
#include "ballot.h"
#include "custodian/changes.h"
#include "custodian/confirm.h"
#include "judge/standing.h"
#include "seal/layout.h"
#include "whole_lab.h"

/// New keys for something sealed, with real shares and over the wire: who notices what, and what
/// opens when.
namespace strongroom::promises {
namespace {

using protocol::ReleaseAct;

// Sealed to two of alice, bob and carol; dana asks. gpu-1 re-keys, gpu-2 rehearses.
class AReKey : public testing::Test {
 protected:
  vault::Object object() {
    client::Follower& follower = lab.host().line->follower;
    must(follower.follow());
    return *must(follower.world().rooms().vault.object(model.deposit.object));
  }
  // What `act` asks for now.
  Asked asked_for(ReleaseAct act, std::size_t host) {
    const vault::Object now = object();
    const vault::Record& record = act == ReleaseAct::kRehearse ? *now.pending : now.record;
    Asked asked = lab.draft("dana", model, host);
    asked.request.epoch = record.epoch;
    asked.request.key_record = record.key_record;
    asked.request.policy = record.policy;
    asked.request.act = act;
    if (act != ReleaseAct::kLease) asked.request.byte_budget = 0;
    if (act == ReleaseAct::kRekey) {
      const auto founding = must(lab.host().line->follower.world().rooms().vault.founding());
      asked.request.new_keys =
          protocol::NewKeys{now.next_epoch(), founding->policy.digest(), record.wrap_suite};
    }
    asked.prove();
    return asked;
  }
  // Proposed, approved by two, redeemed.
  Redeemed released(const Asked& asked) {
    must(lab.propose(asked, "dana"), "proposing");
    for (const char* each : {"alice", "bob"}) {
      if (!lab.proposal(asked.id())->granted) must(lab.approve(each, asked.id()), "approving");
    }
    return must(lab.redeem(asked.id(), 1, asked.host), "redeeming");
  }
  Result<agent::WrittenRekey> written(const Asked& asked, const Redeemed& redeemed) {
    Host& host = lab.host(asked.host);
    RETURN_IF_ERROR(host.line->follower.follow());
    return agent::write_rekey(
        {host.line->follower, lab.objects(), asked.recipient.secret, host.own()},
        redeemed.redemption, redeemed.sites);
  }
  Result<void> log_it(const agent::WrittenRekey& rekey, std::size_t host = 0) {
    RETURN_IF_ERROR(lab.host(host).line->follower.submit(rekey.command));
    return {};
  }
  void rekey() {
    const Asked asked = asked_for(ReleaseAct::kRekey, 0);
    must(log_it(must(written(asked, released(asked)), "writing")), "logging");
  }
  Result<void> rehearse() {
    const Asked asked = asked_for(ReleaseAct::kRehearse, 1);
    const Redeemed redeemed = released(asked);
    Host& host = lab.host(1);
    RETURN_IF_ERROR(host.line->follower.follow());
    ASSIGN_OR_RETURN(
        const std::vector<std::string> nodes,
        agent::rehearse_redeemed({host.line->follower, lab.objects(), asked.recipient.secret},
                                 redeemed.redemption, redeemed.sites));
    return agent::tell_rehearsed(host.line->follower, host.own(), redeemed.redemption, nodes);
  }
  Result<protocol::Receipt> confirm(const std::string& who) {
    Person& person = lab.person(who);
    return custodian::confirm(person.follower(), person.hands(), model.deposit.object);
  }
  void confirm_by_all() {
    for (const char* each : {"alice", "bob", "carol"}) must(confirm(each), each);
  }
  void complete() {
    rekey();
    confirm_by_all();
    must(rehearse(), "rehearsing");
    ASSERT_EQ(object().record.epoch, 1);
  }
  Files read_now() {
    const Asked asked = asked_for(ReleaseAct::kLease, 0);
    const Redeemed redeemed = released(asked);
    return must(read_all(*must(lab.open(asked, redeemed), "opening")));
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
};

TEST_F(AReKey, LeavesTheModelReadableByTheNewKeysOnceItIsConfirmed) {
  const Bytes payload_before =
      must(lab.objects().get(seal::manifest_blob(model.deposit.object), 1 << 20));
  complete();
  EXPECT_EQ(read_now(), model.plaintext);
  EXPECT_EQ(must(lab.objects().get(seal::manifest_blob(model.deposit.object), 1 << 20)),
            payload_before);
}

TEST_F(AReKey, LeavesTheModelReadableByTheOldKeysUntilThen) {
  rekey();
  EXPECT_EQ(read_now(), model.plaintext);
  Asked early = asked_for(ReleaseAct::kRehearse, 0);
  early.request.act = ReleaseAct::kLease;
  early.request.byte_budget = 1 << 20;
  early.prove();
  EXPECT_EQ(lab.propose(early, "dana").error().code, ErrorCode::kNotYet);
}

TEST_F(AReKey, OnceConfirmedLetsNoReleaseUnderTheOldKeysGoOn) {
  const Asked asked = lab.ask("dana", model);
  must(lab.approve("alice", asked.id()));
  complete();
  EXPECT_EQ(lab.approve("bob", asked.id()).error().code, ErrorCode::kExpired);
  EXPECT_EQ(lab.propose(lab.draft("dana", model), "dana").error().code, ErrorCode::kExpired);
}

TEST_F(AReKey, OnceConfirmedGivesNoStoredSecretOfTheOldKeysAgain) {
  const Asked asked = lab.ask("dana", model);
  for (const char* each : {"alice", "bob"}) must(lab.approve(each, asked.id()));
  Host& host = lab.host();
  must(host.line->follower.follow());
  const agent::SignedRedemption signed_redemption =
      must(agent::sign_redemption(host.line->connection, host.own(), *lab.proposal(asked.id()), 1));
  const Redeemed redeemed{signed_redemption.redemption,
                          must(agent::send_redemption(host.line->connection, signed_redemption))};
  complete();

  EXPECT_EQ(agent::send_redemption(host.line->connection, signed_redemption).error().code,
            ErrorCode::kExpired);
  keeper::Keeper keeper(lab.id(), lab.deposit_key(), lab.clock);
  must(keeper.follow(lab.entries()));
  EXPECT_EQ(keeper.open(redeemed.redemption, {model.object.key_record, model.object.sealed_shares})
                .error()
                .code,
            ErrorCode::kExpired);
  EXPECT_EQ(lab.open(asked, redeemed).error().code, ErrorCode::kExpired);
}

TEST_F(AReKey, IsNeverOpenedForReading) {
  const Asked asked = asked_for(ReleaseAct::kRekey, 0);
  const Redeemed redeemed = released(asked);
  EXPECT_EQ(lab.open(asked, redeemed).error().code, ErrorCode::kRefused);
}

TEST_F(AReKey, IsNotMadeOfALeaseThatWasReleased) {
  const Asked asked = lab.ask("dana", model);
  for (const char* each : {"alice", "bob"}) must(lab.approve(each, asked.id()));
  const Redeemed redeemed = must(lab.redeem(asked.id()));
  EXPECT_EQ(written(asked, redeemed).error().code, ErrorCode::kRefused);
}

TEST_F(AReKey, IsShownToACustodianAsWhatItIs) {
  const Asked asked = asked_for(ReleaseAct::kRekey, 0);
  must(lab.propose(asked, "dana"));
  const custodian::Shown shown =
      must(custodian::inspect(lab.person("bob").follower(), asked.id(), lab.clock.now()));
  const std::string text = custodian::render(shown, lab.clock.now());
  for (const char* words :
       {"RE-KEY", "epoch 0 becomes epoch 1", "2 of (alice, bob, carol)", "nothing is read"})
    EXPECT_NE(text.find(words), std::string::npos) << words << "\n" << text;
  EXPECT_EQ(text.find("ANOTHER TREE"), std::string::npos) << text;
}

TEST_F(AReKey, WhoseDocumentsAreNotInTheStoreIsNotLogged) {
  const Asked asked = asked_for(ReleaseAct::kRekey, 0);
  const agent::WrittenRekey rekey = must(written(asked, released(asked)));
  agent::take_back(rekey, lab.objects());
  EXPECT_EQ(log_it(rekey).error().code, ErrorCode::kNotFound);
}

// As after a host that lost its power between the store and the log.
TEST_F(AReKey, ThatWasBrokenOffStandsInNobodysWay) {
  const Asked broken_off = asked_for(ReleaseAct::kRekey, 0);
  must(written(broken_off, released(broken_off)));
  complete();
  EXPECT_EQ(read_now(), model.plaintext);
}

TEST_F(AReKey, SealsNothingToWhoHasLeftThePolicy) {
  Person& carol = lab.person("carol");
  const auto two = must(protocol::Policy::checked(
      {.person = std::nullopt,
       .threshold = 1,
       .of = {{.person = lab.person("alice").id(), .threshold = 0, .of = {}},
              {.person = lab.person("bob").id(), .threshold = 0, .of = {}}}}));
  const protocol::ChangeId change = must(custodian::propose(
      carol.follower(), carol.hands(),
      {.subject = protocol::SetPolicy{two}, .reason = "carol leaves", .texts = {}}));
  for (const char* each : {"alice", "bob"}) {
    Person& person = lab.person(each);
    const custodian::ShownChange shown =
        must(custodian::inspect(person.follower(), change, lab.clock.now()));
    must(custodian::vote(person.follower(), person.hands(), shown, protocol::VoteDecision::kApprove,
                         "agreed"));
  }
  const Asked asked = asked_for(ReleaseAct::kRekey, 0);
  const Redeemed redeemed = released(asked);
  const custodian::Shown shown =
      must(custodian::inspect(lab.person("bob").follower(), asked.id(), lab.clock.now()));
  EXPECT_NE(custodian::render(shown, lab.clock.now()).find("ANOTHER TREE"), std::string::npos);
  const agent::WrittenRekey rekey = must(written(asked, redeemed));
  must(log_it(rekey));

  for (const seal::SealedLeaf& leaf : rekey.keys.shares.leaves) EXPECT_NE(leaf.person, carol.id());
  must(confirm("alice"));
  must(confirm("bob"));
  must(rehearse());
  EXPECT_EQ(object().record.policy, two.digest());
  EXPECT_EQ(read_now(), model.plaintext);
}

// A hostile host, which signs what it should not.
class AReKeyByAHostileHost : public AReKey {
 protected:
  // Around a data key that is not the object's: sabotage.
  void rekey_around_another_key() {
    const Asked asked = asked_for(ReleaseAct::kRekey, 0);
    const Redeemed redeemed = released(asked);
    agent::WrittenRekey rekey = must(written(asked, redeemed));
    std::vector<seal::DataKey> wrong;
    wrong.push_back(seal::random_data_key());
    seal::KeyHolders holders{.policy = lab.genesis().policy,
                             .custodians = {},
                             .deposit_key = lab.genesis().deposit_key,
                             .recovery = std::nullopt,
                             .recovery_keys = {}};
    for (const PersonId& person : holders.policy.persons()) {
      for (const crypto::PublicKeys& key : lab.genesis().member(person)->keys)
        holders.custodians.push_back({person, key});
    }
    put(must(seal::draw_keys({lab.id(), model.deposit.object, 1}, holders, wrong)), rekey.rekey);
  }
  // One custodian's commitment is of another share: she could never take part.
  void rekey_that_loses_carol() {
    const Asked asked = asked_for(ReleaseAct::kRekey, 0);
    agent::WrittenRekey rekey = must(written(asked, released(asked)));
    rekey.keys.record.groups.front().commitments.back().commitment.bytes[0] ^= 1;
    put(rekey.keys, rekey.rekey);
  }
  void put(const seal::NewKeys& keys, protocol::Rekey rekey) {
    const seal::WrittenKeys stored = must(seal::write_keys(keys, lab.objects()));
    rekey.key_record = stored.key_record;
    rekey.sealed_shares = stored.sealed_shares;
    protocol::Command command;
    command.type = protocol::EntryType::kRekeyed;
    command.statement = to_json(rekey);
    Host& host = lab.host();
    const protocol::Signer signer{
        host.key.id(),
        [&](ByteView bytes) -> Result<crypto::Ed25519Signature> { return host.key.sign(bytes); }};
    command.signatures = {must(protocol::sign_statement(*command.statement, signer))};
    must(host.line->follower.submit(command), "logging");
  }
};

// Every custodian's share fits; only the opening shows that what they open is not the model's key.
TEST_F(AReKeyByAHostileHost, AroundAnotherDataKeyIsNoticedByTheRehearsalAndTheOldKeysStay) {
  rekey_around_another_key();
  confirm_by_all();
  EXPECT_FALSE(rehearse());
  EXPECT_EQ(object().record.epoch, 0);
  EXPECT_EQ(read_now(), model.plaintext);
}

TEST_F(AReKeyByAHostileHost, ThatLosesACustodianIsNoticedByHerAndByTheRehearsal) {
  rekey_that_loses_carol();
  must(confirm("alice"));
  EXPECT_EQ(confirm("carol").error().code, ErrorCode::kNotAuthentic);
  EXPECT_EQ(rehearse().error().code, ErrorCode::kNotAuthentic);
  EXPECT_EQ(object().record.epoch, 0);
  EXPECT_EQ(read_now(), model.plaintext);
}

TEST_F(AReKeyByAHostileHost, IsTakenBackByOneCustodianAndMadeAgain) {
  rekey_that_loses_carol();
  const ProposalId bad = object().rekeys.back().rekey.proposal;
  must(lab.recall("carol", bad));
  rekey();
  confirm_by_all();
  must(rehearse());
  EXPECT_EQ(object().record.epoch, 2);
  EXPECT_EQ(read_now(), model.plaintext);
}

// What a custodian held for the old epoch opens nothing in the new one.
TEST_F(AReKey, TakesNoLeafOfTheOldEpochForOneOfTheNew) {
  complete();
  const Bytes record = must(lab.objects().get(
      seal::key_record_blob(model.deposit.object, 1, object().record.key_record), 1 << 20));
  const seal::KeyRecord now = must(seal::decode_key_record(as_text(record)));
  const seal::SealedShares before = lab.sealed_shares(model);
  Person& alice = lab.person("alice");
  const seal::SealedLeaf* leaf = before.leaf(0, alice.key().public_keys().id);
  ASSERT_NE(leaf, nullptr);
  EXPECT_TRUE(seal::open_leaf(*leaf, lab.key_record(model), alice.key().opening_secret()));
  EXPECT_EQ(seal::open_leaf(*leaf, now, alice.key().opening_secret()).error().code,
            ErrorCode::kWrongKey);
}

}  // namespace
}  // namespace strongroom::promises
