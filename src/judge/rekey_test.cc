#include <gtest/gtest.h>

#include "judge/standing.h"
#include "judge/test_inventory.h"

/// New keys around the same data key: who may give them, and when the old ones stop opening.
namespace strongroom::judge {
namespace {

using protocol::EntryType;
using protocol::Level;
using protocol::Mode;
using protocol::ReleaseAct;
using protocol::Request;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

// Something sealed to two of Alice, Bob and Carol. Rex asks.
class ARekey : public ::testing::Test {
 protected:
  explicit ARekey(Mode mode = Mode::kDemonstration) : lab(mode) {}
  void SetUp() override {
    must(lab.founding());
    add_rehearsal(log, lab);
    must(TestLab::register_asset(lab.registration(), lab.alice));
    prepare();
    must(TestLab::make_deposit(sealed, lab.alice));
  }
  virtual void prepare() { sealed = lab.deposit(); }

  void must(const protocol::Command& command) {
    const Result<void> added = log.add(command);
    ASSERT_TRUE(added.has_value()) << added.error().context;
  }
  ErrorCode add(const protocol::Command& command) { return code_of(log.add(command)); }
  vault::Object object() const { return **log.rooms().vault.object(lab.object); }

  // Of the record in force.
  Request lease() const {
    Request request = lab.request(lab.rex);
    name_record(request, object().record);
    request.purpose = crypto::random_id<Digest>();
    request.expires = log.now() + 24 * kTestHour;
    return request;
  }
  Request rekey_request() const {
    Request request = lease();
    request.act = ReleaseAct::kRekey;
    request.byte_budget = 0;
    request.new_keys =
        protocol::NewKeys{object().next_epoch(), (*log.rooms().vault.founding())->policy.digest(),
                          object().record.wrap_suite};
    return request;
  }
  // Of the record that waits.
  Request rehearsal_request() const {
    Request request = lease();
    name_record(request, *object().pending);
    request.act = ReleaseAct::kRehearse;
    request.byte_budget = 0;
    return request;
  }
  static void name_record(Request& request, const vault::Record& record) {
    request.epoch = record.epoch;
    request.key_record = record.key_record;
    request.policy = record.policy;
    request.wrap_suite = record.wrap_suite;
  }
  void approve(const Request& request, const TestPerson& person) {
    must(TestLab::cast(vote(request, person), person));
  }
  protocol::Vote vote(const Request& request, const TestPerson& person) const {
    protocol::Vote vote = lab.approval(person, request, log.seen());
    const auto tree = *log.rooms().vault.policy(request.policy);
    for (protocol::LeafDigest& leaf : vote.leaves)
      leaf.path = tree->path_of(person.id()).value_or("1");
    return vote;
  }
  void grant(const Request& request) {
    must(TestLab::propose(request, lab.rex));
    for (const TestPerson* each : approvers) approve(request, *each);
  }
  void redeem(const Request& request) {
    grant(request);
    must(TestLab::redeem(lab.redemption(request), lab.host));
  }
  // What the host that redeemed it writes.
  protocol::Rekey rekey_of(const Request& request) const {
    return {.strongroom = lab.id,
            .proposal = TestLab::proposal_of(request),
            .n = 1,
            .host = request.host,
            .object = lab.object,
            .epoch = request.new_keys->epoch,
            .key_record = crypto::random_id<Digest>(),
            .sealed_shares = crypto::random_id<Digest>(),
            .policy = request.new_keys->policy,
            .deposit_key = lab.genesis.deposit_key.id,
            .wrap_suite = request.new_keys->wrap_suite,
            .checkpoint = log.seen()};
  }
  static protocol::Command told(const protocol::Rekey& rekey, const TestSigner& who) {
    return TestLab::signed_by(EntryType::kRekeyed, to_json(rekey), who);
  }
  // With one thing changed.
  ErrorCode rekeying(const std::function<void(protocol::Rekey&)>& change) {
    const Request request = rekey_request();
    redeem(request);
    protocol::Rekey rekey = rekey_of(request);
    change(rekey);
    return add(told(rekey, lab.host));
  }
  // Gives the request.
  Request rekey() {
    const Request request = rekey_request();
    redeem(request);
    must(told(rekey_of(request), lab.host));
    return request;
  }
  ErrorCode confirming(const TestPerson& person, const vault::Record& record) {
    protocol::Confirmation confirmation;
    confirmation.strongroom = lab.id;
    confirmation.object = lab.object;
    confirmation.epoch = record.epoch;
    confirmation.key_record = record.key_record;
    confirmation.groups = sealed.groups;
    confirmation.person = person.id();
    confirmation.key = person.key;
    confirmation.checkpoint = log.seen();
    return add(TestLab::signed_by(EntryType::kConfirmed, to_json(confirmation), person));
  }
  protocol::Command rehearsed(const Request& request) const {
    const protocol::Rehearsal rehearsal{
        .strongroom = lab.id,
        .proposal = TestLab::proposal_of(request),
        .n = 1,
        .host = request.host,
        .nodes = *recomputable_in(TestLab::proposal_of(request), log.rooms())};
    return TestLab::signed_by(EntryType::kRehearsed, to_json(rehearsal), lab.host);
  }
  void rehearse() {
    const Request request = rehearsal_request();
    redeem(request);
    must(rehearsed(request));
  }
  void confirm_by_all() {
    const vault::Record record = *object().pending;
    for (const TestPerson* each : {&lab.alice, &lab.bob, &lab.carol})
      ASSERT_EQ(confirming(*each, record), ErrorCode{});
  }
  void rekey_and_confirm() {
    rekey();
    confirm_by_all();
    rehearse();
    ASSERT_EQ(object().record.epoch, 1);
  }
  void set(const protocol::Subject& subject) {
    const protocol::Change change = lab.change(lab.carol, subject, log.seen());
    must(TestLab::propose(change, lab.carol));
    must(TestLab::cast(lab.change_approval(lab.alice, change, log.seen()), lab.alice));
    must(TestLab::cast(lab.change_approval(lab.bob, change, log.seen()), lab.bob));
  }

