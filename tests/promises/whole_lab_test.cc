#include "whole_lab.h"

#include <gtest/gtest.h>

namespace strongroom::promises {
namespace {

TEST(AWholeLab, ReleasesToTheHostWhatTwoOfThreeApproved) {
  WholeLab lab;
  const SealedModel model = lab.seal("dana", small_model());
  const Asked asked = lab.ask("dana", model);
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  ASSERT_TRUE(lab.approve("carol", asked.id()));

  const Result<Files> released = lab.release(asked);

  ASSERT_TRUE(released) << released.error().context;
  EXPECT_EQ(*released, model.plaintext);
}

TEST(AWholeLab, ReleasesAfterTheServerWasStartedAgain) {
  WholeLab lab;
  const SealedModel model = lab.seal("dana", small_model());
  const Asked asked = lab.ask("dana", model);
  ASSERT_TRUE(lab.approve("alice", asked.id()));
  lab.stop();
  EXPECT_EQ(lab.approve("bob", asked.id()).error().code, ErrorCode::kNetwork);
  lab.start();
  ASSERT_TRUE(lab.approve("bob", asked.id()));

  const Result<Files> released = lab.release(asked);

  ASSERT_TRUE(released) << released.error().context;
  EXPECT_EQ(*released, model.plaintext);
}

TEST(AWholeLab, ReleasesUnderANestedPolicyWhatBothTeamsApproved) {
  WholeLab lab(Plan::nested());
  const SealedModel model = lab.seal("dana", small_model(), {{0}, {1}});
  const Asked asked = lab.ask("dana", model);
  for (const char* name : {"bob", "carol", "rolf"}) ASSERT_TRUE(lab.approve(name, asked.id()));

  const Result<Files> released = lab.release(asked);

  ASSERT_TRUE(released) << released.error().context;
  EXPECT_EQ(*released, model.plaintext);
}

}  // namespace
}  // namespace strongroom::promises
