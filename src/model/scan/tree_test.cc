#include <gtest/gtest.h>

#include "model/scan/report.h"
#include "model/scan/tree_links.h"
#include "model/scan/tree_parts.h"

namespace strongroom::model::scan {
namespace {

TEST(APathWithinADirectory, IsNormalisedWithoutLeavingIt) {
  EXPECT_EQ(normalised("a/./b//c"), "a/b/c");
  EXPECT_EQ(normalised("a/b/../c"), "a/c");
  EXPECT_EQ(normalised("weights.bin"), "weights.bin");
}

TEST(APathThatLeavesItsDirectory, IsNoPathWithinIt) {
  EXPECT_EQ(normalised("../weights.bin"), "");
  EXPECT_EQ(normalised("a/../../b"), "");
  EXPECT_EQ(normalised("/etc/passwd"), "");
  EXPECT_EQ(normalised(""), "");
  EXPECT_EQ(normalised("a/.."), "");
}

TEST(ShardsOfOneModel, ShareANameWithoutTheirNumbers) {
  const auto first = shard_name("dir/model-00001-of-00003.safetensors");
  const auto last = shard_name("dir/model-00003-of-00003.safetensors");
  ASSERT_TRUE(first && last);
  EXPECT_EQ(first->whole, "dir/model.safetensors");
  EXPECT_EQ(first->whole, last->whole);
  EXPECT_EQ(first->shards, 3u);
}

TEST(ANameThatOnlyLooksLikeAShard, IsTakenAsItIs) {
  EXPECT_FALSE(shard_name("model-0001-of-00003.safetensors"));
  EXPECT_FALSE(shard_name("model-00001-of-3.safetensors"));
  EXPECT_FALSE(shard_name("00001-of-00003"));
  EXPECT_FALSE(shard_name("model-00001-of-00003-old/weights"));
  EXPECT_FALSE(shard_name("model-00001-of-00003x.safetensors"));
  EXPECT_FALSE(shard_name("-of-"));
}

TEST(TheRulesOfAScan, HaveEachAnIdOfTheirOwnAndWordsForEverything) {
  const std::vector<const Rule*> rules = all_rules();
  ASSERT_GT(rules.size(), 40u);
  for (std::size_t at = 0; at < rules.size(); ++at) {
    const Rule& rule = *rules[at];
    EXPECT_TRUE(at == 0 || rules[at - 1]->id < rule.id) << rule.id;
    EXPECT_NE(rule.verdict, Verdict::kClean) << rule.id;
    EXPECT_FALSE(rule.title.empty() || rule.why.empty() || rule.to_do.empty()) << rule.id;
    EXPECT_FALSE(rule.title.ends_with('.')) << rule.id;
    EXPECT_TRUE(rule.why.ends_with('.')) << rule.id;
    EXPECT_TRUE(rule.to_do.ends_with('.')) << rule.id;
  }
}

}  // namespace
}  // namespace strongroom::model::scan
