#include "sequencer/sequencer.h"

#include <gtest/gtest.h>

#include <thread>

#include "io/failing_files.h"
#include "io/temporary_directory.h"
#include "judge/test_lab.h"
#include "ledger/log_proof.h"
#include "sequencer/views.h"

namespace strongroom::sequencer {
namespace {

using judge::kTestHour;
using judge::kTestStart;
using judge::make_text;
using judge::TestLab;
using judge::TestPerson;
using protocol::Command;
using protocol::Receipt;
using protocol::Request;

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code;
}

// A strongroom's server on a disk that fails on command.
class Server : public ::testing::Test {
 protected:
  Server() { start(); }

  void start() {
    sequencer.reset();
    publication.reset();
    database.reset();
    auto opened = store::open_sqlite(directory / "db");
    ASSERT_TRUE(opened.has_value()) << opened.error().context;
    database = std::move(*opened);
    auto store = store::open_directory_store(directory / "log", files);
    ASSERT_TRUE(store.has_value()) << store.error().context;
    publication = std::move(*store);
    auto started = Sequencer::open(options());
    ASSERT_TRUE(started.has_value()) << started.error().context;
    sequencer = std::move(*started);
  }
  Options options() {
    Options options;
    options.database = database.get();
    options.publication = publication.get();
    options.log_key = lab.genesis.log_key;
    options.log_signer = lab.log_signer();
    options.clock = &clock;
    return options;
  }
  Receipt submit(const Command& command) {
    Result<Receipt> receipt = sequencer->submit(command);
    EXPECT_TRUE(receipt.has_value()) << receipt.error().context;
    return receipt ? std::move(*receipt) : Receipt{};
  }
  std::vector<std::string> entries() {
    Result<std::vector<std::string>> all = sequencer->entries(0, Sequencer::kEntriesMax);
    EXPECT_TRUE(all.has_value());
    return all ? std::move(*all) : std::vector<std::string>();
  }
  void found() { submit(lab.founding()); }
  void add_up_to_proposal() {
    found();
    submit(TestLab::register_asset(lab.registration(), lab.alice));
    submit(TestLab::make_deposit(lab.deposit(), lab.alice));
    submit(TestLab::propose(request, lab.rex));
  }
  protocol::CheckpointSeen seen() {
    const auto head = ledger::open_checkpoint(*sequencer->checkpoint(),
                                              {lab.genesis.origin, lab.genesis.log_key});
    return {static_cast<std::int64_t>(head->size), head->root};
  }
  Command vote(const TestPerson& person) {
    return TestLab::cast(lab.approval(person, request, seen()), person);
  }
  void complete_release() {
    add_up_to_proposal();
    submit(TestLab::cast(lab.refusal(lab.alice, request), lab.alice));
    submit(vote(lab.alice));
    submit(vote(lab.bob));
    submit(TestLab::redeem(lab.redemption(request), lab.host));
    submit(TestLab::end_lease(lab.lease_end(request), lab.host));
    const Request second = lab.request(lab.alice);
    submit(TestLab::propose(second, lab.alice));
    submit(lab.recall(lab.carol, second));
    submit(lab.freeze(lab.carol, lab.object));
    submit(lab.freeze(lab.carol));
  }
  // Of every table that the log can give back, as text.
  std::map<std::string, std::string> derived_tables() {
    std::map<std::string, std::string> tables;
    const auto snapshot = std::move(*database->snapshot());
    auto names = *snapshot->query(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'people_%' OR name "
        "LIKE 'registry_%' OR name LIKE 'vault_%' OR name IN ('sequencer_head', "
        "'sequencer_commands'))");
    while (*names.next()) tables[*names.text(0)] = "";
    for (auto& [name, rows] : tables) {
      auto columns = *snapshot->query(
          "SELECT group_concat('quote(' || name || ')', '||') FROM "
          "pragma_table_info(?)",
          {name});
      EXPECT_TRUE(*columns.next());
      auto all = *snapshot->query("SELECT " + *columns.text(0) + " AS line FROM " + name +
                                  " ORDER BY line");
      while (*all.next()) rows += *all.text(0) + "\n";
    }
    return tables;
  }
  void tamper(std::string_view sql) {
    const auto transaction = std::move(*database->begin());
    ASSERT_TRUE(transaction->execute(sql).has_value());
    ASSERT_TRUE(transaction->commit().has_value());
  }

