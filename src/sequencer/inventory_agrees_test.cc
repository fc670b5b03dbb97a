// Whatever is said of assets, in whatever order: tables and fold give the same answers, and what
// was decided step by step is what would be decided of all of it at once.
#include <gtest/gtest.h>

#include <random>

#include "io/temporary_directory.h"
#include "judge/test_inventory.h"
#include "registry/view.h"
#include "store/database.h"

namespace strongroom::registry {
namespace {

using judge::TestLab;
using protocol::Level;

constexpr std::size_t kAssets = 7;

/// Events by chance, from a seed: what the rules would let through, and no other.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {
    for (std::size_t i = 0; i < kAssets; ++i) {
      AssetId id;
      id.bytes.fill(static_cast<std::uint8_t>(i + 1));
      ids_.push_back(id);
    }
  }
  [[nodiscard]] const std::vector<AssetId>& ids() const { return ids_; }

  protocol::Registration registration(std::size_t at) {
    protocol::Registration registration;
    registration.asset = ids_[at];
    registration.kind = at == 0 ? std::string(protocol::kRehearsalKind) : "model";
    return registration;
  }
  protocol::FactsStated facts() {
    const std::size_t at = one_of(1, kAssets);
    triage::AssetFacts facts = judge::harmless_facts(ids_[at]);
    if (chance(3))
      facts.weights_of = {ids_[one_of(1, kAssets)].hex(), ids_[one_of(1, kAssets)].hex()};
    if (chance(4)) facts.weights_of.reset();
    if (chance(3) && at > 1) {  // upwards only: nothing descends from itself
      facts.derivation->emplace().method = "fine-tune";
      (*facts.derivation)->parent = ids_[one_of(1, at)].hex();
    }
    if (chance(4)) facts.derivation.reset();
    if (chance(4))
      facts.standing[0] = *triage::words_of(triage::Axis::kStanding).value_named("beyond");
    if (chance(6)) facts.designated = true;
    if (chance(2)) {
      facts.digest.emplace();
      facts.digest->bytes.fill(static_cast<std::uint8_t>(at));
    }
    protocol::FactsStated stated;
    stated.asset = ids_[at];
    stated.facts = to_json(facts);
    if (facts.digest && chance(2)) stated.listing = protocol::Listing{root(), 9, 0, {}};
    return stated;
  }
  protocol::Finding finding() {
    protocol::Finding finding;
    const std::size_t at = one_of(1, kAssets);
    finding.asset = ids_[at];
    finding.person.emplace();
    finding.by = "assessor";
    if (chance(2)) finding.at_least = static_cast<Level>(one_of(1, 6));
    if (!finding.at_least) finding.parent = ids_[at == 1 ? 2 : 1];
    return finding;
  }
  protocol::Subject ground() {
    if (chance(3)) return protocol::AddPublicIndex{root(), 9, "somewhere"};
    if (chance(3)) return protocol::RetirePublicIndex{root()};
    if (chance(2)) return protocol::SetReference{"best", judge::test_reference().as_of};
    triage::RuleSet rules = triage::shipped_rules();
    for (triage::Rule& each : rules.rules) {
      if (each.id == "BASE") each.level = chance(2) ? Level::kSl1 : Level::kSl2;
    }
    return protocol::SetTriageRules{to_json(rules)};
  }
  bool chance(unsigned of) { return random_() % of == 0; }
  std::size_t one_of(std::size_t from, std::size_t to) { return from + random_() % (to - from); }

 private:
  static Digest root() {
    Digest root;
    root.bytes.fill(77);
    return root;
  }
  std::mt19937 random_;
  std::vector<AssetId> ids_;
};

