#include <gtest/gtest.h>

#include "registry/rules.h"

namespace strongroom::registry {
namespace {

Asset asset() {
  Asset asset;
  asset.asset.bytes.fill(1);
  asset.kind = "model";
  return asset;
}
ErrorCode code_of(const Result<void>& result) { return result ? ErrorCode{} : result.error().code; }

TEST(AnAsset, IsRegisteredOnce) {
  EXPECT_EQ(code_of(may_register({.asset_exists = false})), ErrorCode{});
  EXPECT_EQ(code_of(may_register({.asset_exists = true})), ErrorCode::kAlreadyExists);
}

TEST(AnAsset, NeedsTheStrictestLevelUntilItIsAssessed) {
  EXPECT_EQ(triage(asset()).level, protocol::Level::kSl5);
}

TEST(ALoggedTriage, HoldsWhenTheRulesGiveIt) {
  EXPECT_EQ(code_of(is_triage_of(triage(asset()), asset())), ErrorCode{});
}

TEST(ALoggedTriage, IsRefusedBelowWhatTheRulesGive) {
  Triage low = triage(asset());
  low.level = protocol::Level::kSl4;
  EXPECT_EQ(code_of(is_triage_of(low, asset())), ErrorCode::kRefused);
}

TEST(ALoggedTriage, IsRefusedForAnotherReasonThanTheRules) {
  Triage other = triage(asset());
  other.because = "convenient";
  EXPECT_EQ(code_of(is_triage_of(other, asset())), ErrorCode::kRefused);
}

TEST(ALoggedTriage, IsRefusedForAnAssetThatIsNotRegistered) {
  EXPECT_EQ(code_of(is_triage_of(triage(asset()), std::nullopt)), ErrorCode::kRefused);
}

TEST(ATriage, ComesBackAsItWas) {
  const auto again = triage_from(to_json(triage(asset())));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(format::encode(to_json(*again)), format::encode(to_json(triage(asset()))));
}

TEST(ATriage, RefusesALevelThatDoesNotExist) {
  format::Json::Object members = *to_json(triage(asset())).object();
  members.insert_or_assign("level", "SL6");
  EXPECT_FALSE(triage_from(members).has_value());
}

}  // namespace
}  // namespace strongroom::registry
