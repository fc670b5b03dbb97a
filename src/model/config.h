#ifndef STRONGROOM_MODEL_CONFIG_H_
#define STRONGROOM_MODEL_CONFIG_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/finding.h"

namespace strongroom::model {

/// What a JSON file beside the weights says: config.json, adapter_config.json,
/// tokenizer_config.json, tokenizer.json, processor_config.json and the like. Claims, all of them.
/// Texts are any bytes that JSON allows: printable() before they are shown.
struct ConfigFacts {
  std::string model_type;                  ///< "llama"
  std::vector<std::string> architectures;  ///< "LlamaForCausalLM"
  std::string base_model;  ///< whose adapter this is, or from which path it was loaded
  std::string adapter;     ///< "LORA": how an adapter changes its base
  /// A class that the loader imports from Python code which the model brings.
  struct Code {
    std::string asked_by;   ///< "AutoModelForCausalLM"
    std::string reference;  ///< "modeling_x.XModel", or "owner/repository--modeling_x.XModel"
    bool operator==(const Code&) const = default;
  };
  std::vector<Code> code;
  struct ChatTemplate {
    std::string name;  ///< "" is the only or usual one
    std::string text;
    std::uint64_t offset;  ///< in the file, of its text
  };
  std::vector<ChatTemplate> chat_templates;
};

inline constexpr std::size_t kConfigBytesMax = 256u << 20;  ///< a tokenizer.json can be large

/// Reads one of these files as JSON, strictly; a name twice is a finding, and so is what makes a
/// loader run code. Errors: kMalformed (no JSON object), kTooLarge; a finding says so too.
[[nodiscard]] Result<ConfigFacts> read_model_config(std::string_view text, Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_CONFIG_H_
