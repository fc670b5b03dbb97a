#include "model/lineage/names.h"

#include <array>
#include <charconv>
#include <vector>

namespace strongroom::model::lineage {

namespace {

// What wrappers put before a name, outermost first; each at most once.
constexpr std::array<std::string_view, 7> kPrefixes{
    "_orig_mod.", "module.", "base_model.", "language_model.", "model.", "transformer.", "model."};
constexpr std::array<std::string_view, 4> kLayerWords{"layers.", "blk.", "h.", "blocks."};

struct Renaming {
  std::string_view from;
  std::string_view to;
};
// Within a layer and outside of any; the part before the last dot.
constexpr std::array<Renaming, 24> kRenamings{{
    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},
    {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"},
    {"attention.wq", "attn_q"},
    {"attention.wk", "attn_k"},
    {"attention.wv", "attn_v"},
    {"attention.wo", "attn_output"},
    {"mlp.gate_proj", "ffn_gate"},
    {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},
    {"feed_forward.w1", "ffn_gate"},
    {"feed_forward.w3", "ffn_up"},
    {"feed_forward.w2", "ffn_down"},
    {"input_layernorm", "attn_norm"},
    {"attention_norm", "attn_norm"},
    {"post_attention_layernorm", "ffn_norm"},
    {"embed_tokens", "token_embd"},
    {"tok_embeddings", "token_embd"},
    {"wte", "token_embd"},
    {"lm_head", "output"},
    {"norm", "output_norm"},
    {"ln_f", "output_norm"},
    {"final_layernorm", "output_norm"},
}};

bool cut(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "12.rest": the number with its dot, taken off `text`.
std::string take_layer(std::string_view& text) {
  for (const std::string_view word : kLayerWords) {
    std::string_view rest = text;
    if (!cut(rest, word)) continue;
    const std::size_t digits = rest.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos || rest[digits] != '.') continue;
    std::string layer(rest.substr(0, digits + 1));
    text = rest.substr(digits + 1);
    return layer;
  }
  return {};
}

std::optional<std::uint64_t> number_of(const std::map<std::string, std::string>& metadata,
                                       const std::string& key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  std::uint64_t value = 0;
  const std::string& text = found->second;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string canonical_name(std::string_view name) {
  for (const std::string_view prefix : kPrefixes) cut(name, prefix);
  const std::string layer = take_layer(name);
  const std::size_t dot = name.rfind('.');
  const std::string_view stem = name.substr(0, dot);
  const std::string_view end = dot == std::string_view::npos ? "" : name.substr(dot);
  for (const Renaming& renaming : kRenamings) {
    if (stem == renaming.from) return layer + std::string(renaming.to) + std::string(end);
  }
  return layer + std::string(name);
}

std::optional<std::uint64_t> interleaved_head_rows(
    std::string_view name, std::uint64_t rows, const std::map<std::string, std::string>& metadata) {
  const auto architecture = metadata.find("general.architecture");
  if (architecture == metadata.end() || architecture->second != "llama") return std::nullopt;
  const std::size_t dot = name.find('.', 4);
  if (name.substr(0, 4) != "blk." || dot == std::string_view::npos) return std::nullopt;
  const std::string_view part = name.substr(dot + 1);
  std::optional<std::uint64_t> heads = number_of(metadata, "llama.attention.head_count");
  if (part == "attn_k.weight") {
    const auto of_keys = number_of(metadata, "llama.attention.head_count_kv");
    if (of_keys) heads = of_keys;
  } else if (part != "attn_q.weight") {
    return std::nullopt;
  }
  if (!heads || *heads == 0 || rows % *heads != 0 || rows / *heads % 2 != 0) return std::nullopt;
  return rows / *heads;
}

bool is_fixed_table(std::string_view canonical) {
  for (const std::string_view part :
       {"inv_freq", "rope_freqs", "rotary", "attn.bias", "masked_bias", "position", "wpe",
        "causal_mask", "_scale", ".scales", "g_idx", "qzeros"}) {
    if (canonical.find(part) != std::string_view::npos) return true;
  }
  return false;
}

bool is_token_table(std::string_view canonical) {
  return canonical.substr(0, 10) == "token_embd" || canonical.substr(0, 7) == "output." ||
         canonical.find("embed_tokens") != std::string_view::npos ||
         canonical.find("word_embeddings") != std::string_view::npos;
}

}  // namespace strongroom::model::lineage
