#include <gtest/gtest.h>

#include "attacker.h"
#include "crypto/random.h"
#include "crypto/shamir.h"
#include "forged_log.h"
#include "seal/resealed_leaves.h"

/// The attacker is the server, root on it: its keys, its disks, and whatever it says.
namespace strongroom::promises {
namespace {

using protocol::EntryType;

class TheServer : public testing::Test {
 protected:
  explicit TheServer(const Plan& plan = Plan::flat()) : lab(plan) {}

  [[nodiscard]] protocol::Command grant(std::vector<std::int64_t> votes) {
    protocol::Command command;
    command.type = EntryType::kGranted;
    command.body = to_json(vault::Granted{.proposal = asked.id(), .votes = std::move(votes)});
    return command;
  }
  /// By the host that was asked for, by the keeper, and by anybody who judges the log.
  void expect_nobody_believes(const Entries& entries, ErrorCode why) {
    keeper::Keeper keeper(lab.id(), lab.deposit_key(), lab.clock);
    EXPECT_EQ(judged(lab.id(), entries).error().code, why);
    EXPECT_FALSE(keeper.follow(entries));
    lab.lie(forged_log(lab, entries));
    EXPECT_EQ(lab.host().line->follower.follow().error().code, why);
    EXPECT_FALSE(lab.redeem(asked.id()));
  }
  [[nodiscard]] Bytes carried_leaves(const std::string& name) {
    return must(lab.person("bob").follower().attachment(
        protocol::leaves_name(last_vote(lab, asked.id(), name))));
  }

  WholeLab lab;
  SealedModel model = lab.seal("dana", small_model());
  Asked asked = lab.ask("dana", model);
};

// By its key.

TEST_F(TheServer, TakesTheOuterLayerOffWithItsKeyAndFindsTheInnerOneThere) {
  const Attacker attacker(lab, model);
  const Bytes inner = attacker.without_outer_layer();

  EXPECT_FALSE(attacker.opens_with_any_of(inner));
  EXPECT_TRUE(attacker.opens_with({"alice", "bob"})) << "the same attempt, with the quorum";
}

TEST_F(TheServer, OpensNoLeafWithItsKey) {
  const Attacker attacker(lab, model);
  const crypto::KemPrivate key = lab.deposit_key();

  ASSERT_EQ(attacker.shares().leaves.size(), 3u);
  for (const seal::SealedLeaf& leaf : attacker.shares().leaves)
    EXPECT_EQ(seal::open_leaf(leaf, attacker.record(), key).error().code, ErrorCode::kWrongKey);
}

TEST_F(TheServer, OpensNothingWithAnythingThatLiesOnItsDisk) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  const Attacker attacker(lab, model);
  Bytes material = attacker.without_outer_layer();
  const auto add = [&](ByteView bytes) {
    material.insert(material.end(), bytes.begin(), bytes.end());
  };
  lab.deposit_key().with_bytes(add);
  attacker.site().with_bytes(add);
  add(attacker.record().groups.front().wrapped.view());
  for (const seal::NodeCommitment& each : attacker.record().groups.front().commitments)
    add(each.commitment.view());
  for (const seal::SealedLeaf& leaf : attacker.shares().leaves) {
    add(leaf.sealed.encapsulated);
    add(leaf.sealed.ciphertext);
  }
  for (const seal::ResealedLeaf& leaf :
       must(seal::decode_resealed_leaves(as_text(carried_leaves("alice"))))) {
    add(leaf.sealed.encapsulated);
    add(leaf.sealed.ciphertext);
  }
  for (const std::string& entry : lab.entries()) add(as_bytes(entry));

  EXPECT_GT(material.size(), 5'000u);
  EXPECT_FALSE(attacker.opens_with_any_of(material));
}

TEST_F(TheServer, OpensNothingWithAllThatAFinishedReleaseLeftWithIt) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));
  ASSERT_TRUE(lab.release(asked));
  const Attacker attacker(lab, model);
  const crypto::KemPrivate key = lab.deposit_key();
  std::vector<seal::ResealedLeaf> leaves;
  for (const char* name : {"alice", "bob"}) {
    for (seal::ResealedLeaf& leaf :
         must(seal::decode_resealed_leaves(as_text(carried_leaves(name)))))
      leaves.push_back(std::move(leaf));
  }

  const seal::Combined combined =
      must(seal::combine_leaves(leaves, attacker.record(), 0, {asked.id(), &key}));

  EXPECT_FALSE(combined.secret);
  EXPECT_EQ(combined.bad.size(), 2u);
}

// With fewer custodians than the quorum, or with the quorum but without the site.

TEST_F(TheServer, WithAnyOneCustodianOpensNothing) {
  const Attacker attacker(lab, model);

  for (const char* name : {"alice", "bob", "carol"}) EXPECT_FALSE(attacker.opens_with({name}));
}

