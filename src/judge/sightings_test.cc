#include <gtest/gtest.h>

#include "judge/test_inventory.h"
#include "registry/rules_sightings.h"

namespace strongroom::judge {
namespace {

using protocol::EntryType;
using protocol::Meaning;

// A founded lab with one registered asset of which nothing is known.
class ASweep : public ::testing::Test {
 protected:
  ASweep() {
    must_add(log, lab.founding());
    must_add(log, TestLab::register_asset(lab.registration(), lab.alice));
  }
  static Digest filled(std::uint8_t value) {
    Digest digest;
    digest.bytes.fill(value);
    return digest;
  }
  static protocol::Sighting sighting(std::uint8_t digest, std::uint8_t place) {
    return {filled(digest), "model", "safetensors", 1'000, filled(place)};
  }
  [[nodiscard]] protocol::Sweep sweep(std::int64_t number,
                                      std::vector<protocol::Sighting> seen = {},
                                      std::vector<Digest> gone = {}) const {
    protocol::Sweep sweep;
    sweep.strongroom = lab.id;
    sweep.host = lab.host.host.host;
    sweep.number = number;
    sweep.period_seconds = kTestHour;
    sweep.files = 12;
    sweep.seen = std::move(seen);
    sweep.gone = std::move(gone);
    sweep.checkpoint = log.seen();
    return sweep;
  }
  ErrorCode tell(const protocol::Sweep& sweep, const TestSigner& who) {
    return code_of(log.add(TestLab::signed_by(EntryType::kSwept, to_json(sweep), who)));
  }
  ErrorCode tell(const protocol::Sweep& sweep) { return tell(sweep, lab.host); }
  [[nodiscard]] protocol::Explained explained(std::uint8_t digest, Meaning meaning) const {
    protocol::Explained explained;
    explained.strongroom = lab.id;
    explained.digest = filled(digest);
    explained.meaning = meaning;
    if (meaning == Meaning::kAsset) explained.asset = lab.asset;
    explained.person = lab.alice.id();
    explained.checkpoint = log.seen();
    return explained;
  }
  ErrorCode explain(const protocol::Explained& explained, const TestSigner& who) {
    return code_of(log.add(TestLab::signed_by(EntryType::kExplained, to_json(explained), who)));
  }
  ErrorCode explain(const protocol::Explained& explained) { return explain(explained, lab.alice); }
  static ErrorCode code_of(const Result<void>& result) {
    return result ? ErrorCode{} : result.error().code;
  }
  [[nodiscard]] const registry::Sightings& sightings() const {
    return log.rooms().registry.sightings();
  }
  [[nodiscard]] std::vector<registry::Unexplained> unexplained() const {
    return *sightings().unexplained(log.now());
  }

