#include <gtest/gtest.h>

#include "io/temporary_directory.h"
#include "judge/test_inventory.h"
#include "sequencer/views.h"

namespace strongroom::sequencer {
namespace {

using judge::kTestHour;
using judge::make_person;
using judge::TestLab;
using judge::TestPerson;

// A log in which every kind of change was made, folded, and put into tables.
class EveryKindOfChange : public ::testing::Test {
 protected:
  EveryKindOfChange() {
    add(lab.founding());
    add(TestLab::register_asset(lab.registration(), lab.alice));
    add(TestLab::make_deposit(lab.deposit(), lab.alice));
    release();
    add(TestLab::signed_by(protocol::EntryType::kConfirmed, to_json(confirmation()), lab.bob));
    rekeys();
    add(lab.freeze(lab.alice));
    make(protocol::Unfreeze{{log.size() - 1}});
    add(lab.freeze(lab.bob, lab.object));
    make(protocol::Unfreeze{{log.size() - 1}});
    add(lab.freeze(lab.alice));
    make(protocol::RestoreFreeze{lab.bob.id()});
    make(lab.enrolment(dan));
    make(protocol::AddKey{dan.id(), second.member.keys.front(), lab.claim_of(second, dan.id())});
    make(protocol::RetireKey{dan.id(), dan.key});
    make(lab.enrolment(eve));
    make(protocol::RetireMember{eve.id()});
    make(lab.host_addition(added));
    make(protocol::RetireHost{lab.other_host.host.host});
    const auto three = judge::make_policy(3, four());
    make(protocol::SetPolicy{three});
    dan_votes.key = second.key;
    dan_votes.seed = second.seed;
    approvers = {&lab.alice, &lab.bob, &dan_votes};
    make(protocol::SetPolicy{lab.genesis.policy});
    tables_of_levels();
    sweeps();
    state_harmless(log, lab);
    make(protocol::SetLevel{lab.asset, protocol::Level::kSl2, log.now() + kTestHour});
  }
  std::vector<PersonId> four() const {
    return {lab.alice.id(), lab.bob.id(), lab.carol.id(), dan.id()};
  }
  void add(const protocol::Command& command) {
    const Result<void> done = log.add(command);
    ASSERT_TRUE(done.has_value()) << done.error().context;
  }
  // The last of several is the one in force.
  void tables_of_levels() {
    std::vector<protocol::LevelDemand> table = lab.genesis.levels;
    for (const std::int64_t hours : {7, 6}) {
      table.back().lease_hours_max = hours;
      make(protocol::SetLevels{table});
    }
  }
  static Digest filled(std::uint8_t value) {
    Digest digest;
    digest.bytes.fill(value);
    return digest;
  }
  // One place that goes, one that stays, one that is explained, one whose explanation is withdrawn;
  // then all is told afresh, and a sweep is broken off.
  void sweeps() {
    protocol::Sweep sweep;
    sweep.strongroom = lab.id;
    sweep.host = lab.host.host.host;
    sweep.period_seconds = kTestHour;
    for (const std::uint8_t each : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}})
      sweep.seen.push_back({filled(each), "model", "gguf", each, filled(each)});
    swept(sweep);
    sweep = {.strongroom = lab.id, .host = lab.host.host.host, .number = 2, .gone = {filled(1)}};
    swept(sweep);
    using enum protocol::Meaning;
    for (const protocol::Meaning meaning : {kNotOurs, kUnexplained}) {
      explained(2, meaning);
    }
    explained(3, kAsset);
    sweep = {.strongroom = lab.id, .host = lab.host.host.host, .number = 3, .is_last = false};
    sweep.is_afresh = true;
    sweep.seen.push_back({filled(4), "shadow", "gguf", 7, filled(4)});
    swept(sweep);
  }
  void swept(const protocol::Sweep& sweep) {
    log.advance(kTestHour);
    add(TestLab::signed_by(protocol::EntryType::kSwept, to_json(sweep), lab.host));
  }
  void explained(std::uint8_t digest, protocol::Meaning meaning) {
    log.advance(60);
    protocol::Explained explained;
    explained.strongroom = lab.id;
    explained.digest = filled(digest);
    explained.meaning = meaning;
    if (meaning == protocol::Meaning::kAsset) explained.asset = lab.asset;
    explained.person = lab.alice.id();
    add(TestLab::signed_by(protocol::EntryType::kExplained, to_json(explained), lab.alice));
  }
  void release() { release(lab.request(lab.rex)); }
  void release(const protocol::Request& request) {
    add(TestLab::propose(request, lab.rex));
    add(TestLab::cast(lab.approval(lab.alice, request, log.seen()), lab.alice));
    add(TestLab::cast(lab.approval(lab.bob, request, log.seen()), lab.bob));
    add(TestLab::redeem(lab.redemption(request), lab.host));
    const protocol::Rehearsal rehearsal{.strongroom = lab.id,
                                        .proposal = TestLab::proposal_of(request),
                                        .n = 1,
                                        .host = request.host,
                                        .nodes = {"", "1", "2", "3"}};
    add(TestLab::signed_by(protocol::EntryType::kRehearsed, to_json(rehearsal), lab.host));
  }
  // One that is recalled, one that is replaced, one that comes into force, one that waits.
  void rekeys() {
    add(lab.recall(lab.bob, rekey(1)));
    static_cast<void>(rekey(2));
    static_cast<void>(rekey(3));
    const vault::Record waits = *(**log.rooms().vault.object(lab.object)).pending;
    protocol::Request request = lab.request(lab.rex);
    request.epoch = waits.epoch;
    request.key_record = waits.key_record;
    request.act = protocol::ReleaseAct::kRehearse;
    request.byte_budget = 0;
    release(request);
    for (const TestPerson* each : {&lab.alice, &lab.bob, &lab.carol}) {
      protocol::Confirmation told = confirmation();
      told.epoch = waits.epoch;
      told.key_record = waits.key_record;
      told.person = each->id();
      told.key = each->key;
      add(TestLab::signed_by(protocol::EntryType::kConfirmed, to_json(told), *each));
    }
    in_force = waits.key_record;
    static_cast<void>(rekey(4));
  }
  protocol::Request rekey(std::int64_t epoch) {
    const vault::Object object = **log.rooms().vault.object(lab.object);
    protocol::Request request = lab.request(lab.rex);
    request.epoch = object.record.epoch;
    request.key_record = object.record.key_record;
    request.act = protocol::ReleaseAct::kRekey;
    request.byte_budget = 0;
    request.new_keys =
        protocol::NewKeys{epoch, lab.genesis.policy.digest(), object.record.wrap_suite};
    release(request);
    const protocol::Rekey told{.strongroom = lab.id,
                               .proposal = TestLab::proposal_of(request),
                               .n = 1,
                               .host = request.host,
                               .object = lab.object,
                               .epoch = epoch,
                               .key_record = crypto::random_id<Digest>(),
                               .sealed_shares = crypto::random_id<Digest>(),
                               .policy = lab.genesis.policy.digest(),
                               .deposit_key = lab.genesis.deposit_key.id,
                               .wrap_suite = object.record.wrap_suite,
                               .checkpoint = log.seen()};
    add(TestLab::signed_by(protocol::EntryType::kRekeyed, to_json(told), lab.host));
    return request;
  }
  protocol::Confirmation confirmation() const {
    protocol::Confirmation confirmation;
    confirmation.strongroom = lab.id;
    confirmation.object = lab.object;
    confirmation.key_record = lab.deposit().key_record;
    confirmation.groups = lab.deposit().groups;
    confirmation.person = lab.bob.id();
    confirmation.key = lab.bob.key;
    return confirmation;
  }
  // Proposed by Carol, approved by as many of the approvers as it takes.
  void make(const protocol::Subject& subject) {
    const protocol::Change change = lab.change(lab.carol, subject, log.seen());
    add(TestLab::propose(change, lab.carol));
    for (const TestPerson* person : approvers) {
      if ((*log.rooms().vault.change(protocol::change_id(change)))->made) break;
      add(TestLab::cast(lab.change_approval(*person, change, log.seen()), *person));
    }
    ASSERT_TRUE((*log.rooms().vault.change(protocol::change_id(change)))->made.has_value());
  }