  io::TemporaryDirectory directory;
  io::FailingFiles files;
  SetClock clock{kTestStart};
  TestLab lab;
  Request request = lab.request(lab.rex);
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::BlobStore> publication;
  std::unique_ptr<Sequencer> sequencer;
};

using SeveralCommandsAtOnce = Server;

TEST_F(SeveralCommandsAtOnce, StandInTheirOrderAndOneThatIsRefusedStopsNoneBehindIt) {
  found();
  protocol::Registration first = lab.registration();
  protocol::Registration again = first;
  again.kind = "dataset";  // the same id: refused
  protocol::Registration last = lab.registration();
  last.asset = crypto::random_id<AssetId>();
  const std::vector<Result<Receipt>> answers = sequencer->submit_all(
      {TestLab::register_asset(first, lab.alice), TestLab::register_asset(again, lab.alice),
       TestLab::register_asset(last, lab.alice)});
  ASSERT_EQ(answers.size(), 3U);
  ASSERT_TRUE(answers[0].has_value());
  ASSERT_TRUE(answers[2].has_value());
  EXPECT_EQ(code_of(answers[1]), ErrorCode::kAlreadyExists);
  EXPECT_EQ(answers[0]->index, 1);
  EXPECT_LT(answers[0]->index, answers[2]->index);
}

TEST_F(SeveralCommandsAtOnce, AreAllRefusedWhenMoreThanMayWait) {
  found();
  const std::vector<Command> many(options().waiting_max + 1,
                                  TestLab::register_asset(lab.registration(), lab.alice));
  const std::int64_t before = sequencer->size();
  for (const Result<Receipt>& each : sequencer->submit_all(many))
    ASSERT_EQ(code_of(each), ErrorCode::kUnavailable);
  EXPECT_EQ(sequencer->size(), before);
}

TEST_F(Server, TakesNothingBeforeTheGenesis) {
  EXPECT_EQ(code_of(sequencer->submit(lab.freeze(lab.alice))), ErrorCode::kRefused);
  EXPECT_EQ(sequencer->size(), 0);
}

TEST_F(Server, RefusesAGenesisThatNamesAnotherLogKey) {
  const TestLab other;
  EXPECT_EQ(code_of(sequencer->submit(other.founding())), ErrorCode::kNotAuthentic);
}

TEST_F(Server, TakesTheRightGenesisAfterARefusedOne) {
  Command unsigned_by_one = lab.founding();
  unsigned_by_one.signatures.pop_back();
  ASSERT_EQ(code_of(sequencer->submit(unsigned_by_one)), ErrorCode::kNotAuthentic);
  EXPECT_EQ(submit(lab.founding()).index, 0);
}

TEST_F(Server, AnswersWithAReceiptThatCanBeCheckedWithoutIt) {
  found();
  const Receipt receipt = submit(lab.freeze(lab.alice));
  const Result<ledger::LogProof> proof = ledger::parse_log_proof(receipt.proof);
  ASSERT_TRUE(proof.has_value());
  const ledger::NoteKey key{lab.genesis.origin, lab.genesis.log_key};
  const auto checkpoint = ledger::verify_log_proof(*proof, as_bytes(receipt.entry), key);
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(proof->index, 1u);
  EXPECT_EQ(checkpoint->size, 2u);
}

TEST_F(Server, PublishesWhatFollowsTogetherWithTheCommand) {
  found();
  const Receipt receipt = submit(TestLab::register_asset(lab.registration(), lab.alice));
  ASSERT_EQ(sequencer->size(), receipt.index + 2);
  const auto triage = protocol::decode_entry(entries().back());
  ASSERT_TRUE(triage.has_value());
  EXPECT_EQ(triage->type, protocol::EntryType::kTriaged);
  EXPECT_EQ(triage->index, receipt.index + 1);
}

TEST_F(Server, WritesALogThatAFollowerAccepts) {
  complete_release();
  judge::World world(lab.id);
  for (const std::string& entry : entries()) {
    const Result<void> followed = world.follow(entry);
    ASSERT_TRUE(followed.has_value()) << followed.error().context;
  }
  const auto checkpoint =
      ledger::open_checkpoint(*sequencer->checkpoint(), {lab.genesis.origin, lab.genesis.log_key});
  ASSERT_TRUE(checkpoint.has_value());
  EXPECT_EQ(checkpoint->root, world.root());
  EXPECT_EQ(checkpoint->size, world.size());
}

TEST_F(Server, LeavesNoEntryAndNoTextOfARefusedCommand) {
  add_up_to_proposal();
  const std::int64_t before = sequencer->size();
  const auto tables = derived_tables();
  const judge::TestText reason = make_text("reason", "because");
  protocol::Vote vote = lab.approval(lab.ai_agent, request);
  vote.reason = reason.commitment;
  Command command = TestLab::cast(vote, lab.ai_agent);
  command.texts.push_back(reason.text);
  command.attachments.push_back({"a", {1}});
  EXPECT_EQ(code_of(sequencer->submit(command)), ErrorCode::kRefused);
  EXPECT_EQ(sequencer->size(), before);
  EXPECT_EQ(derived_tables(), tables);
  EXPECT_FALSE(sequencer->text(reason.commitment)->has_value());
  EXPECT_FALSE(sequencer->attachment("a")->has_value());
}

TEST_F(Server, LeavesNothingOfACommandWhoseAttachmentIsRefused) {
  found();
  ASSERT_TRUE(sequencer->attach({"a", {1}}).has_value());
  const auto tables = derived_tables();
  Command command = TestLab::register_asset(lab.registration(), lab.alice);
  command.attachments.push_back({"a", {2}});
  EXPECT_EQ(code_of(sequencer->submit(command)), ErrorCode::kConflict);
  EXPECT_EQ(derived_tables(), tables);
  EXPECT_EQ(sequencer->size(), 1);
}

TEST_F(Server, AnswersACommandSentAgainWithItsFirstReceipt) {
  found();
  const Command command = TestLab::register_asset(lab.registration(), lab.alice);
  const Receipt first = submit(command);
  submit(lab.freeze(lab.alice));
  const Receipt again = submit(command);
  EXPECT_EQ(again.index, first.index);
  EXPECT_EQ(again.entry, first.entry);
  EXPECT_EQ(sequencer->size(), 4);
}

TEST_F(Server, KnowsACommandSentAgainAfterARestart) {
  found();
  const Receipt first = submit(lab.freeze(lab.alice));
  const Command again = lab.freeze(lab.alice);
  start();
  EXPECT_EQ(submit(again).index, first.index);
  EXPECT_EQ(sequencer->size(), 2);
}

TEST_F(Server, NeverLetsTimeRunBack) {
  found();
  clock.jump(-5 * kTestHour);
  const Receipt receipt = submit(lab.freeze(lab.alice));
  EXPECT_EQ(protocol::decode_entry(receipt.entry)->time, kTestStart);
}

TEST_F(Server, TakesCommandsFromEightThreadsInOneOrder) {
  found();
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kEach = 6;
  std::vector<std::thread> threads;
  std::vector<std::vector<std::int64_t>> positions(kThreads);
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < kEach; ++i) {
        protocol::Registration registration = lab.registration();
        registration.asset = crypto::random_id<AssetId>();
        Command good = TestLab::register_asset(registration, lab.alice);
        positions[t].push_back(submit(good).index);
        // A refused one between them spoils nothing.
        EXPECT_EQ(code_of(sequencer->submit(TestLab::register_asset(registration, lab.rex))),
                  ErrorCode::kNotAuthentic);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::int64_t> distinct;
  for (const auto& each : positions) distinct.insert(each.begin(), each.end());
  EXPECT_EQ(distinct.size(), kThreads * kEach);
  EXPECT_EQ(sequencer->size(), static_cast<std::int64_t>(1 + 2 * kThreads * kEach));
  judge::World world(lab.id);
  for (const std::string& entry : entries()) ASSERT_TRUE(world.follow(entry));
}

TEST_F(Server, RefusesACommandMoreThanItsQueueHolds) {
  Options none = options();
  none.waiting_max = 0;
  sequencer.reset();
  auto full = Sequencer::open(none);
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(code_of((*full)->submit(lab.founding())), ErrorCode::kUnavailable);
}

// Crashes and failing disks.

TEST_F(Server, FinishesThePublicationOfWhatWasCommittedBeforeACrash) {
  found();
  files.crash_at(0);
  const Command freeze = lab.freeze(lab.alice);
  const Result<Receipt> receipt = sequencer->submit(freeze);
  ASSERT_FALSE(receipt.has_value());
  EXPECT_EQ(sequencer->size(), 1);
  files.recover();
  start();
  EXPECT_EQ(sequencer->size(), 2);
  EXPECT_EQ(submit(freeze).index, 1);
  EXPECT_EQ(sequencer->size(), 2);
}

TEST_F(Server, ServesNothingThatIsNotPublished) {
  found();
  files.crash_at(0);
  ASSERT_FALSE(sequencer->submit(lab.freeze(lab.alice)).has_value());
  EXPECT_EQ(sequencer->entries(0, 10)->size(), 1u);
  EXPECT_EQ(code_of(sequencer->receipt_proof(1)), ErrorCode::kNotFound);
}

TEST_F(Server, SurvivesACrashAtEveryWriteOfAPublication) {
  found();
  for (std::size_t at = 0;; ++at) {
    const std::int64_t before = sequencer->size();
    const Command command = TestLab::register_asset(
        [&] {
          protocol::Registration registration = lab.registration();
          registration.asset = crypto::random_id<AssetId>();
          return registration;
        }(),
        lab.alice);
    files.crash_at(at);
    const bool acknowledged = sequencer->submit(command).has_value();
    files.recover();
    start();
    ASSERT_EQ(sequencer->size(), before + 2) << "crash at write " << at;
    EXPECT_EQ(submit(command).index, before);
    if (acknowledged) break;
  }
}

TEST_F(Server, GoesOnWhenAFullDiskHasRoomAgain) {
  found();
  files.fail_at(0, ErrorCode::kNoSpace);
  const Command freeze = lab.freeze(lab.alice);
  ASSERT_EQ(code_of(sequencer->submit(freeze)), ErrorCode::kNoSpace);
  EXPECT_EQ(submit(freeze).index, 1);
}

TEST_F(Server, StopsForGoodAfterAFailedSync) {
  found();
  files.fail_at(2, ErrorCode::kDurability);  // create, write, sync
  ASSERT_EQ(code_of(sequencer->submit(lab.freeze(lab.alice))), ErrorCode::kDurability);
  EXPECT_EQ(code_of(sequencer->submit(lab.freeze(lab.bob))), ErrorCode::kDurability);
  EXPECT_EQ(code_of(sequencer->attach({"a", {1}})), ErrorCode::kDurability);
}

TEST_F(Server, DoesNotStartOnViewsThatLostAnEntry) {
  found();
  tamper("UPDATE sequencer_head SET size = 7");
  sequencer.reset();
  EXPECT_EQ(code_of(Sequencer::open(options())), ErrorCode::kMalformed);
}

TEST_F(Server, DoesNotStartWithAnotherLogKey) {
  found();
  sequencer.reset();
  Options other = options();
  other.log_key.bytes[0] ^= 1;
  EXPECT_EQ(code_of(Sequencer::open(other)), ErrorCode::kNotAuthentic);
}

// Views.

TEST_F(Server, RebuildsIdenticalTablesFromTheLog) {
  complete_release();
  const auto before = derived_tables();
  ASSERT_GE(before.size(), 11u);
  const Result<void> rebuilt = sequencer->rebuild();
  ASSERT_TRUE(rebuilt.has_value()) << rebuilt.error().context;
  EXPECT_EQ(derived_tables(), before);
}

TEST_F(Server, MendsAViewThatWasTamperedWithByRebuilding) {
  complete_release();
  const auto before = derived_tables();
  tamper("DELETE FROM vault_freezes");
  ASSERT_NE(derived_tables(), before);
  ASSERT_TRUE(sequencer->rebuild().has_value());
  EXPECT_EQ(derived_tables(), before);
}

TEST_F(Server, DerivesTheViewsOfAnotherVersionAgainWhenItOpens) {
  complete_release();
  const auto before = derived_tables();
  tamper("DELETE FROM vault_freezes");
  tamper("UPDATE sequencer_views SET version = version - 1");
  start();
  EXPECT_EQ(derived_tables(), before);
}

TEST_F(Server, KeepsTextsAndAttachmentsThroughARebuild) {
  found();
  ASSERT_TRUE(sequencer->attach({"a", {1}}).has_value());
  ASSERT_TRUE(sequencer->rebuild().has_value());
  EXPECT_TRUE(sequencer->attachment("a")->has_value());
  EXPECT_TRUE(sequencer->text(lab.alice.member.name)->has_value());
}

TEST_F(Server, GivesTheAnswersThatAFoldOfTheSameLogGives) {
  complete_release();
  judge::World world(lab.id);
  for (const std::string& entry : entries()) ASSERT_TRUE(world.follow(entry));
  const judge::Rooms fold = world.rooms();
  const ProposalId proposal = TestLab::proposal_of(request);
  const Result<void> compared = sequencer->read([&](const judge::Rooms& view) -> Result<void> {
    EXPECT_EQ(*view.people.members(), *fold.people.members());
    EXPECT_EQ(*view.people.hosts(), *fold.people.hosts());
    EXPECT_EQ(*view.people.member(lab.rex.id()), *fold.people.member(lab.rex.id()));
    EXPECT_EQ(*view.people.member({}), *fold.people.member({}));
    EXPECT_EQ(*view.people.holder_of(lab.bob.key), *fold.people.holder_of(lab.bob.key));
    EXPECT_EQ(*view.people.holder_of({}), *fold.people.holder_of({}));
    EXPECT_EQ(*view.people.host(lab.host.host.host), *fold.people.host(lab.host.host.host));
    EXPECT_EQ(*view.registry.asset(lab.asset), *fold.registry.asset(lab.asset));
    EXPECT_EQ(*view.registry.assets(), *fold.registry.assets());
    EXPECT_EQ(*view.vault.founding(), *fold.vault.founding());
    EXPECT_EQ(*view.vault.object(lab.object), *fold.vault.object(lab.object));
    EXPECT_EQ(*view.vault.objects(), *fold.vault.objects());
    EXPECT_EQ(*view.vault.proposal(proposal), *fold.vault.proposal(proposal));
    EXPECT_EQ(*view.vault.proposals(), *fold.vault.proposals());
    EXPECT_EQ(*view.vault.freezes(), *fold.vault.freezes());
    EXPECT_EQ(*view.vault.is_frozen({}), *fold.vault.is_frozen({}));
    const Digest policy = lab.genesis.policy.digest();
    EXPECT_EQ(*view.vault.policy(policy), *fold.vault.policy(policy));
    EXPECT_EQ(view.vault.proposals()->size(), 2u);
    EXPECT_EQ(view.vault.freezes()->size(), 2u);
    EXPECT_EQ((*view.vault.proposal(proposal))->phase(), vault::Phase::kEnded);
    return {};
  });
  EXPECT_TRUE(compared.has_value());
}

TEST_F(Server, AnswersNothingFromViewsThatHoldNothing) {
  const Result<void> read = sequencer->read([](const judge::Rooms& view) -> Result<void> {
    EXPECT_FALSE(view.vault.founding()->has_value());
    EXPECT_TRUE(view.people.members()->empty());
    EXPECT_TRUE(view.registry.assets()->empty());
    return {};
  });
  EXPECT_TRUE(read.has_value());
}

// Beside the log.

TEST_F(Server, KeepsATextUntilItIsErasedAndTheLogUnchanged) {
  found();
  const auto before = *sequencer->entries(0, 1);
  ASSERT_EQ((*sequencer->text(lab.alice.member.name))->text, "Alice");
  ASSERT_TRUE(sequencer->erase_text(lab.alice.member.name).has_value());
  EXPECT_FALSE(sequencer->text(lab.alice.member.name)->has_value());
  EXPECT_EQ(*sequencer->entries(0, 1), before);
}

TEST_F(Server, RefusesATextThatTheStatementDoesNotCommitTo) {
  found();
  Command command = TestLab::register_asset(lab.registration(), lab.alice);
  command.texts.push_back(make_text("name", "stray").text);
  EXPECT_EQ(code_of(sequencer->submit(command)), ErrorCode::kMalformed);
}

TEST_F(Server, RefusesATextUnderAnotherFieldThanItsOwn) {
  found();
  const judge::TestText purpose = make_text("purpose", "looks like a name");
  protocol::Registration registration = lab.registration();
  registration.name = purpose.commitment;
  Command command = TestLab::register_asset(registration, lab.alice);
  command.texts.push_back(purpose.text);
  EXPECT_EQ(code_of(sequencer->submit(command)), ErrorCode::kMalformed);
}

TEST_F(Server, RefusesATextThatHidesCharacters) {
  found();
  protocol::Text hidden{"name", {}};
  hidden.opening.text = "a\x1b[2J";
  protocol::Registration registration = lab.registration();
  registration.name = protocol::commitment_to("name", hidden.opening);
  Command command = TestLab::register_asset(registration, lab.alice);
  command.texts.push_back(hidden);
  EXPECT_EQ(code_of(sequencer->submit(command)), ErrorCode::kMalformed);
}

TEST_F(Server, TakesTheSameAttachmentTwiceAndNoOtherUnderItsName) {
  ASSERT_TRUE(sequencer->attach({"a", {1, 2}}).has_value());
  EXPECT_TRUE(sequencer->attach({"a", {1, 2}}).has_value());
  EXPECT_EQ(code_of(sequencer->attach({"a", {1, 3}})), ErrorCode::kConflict);
  EXPECT_EQ(**sequencer->attachment("a"), (Bytes{1, 2}));
}

TEST_F(Server, RefusesAnAttachmentOverItsBound) {
  EXPECT_EQ(code_of(sequencer->attach({"a", Bytes(protocol::kAttachmentBytesMax + 1)})),
            ErrorCode::kTooLarge);
}

TEST_F(Server, RefusesAnAttachmentWithoutAName) {
  EXPECT_EQ(code_of(sequencer->attach({"", {1}})), ErrorCode::kMalformed);
}

TEST_F(Server, WakesWhoWaitsForGrowth) {
  found();
  std::thread grower([&] { submit(lab.freeze(lab.alice)); });
  const Result<std::int64_t> grown = sequencer->wait_for_growth(1, 60'000);
  grower.join();
  EXPECT_EQ(*grown, 2);
}

TEST_F(Server, LetsGoOfWhoWaitedLongEnough) {
  found();
  EXPECT_EQ(*sequencer->wait_for_growth(1, 1), 1);
}

}  // namespace
}  // namespace strongroom::sequencer