  TestLab lab;
  TestLog log;
};

TEST_F(ASweep, IsRefusedFromAHostThatReportsForAnother) {
  EXPECT_EQ(tell(sweep(1), lab.other_host), ErrorCode::kNotAuthentic);
}

TEST_F(ASweep, IsRefusedFromAHostThatIsNotOnTheAllowList) {
  const TestHost stranger = make_host();
  protocol::Sweep told = sweep(1);
  told.host = stranger.host.host;
  EXPECT_EQ(tell(told, stranger), ErrorCode::kRefused);
}

TEST_F(ASweep, IsRefusedWhenMeantForAnotherStrongroom) {
  protocol::Sweep told = sweep(1);
  told.strongroom.bytes[0] ^= 1;
  EXPECT_EQ(tell(told), ErrorCode::kRefused);
}

TEST_F(ASweep, IsRefusedWhenItIsReplayed) {
  const protocol::Sweep told = sweep(1, {sighting(1, 1)});
  ASSERT_EQ(tell(told), ErrorCode{});
  EXPECT_EQ(tell(told), ErrorCode::kConflict);
}

TEST_F(ASweep, IsRefusedWhenItLeavesOneOut) { EXPECT_EQ(tell(sweep(2)), ErrorCode::kConflict); }

TEST_F(ASweep, IsRefusedWhenAPartIsLeftOut) {
  protocol::Sweep first = sweep(1);
  first.is_last = false;
  ASSERT_EQ(tell(first), ErrorCode{});
  protocol::Sweep third = sweep(1);
  third.part = 3;
  EXPECT_EQ(tell(third), ErrorCode::kConflict);
}

TEST_F(ASweep, GoesOnInParts) {
  protocol::Sweep first = sweep(1, {sighting(1, 1)});
  first.is_last = false;
  ASSERT_EQ(tell(first), ErrorCode{});
  EXPECT_FALSE(sightings().last_sweep(lab.host.host.host)->value().whole_at.has_value());
  protocol::Sweep second = sweep(1, {sighting(2, 2)});
  second.part = 2;
  ASSERT_EQ(tell(second), ErrorCode{});
  EXPECT_TRUE(sightings().last_sweep(lab.host.host.host)->value().whole_at.has_value());
  EXPECT_EQ(*sightings().count_standing(lab.host.host.host), 2);
}

TEST_F(ASweep, ThatWasWholeTakesNoFurtherPart) {
  ASSERT_EQ(tell(sweep(1)), ErrorCode{});
  protocol::Sweep second = sweep(1);
  second.part = 2;
  EXPECT_EQ(tell(second), ErrorCode::kConflict);
}

TEST_F(ASweep, IsRefusedWhenAPlaceWasToldBefore) {
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  EXPECT_EQ(tell(sweep(2, {sighting(2, 1)})), ErrorCode::kConflict);
}

TEST_F(ASweep, CannotSayThatSomethingIsGoneFromAnotherHost) {
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  protocol::Sweep other = sweep(1, {}, {filled(1)});
  other.host = lab.other_host.host.host;
  EXPECT_EQ(tell(other, lab.other_host), ErrorCode::kNotFound);
}

TEST_F(ASweep, IsRefusedFromSomebodyWhoWasShownAnotherLog) {
  protocol::Sweep told = sweep(1);
  told.checkpoint.root.bytes[0] ^= 1;
  EXPECT_EQ(tell(told), ErrorCode::kNotAuthentic);
}

TEST_F(ASweep, ChangesNoLevel) {
  const registry::Asset before = **log.rooms().registry.asset(lab.asset);
  const std::int64_t size = log.size();
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  ASSERT_EQ(explain(explained(1, Meaning::kAsset)), ErrorCode{});
  EXPECT_EQ(log.size(), size + 2);  // and no triage follows
  EXPECT_EQ(**log.rooms().registry.asset(lab.asset), before);
}

TEST_F(ASweep, OfADigestThatNobodyKnowsStartsAClock) {
  const UnixSeconds then = log.now();
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  ASSERT_EQ(unexplained().size(), 1u);
  EXPECT_EQ(unexplained()[0].digest, filled(1));
  EXPECT_EQ(unexplained()[0].deadline, then + registry::kExplainWithinSeconds);
  EXPECT_FALSE(unexplained()[0].is_overdue);
  log.advance(registry::kExplainWithinSeconds);
  EXPECT_TRUE(unexplained()[0].is_overdue);
}

TEST_F(ASweep, OfASecondPlaceDoesNotMoveTheDeadline) {
  ASSERT_EQ(tell(sweep(1, {sighting(1, 9)})), ErrorCode{});
  const UnixSeconds deadline = unexplained()[0].deadline;
  log.advance(kTestHour);
  ASSERT_EQ(tell(sweep(2, {sighting(1, 1)})), ErrorCode{});
  ASSERT_EQ(unexplained().size(), 1u);
  EXPECT_EQ(unexplained()[0].places.size(), 2u);
  EXPECT_EQ(unexplained()[0].deadline, deadline);
}

TEST_F(ASweep, ThatFindsACopyGoneDoesNotExplainIt) {
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  ASSERT_EQ(tell(sweep(2, {}, {filled(1)})), ErrorCode{});
  ASSERT_EQ(unexplained().size(), 1u);
  EXPECT_TRUE(unexplained()[0].places[0].gone.has_value());
  EXPECT_EQ(*sightings().count_standing(lab.host.host.host), 0);
}

TEST_F(ASweep, SaysOfAPlaceOnceOnlyThatItIsGone) {
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  ASSERT_EQ(tell(sweep(2, {}, {filled(1)})), ErrorCode{});
  EXPECT_EQ(tell(sweep(3, {}, {filled(1)})), ErrorCode::kNotFound);
}

TEST_F(ASweep, ToldAfreshLeavesNothingOfWhatStood) {
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1), sighting(2, 2)})), ErrorCode{});
  protocol::Sweep afresh = sweep(2, {sighting(1, 3)});
  afresh.is_afresh = true;
  ASSERT_EQ(tell(afresh), ErrorCode{});
  EXPECT_EQ(*sightings().count_standing(lab.host.host.host), 1);
  EXPECT_TRUE((**sightings().at_place(filled(2))).gone.has_value());
}

