// What must fail of oracles: custodians, the keeper and the host, asked in one matter and shown
// pieces of another. Two attackers: a depositor whose own object's documents carry somebody else's
// secrets (their digests stand truly in the log), and a server that gives other documents than the
// log names.
#include <gtest/gtest.h>

#include "ballot.h"
#include "crypto/random.h"
#include "seal/layout.h"
#include "seal/resealed_leaves.h"
#include "whole_lab.h"

namespace strongroom::promises {
namespace {

using seal::KeyRecord;
using seal::SealedShares;

/// `victim` is honest. `lure` is an object that nobody minds releasing.
class TwoObjects : public testing::Test {
 protected:
  WholeLab lab_;
  const SealedModel victim_ = lab_.seal("dana", small_model());

  /// Deposited by dana, truly signed; only record and shares are as `forge` leaves them.
  template <class Forge>
  [[nodiscard]] SealedModel deposit_lure(Forge forge) {
    Person& dana = lab_.person("dana");
    SealedModel lure;
    lure.plaintext = {{"harmless", pattern(100)}};
    lure.object = must(lab_.seal_only(dana.follower(), lure.plaintext, {}));
    seal::SealedObject& object = lure.object;
    KeyRecord record = must(seal::decode_key_record(object.key_record));
    SealedShares shares = must(seal::decode_sealed_shares(object.sealed_shares));
    forge(record, shares);
    object.key_record = must(encode(record));
    object.sealed_shares = must(encode(shares));
    object.key_record_digest = seal::key_record_digest(object.key_record);
    object.sealed_shares_digest = seal::sealed_shares_digest(object.sealed_shares);
    put(seal::key_record_blob(object.object, 0, {}), object.key_record);
    put(seal::sealed_shares_blob(object.object, 0, {}), object.sealed_shares);
    lure.deposit = victim_.deposit;  // another version of the same asset
    lure.deposit.object = object.object;
    lure.deposit.manifest = object.manifest_digest;
    lure.deposit.key_record = object.key_record_digest;
    lure.deposit.sealed_shares = object.sealed_shares_digest;
    lure.deposit.files = object.files;
    lure.deposit.plaintext_bytes = static_cast<std::int64_t>(object.plaintext_bytes);
    lure.deposit.sealed_bytes = static_cast<std::int64_t>(object.sealed_bytes);
    lure.deposit.checkpoint = dana.follower().world().seen();
    protocol::Command command;
    command.type = protocol::EntryType::kDeposited;
    command.statement = to_json(lure.deposit);
    must(lab_.send(dana, std::move(command)), "depositing the lure");
    return lure;
  }
  void put(const std::string& name, const std::string& bytes) {
    must(lab_.objects().put(name, as_bytes(bytes), store::OnExisting::kReplace));
  }
  [[nodiscard]] Asked approved(const SealedModel& model) {
    Asked asked = lab_.ask("dana", model);
    must(lab_.approve("alice", asked.id()));
    must(lab_.approve("bob", asked.id()));
    return asked;
  }
  /// A keeper of the same site, at the end of the same log, that nobody stands before.
  [[nodiscard]] std::unique_ptr<keeper::Keeper> keeper() {
    auto keeper = std::make_unique<keeper::Keeper>(lab_.id(), lab_.deposit_key(), lab_.clock);
    must(keeper->follow(lab_.entries()));
    return keeper;
  }
  [[nodiscard]] static keeper::ObjectRecords records(const SealedModel& model) {
    return {model.object.key_record, model.object.sealed_shares};
  }
};

TEST_F(TwoObjects, AreReleasedWhenNobodyCheats) {
  const SealedModel lure = deposit_lure([](KeyRecord&, SealedShares&) {});
  const Asked asked = approved(lure);
  const Result<Files> released = lab_.release(asked);
  ASSERT_TRUE(released) << released.error().context;
  EXPECT_EQ(*released, lure.plaintext);
}

// What a custodian opens is what she was shown.

class ACustodianShownTheLure : public TwoObjects {
 protected:
  void expect_refused(const SealedModel& lure, ErrorCode code) {
    const Asked asked = lab_.ask("dana", lure);
    const Result<protocol::Receipt> receipt = lab_.approve("alice", asked.id());
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, code) << receipt.error().context;
    EXPECT_TRUE(lab_.proposal(asked.id())->votes.empty());
  }
  [[nodiscard]] KeyRecord victims_record() const { return lab_.key_record(victim_); }
  [[nodiscard]] SealedShares victims_shares() const { return lab_.sealed_shares(victim_); }
};

TEST_F(ACustodianShownTheLure, DoesNotOpenTheVictimsLeafInIt) {
  const SealedModel lure = deposit_lure(
      [&](KeyRecord&, SealedShares& shares) { shares.leaves = victims_shares().leaves; });
  expect_refused(lure, ErrorCode::kWrongKey);
}

TEST_F(ACustodianShownTheLure, DoesNotOpenItWithTheVictimsCommitmentsBesideItEither) {
  const SealedModel lure = deposit_lure([&](KeyRecord& record, SealedShares& shares) {
    shares.leaves = victims_shares().leaves;
    record.groups = victims_record().groups;
  });
  expect_refused(lure, ErrorCode::kWrongKey);
}

TEST_F(ACustodianShownTheLure, DoesNotOpenAnotherCustodiansLeafPutInHerPlace) {
  const SealedModel lure = deposit_lure([&](KeyRecord&, SealedShares& shares) {
    std::swap(shares.leaves[0].sealed, shares.leaves[1].sealed);
  });
  expect_refused(lure, ErrorCode::kWrongKey);
}

TEST_F(ACustodianShownTheLure, RefusesAnHonestDepositWhenTheServerGivesTheVictimsDocuments) {
  const SealedModel lure = deposit_lure([](KeyRecord&, SealedShares&) {});
  lab_.lie([&](const http::Request& request, const std::function<http::Response()>& truth) {
    http::Response response = truth();
    if (request.path.ends_with("/key-record-0")) {
      response.body = copy_bytes(as_bytes(victim_.object.key_record));
    } else if (request.path.ends_with("/sealed-shares-0")) {
      response.body = copy_bytes(as_bytes(victim_.object.sealed_shares));
    }
    return response;
  });
  expect_refused(lure, ErrorCode::kNotAuthentic);
}

TEST_F(ACustodianShownTheLure, RefusesTheVictimsLeavesAloneFromTheServer) {
  const SealedModel lure = deposit_lure([](KeyRecord&, SealedShares&) {});
  lab_.lie([&](const http::Request& request, const std::function<http::Response()>& truth) {
    http::Response response = truth();
    if (request.path.ends_with("/sealed-shares-0"))
      response.body = copy_bytes(as_bytes(victim_.object.sealed_shares));
    return response;
  });
  expect_refused(lure, ErrorCode::kNotAuthentic);
}

// What the keeper opens is what was granted.

class TheKeeperAskedForTheLure : public TwoObjects {
 protected:
  void expect_nothing_redeemed(const SealedModel& lure) {
    const Asked asked = approved(lure);
    const Result<Redeemed> redeemed = lab_.redeem(asked.id());
    ASSERT_FALSE(redeemed);
    EXPECT_EQ(redeemed.error().code, ErrorCode::kWrongKey) << redeemed.error().context;
  }
};

TEST_F(TheKeeperAskedForTheLure, DoesNotOpenTheVictimsSiteSecretInIt) {
  expect_nothing_redeemed(deposit_lure(
      [&](KeyRecord&, SealedShares& shares) { shares.site = lab_.sealed_shares(victim_).site; }));
}

TEST_F(TheKeeperAskedForTheLure, DoesNotOpenItWithTheVictimsWrappedKeyBesideItEither) {
  expect_nothing_redeemed(deposit_lure([&](KeyRecord& record, SealedShares& shares) {
    shares.site = lab_.sealed_shares(victim_).site;
    record.groups[0].wrapped = lab_.key_record(victim_).groups[0].wrapped;
  }));
}

TEST_F(TheKeeperAskedForTheLure, DoesNotGiveASiteSecretThatTheRecordDoesNotCommitTo) {
  expect_nothing_redeemed(deposit_lure([&](KeyRecord& record, SealedShares&) {
    record.groups[0].wrapped = lab_.key_record(victim_).groups[0].wrapped;
  }));
}

TEST_F(TheKeeperAskedForTheLure, RefusesTheVictimsDocumentsWholeOrMixed) {
  const SealedModel lure = deposit_lure([](KeyRecord&, SealedShares&) {});
  const Asked asked = approved(lure);
  const Redeemed redeemed = must(lab_.redeem(asked.id()));
  const auto alone = keeper();
  ASSERT_TRUE(alone->open(redeemed.redemption, records(lure)));
  const keeper::ObjectRecords ours = records(lure);
  const keeper::ObjectRecords theirs = records(victim_);
  for (const keeper::ObjectRecords& shown :
       {theirs, keeper::ObjectRecords{ours.key_record, theirs.sealed_shares},
        keeper::ObjectRecords{theirs.key_record, ours.sealed_shares}}) {
    EXPECT_EQ(alone->open(redeemed.redemption, shown).error().code, ErrorCode::kNotAuthentic);
  }
}

TEST_F(TheKeeperAskedForTheLure, OpensNothingForARedemptionThatItsLogDoesNotHold) {
  const SealedModel lure = deposit_lure([](KeyRecord&, SealedShares&) {});
  const Asked asked = approved(lure);
  const Redeemed redeemed = must(lab_.redeem(asked.id()));
  protocol::Redemption other = redeemed.redemption;
  other.nonce = crypto::random_id<Digest>();
  EXPECT_EQ(keeper()->open(other, records(lure)).error().code, ErrorCode::kNotYet);
  const Asked unapproved = lab_.ask("dana", victim_);
  other = redeemed.redemption;
  other.proposal = unapproved.id();
  EXPECT_EQ(keeper()->open(other, records(victim_)).error().code, ErrorCode::kNotYet);
}

// What the host puts together is what was voted for it, now.

/// One object, released twice to one host with one and the same key: the strongest replay.
class TwoProposalsOfOneHost : public testing::Test {
 protected:
  WholeLab lab_;
  const SealedModel model_ = lab_.seal("dana", small_model());
  const Asked first_ = approved(lab_.draft("dana", model_));