  TestLab lab;
  TestLog log;
  protocol::Deposit sealed;
  std::vector<const TestPerson*> approvers{&lab.alice, &lab.bob};
};

// The straight way.

TEST_F(ARekey, LeavesTheOldRecordInForceUntilTheNewOneIsConfirmed) {
  rekey();
  EXPECT_EQ(object().record.epoch, 0);
  EXPECT_EQ(object().pending->epoch, 1);
  EXPECT_EQ(add(TestLab::propose(lease(), lab.rex)), ErrorCode{});
}
TEST_F(ARekey, IsInForceOnceOneMoreThanTheQuorumConfirmedItAndAnOpeningWasRehearsed) {
  rekey();
  rehearse();
  const vault::Record record = *object().pending;
  for (const TestPerson* each : {&lab.alice, &lab.bob, &lab.carol}) {
    EXPECT_EQ(object().record.epoch, 0);
    EXPECT_EQ(confirming(*each, record), ErrorCode{});
  }
  EXPECT_EQ(object().record, record);
  EXPECT_FALSE(object().pending.has_value());
  EXPECT_TRUE(deposit_standing(lab.object, log.rooms())->certain);
}
TEST_F(ARekey, IsNotInForceWithoutTheRehearsal) {
  rekey();
  confirm_by_all();
  EXPECT_EQ(object().record.epoch, 0);
}
TEST_F(ARekey, TakesNoConfirmationOfTheOldRecordForOneOfTheNew) {
  const vault::Record old = object().record;
  rekey();
  rehearse();
  for (const TestPerson* each : {&lab.alice, &lab.bob, &lab.carol})
    EXPECT_EQ(confirming(*each, old), ErrorCode{});
  EXPECT_EQ(object().record.epoch, 0);
}
TEST_F(ARekey, TakesNoRehearsalOfTheOldRecordForOneOfTheNew) {
  const Request old = lease();
  redeem(old);
  rekey();
  confirm_by_all();
  must(rehearsed(old));
  EXPECT_EQ(object().record.epoch, 0);
}
TEST_F(ARekey, CanBeFollowedByAnother) {
  rekey_and_confirm();
  rekey();
  confirm_by_all();
  rehearse();
  EXPECT_EQ(object().record.epoch, 2);
}

// The old epoch, after.

TEST_F(ARekey, OnceConfirmedEndsEveryStepOfAReleaseUnderTheOldRecord) {
  const Request asked = lease();
  must(TestLab::propose(asked, lab.rex));
  approve(asked, lab.alice);
  const Request granted = lease();
  grant(granted);
  const Request late = lease();
  rekey_and_confirm();
  EXPECT_EQ(add(TestLab::propose(late, lab.rex)), ErrorCode::kExpired);
  EXPECT_EQ(add(TestLab::cast(vote(asked, lab.bob), lab.bob)), ErrorCode::kExpired);
  EXPECT_EQ(add(TestLab::cast(lab.refusal(lab.alice, asked, log.seen()), lab.alice)),
            ErrorCode::kExpired);
  EXPECT_EQ(add(TestLab::redeem(lab.redemption(granted), lab.host)), ErrorCode::kExpired);
}
TEST_F(ARekey, OnceConfirmedEndsAGrantThatADishonestServerMakesUnderTheOldRecord) {
  const Request asked = lease();
  must(TestLab::propose(asked, lab.rex));
  approve(asked, lab.alice);
  const std::int64_t first = log.size() - 1;
  rekey_and_confirm();
  protocol::Command grant;
  grant.type = EntryType::kGranted;
  grant.body = to_json(vault::Granted{TestLab::proposal_of(asked), {first}});
  EXPECT_EQ(add(grant), ErrorCode::kExpired);
}
TEST_F(ARekey, OnceConfirmedLetsNobodyConfirmOrRehearseTheOldRecord) {
  const vault::Record old = object().record;
  const Request opened = lease();
  redeem(opened);
  rekey_and_confirm();
  EXPECT_EQ(confirming(lab.alice, old), ErrorCode::kExpired);
  EXPECT_EQ(add(rehearsed(opened)), ErrorCode::kExpired);
}

// The new epoch, before.

TEST_F(ARekey, ThatIsNotConfirmedGivesNoLease) {
  rekey();
  Request request = lease();
  name_record(request, *object().pending);
  EXPECT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode::kNotYet);
}
TEST_F(ARekey, TakesTheQuorumOfTheRecordInForceAndNotOfTheNewOne) {
  rekey();
  Request request = rekey_request();
  name_record(request, *object().pending);
  EXPECT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode::kNotYet);
}
TEST_F(ARekey, HasNothingToRehearseWhenNoneWaits) {
  Request request = lease();
  request.act = ReleaseAct::kRehearse;
  request.byte_budget = 0;
  EXPECT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode::kRefused);
}