TEST_F(ASweep, LooksOverdueAfterTwoPeriods) {
  const UnixSeconds then = log.now();
  ASSERT_EQ(tell(sweep(1)), ErrorCode{});
  EXPECT_EQ((**sightings().last_sweep(lab.host.host.host)).due_by(), then + 2 * kTestHour);
}

TEST_F(ASweep, KeepsWhenItLastSawWhatStands) {
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  log.advance(kTestHour);
  const UnixSeconds then = log.now();
  ASSERT_EQ(tell(sweep(2)), ErrorCode{});
  EXPECT_EQ((**sightings().at_place(filled(1))).last_seen, then);
  log.advance(kTestHour);
  ASSERT_EQ(tell(sweep(3, {}, {filled(1)})), ErrorCode{});
  EXPECT_EQ((**sightings().at_place(filled(1))).last_seen, then);
}

TEST_F(ASweep, OfAnAssetsDigestExplainsItself) {
  triage::AssetFacts facts = harmless_facts(lab.asset);
  facts.digest = filled(1);
  must_add(log, state(stated(lab, lab.alice, lab.asset, facts), lab.alice));
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  EXPECT_TRUE(unexplained().empty());
}

TEST_F(ASweep, IsExplainedByFactsThatAreStatedLater) {
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  triage::AssetFacts facts = harmless_facts(lab.asset);
  facts.digest = filled(1);
  must_add(log, state(stated(lab, lab.alice, lab.asset, facts), lab.alice));
  EXPECT_TRUE(unexplained().empty());
}

TEST_F(ASweep, OfWhatAnAssetsFactsOnceNamedStaysThatAssets) {
  triage::AssetFacts facts = harmless_facts(lab.asset);
  for (const std::uint8_t digest : {std::uint8_t{1}, std::uint8_t{2}}) {
    facts.digest = filled(digest);
    must_add(log, state(stated(lab, lab.alice, lab.asset, facts), lab.alice));
  }
  ASSERT_EQ(tell(sweep(1, {sighting(1, 1)})), ErrorCode{});
  EXPECT_TRUE(unexplained().empty());
  EXPECT_EQ((**sightings().explanation(filled(1))).asset, lab.asset);
}

TEST_F(ASweep, HasABoundOfPlacesForEachHost) {
  registry::SweepFacts facts;
  facts.standing = registry::kPlacesPerHostMax;
  protocol::Sweep over = sweep(1, {sighting(1, 1)});
  EXPECT_EQ(code_of(registry::may_sweep(over, facts)), ErrorCode::kTooLarge);
  over.gone = {filled(7)};
  EXPECT_EQ(code_of(registry::may_sweep(over, facts)), ErrorCode{});
}

TEST_F(ASweep, DecodesAsItWasEncoded) {
  const protocol::Sweep told = sweep(3, {sighting(1, 1), sighting(2, 2)}, {filled(3)});
  EXPECT_EQ(*protocol::sweep_from(to_json(told)), told);
}

TEST_F(ASweep, IsMalformedWithMoreSightingsThanOneCommandHasTextsFor) {
  protocol::Sweep over = sweep(1);
  for (std::size_t i = 0; i <= protocol::kSightingsMax; ++i)
    over.seen.push_back(sighting(1, static_cast<std::uint8_t>(i)));
  EXPECT_FALSE(protocol::sweep_from(to_json(over)).has_value());
}

TEST_F(ASweep, IsMalformedOutOfOrder) {
  EXPECT_FALSE(protocol::sweep_from(to_json(sweep(1, {sighting(1, 2), sighting(1, 1)}))));
}

TEST_F(ASweep, IsMalformedWhenItTellsOnePlaceTwice) {
  EXPECT_FALSE(protocol::sweep_from(to_json(sweep(1, {sighting(1, 1), sighting(2, 1)}))));
}

TEST_F(ASweep, IsMalformedWithAFormatThatIsNoWord) {
  protocol::Sighting odd = sighting(1, 1);
  odd.format = "a name: Anna";
  EXPECT_FALSE(protocol::sweep_from(to_json(sweep(1, {odd}))));
}