class Inventories : public ::testing::TestWithParam<unsigned> {
 protected:
  Inventories()
      : database(std::move(*store::open_sqlite(directory / "db"))),
        transaction(std::move(*database->begin())),
        view(*transaction) {
    EXPECT_TRUE(View::create_tables(*transaction).has_value());
    TestLab lab;
    both([&](Changes& changes) { return changes.apply(lab.genesis); });
    for (std::size_t i = 0; i < kAssets; ++i) {
      const protocol::Registration registration = random.registration(i);
      const Position at = position();
      both([&](Changes& changes) { return changes.apply(registration, at); });
      settle();
    }
  }
  void both(const std::function<Result<void>(Changes&)>& apply) {
    for (Changes* changes : std::initializer_list<Changes*>{&fold, &view}) {
      const Result<void> applied = apply(*changes);
      ASSERT_TRUE(applied.has_value()) << applied.error().context;
    }
  }
  [[nodiscard]] Position position() { return {++index, judge::kTestStart + index * 60}; }
  void step() {
    const Position at = position();
    if (random.chance(5)) {
      protocol::Change change;
      change.subject = random.ground();
      both([&](Changes& changes) { return changes.apply(change, at); });
    } else if (random.chance(4)) {
      const protocol::Finding finding = random.finding();
      both([&](Changes& changes) { return changes.apply(finding, at); });
      findings.push_back(at.index);
    } else if (random.chance(4) && !findings.empty()) {
      protocol::Change change;
      change.subject = protocol::Dismiss{findings};
      both([&](Changes& changes) { return changes.apply(change, at); });
      findings.clear();
    } else {
      const protocol::FactsStated facts = random.facts();
      both([&](Changes& changes) { return changes.apply(facts, at); });
    }
  }
  // What the judge would demand next.
  void settle() {
    for (;;) {
      const std::vector<Decided> due = *fold.due();
      ASSERT_TRUE(*view.due() == due);
      if (due.empty()) return;
      both([&](Changes& changes) { return changes.apply(Triage{due}); });
    }
  }
  void compare() {
    EXPECT_TRUE(*view.assets() == *fold.assets());
    std::vector<Asset> paged;
    for (;;) {
      Query query{.limit = 3};
      if (!paged.empty()) query.after = paged.back().asset;
      const std::vector<Asset> page = *view.page(query);
      if (page.empty()) break;
      paged.insert(paged.end(), page.begin(), page.end());
    }
    EXPECT_TRUE(paged == *fold.assets());
    const auto listed = [&](const Query& query) { return view.page(query)->size(); };
    const auto counted = [&](auto is) {
      const std::vector<Asset> all = *fold.assets();
      return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is));
    };
    const UnixSeconds soon = judge::kTestStart + 100 * judge::kTestDay;
    using Which = Query::Which;
    EXPECT_EQ(listed({.which = Which::kAsked, .asked = Level::kSl4}),
              counted([](const Asset& each) { return each.triage->level == Level::kSl4; }));
    EXPECT_EQ(listed({.which = Which::kUnset}),
              counted([](const Asset& each) { return !each.set; }));
    EXPECT_EQ(listed({.which = Which::kWithFindings}),
              counted([](const Asset& each) { return !each.findings.empty(); }));
    EXPECT_EQ(listed({.which = Which::kExpiring, .before = soon}),
              counted([&](const Asset& each) { return each.triage->expires < soon; }));
    EXPECT_TRUE(**view.ground() == **fold.ground());
    EXPECT_EQ(*view.count_sl5_by_themselves(), *fold.count_sl5_by_themselves());
    for (const AssetId& id : random.ids()) {
      EXPECT_EQ(*view.resting_on(id), *fold.resting_on(id));
      EXPECT_TRUE(*view.known(id) == *fold.known(id));
      EXPECT_TRUE(*view.last(id) == *fold.last(id));
    }
    for (const State* state : std::initializer_list<const State*>{&fold, &view}) {
      const Anew anew = *decide_anew(*state, std::nullopt, judge::kTestStart + index * 60);
      EXPECT_EQ(anew.decisions.size(), 0u);
      EXPECT_EQ(anew.sl5_by_itself.size(), 0u);
    }
  }

  Chance random{GetParam()};
  io::TemporaryDirectory directory;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Transaction> transaction;
  WritableView view;
  Fold fold;
  std::int64_t index = 0;
  std::vector<std::int64_t> findings;
};

TEST_P(Inventories, DecideStepByStepWhatWouldBeDecidedAtOnce) {
  for (int i = 0; i < 40; ++i) {
    step();
    settle();
    compare();
    if (HasFailure()) FAIL() << "at step " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(ByChance, Inventories, ::testing::Range(1u, 6u));

}  // namespace
}  // namespace strongroom::registry
