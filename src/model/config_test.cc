#include "model/config.h"

#include <gtest/gtest.h>

namespace strongroom::model {
namespace {

struct Seen {
  Result<ConfigFacts> facts;
  Findings findings;
  [[nodiscard]] std::string rules() const {
    std::string ids;
    for (const Finding& finding : findings.all())
      ids += (ids.empty() ? "" : " ") + std::string(finding.rule->id);
    return ids;
  }
};
Seen see(std::string_view text) {
  Seen seen{fail(ErrorCode::kInternal, ""), {}};
  seen.facts = read_model_config(text, seen.findings);
  return seen;
}

TEST(ConfigOfAModel, TellsItsArchitecture) {
  const Seen seen = see(R"({"model_type":"llama","architectures":["LlamaForCausalLM",7,["x"],"B"],
                            "hidden_size":4096,"rope":{"model_type":"no"},"eps":1e-5})");
  ASSERT_TRUE(seen.facts.has_value());
  EXPECT_EQ(seen.rules(), "");
  EXPECT_EQ(seen.facts->model_type, "llama");
  EXPECT_EQ(seen.facts->architectures, (std::vector<std::string>{"LlamaForCausalLM", "B"}));
}

TEST(ConfigOfAnAdapter, TellsItsBaseAndItsKind) {
  const Seen seen = see(R"({"peft_type":"LORA","base_model_name_or_path":"meta/llama","r":8,
                            "auto_mapping":null})");
  ASSERT_TRUE(seen.facts.has_value());
  EXPECT_EQ(seen.rules(), "");
  EXPECT_EQ(seen.facts->adapter, "LORA");
  EXPECT_EQ(seen.facts->base_model, "meta/llama");
}

TEST(ConfigOfAnAdapter, ThatImportsALibraryOfItsChoiceIsSuspicious) {
  EXPECT_EQ(see(R"({"auto_mapping":{"base_model_class":"X","parent_library":"evil"}})").rules(),
            "config-runs-code");
  EXPECT_EQ(see(R"({"auto_mapping":{"parent_library":"transformers.models.llama.modeling_llama"}})")
                .rules(),
            "");
}

TEST(ConfigWithAnAutoMap, IsSuspiciousAndTellsTheCode) {
  const Seen seen =
      see(R"({"auto_map":{"AutoModel":"modeling_x.X","AutoTokenizer":["t.T",null]}})");
  EXPECT_EQ(seen.rules(), "config-runs-code config-runs-code");
  EXPECT_EQ(seen.facts->code, (std::vector<ConfigFacts::Code>{{"AutoModel", "modeling_x.X"},
                                                              {"AutoTokenizer", "t.T"}}));
}

TEST(ConfigWithAnAutoMap, IntoAnotherRepositoryFetchesCode) {
  EXPECT_EQ(see(R"({"auto_map":{"AutoModel":"them/theirs--modeling_x.X"}})").rules(),
            "config-fetches-code");
}

TEST(ConfigWithAnAutoMap, IsFoundInThePartsOfAModelToo) {
  EXPECT_EQ(see(R"({"text_config":{"auto_map":{"AutoModel":"m.X"}}})").rules(), "config-runs-code");
}

TEST(ConfigWithAnAutoMap, IsFoundBehindEscapes) {
  EXPECT_EQ(see(R"({"auto\u005fmap":{"AutoModel":"m.X"}})").rules(), "config-runs-code");
}

TEST(ConfigThatTrustsRemoteCode, IsSuspicious) {
  EXPECT_EQ(see(R"({"trust_remote_code":true})").rules(), "config-runs-code");
  EXPECT_EQ(see(R"({"trust_remote_code":false})").rules(), "");
}

TEST(ConfigWithItsOwnPipelines, IsSuspicious) {
  EXPECT_EQ(see(R"({"custom_pipelines":{"task":{"impl":"run.Run","pt":["AutoModel"]}}})").rules(),
            "config-runs-code");
}

TEST(ConfigThatSaysANameTwice, IsHostile) {
  const Seen seen = see(R"({"a":{"b":1,"b":2}})");
  EXPECT_EQ(seen.rules(), "config-duplicate-name");
  EXPECT_EQ(seen.findings.all()[0].offset, 12u);
}

TEST(ConfigThatIsNoJsonObject, IsMalformed) {
  for (const char* text : {"", "[]", "{", "{\"a\":NaN}", "{} {}", "{\"\xff\":1}"}) {
    EXPECT_EQ(see(text).rules(), "config-malformed") << text;
    EXPECT_FALSE(see(text).facts.has_value()) << text;
  }
}

TEST(ConfigOfATokenizer, GivesItsChatTemplateAsText) {
  const std::string text = R"({"chat_template":"{{ \"a\" }}\n","eos":{"content":"x"}})";
  const Seen seen = see(text);
  ASSERT_EQ(seen.facts->chat_templates.size(), 1u);
  EXPECT_EQ(seen.facts->chat_templates[0].text, "{{ \"a\" }}\n");
  EXPECT_EQ(text.substr(seen.facts->chat_templates[0].offset, 2), "{{");
}

TEST(ConfigOfATokenizer, GivesAllItsChatTemplatesWithTheirNames) {
  const Seen seen = see(R"({"chat_template":[{"name":"default","template":"A"},
                            {"template":"B","name":"tool_use","x":[{}]},7,"C"],"model_type":"m"})");
  ASSERT_EQ(seen.facts->chat_templates.size(), 3u);
  EXPECT_EQ(seen.facts->chat_templates[0].name, "default");
  EXPECT_EQ(seen.facts->chat_templates[1].name, "tool_use");
  EXPECT_EQ(seen.facts->chat_templates[1].text, "B");
  EXPECT_EQ(seen.facts->chat_templates[2].text, "C");
  EXPECT_EQ(seen.facts->model_type, "m");
  EXPECT_EQ(see(R"({"chat_template":{"a":"A","b":[1]}})").facts->chat_templates.at(0).name, "a");
}

TEST(ConfigCutAnywhere, IsNeverTakenForWhole) {
  const std::string text =
      R"({"auto_map":{"A":["m.X"]},"chat_template":[{"name":"a","template":"b"}],"architectures":["x"]})";
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(see(std::string_view(text).substr(0, length)).facts.has_value()) << length;
  }
}

}  // namespace
}  // namespace strongroom::model
