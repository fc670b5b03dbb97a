// What is said of assets, and the levels that follow, as any follower of the log judges them.
#include <gtest/gtest.h>

#include "crypto/merkle.h"
#include "judge/test_inventory.h"

namespace strongroom::judge {
namespace {

using protocol::Level;
using triage::AssetFacts;

ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

class Inventory : public ::testing::Test {
 protected:
  Inventory() {
    must_add(log, lab.founding());
    must_add(log, TestLab::register_asset(lab.registration(), lab.alice));
  }
  /// Another asset of the lab.
  AssetId add_asset() {
    protocol::Registration registration = lab.registration();
    registration.asset = crypto::random_id<AssetId>();
    must_add(log, TestLab::register_asset(registration, lab.alice));
    return registration.asset;
  }
  ErrorCode say(const AssetFacts& facts, const AssetId& of) {
    return code_of(log.add(state(stated(lab, lab.alice, of, facts), lab.alice)));
  }
  ErrorCode say(const AssetFacts& facts) { return say(facts, lab.asset); }
  void set_level(Level level) {
    make_change(log, lab, protocol::SetLevel{lab.asset, level, log.now() + 30 * kTestDay});
  }
  ErrorCode proposing(protocol::Subject subject) {
    return code_of(log.add(
        TestLab::propose(lab.change(lab.carol, std::move(subject), log.seen()), lab.carol)));
  }
  registry::Asset asset(const AssetId& id) const { return **log.rooms().registry.asset(id); }
  registry::Asset asset() const { return asset(lab.asset); }
  Level asked() const { return asset().triage->level; }
  Level binding() const { return asset().level_at(log.now()); }
  protocol::Entry last() const { return *protocol::decode_entry(log.lines().back()); }
  /// One that has followed the whole log.
  World follower() const {
    World world(lab.id);
    for (const std::string& line : log.lines()) EXPECT_TRUE(world.follow(line));
    return world;
  }
  protocol::Finding finding(const TestPerson& by) const {
    protocol::Finding finding;
    finding.strongroom = lab.id;
    finding.asset = lab.asset;
    finding.at_least = Level::kSl3;
    finding.by = "assessor";
    finding.person = by.id();
    return finding;
  }
  static protocol::Command found(const protocol::Finding& finding, const TestSigner& who) {
    return TestLab::signed_by(protocol::EntryType::kFound, to_json(finding), who);
  }

