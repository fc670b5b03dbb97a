// rooms: model
// JSON beside the weights: configurations, tokenizers, indexes of shards.
#include "model/config.h"
#include "model/external_path.h"
#include "model/json_reader.h"
#include "model/sharded_index.h"
#include "property.h"

namespace strongroom::fuzz {
namespace {

using model::JsonReader;
using Token = JsonReader::Token;

bool is_whole(std::string_view text) {
  JsonReader reader(text);
  for (std::size_t tokens = 0;; ++tokens) {
    const Token token = reader.next();
    must(tokens <= 2 * text.size() + 2, "every token takes a byte");
    must(reader.position() <= text.size() && reader.depth() <= JsonReader::kDepthMax,
         "a reader stays in its text");
    if (token == Token::kName || token == Token::kString)
      must(reader.text().size() <= reader.raw().size(), "unescaped text is no longer");
    if (token == Token::kWhole) return true;
    if (token == Token::kCut || token == Token::kBroken) return false;
  }
}

}  // namespace

FUZZ(input) {
  const bool whole = is_whole(input);
  model::Findings findings;
  const Result<model::ConfigFacts> facts = model::read_model_config(input, findings);
  must(!facts || whole, "only whole JSON is a configuration");
  must(facts || findings.verdict() != model::Verdict::kClean, "what is not read is never clean");
  if (facts) {
    must(facts->code.empty() || findings.verdict() != model::Verdict::kClean,
         "what runs code is never clean");
    for (const model::ConfigFacts::ChatTemplate& each : facts->chat_templates)
      must(each.offset + each.text.size() <= input.size(), "a template lies in its file");
  }
  model::Findings of_index;
  const Result<model::ShardedIndex> index = model::read_safetensors_index(input, of_index);
  must(index || of_index.verdict() != model::Verdict::kClean, "what is not read is never clean");
  if (!index) return;
  for (const auto& [tensor, file] : index->shard_of) {
    must(model::problem_with_path(file).empty() && file.find('/') == std::string::npos,
         "a shard lies in the model's folder");
  }
  model::check_shards(*index, {}, of_index);
}

}  // namespace strongroom::fuzz