  [[nodiscard]] Asked approved(Asked asked) {
    must(lab_.propose(asked, "dana"));
    must(lab_.approve("alice", asked.id()));
    must(lab_.approve("bob", asked.id()));
    return asked;
  }
  /// For the key of the first.
  [[nodiscard]] Asked draft_again() {
    lab_.clock.advance(60);
    Asked asked = lab_.draft("dana", model_);
    asked.request.recipient = first_.request.recipient;
    asked.prove();
    return asked;
  }
  [[nodiscard]] Result<std::unique_ptr<seal::OpenObject>> open(
      const protocol::Redemption& redemption, const std::vector<protocol::RedeemedSite>& sites) {
    client::Follower& follower = lab_.host().line->follower;
    must(follower.follow());
    return agent::open_redeemed({follower, lab_.objects(), first_.recipient.secret}, redemption,
                                sites);
  }
  /// As custodian::approve, but with a leaf of the voter's choice.
  [[nodiscard]] Result<protocol::Receipt> vote_with(const std::string& name, const Asked& asked,
                                                    const seal::ResealedLeaf& leaf) {
    Person& who = lab_.person(name);
    must(who.follower().follow());
    const protocol::Opening reason = must(protocol::open_text("trust me"));
    const protocol::Vote vote{.strongroom = lab_.id(),
                              .proposal = asked.id(),
                              .decision = protocol::VoteDecision::kApprove,
                              .person = who.id(),
                              .key = who.key().public_keys().id,
                              .role = protocol::Role::kCustodian,
                              .valid_until = asked.request.expires,
                              .checkpoint = who.follower().world().seen(),
                              .leaves = {{leaf.group, leaf.path, digest_of(leaf)}},
                              .reason = commitment_to("reason", reason)};
    protocol::Command command;
    command.type = protocol::EntryType::kVoted;
    command.statement = to_json(vote);
    command.texts = {{"reason", reason}};
    command.attachments = {
        {protocol::leaves_name(vote), copy_bytes(as_bytes(seal::encode(std::vector{leaf})))}};
    return lab_.send(who, std::move(command));
  }
  /// What alice holds, sealed to whomever.
  [[nodiscard]] seal::ResealedLeaf alices_leaf(const seal::Recipient& recipient) {
    const Person& alice = lab_.person("alice");
    const seal::SealedShares shares = lab_.sealed_shares(model_);
    const seal::KeyRecord record = lab_.key_record(model_);
    const seal::OpenLeaf leaf = must(seal::open_leaf(*shares.leaf(0, alice.key().public_keys().id),
                                                     record, alice.key().opening_secret()));
    return must(seal::reseal_leaf(leaf, record, recipient));
  }
  void expect_alice_is_named(const Asked& asked) {
    const Redeemed redeemed = must(lab_.redeem(asked.id()));
    const auto opened = open(redeemed.redemption, redeemed.sites);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::kWrongKey);
    const std::string named = " 1 (person " + lab_.person("alice").id().hex() + ")";
    EXPECT_NE(opened.error().context.find(named), std::string::npos) << opened.error().context;
  }
};

