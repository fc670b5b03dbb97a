#include <gtest/gtest.h>

#include "registry/rules.h"

namespace strongroom::registry {
namespace {

using protocol::Level;

AssetId id_of(std::uint8_t number) {
  AssetId id;
  id.bytes.fill(number);
  return id;
}
Decided decided(std::uint8_t number) {
  return {.asset = id_of(number),
          .level = Level::kSl4,
          .because = {"R-1", "R-2"},
          .expires = {1'900'000'000},
          .evaluate = 3};
}
ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

TEST(AnAsset, IsRegisteredOnce) {
  EXPECT_EQ(code_of(may_register({.asset_exists = false})), ErrorCode{});
  EXPECT_EQ(code_of(may_register({.asset_exists = true})), ErrorCode::kAlreadyExists);
}

TEST(ALoggedTriage, HoldsWhenItIsWhatIsDue) {
  EXPECT_EQ(code_of(is_due({{decided(1), decided(2)}}, {decided(1), decided(2)})), ErrorCode{});
}

TEST(ALoggedTriage, IsRefusedWhenNothingIsDue) {
  EXPECT_EQ(code_of(is_due({{decided(1)}}, {})), ErrorCode::kRefused);
}

TEST(ALoggedTriage, IsRefusedBelowWhatTheRulesGive) {
  Triage low{{decided(1)}};
  low.decisions.front().level = Level::kSl3;
  EXPECT_EQ(code_of(is_due(low, {decided(1)})), ErrorCode::kRefused);
}

TEST(ALoggedTriage, IsRefusedForAnotherReasonThanTheRules) {
  Triage other{{decided(1)}};
  other.decisions.front().because = {"convenient"};
  EXPECT_EQ(code_of(is_due(other, {decided(1)})), ErrorCode::kRefused);
}

TEST(ALoggedTriage, IsRefusedWhenItLeavesAnAssetOut) {
  EXPECT_EQ(code_of(is_due({{decided(1)}}, {decided(1), decided(2)})), ErrorCode::kRefused);
}

TEST(ATriage, ComesBackAsItWas) {
  const Triage triage{{decided(1), decided(2)}};
  const auto again = triage_from(to_json(triage));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, triage);
}

TEST(ATriage, RefusesALevelThatDoesNotExist) {
  format::Json::Object members = *to_json(decided(1)).object();
  members.insert_or_assign("level", "SL6");
  EXPECT_FALSE(decided_from(members).has_value());
}

TEST(ATriage, NamesEachAssetOnceInOrder) {
  EXPECT_FALSE(triage_from(to_json(Triage{{decided(2), decided(1)}})).has_value());
  EXPECT_FALSE(triage_from(to_json(Triage{{decided(1), decided(1)}})).has_value());
  EXPECT_FALSE(triage_from(to_json(Triage{})).has_value());
}

Asset asset_at(Level triage_level) {
  Asset asset;
  asset.asset = id_of(1);
  asset.kind = "model";
  asset.triage = decided(1);
  asset.triage->level = triage_level;
  return asset;
}
constexpr UnixSeconds kNow{1'800'000'000};

TEST(AnAssetsLevel, IsTheStrictestUntilAQuorumSetsIt) {
  EXPECT_EQ(asset_at(Level::kSl1).level_at(kNow), Level::kSl5);
}

TEST(AnAssetsLevel, IsWhatAQuorumSetWhileThatAndTheFactsHold) {
  Asset asset = asset_at(Level::kSl1);
  asset.set = LevelSet{Level::kSl2, kNow + 100};
  EXPECT_EQ(asset.level_at(kNow), Level::kSl2);
  EXPECT_EQ(asset.level_at(kNow + 100), Level::kSl5);
  asset.triage->expires = kNow + 50;
  EXPECT_EQ(asset.level_at(kNow + 49), Level::kSl2);
  EXPECT_EQ(asset.level_at(kNow + 50), Level::kSl5);
}

TEST(AnAssetsLevel, IsNeverLessThanTriageAsksFor) {
  Asset asset = asset_at(Level::kSl4);
  asset.set = LevelSet{Level::kSl2, kNow + 100};
  EXPECT_EQ(asset.level_at(kNow), Level::kSl4);
}

}  // namespace
}  // namespace strongroom::registry