TEST_F(TheServer, OpensWithExactlyThoseCustodiansWhoAreAQuorum) {
  const Attacker attacker(lab, model);

  for (const std::vector<std::string>& names : subsets({"alice", "bob", "carol"}))
    EXPECT_EQ(attacker.opens_with(names), names.size() >= 2);
}

class TheServerUnderANestedPolicy : public TheServer {
 protected:
  TheServerUnderANestedPolicy() : TheServer(Plan::nested()) {}
};

TEST_F(TheServerUnderANestedPolicy, OpensWithExactlyThoseCustodiansWhoAreAQuorum) {
  const Attacker attacker(lab, model);
  const auto counts = [](const std::vector<std::string>& names,
                         const std::vector<std::string>& team) {
    return std::count_if(names.begin(), names.end(), [&](const std::string& name) {
      return std::find(team.begin(), team.end(), name) != team.end();
    });
  };

  for (const auto& names : subsets({"alice", "bob", "carol", "rita", "rolf"})) {
    const bool quorum =
        counts(names, {"alice", "bob", "carol"}) >= 2 && counts(names, {"rita", "rolf"}) >= 1;
    EXPECT_EQ(attacker.opens_with(names), quorum) << testing::PrintToString(names);
  }
}

TEST_F(TheServerUnderANestedPolicy, WithAllOfOneTeamHasThatTeamsShareAndNothingMore) {
  const Attacker attacker(lab, model);
  std::vector<crypto::Share> shares;
  shares.push_back({1, attacker.leaf_of("alice").secret});
  shares.push_back({2, attacker.leaf_of("bob").secret});

  const seal::QuorumSecret teams_share = must(crypto::combine(shares));

  EXPECT_FALSE(attacker.opens(teams_share));
  EXPECT_FALSE(attacker.opens_with({"alice", "bob", "carol"}));
  EXPECT_FALSE(attacker.opens_with({"rita", "rolf"}));
}

class AQuorumWithoutTheSite : public TheServer {
 protected:
  [[nodiscard]] ErrorCode tried_with(const seal::SiteSecret& site) {
    const Attacker attacker(lab, model);
    const seal::Combined all = must(attacker.combined({"alice", "bob", "carol"}));
    CHECK(all.secret.has_value());
    return seal::unwrap(attacker.record().groups.front().wrapped, *all.secret, site,
                        attacker.record().context(0))
        .error()
        .code;
  }
};

TEST_F(AQuorumWithoutTheSite, CannotOpenTheSiteSecretWithAnyOfItsKeys) {
  const seal::SealedShares shares = lab.sealed_shares(model);
  const seal::SealedSite& sealed = shares.site.front();

  for (const char* name : {"alice", "bob", "carol"}) {
    EXPECT_EQ(
        seal::open_site(sealed, lab.key_record(model), lab.person(name).key().opening_secret())
            .error()
            .code,
        ErrorCode::kWrongKey);
  }
}

TEST_F(AQuorumWithoutTheSite, OpensNothingWithASiteSecretOfItsOwn) {
  EXPECT_EQ(tried_with(seal::random_site_secret()), ErrorCode::kWrongKey);
}

TEST_F(AQuorumWithoutTheSite, OpensNothingWithTheSiteSecretOfAnotherObject) {
  const SealedModel other = lab.seal("dana", small_model());

  EXPECT_EQ(tried_with(Attacker(lab, other).site()), ErrorCode::kWrongKey);
}

TEST_F(AQuorumWithoutTheSite, GetsNoSiteSecretFromAKeeperThatSawNoRedemption) {
  for (const char* name : {"alice", "bob"}) ASSERT_TRUE(lab.approve(name, asked.id()));
  keeper::Keeper keeper(lab.id(), lab.deposit_key(), lab.clock);
  ASSERT_TRUE(keeper.follow(lab.entries()));
  const protocol::Redemption redemption{.strongroom = lab.id(),
                                        .proposal = asked.id(),
                                        .n = 1,
                                        .host = lab.host().id,
                                        .nonce = must(keeper.challenge(asked.id(), 1)),
                                        .evidence = {}};

  EXPECT_EQ(
      keeper.open(redemption, {model.object.key_record, model.object.sealed_shares}).error().code,
      ErrorCode::kNotYet);
}

// By lying to sealers: see genesis_test.cc for what it can invent. What a sealer seals to comes
// from the log alone.