  TestLab lab;
  TestLog log;
};

AssetFacts beyond(AssetFacts facts) {
  facts.standing[0] = *triage::words_of(triage::Axis::kStanding).value_named("beyond");
  return facts;
}

TEST_F(Inventory, AsksForSl4OfWhatNobodyKnowsAnythingOf) {
  EXPECT_EQ(asked(), Level::kSl4);
  EXPECT_EQ(binding(), Level::kSl5);
}

TEST_F(Inventory, AsksForLittleOfWhatIsKnownToBeHarmlessAndBindsTheStrictestAllTheSame) {
  state_harmless(log, lab);
  EXPECT_EQ(asked(), Level::kSl1);
  EXPECT_EQ(binding(), Level::kSl5);
}

TEST_F(Inventory, MeasuresNothingWithoutAReference) {
  ASSERT_EQ(say(harmless_facts(lab.asset)), ErrorCode{});
  EXPECT_EQ(asked(), Level::kSl4);
}

TEST_F(Inventory, BindsWhatAQuorumHasSet) {
  state_harmless(log, lab);
  set_level(Level::kSl2);
  EXPECT_EQ(binding(), Level::kSl2);
}

TEST_F(Inventory, NoQuorumSetsLessThanTriageAsksFor) {
  EXPECT_EQ(proposing(protocol::SetLevel{lab.asset, Level::kSl3, log.now() + kTestHour}),
            ErrorCode::kRefused);
}

TEST_F(Inventory, NoQuorumSetsALevelForLongerThanTheFactsHold) {
  state_harmless(log, lab);
  const UnixSeconds until = asset().triage->expires;
  EXPECT_EQ(proposing(protocol::SetLevel{lab.asset, Level::kSl2, until}), ErrorCode{});
  EXPECT_EQ(proposing(protocol::SetLevel{lab.asset, Level::kSl2, until + 1}), ErrorCode::kRefused);
}

TEST_F(Inventory, AVoteForALevelCountsNoMoreOnceTriageAsksForMore) {
  state_harmless(log, lab);
  const protocol::Change change = lab.change(
      lab.carol, protocol::SetLevel{lab.asset, Level::kSl2, log.now() + kTestHour}, log.seen());
  must_add(log, TestLab::propose(change, lab.carol));
  must_add(log, TestLab::cast(lab.change_approval(lab.alice, change, log.seen()), lab.alice));
  ASSERT_EQ(say(beyond(harmless_facts(lab.asset))), ErrorCode{});
  EXPECT_EQ(
      code_of(log.add(TestLab::cast(lab.change_approval(lab.bob, change, log.seen()), lab.bob))),
      ErrorCode::kRefused);
}

TEST_F(Inventory, IsRaisedByFactsAtOnceAndByNobodyElse) {
  state_harmless(log, lab);
  set_level(Level::kSl1);
  ASSERT_EQ(say(beyond(harmless_facts(lab.asset))), ErrorCode{});
  EXPECT_EQ(binding(), Level::kSl4);
}

TEST_F(Inventory, OnePersonWhoTakesTheFactsBackLowersNothingAgain) {
  state_harmless(log, lab);
  set_level(Level::kSl1);
  ASSERT_EQ(say(beyond(harmless_facts(lab.asset))), ErrorCode{});
  ASSERT_EQ(say(harmless_facts(lab.asset)), ErrorCode{});
  EXPECT_EQ(asked(), Level::kSl1);
  EXPECT_EQ(binding(), Level::kSl4);
  set_level(Level::kSl1);
  EXPECT_EQ(binding(), Level::kSl1);
}

TEST_F(Inventory, BindsTheStrictestOnceTheFactsAreTooOld) {
  state_harmless(log, lab);
  const UnixSeconds until = asset().triage->expires;
  set_level(Level::kSl1);
  EXPECT_EQ(asset().level_at(log.now() + 29 * kTestDay), Level::kSl1);
  EXPECT_EQ(asset().level_at(until), Level::kSl5);
}

TEST_F(Inventory, AStatementMadeLaterThatSaysTheSameLastsLonger) {
  state_harmless(log, lab);
  const UnixSeconds before = asset().triage->expires;
  log.advance(kTestDay);
  AssetFacts facts = harmless_facts(lab.asset);
  make_change(log, lab,
              protocol::SetReference{"the same", {test_reference().as_of.value + kTestDay}});
  ASSERT_EQ(say(facts), ErrorCode{});
  EXPECT_GT(asset().triage->expires, before);
}

// What the server must log, and may not leave out.

TEST_F(Inventory, NothingElseStandsWhereATriageIsDue) {
  World world = follower();
  protocol::Registration registration = lab.registration();
  registration.asset = crypto::random_id<AssetId>();
  protocol::Entry entry = log.entry_of(TestLab::register_asset(registration, lab.alice));
  ASSERT_TRUE(world.follow(*protocol::encode_entry(entry)));
  registration.asset = crypto::random_id<AssetId>();
  entry = log.entry_of(TestLab::register_asset(registration, lab.alice));
  ++entry.index;
  EXPECT_EQ(code_of(world.follow(*protocol::encode_entry(entry))), ErrorCode::kRefused);
}

TEST_F(Inventory, ATriageThatLeavesOutWhoRestsOnARaisedOneIsRefused) {
  state_harmless(log, lab);
  const AssetId child = add_asset();
  AssetFacts facts = harmless_facts(child);
  facts.weights_of = {lab.asset.hex()};
  ASSERT_EQ(say(facts, child), ErrorCode{});
  World world = follower();
  protocol::Entry entry = log.entry_of(
      state(stated(lab, lab.alice, lab.asset, beyond(harmless_facts(lab.asset))), lab.alice));
  ASSERT_TRUE(world.follow(*protocol::encode_entry(entry)));
  registry::Triage all{*world.rooms().registry.due()};
  ASSERT_EQ(all.decisions.size(), 2u);
  all.decisions.erase(all.decisions.begin());
  const protocol::Entry told{.index = entry.index + 1,
                             .time = entry.time,
                             .type = protocol::EntryType::kTriaged,
                             .statement = std::nullopt,
                             .signatures = {},
                             .body = to_json(all)};
  EXPECT_EQ(code_of(world.follow(*protocol::encode_entry(told))), ErrorCode::kRefused);
}

TEST_F(Inventory, ATriageOfWhatHasNotChangedIsRefused) {
  World world = follower();
  protocol::Command command;
  command.type = protocol::EntryType::kTriaged;
  command.body = to_json(registry::Triage{{*asset().triage}});
  EXPECT_EQ(code_of(world.follow(*protocol::encode_entry(log.entry_of(command)))),
            ErrorCode::kRefused);
}

TEST_F(Inventory, SaysNothingMoreWhenTheSameIsStatedOnTheSameDay) {
  state_harmless(log, lab);
  ASSERT_EQ(say(harmless_facts(lab.asset)), ErrorCode{});
  EXPECT_EQ(last().type, protocol::EntryType::kStated);
}

// What rests on what.

TEST_F(Inventory, WhoReachesWeightsNeedsAsMuchAsThoseFromTheSameCommitOn) {
  state_harmless(log, lab);
  const AssetId agent = add_asset();
  AssetFacts facts = harmless_facts(agent);
  facts.weights_of = {lab.asset.hex()};
  ASSERT_EQ(say(facts, agent), ErrorCode{});
  EXPECT_EQ(asset(agent).triage->level, Level::kSl1);
  ASSERT_EQ(say(beyond(harmless_facts(lab.asset))), ErrorCode{});
  EXPECT_EQ(asset(agent).triage->level, Level::kSl4);
  EXPECT_EQ(last().type, protocol::EntryType::kTriaged);
}

TEST_F(Inventory, ARingOfThoseWhoReachEachOtherComesDownTogether) {
  state_harmless(log, lab);
  const AssetId other = add_asset();
  AssetFacts one = harmless_facts(lab.asset);
  one.weights_of = {other.hex()};
  AssetFacts two = harmless_facts(other);
  two.weights_of = {lab.asset.hex()};
  ASSERT_EQ(say(two, other), ErrorCode{});
  ASSERT_EQ(say(beyond(one)), ErrorCode{});
  ASSERT_EQ(asset(other).triage->level, Level::kSl4);
  ASSERT_EQ(say(one), ErrorCode{});
  EXPECT_EQ(asked(), Level::kSl1);
  EXPECT_EQ(asset(other).triage->level, Level::kSl1);
}

TEST_F(Inventory, OneDesignatedAssetRaisesEverythingThatMightReachIt) {
  state_harmless(log, lab);
  const AssetId unknown = add_asset();
  ASSERT_EQ(asset(unknown).triage->level, Level::kSl4);
  AssetFacts facts = harmless_facts(lab.asset);
  facts.designated = true;
  ASSERT_EQ(say(facts), ErrorCode{});
  EXPECT_EQ(asset(unknown).triage->level, Level::kSl5);
  ASSERT_EQ(say(harmless_facts(lab.asset)), ErrorCode{});
  EXPECT_EQ(asset(unknown).triage->level, Level::kSl4);
}

// Who may state what.

TEST_F(Inventory, TakesFactsFromDepositorsAndOfficersOnly) {
  const auto by = [&](const TestPerson& who) {
    return code_of(log.add(state(stated(lab, who, lab.asset, harmless_facts(lab.asset)), who)));
  };
  EXPECT_EQ(by(lab.rex), ErrorCode::kRefused);
  EXPECT_EQ(by(lab.ai_agent), ErrorCode::kRefused);
  EXPECT_EQ(by(lab.bob), ErrorCode{});
}

TEST_F(Inventory, TakesNoFactsThatAreMeantForAnotherStrongroom) {
  protocol::FactsStated elsewhere = stated(lab, lab.alice, lab.asset, harmless_facts(lab.asset));
  elsewhere.strongroom.bytes[0] ^= 1;
  EXPECT_EQ(code_of(log.add(state(elsewhere, lab.alice))), ErrorCode::kRefused);
}

TEST_F(Inventory, TakesNoFactsOfAnAssetThatIsNotThere) {
  const AssetId nobody = crypto::random_id<AssetId>();
  EXPECT_EQ(say(harmless_facts(nobody), nobody), ErrorCode::kNotFound);
}

TEST_F(Inventory, TakesNoFactsUnderAnotherAssetsName) {
  EXPECT_EQ(say(harmless_facts(add_asset())), ErrorCode::kMalformed);
}

TEST_F(Inventory, TakesNoFreeTextThatSomebodyMightWantErased) {
  const auto changed = [&](auto change) {
    AssetFacts facts = harmless_facts(lab.asset);
    change(facts);
    return say(facts);
  };
  EXPECT_EQ(changed([](AssetFacts& f) { f.owner = "Ada Quill"; }), ErrorCode::kMalformed);
  EXPECT_EQ(changed([](AssetFacts& f) { f.hosts = {"train-1"}; }), ErrorCode::kMalformed);
  EXPECT_EQ(changed([](AssetFacts& f) { f.reachable_by->people = {"Ada"}; }),
            ErrorCode::kMalformed);
  EXPECT_EQ(changed([](AssetFacts& f) { f.evaluations[0].id = "Ada said so"; }),
            ErrorCode::kMalformed);
  EXPECT_EQ(changed([](AssetFacts& f) { f.safeguards->tested_against = {"a b"}; }),
            ErrorCode::kMalformed);
  EXPECT_EQ(changed([](AssetFacts& f) { f.derivation->emplace().method = "by Ada"; }),
            ErrorCode::kMalformed);
}

TEST_F(Inventory, TakesOneAssetForOneDigest) {
  AssetFacts facts = harmless_facts(lab.asset);
  facts.digest = crypto::random_id<Digest>();
  ASSERT_EQ(say(facts), ErrorCode{});
  ASSERT_EQ(say(facts), ErrorCode{});
  const AssetId other = add_asset();
  AssetFacts same = harmless_facts(other);
  same.digest = facts.digest;
  EXPECT_EQ(say(same, other), ErrorCode::kAlreadyExists);
}

TEST_F(Inventory, TakesNoParentThatIsNotRegistered) {
  AssetFacts facts = harmless_facts(lab.asset);
  facts.derivation->emplace().method = "fine-tune";
  (*facts.derivation)->parent = crypto::random_id<AssetId>().hex();
  EXPECT_EQ(say(facts), ErrorCode::kNotFound);
}

TEST_F(Inventory, NothingDescendsFromItself) {
  const auto from = [](const AssetId& child, const AssetId& parent) {
    AssetFacts facts = harmless_facts(child);
    facts.derivation->emplace().method = "fine-tune";
    (*facts.derivation)->parent = parent.hex();
    return facts;
  };
  const AssetId second = add_asset();
  const AssetId third = add_asset();
  ASSERT_EQ(say(from(second, lab.asset), second), ErrorCode{});
  ASSERT_EQ(say(from(third, second), third), ErrorCode{});
  EXPECT_EQ(say(from(lab.asset, third)), ErrorCode::kRefused);
  EXPECT_EQ(say(from(lab.asset, lab.asset)), ErrorCode::kRefused);
}

// Findings: anybody may raise, nobody lowers by them.

TEST_F(Inventory, AnAiAgentsFindingRaises) {
  state_harmless(log, lab);
  set_level(Level::kSl1);
  must_add(log, found(finding(lab.ai_agent), lab.ai_agent));
  EXPECT_EQ(asked(), Level::kSl3);
  EXPECT_EQ(binding(), Level::kSl3);
}

TEST_F(Inventory, AFindingOfLessThanTriageAsksForChangesNothing) {
  protocol::Finding low = finding(lab.ai_agent);
  low.at_least = Level::kSl1;
  must_add(log, found(low, lab.ai_agent));
  EXPECT_EQ(asked(), Level::kSl4);
}

TEST_F(Inventory, AFindingOutlivesWhateverIsStatedAfterIt) {
  must_add(log, found(finding(lab.service), lab.service));
  state_harmless(log, lab);
  EXPECT_EQ(asked(), Level::kSl3);
}

TEST_F(Inventory, AParentThatTheWeightsShowCountsWhateverIsDeclared) {
  state_harmless(log, lab);
  const AssetId dangerous = add_asset();
  protocol::Finding lineage = finding(lab.alice);
  lineage.at_least.reset();
  lineage.parent = dangerous;
  lineage.by = "lineage";
  must_add(log, found(lineage, lab.alice));
  EXPECT_EQ(asked(), Level::kSl4);
}

TEST_F(Inventory, OnlyAQuorumDismissesAFinding) {
  state_harmless(log, lab);
  must_add(log, found(finding(lab.ai_agent), lab.ai_agent));
  const std::int64_t at = log.size() - 2;  // the triage follows it
  make_change(log, lab, protocol::Dismiss{{at}});
  EXPECT_EQ(asked(), Level::kSl1);
  EXPECT_EQ(proposing(protocol::Dismiss{{at}}), ErrorCode::kNotFound);
}

TEST_F(Inventory, TakesNoFindingInAnothersName) {
  EXPECT_EQ(code_of(log.add(found(finding(lab.alice), lab.ai_agent))), ErrorCode::kNotAuthentic);
  protocol::Finding by_host = finding(lab.alice);
  by_host.person.reset();
  by_host.host = lab.host.host.host;
  EXPECT_EQ(code_of(log.add(found(by_host, lab.other_host))), ErrorCode::kNotAuthentic);
  EXPECT_EQ(code_of(log.add(found(by_host, lab.host))), ErrorCode{});
}

TEST_F(Inventory, TakesTheSameFindingOnce) {
  must_add(log, found(finding(lab.ai_agent), lab.ai_agent));
  EXPECT_EQ(code_of(log.add(found(finding(lab.service), lab.service))), ErrorCode::kConflict);
}

// Public models.

class PublicModel : public Inventory {
 protected:
  PublicModel() {
    state_harmless(log, lab);
    facts.digest = crypto::random_id<Digest>();
    facts.standing[0] = *triage::words_of(triage::Axis::kStanding).value_named("at");
    facts.dual_use[0] = *triage::words_of(triage::Axis::kDualUse).value_named("demonstrated");
    const Digest other = crypto::random_id<Digest>();
    const Digest mine = leaf(*facts.digest);
    listing = {
        crypto::node_hash(crypto::TreeHash::kSha256, leaf(other), mine), 2, 1, {leaf(other)}};
  }
  static Digest leaf(const Digest& digest) {
    return crypto::leaf_hash(crypto::TreeHash::kSha256, digest.view());
  }
  ErrorCode say_listed(const protocol::Listing& as) {
    protocol::FactsStated told = stated(lab, lab.alice, lab.asset, facts);
    told.listing = as;
    return code_of(log.add(state(told, lab.alice)));
  }
  void believe() { make_change(log, lab, protocol::AddPublicIndex{listing.root, 2, "a registry"}); }

