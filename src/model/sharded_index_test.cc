#include "model/sharded_index.h"

#include <gtest/gtest.h>

namespace strongroom::model {
namespace {

std::string rules(const Findings& findings) {
  std::string ids;
  for (const Finding& finding : findings.all())
    ids += (ids.empty() ? "" : " ") + std::string(finding.rule->id);
  return ids;
}
std::string rules_of_index(std::string_view text) {
  Findings findings;
  static_cast<void>(read_safetensors_index(text, findings));
  return rules(findings);
}
Structure holding(const std::vector<std::string>& names) {
  Structure structure;
  for (const std::string& name : names) {
    structure.tensors.emplace_back().name = name;
    structure.tensor_bytes += 4;
  }
  return structure;
}
std::string rules_of_shards(const ShardedIndex& index, const std::vector<Shard>& shards) {
  Findings findings;
  check_shards(index, shards, findings);
  return rules(findings);
}

const ShardedIndex kTwo{{{"a", "1.st"}, {"b", "1.st"}, {"c", "2.st"}}, 12};

TEST(IndexOfShards, TellsWhichFileHoldsWhichTensor) {
  Findings findings;
  const Result<ShardedIndex> index = read_safetensors_index(
      R"({"metadata":{"total_size":12,"x":[1]},"weight_map":{"a":"1.st","b":"2.st"},"more":{}})",
      findings);
  ASSERT_TRUE(index.has_value());
  EXPECT_EQ(rules(findings), "");
  EXPECT_EQ(index->shard_of, (std::map<std::string, std::string>{{"a", "1.st"}, {"b", "2.st"}}));
  EXPECT_EQ(index->total_size, 12u);
}

TEST(IndexOfShards, ThatNamesOtherFoldersIsHostile) {
  for (const char* file :
       {"../x", "/etc/passwd", "sub/x", "..", "a\\\\b", "C:x", "", "a\\u0000b"}) {
    EXPECT_EQ(rules_of_index(R"({"weight_map":{"a":")" + std::string(file) + "\"}}"),
              "index-location")
        << file;
  }
}

TEST(IndexOfShards, ThatNamesATensorTwiceIsHostile) {
  EXPECT_EQ(rules_of_index(R"({"weight_map":{"a":"1","\u0061":"2"}})"), "index-duplicate");
  EXPECT_EQ(rules_of_index(R"({"weight_map":{},"weight_map":{"a":"2"}})"), "index-duplicate");
}

TEST(IndexOfShards, ThatIsNoIndexIsMalformed) {
  for (const char* text : {"", "{", "[]", "{}", R"({"weight_map":[]})", R"({"weight_map":{"a":1}})",
                           R"({"weight_map":{}} x)", "{\"weight_map\":{\"\xff\":\"a\"}}"}) {
    EXPECT_EQ(rules_of_index(text), "index-malformed") << text;
  }
}

TEST(ShardsOfAModel, ThatHoldWhatTheIndexSaysAreClean) {
  const Structure one = holding({"b", "a"});
  const Structure two = holding({"c"});
  EXPECT_EQ(rules_of_shards(kTwo, {{"2.st", &two}, {"1.st", &one}}), "");
}

TEST(ShardsOfAModel, OfWhichOneIsMissingOrBrokenAreUnreadable) {
  const Structure one = holding({"a", "b"});
  EXPECT_EQ(rules_of_shards(kTwo, {{"1.st", &one}}), "index-shard-missing");
  EXPECT_EQ(rules_of_shards(kTwo, {{"1.st", &one}, {"2.st", nullptr}}), "index-shard-missing");
}

TEST(ShardsOfAModel, ThatLackATensorAreUnreadable) {
  const Structure one = holding({"a"});
  const Structure two = holding({"c"});
  EXPECT_EQ(rules_of_shards(kTwo, {{"1.st", &one}, {"2.st", &two}}),
            "index-tensor-missing index-total-size");
}

TEST(ShardsOfAModel, ThatHoldATensorInAnotherPlaceSaySo) {
  const Structure one = holding({"a"});
  const Structure two = holding({"c", "b"});
  Findings findings;
  check_shards(kTwo, {{"1.st", &one}, {"2.st", &two}}, findings);
  EXPECT_EQ(rules(findings), "index-tensor-missing");
  EXPECT_EQ(findings.all()[0].what, "tensor \"b\" is not in \"1.st\", but in \"2.st\"");
}

TEST(ShardsOfAModel, ThatHoldATensorTwiceAreHostile) {
  const Structure one = holding({"a", "b"});
  const Structure two = holding({"c", "a"});
  EXPECT_EQ(rules_of_shards(kTwo, {{"1.st", &one}, {"2.st", &two}}),
            "index-duplicate index-total-size");
}

TEST(ShardsOfAModel, ThatHoldMoreThanTheIndexListsAreSuspicious) {
  const Structure one = holding({"a", "b"});
  const Structure two = holding({"c"});
  const Structure three = holding({"hidden"});
  EXPECT_EQ(rules_of_shards(kTwo, {{"1.st", &one}, {"2.st", &two}, {"3.st", &three}}),
            "index-tensor-unlisted index-total-size");
}

}  // namespace
}  // namespace strongroom::model