TEST_F(TheServer, DoesNotTurnASealersKeysByShowingAnotherFounding) {
  const crypto::KemKeyPair own = crypto::generate_kem(crypto::KemKind::kX25519);
  protocol::Genesis changed = lab.genesis();
  changed.deposit_key = {crypto::key_id_of(crypto::KemKind::kX25519, own.public_key),
                         crypto::KemKind::kX25519, own.public_key};
  protocol::Command founding = lab.founding();
  founding.statement = to_json(changed);
  lab.lie(forged_log(lab, with_next({}, founding, lab.clock.now())));
  client::Follower& dana = lab.person("dana").follower();

  EXPECT_FALSE(dana.follow());
  const seal::SealedObject sealed = must(lab.seal_only(dana, small_model(), {}));
  const auto shares = must(seal::decode_sealed_shares(sealed.sealed_shares));
  EXPECT_NE(shares.site_of(0, lab.genesis().deposit_key.id), nullptr);
  EXPECT_EQ(shares.site.size(), 1u);
}

// By lying to agents and to the keeper (and to custodians: see lies_test.cc).

TEST_F(TheServer, GrantsNothingWithoutAVote) {
  expect_nobody_believes(with_next(lab.entries(), grant({}), lab.clock.now()), ErrorCode::kRefused);
}

TEST_F(TheServer, GrantsNothingOnOneVoteOfTwo) {
  const std::int64_t vote = must(lab.approve("alice", asked.id())).index;

  expect_nobody_believes(with_next(lab.entries(), grant({vote}), lab.clock.now()),
                         ErrorCode::kRefused);
}

TEST_F(TheServer, GrantsNothingOnOneVoteNamedTwice) {
  const std::int64_t vote = must(lab.approve("alice", asked.id())).index;
  const Entries entries = with_next(lab.entries(), grant({vote, vote}), lab.clock.now());
  lab.lie(forged_log(lab, entries));

  EXPECT_FALSE(judged(lab.id(), entries));
  EXPECT_FALSE(lab.host().line->follower.follow());
  EXPECT_FALSE(lab.redeem(asked.id()));
}

TEST_F(TheServer, GrantsNothingOnARefusal) {
  const std::int64_t yes = must(lab.approve("alice", asked.id())).index;
  const std::int64_t no = must(lab.refuse("bob", asked.id())).index;

  expect_nobody_believes(with_next(lab.entries(), grant({yes, no}), lab.clock.now()),
                         ErrorCode::kRefused);
}

TEST_F(TheServer, GrantsNothingAfterAFreeze) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  const Entries before = lab.entries();
  const protocol::Command vote =
      cast(approval(lab, lab.person("bob"), model, asked), lab.person("bob"));
  ASSERT_TRUE(lab.freeze("carol"));

  expect_nobody_believes(with_next(lab.entries(), vote, lab.clock.now()), ErrorCode::kFrozen);
}

TEST_F(TheServer, CannotVoteWithTheLogsKey) {
  Ballot ballot = approval(lab, lab.person("bob"), model, asked);
  protocol::Command vote = cast(ballot, lab.person("bob"));
  vote.signatures.front().signature = lab.log_key().sign(protocol::signed_bytes(*vote.statement));

  expect_nobody_believes(with_next(lab.entries(), vote, lab.clock.now()), ErrorCode::kNotAuthentic);
}

TEST_F(TheServer, CannotRedeemInAHostsName) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));
  protocol::Command command;
  command.type = EntryType::kRedeemed;
  command.statement = to_json(protocol::Redemption{.strongroom = lab.id(),
                                                   .proposal = asked.id(),
                                                   .n = 1,
                                                   .host = lab.host().id,
                                                   .nonce = crypto::random_id<Digest>(),
                                                   .evidence = crypto::random_id<Digest>()});
  command.signatures = {
      {lab.host().key.id(), lab.log_key().sign(protocol::signed_bytes(*command.statement))}};

  expect_nobody_believes(with_next(lab.entries(), command, lab.clock.now()),
                         ErrorCode::kNotAuthentic);
}

TEST_F(TheServer, CannotMakeAKeeperThatSawAForgedGrantOpenAnythingLater) {
  keeper::Keeper keeper(lab.id(), lab.deposit_key(), lab.clock);
  ASSERT_TRUE(keeper.follow(lab.entries()));
  ASSERT_FALSE(keeper.follow(Entries{with_next(lab.entries(), grant({}), lab.clock.now()).back()}));
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));
  const Redeemed honest = must(lab.redeem(asked.id()));

  const auto opened =
      keeper.open(honest.redemption, {model.object.key_record, model.object.sealed_shares});

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kRefused);
}

TEST_F(TheServer, LetsNoOtherHostRedeemWhatOneWasGranted) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  const Result<Redeemed> redeemed = lab.redeem(asked.id(), 1, 1);

  ASSERT_FALSE(redeemed);
  EXPECT_EQ(redeemed.error().code, ErrorCode::kRefused);
}

TEST_F(TheServer, LetsNothingBeRedeemedBeyondTheCount) {
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("bob", asked.id()));
  ASSERT_TRUE(lab.redeem(asked.id(), 1));

  const Result<Redeemed> again = lab.redeem(asked.id(), 2);

  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kRefused);
}

}  // namespace
}  // namespace strongroom::promises