  TestLab lab;
  judge::TestLog log;
  Digest in_force;
  TestPerson dan = make_person("Dan", protocol::PersonKind::kHuman, {protocol::Role::kCustodian});
  TestPerson second = make_person("Dan again", protocol::PersonKind::kHuman, {});
  TestPerson eve = make_person("Eve", protocol::PersonKind::kHuman, {});
  TestPerson dan_votes = dan;  // by his second key
  judge::TestHost added = judge::make_host();
  std::vector<const TestPerson*> approvers{&lab.alice, &lab.bob};
};

TEST_F(EveryKindOfChange, GivesTheSameAnswersFromTablesAsFromTheFold) {
  const io::TemporaryDirectory directory;
  const auto database = std::move(*store::open_sqlite(directory / "db"));
  const auto transaction = std::move(*database->begin());
  ASSERT_TRUE(create_views(*transaction).has_value());
  WritableViews views(*transaction);
  for (const std::string& line : log.lines()) {
    const auto entry = *protocol::decode_entry(line);
    const Result<void> applied = judge::apply(*judge::event_of(entry), entry, views.changes());
    ASSERT_TRUE(applied.has_value()) << applied.error().context;
  }
  const judge::Rooms view = views.rooms();
  const judge::Rooms fold = log.rooms();
  EXPECT_EQ(*view.vault.founding(), *fold.vault.founding());
  EXPECT_EQ((*view.vault.founding())->levels.back().lease_hours_max, 6);
  EXPECT_EQ(*view.vault.objects(), *fold.vault.objects());
  EXPECT_EQ(*view.vault.object(lab.object), *fold.vault.object(lab.object));
  const vault::Object object = fold.vault.objects()->front();
  EXPECT_EQ(object.rehearsals.size(), 6u);
  EXPECT_EQ(object.confirmations.size(), 4u);
  EXPECT_EQ(object.record.epoch, 3);
  EXPECT_EQ(object.record.key_record, in_force);
  EXPECT_EQ(object.pending->epoch, 4);
  EXPECT_EQ(*view.vault.changes(), *fold.vault.changes());
  const protocol::ChangeId first = fold.vault.changes()->front().id;
  EXPECT_EQ(*view.vault.change(first), *fold.vault.change(first));
  EXPECT_EQ(*view.vault.freezes(), *fold.vault.freezes());
  EXPECT_EQ(*view.vault.curbed(), *fold.vault.curbed());
  EXPECT_EQ(*fold.vault.curbed(), std::vector<PersonId>{lab.alice.id()});
  EXPECT_EQ(*view.people.members(), *fold.people.members());
  EXPECT_EQ(*view.people.hosts(), *fold.people.hosts());
  EXPECT_EQ(*view.people.former_member(eve.id()), *fold.people.former_member(eve.id()));
  EXPECT_TRUE(fold.people.former_member(eve.id())->has_value());
  for (const TestPerson* each : {&lab.alice, &dan, &second, &eve}) {
    EXPECT_EQ(*view.people.holder_of(each->key), *fold.people.holder_of(each->key));
    EXPECT_EQ(*view.people.held_since(each->key), *fold.people.held_since(each->key));
    EXPECT_TRUE(*view.people.is_known(each->member.keys.front()));
    EXPECT_TRUE(*fold.people.is_known(each->member.keys.front()));
  }
  EXPECT_TRUE(*view.people.is_known(lab.other_host.host));
  EXPECT_TRUE(*fold.people.is_known(lab.other_host.host));
  EXPECT_FALSE(*view.people.is_known(judge::make_host().host));
  EXPECT_EQ(*view.registry.assets(), *fold.registry.assets());
  const registry::Sightings& seen = view.registry.sightings();
  const registry::Sightings& folded = fold.registry.sightings();
  EXPECT_EQ(*seen.sweeps(), *folded.sweeps());
  EXPECT_EQ(*seen.all(), *folded.all());
  EXPECT_EQ(folded.all()->size(), 4u);
  EXPECT_EQ(*seen.unexplained(log.now()), *folded.unexplained(log.now()));
  EXPECT_EQ(folded.unexplained(log.now())->size(), 3u);
  EXPECT_EQ(*seen.count_standing(lab.host.host.host), *folded.count_standing(lab.host.host.host));
  for (std::uint8_t each = 1; each <= 5; ++each) {
    EXPECT_EQ(*seen.explanation(filled(each)), *folded.explanation(filled(each)));
    EXPECT_EQ(*seen.at_place(filled(each)), *folded.at_place(filled(each)));
    EXPECT_EQ(*seen.was_sighted(filled(each)), *folded.was_sighted(filled(each)));
  }
}

}  // namespace
}  // namespace strongroom::sequencer