// What is asked for.

TEST_F(ARekey, IsRefusedToAnyButTheNextEpoch) {
  for (const std::int64_t epoch : {2, 7}) {
    Request request = rekey_request();
    request.new_keys->epoch = epoch;
    EXPECT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode::kConflict) << epoch;
  }
}
TEST_F(ARekey, IsRefusedToAnyButThePolicyInForce) {
  Request request = rekey_request();
  request.new_keys->policy.bytes[0] ^= 1;
  EXPECT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode::kConflict);
}
TEST_F(ARekey, IsRefusedToASuiteThatNobodyKnows) {
  Request request = rekey_request();
  request.new_keys->wrap_suite = "development-x25519";  // after a name that is not known
  EXPECT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedForSomeOfTheGroupsOnly) {
  Request request = rekey_request();
  request.groups = {0};
  EXPECT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedForTwoRedemptions) {
  Request request = rekey_request();
  request.redemptions = 2;
  EXPECT_EQ(add(TestLab::propose(request, lab.rex)), ErrorCode::kRefused);
}
TEST_F(ARekey, EndsWhenThePolicyChangesBeforeItIsGranted) {
  const Request request = rekey_request();
  must(TestLab::propose(request, lab.rex));
  approve(request, lab.alice);
  set(protocol::SetPolicy{make_policy(2, {lab.carol.id(), lab.bob.id(), lab.alice.id()})});
  EXPECT_EQ(add(TestLab::cast(vote(request, lab.bob), lab.bob)), ErrorCode::kConflict);
}
TEST_F(ARekey, EndsWhenThePolicyChangesBeforeItIsWritten) {
  const Request request = rekey_request();
  redeem(request);
  set(protocol::SetPolicy{make_policy(2, {lab.carol.id(), lab.bob.id(), lab.alice.id()})});
  EXPECT_EQ(add(told(rekey_of(request), lab.host)), ErrorCode::kConflict);
}