  AssetFacts facts = harmless_facts(lab.asset);
  protocol::Listing listing;
};

TEST_F(PublicModel, NeedsLessOnceAQuorumBelievesTheIndexThatListsIt) {
  ASSERT_EQ(say(facts), ErrorCode{});
  const Level unlisted = asked();
  believe();
  EXPECT_EQ(asked(), unlisted);
  ASSERT_EQ(say_listed(listing), ErrorCode{});
  EXPECT_LT(asked(), unlisted);
}

TEST_F(PublicModel, IsNotPublicByAnIndexThatNobodyBelieves) {
  EXPECT_EQ(say_listed(listing), ErrorCode::kRefused);
}

TEST_F(PublicModel, IsNotPublicByAProofOfAnotherDigest) {
  believe();
  facts.digest->bytes[0] ^= 1;
  EXPECT_EQ(say_listed(listing), ErrorCode::kNotAuthentic);
}

TEST_F(PublicModel, IsNotPublicAnyMoreOnceTheIndexIsRetired) {
  ASSERT_EQ(say(facts), ErrorCode{});
  const Level unlisted = asked();
  believe();
  ASSERT_EQ(say_listed(listing), ErrorCode{});
  make_change(log, lab, protocol::RetirePublicIndex{listing.root});
  EXPECT_EQ(asked(), unlisted);
}

TEST_F(PublicModel, IsListedWithADigestOrNotAtAll) {
  believe();
  facts.digest.reset();
  EXPECT_EQ(say_listed(listing), ErrorCode::kMalformed);
}

// The rules themselves.

triage::RuleSet with_a_stricter_base() {
  triage::RuleSet rules = triage::shipped_rules();
  for (triage::Rule& each : rules.rules) {
    if (each.id == "BASE") each.level = Level::kSl3;
  }
  return rules;
}

TEST_F(Inventory, DecidesEverythingAnewByOtherRules) {
  state_harmless(log, lab);
  make_change(log, lab, protocol::SetTriageRules{to_json(with_a_stricter_base())});
  EXPECT_EQ(asked(), Level::kSl3);
  EXPECT_EQ(last().type, protocol::EntryType::kTriaged);
}

TEST_F(Inventory, StricterRulesLoosenNothingAndMilderOnesDo) {
  const protocol::Subject stricter = protocol::SetTriageRules{to_json(with_a_stricter_base())};
  EXPECT_FALSE(*loosens(stricter, log.rooms(), log.now()));
  make_change(log, lab, stricter);
  EXPECT_TRUE(
      *loosens(protocol::SetTriageRules{to_json(triage::shipped_rules())}, log.rooms(), log.now()));
}

TEST_F(Inventory, TakesNoRulesThatBreakAPromise) {
  triage::RuleSet rules = triage::shipped_rules();
  rules.rules.erase(
      std::remove_if(rules.rules.begin(), rules.rules.end(),
                     [](const triage::Rule& each) { return each.id == "REF-BEYOND"; }),
      rules.rules.end());
  EXPECT_EQ(proposing(protocol::SetTriageRules{to_json(rules)}), ErrorCode::kRefused);
}

TEST_F(Inventory, TakesTheSameRulesOnce) {
  EXPECT_EQ(proposing(protocol::SetTriageRules{to_json(triage::shipped_rules())}),
            ErrorCode::kConflict);
}

TEST(AGenesis, WithRulesThatBreakAPromiseIsRefused) {
  TestLab lab;
  triage::RuleSet rules = triage::shipped_rules();
  rules.rules.clear();
  lab.genesis.triage = to_json(rules);
  lab.id = lab.genesis.id();
  TestLog log;
  EXPECT_NE(code_of(log.add(lab.founding())), ErrorCode{});
}

}  // namespace
}  // namespace strongroom::judge