TEST_F(ASweep, IsMalformedWhenItEndsBeforeItBegins) {
  protocol::Sweep odd = sweep(1);
  odd.begun = {10};
  odd.ended = {9};
  EXPECT_FALSE(protocol::sweep_from(to_json(odd)));
}

TEST_F(ASweep, IsMalformedWithANumberBelowOne) {
  EXPECT_FALSE(protocol::sweep_from(to_json(sweep(0))));
}

class AnExplanation : public ASweep {
 protected:
  AnExplanation() { CHECK(tell(sweep(1, {sighting(1, 1)})) == ErrorCode{}); }
};

TEST_F(AnExplanation, TakesTheDigestFromTheList) {
  ASSERT_EQ(explain(explained(1, Meaning::kNotOurs)), ErrorCode{});
  EXPECT_TRUE(unexplained().empty());
}

TEST_F(AnExplanation, CanBeWithdrawnAndStartsTheClockAnew) {
  ASSERT_EQ(explain(explained(1, Meaning::kNotOurs)), ErrorCode{});
  log.advance(kTestHour);
  ASSERT_EQ(explain(explained(1, Meaning::kUnexplained)), ErrorCode{});
  ASSERT_EQ(unexplained().size(), 1u);
  EXPECT_EQ(unexplained()[0].deadline, log.now() + registry::kExplainWithinSeconds);
}

TEST_F(AnExplanation, CannotBeWithdrawnToGainTimeWhereNothingWasExplained) {
  EXPECT_EQ(explain(explained(1, Meaning::kUnexplained)), ErrorCode::kConflict);
}

TEST_F(AnExplanation, IsRefusedOfADigestThatNoSweepHasSeen) {
  EXPECT_EQ(explain(explained(2, Meaning::kNotOurs)), ErrorCode::kNotFound);
}

TEST_F(AnExplanation, IsRefusedByAnAssetThatIsNotRegistered) {
  protocol::Explained odd = explained(1, Meaning::kAsset);
  odd.asset = crypto::random_id<AssetId>();
  EXPECT_EQ(explain(odd), ErrorCode::kNotFound);
}

TEST_F(AnExplanation, IsRefusedFromWhoeverOnlyAsksForReleases) {
  protocol::Explained odd = explained(1, Meaning::kNotOurs);
  odd.person = lab.rex.id();
  EXPECT_EQ(explain(odd, lab.rex), ErrorCode::kRefused);
}

TEST_F(AnExplanation, IsRefusedFromAnAiAgent) {
  protocol::Explained odd = explained(1, Meaning::kNotOurs);
  odd.person = lab.ai_agent.id();
  EXPECT_EQ(explain(odd, lab.ai_agent), ErrorCode::kRefused);
}

TEST_F(AnExplanation, IsRefusedInAnothersName) {
  EXPECT_NE(explain(explained(1, Meaning::kNotOurs), lab.bob), ErrorCode{});
}

TEST_F(AnExplanation, IsRefusedWhenMeantForAnotherStrongroom) {
  protocol::Explained odd = explained(1, Meaning::kNotOurs);
  odd.strongroom.bytes[0] ^= 1;
  EXPECT_EQ(explain(odd), ErrorCode::kRefused);
}

TEST_F(AnExplanation, CannotContradictTheFactsOfAnAsset) {
  triage::AssetFacts facts = harmless_facts(lab.asset);
  facts.digest = filled(1);
  must_add(log, state(stated(lab, lab.alice, lab.asset, facts), lab.alice));
  EXPECT_EQ(explain(explained(1, Meaning::kUnexplained)), ErrorCode::kConflict);
}

TEST_F(AnExplanation, DecodesAsItWasEncoded) {
  for (const Meaning meaning : {Meaning::kAsset, Meaning::kNotOurs, Meaning::kUnexplained})
    EXPECT_EQ(*protocol::explained_from(to_json(explained(1, meaning))), explained(1, meaning));
}

TEST_F(AnExplanation, IsMalformedWithAnAssetThatItDoesNotMean) {
  protocol::Explained odd = explained(1, Meaning::kNotOurs);
  odd.asset = lab.asset;
  EXPECT_FALSE(protocol::explained_from(to_json(odd)));
}

}  // namespace
}  // namespace strongroom::judge
