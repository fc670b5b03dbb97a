#ifndef STRONGROOM_MODEL_LINEAGE_NAMES_H_
#define STRONGROOM_MODEL_LINEAGE_NAMES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace strongroom::model::lineage {

/// One name for what GGUF ("blk.0.attn_q.weight") and others ("model.layers.0.self_attn.q_proj
/// .weight") call differently: "0.attn_q.weight". What it does not know it leaves as it is, without
/// the prefixes that wrappers put before names. Total.
[[nodiscard]] std::string canonical_name(std::string_view name);

/// Rows of one head where GGUF's converter has laid a tensor's rows in turns (attn_q and attn_k of
/// architecture "llama"), by the header's own claim. Nothing elsewhere.
[[nodiscard]] std::optional<std::uint64_t> interleaved_head_rows(
    std::string_view name, std::uint64_t rows, const std::map<std::string, std::string>& metadata);

/// Tables that every model of an architecture has alike and nobody trained: by name.
[[nodiscard]] bool is_fixed_table(std::string_view canonical);
/// The table of tokens, or the head that gives them.
[[nodiscard]] bool is_token_table(std::string_view canonical);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_NAMES_H_