TEST_F(TwoProposalsOfOneHost, AreEachOpenedByTheirOwnRedemption) {
  const Asked second = approved(draft_again());
  const Redeemed of_first = must(lab_.redeem(first_.id()));
  const Redeemed of_second = must(lab_.redeem(second.id()));
  EXPECT_TRUE(open(of_first.redemption, of_first.sites));
  EXPECT_TRUE(open(of_second.redemption, of_second.sites));
}

TEST_F(TwoProposalsOfOneHost, DoNotShareTheKeepersAnswer) {
  const Asked second = approved(draft_again());
  const Redeemed of_first = must(lab_.redeem(first_.id()));
  const Redeemed of_second = must(lab_.redeem(second.id()));
  EXPECT_EQ(open(of_second.redemption, of_first.sites).error().code, ErrorCode::kWrongKey);
}

TEST_F(TwoProposalsOfOneHost, DoNotShareTheAnswerOfAnotherRedemptionNumber) {
  Asked twice = draft_again();
  twice.request.redemptions = 2;
  twice.prove();
  const Asked second = approved(std::move(twice));
  const Redeemed one = must(lab_.redeem(second.id(), 1));
  const Redeemed two = must(lab_.redeem(second.id(), 2));
  EXPECT_TRUE(open(two.redemption, two.sites));
  EXPECT_EQ(open(two.redemption, one.sites).error().code, ErrorCode::kWrongKey);
}