// What is written.

TEST_F(ARekey, IsTakenAsItWasAskedFor) {
  EXPECT_EQ(rekeying([](auto&) {}), ErrorCode{});
}
TEST_F(ARekey, IsRefusedAtAnotherEpochThanAskedFor) {
  EXPECT_EQ(rekeying([](auto& r) { r.epoch = 2; }), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedForAnotherObject) {
  EXPECT_EQ(rekeying([](auto& r) { r.object.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedToAnotherPolicyThanAskedFor) {
  EXPECT_EQ(rekeying([](auto& r) { r.policy.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedInAnotherSuiteThanAskedFor) {
  EXPECT_EQ(rekeying([](auto& r) { r.wrap_suite = "classical-p256"; }), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedToAnotherKeyThanTheSites) {
  EXPECT_EQ(rekeying([](auto& r) { r.deposit_key.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedForAnotherStrongroom) {
  EXPECT_EQ(rekeying([](auto& r) { r.strongroom.bytes[0] ^= 1; }), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedForARedemptionThatIsNotThere) {
  EXPECT_EQ(rekeying([](auto& r) { r.n = 2; }), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedWhenItsSharesWereSealedToWhatTheLogSaidBefore) {
  EXPECT_EQ(rekeying([](auto& r) { r.checkpoint = {}; }), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedByWhoHasSeenAnotherLog) {
  EXPECT_EQ(rekeying([](auto& r) { r.checkpoint.root.bytes[0] ^= 1; }), ErrorCode::kNotAuthentic);
}
TEST_F(ARekey, IsRefusedByAHostThatHasNotRedeemedIt) {
  const Request request = rekey_request();
  redeem(request);
  protocol::Rekey rekey = rekey_of(request);
  rekey.host = lab.other_host.host.host;
  EXPECT_EQ(add(told(rekey, lab.other_host)), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedWhenAnotherSignsItForTheHost) {
  const Request request = rekey_request();
  redeem(request);
  EXPECT_EQ(add(told(rekey_of(request), lab.other_host)), ErrorCode::kNotAuthentic);
  EXPECT_EQ(add(told(rekey_of(request), lab.alice)), ErrorCode::kNotAuthentic);
}
TEST_F(ARekey, IsRefusedByAReleaseThatWasNotAskedForAsOne) {
  const Request request = lease();
  redeem(request);
  Request as_rekey = rekey_request();
  protocol::Rekey rekey = rekey_of(as_rekey);
  rekey.proposal = TestLab::proposal_of(request);
  EXPECT_EQ(add(told(rekey, lab.host)), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedBeforeItsReleaseIsGrantedOrRedeemed) {
  const Request request = rekey_request();
  must(TestLab::propose(request, lab.rex));
  EXPECT_EQ(add(told(rekey_of(request), lab.host)), ErrorCode::kNotFound);
  for (const TestPerson* each : approvers) approve(request, *each);
  EXPECT_EQ(add(told(rekey_of(request), lab.host)), ErrorCode::kRefused);
}
TEST_F(ARekey, IsRefusedASecondTimeByOneRelease) {
  const Request request = rekey();
  EXPECT_EQ(add(told(rekey_of(request), lab.host)), ErrorCode::kConflict);
}
TEST_F(ARekey, IsRefusedOnceItsTimeIsOver) {
  const Request request = rekey_request();
  redeem(request);
  log.advance(request.lease_seconds);
  EXPECT_EQ(add(told(rekey_of(request), lab.host)), ErrorCode::kExpired);
}
TEST_F(ARekey, IsRefusedOnceTheHostSaysThatItIsOver) {
  const Request request = rekey_request();
  redeem(request);
  must(TestLab::end_lease(lab.lease_end(request), lab.host));
  EXPECT_EQ(add(told(rekey_of(request), lab.host)), ErrorCode::kExpired);
}

// Races, freezes, recalls.

TEST_F(ARekey, OfTwoAtOnceIsTheFirstInTheLog) {
  const Request first = rekey_request();
  Request second = rekey_request();
  second.host = lab.other_host.host.host;
  redeem(first);
  grant(second);
  must(TestLab::redeem(lab.redemption(second), lab.other_host));
  must(told(rekey_of(second), lab.other_host));
  EXPECT_EQ(add(told(rekey_of(first), lab.host)), ErrorCode::kConflict);
  EXPECT_EQ(object().rekeys.size(), 1u);
}
TEST_F(ARekey, ReplacesOneThatWaitsAndTakesAFreshNumber) {
  rekey();
  const vault::Record replaced = *object().pending;
  const Request rehearsal = rehearsal_request();
  redeem(rehearsal);
  rekey();
  EXPECT_EQ(object().pending->epoch, 2);
  EXPECT_EQ(confirming(lab.alice, replaced), ErrorCode::kExpired);
  EXPECT_EQ(add(rehearsed(rehearsal)), ErrorCode::kExpired);
}
TEST_F(ARekey, IsRefusedUnderAFreezeAtEveryStep) {
  const Request asked = rekey_request();
  must(TestLab::propose(asked, lab.rex));
  const Request redeemed = rekey_request();
  Request other = redeemed;
  other.purpose = crypto::random_id<Digest>();
  redeem(other);
  must(lab.freeze(lab.alice, lab.object));
  EXPECT_EQ(add(TestLab::propose(redeemed, lab.rex)), ErrorCode::kFrozen);
  EXPECT_EQ(add(TestLab::cast(vote(asked, lab.bob), lab.bob)), ErrorCode::kFrozen);
  EXPECT_EQ(add(told(rekey_of(other), lab.host)), ErrorCode::kFrozen);
}
TEST_F(ARekey, IsNotConfirmedOrRehearsedUnderAFreeze) {
  rekey();
  const vault::Record record = *object().pending;
  const Request request = rehearsal_request();
  redeem(request);
  must(lab.freeze(lab.alice, lab.object));
  EXPECT_EQ(confirming(lab.bob, record), ErrorCode::kFrozen);
  EXPECT_EQ(add(rehearsed(request)), ErrorCode::kFrozen);
}
TEST_F(ARekey, IsRefusedOnceRecalled) {
  const Request request = rekey_request();
  redeem(request);
  must(lab.recall(lab.carol, request));
  EXPECT_EQ(add(told(rekey_of(request), lab.host)), ErrorCode::kRefused);
}
TEST_F(ARekey, IsTakenBackByARecallUntilItIsConfirmed) {
  const Request request = rekey();
  const vault::Record record = *object().pending;
  must(lab.recall(lab.carol, request));
  EXPECT_FALSE(object().pending.has_value());
  EXPECT_EQ(confirming(lab.alice, record), ErrorCode::kExpired);
  EXPECT_EQ(object().next_epoch(), 2);
}
TEST_F(ARekey, IsNotTakenBackByARecallOnceItIsInForce) {
  const Request request = rekey();
  confirm_by_all();
  rehearse();
  must(lab.recall(lab.carol, request));
  EXPECT_EQ(object().record.epoch, 1);
}
TEST_F(ARekey, IsNotTakenBackByARecallOfAnotherRelease) {
  const Request other = lease();
  must(TestLab::propose(other, lab.rex));
  rekey();
  must(lab.recall(lab.carol, other));
  EXPECT_TRUE(object().pending.has_value());
}

// Suites.

class ARekeyOfWhatIsSealedInAStrongSuite : public ARekey {
 protected:
  void prepare() override {
    sealed = lab.deposit();
    sealed.wrap_suite = "classical-p256";
  }
  ErrorCode to(const std::string& suite) {
    Request request = rekey_request();
    request.new_keys->wrap_suite = suite;
    return add(TestLab::propose(request, lab.rex));
  }
};
TEST_F(ARekeyOfWhatIsSealedInAStrongSuite, NeverWeakensIt) {
  EXPECT_EQ(to("development-x25519"), ErrorCode::kRefused);
  EXPECT_EQ(to("none"), ErrorCode::kRefused);
  EXPECT_EQ(to("classical-p256"), ErrorCode{});
  EXPECT_EQ(to("post-quantum-xwing"), ErrorCode{});
}

// Levels and trees.

// Sealed at SL1 to two of three. Then the policy became three of four, and the level SL2, which
// demands three here: more than the object's own tree does.
class AnUnderSealedObject : public ARekey {
 protected:
  AnUnderSealedObject() : ARekey(Mode::kSmall) {
    for (protocol::LevelDemand& demand : lab.genesis.levels) {
      if (demand.level >= Level::kSl2) demand.approvals = 3;
    }
    lab.id = lab.genesis.id();
  }
  void prepare() override {
    sealed = lab.deposit();
    state_harmless(log, lab);
    set(protocol::SetLevel{lab.asset, Level::kSl1, log.now() + 10 * kTestHour});
  }
  void SetUp() override {
    ARekey::SetUp();
    set(lab.enrolment(dan));
    set(protocol::SetPolicy{make_policy(3, four)});
    const protocol::Change change = lab.change(
        dan, protocol::SetLevel{lab.asset, Level::kSl2, log.now() + kTestHour}, log.seen());
    must(TestLab::propose(change, dan));
    for (const TestPerson* each : {&lab.alice, &lab.bob, &lab.carol})
      must(TestLab::cast(lab.change_approval(*each, change, log.seen()), *each));
    approvers = {&lab.alice, &lab.bob, &lab.carol};
  }
  TestPerson dan = make_person("Dan", protocol::PersonKind::kHuman, {protocol::Role::kCustodian});
  std::vector<PersonId> four{lab.alice.id(), lab.bob.id(), lab.carol.id(), dan.id()};
};
TEST_F(AnUnderSealedObject, IsNotReleased) {
  EXPECT_EQ(add(TestLab::propose(lease(), lab.rex)), ErrorCode::kRefused);
}
TEST_F(AnUnderSealedObject, MayBeRekeyedAndIsReleasedAfterwards) {
  rekey();
  const vault::Record record = *object().pending;
  EXPECT_EQ(add(TestLab::propose(lease(), lab.rex)), ErrorCode::kRefused);
  rehearse();
  for (const TestPerson* each : {&lab.alice, &lab.bob, &lab.carol, &dan})
    EXPECT_EQ(confirming(*each, record), ErrorCode{});
  ASSERT_EQ(object().record, record);
  EXPECT_EQ(add(TestLab::propose(lease(), lab.rex)), ErrorCode{});
}
TEST_F(AnUnderSealedObject, IsRekeyedByItsOldTreeAndThePolicyInForceTogether) {
  const Request request = rekey_request();
  must(TestLab::propose(request, lab.rex));
  approve(request, lab.alice);
  approve(request, lab.bob);  // enough for the old tree
  EXPECT_EQ(add(TestLab::redeem(lab.redemption(request), lab.host)), ErrorCode::kNotYet);
  EXPECT_EQ(add(TestLab::cast(vote(request, dan), dan)), ErrorCode::kRefused);  // holds no leaf
  approve(request, lab.carol);
  EXPECT_EQ(add(TestLab::redeem(lab.redemption(request), lab.host)), ErrorCode{});
}
TEST_F(AnUnderSealedObject, LosesNobodyWhomTheRecordThatWaitsNeeds) {
  const Request request = rekey();
  const protocol::Change back =
      lab.change(dan, protocol::SetPolicy{lab.genesis.policy}, log.seen());
  must(TestLab::propose(back, dan));
  for (const TestPerson* each : approvers)
    must(TestLab::cast(lab.change_approval(*each, back, log.seen()), *each));
  const protocol::Change change =
      lab.change(lab.carol, protocol::RetireMember{dan.id()}, log.seen());
  EXPECT_EQ(add(TestLab::propose(change, lab.carol)), ErrorCode::kRefused);
  must(lab.recall(lab.bob, request));
  EXPECT_EQ(add(TestLab::propose(change, lab.carol)), ErrorCode{});
}

}  // namespace
}  // namespace strongroom::judge