TEST_F(TwoProposalsOfOneHost, DoNotShareLeavesThatTheServerReplays) {
  const Asked second = approved(draft_again());
  const Redeemed redeemed = must(lab_.redeem(second.id()));
  const std::string alices = protocol::leaves_name(last_vote(lab_, second.id(), "alice"));
  const Bytes older = must(lab_.host().line->follower.attachment(
      protocol::leaves_name(last_vote(lab_, first_.id(), "alice"))));
  lab_.lie([&](const http::Request& request, const std::function<http::Response()>& truth) {
    http::Response response = truth();
    if (request.path.ends_with(alices)) response.body = older;
    return response;
  });
  EXPECT_EQ(open(redeemed.redemption, redeemed.sites).error().code, ErrorCode::kNotAuthentic);
}

TEST_F(TwoProposalsOfOneHost, DoNotShareALeafThatItsOwnCustodianReplays) {
  const Asked second = draft_again();
  must(lab_.propose(second, "dana"));
  const seal::Recipient older{first_.id(), first_.request.recipient};
  must(vote_with("alice", second, alices_leaf(older)));
  must(lab_.approve("bob", second.id()));
  expect_alice_is_named(second);
}

TEST_F(TwoProposalsOfOneHost, DoNotOpenByALeafResealedForSomebodyElse) {
  const crypto::KemKeyPair accomplice = crypto::generate_kem(crypto::KemKind::kX25519);
  const Asked second = draft_again();
  must(lab_.propose(second, "dana"));
  must(vote_with("alice", second, alices_leaf({second.id(), accomplice.public_key})));
  must(lab_.approve("bob", second.id()));
  expect_alice_is_named(second);
}

TEST_F(TwoProposalsOfOneHost, DoNotTakeAVoteWithALeafOfAnotherPath) {
  const Asked second = draft_again();
  must(lab_.propose(second, "dana"));
  seal::ResealedLeaf leaf = alices_leaf({second.id(), second.request.recipient});
  leaf.path = "2";
  EXPECT_FALSE(vote_with("alice", second, leaf));
  EXPECT_TRUE(lab_.proposal(second.id())->votes.empty());
}

}  // namespace
}  // namespace strongroom::promises
