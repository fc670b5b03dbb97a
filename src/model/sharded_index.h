#ifndef STRONGROOM_MODEL_SHARDED_INDEX_H_
#define STRONGROOM_MODEL_SHARDED_INDEX_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/finding.h"
#include "model/structure.h"

namespace strongroom::model {

/// model.safetensors.index.json, and pytorch_model.bin.index.json alike.
struct ShardedIndex {
  std::map<std::string, std::string> shard_of;  ///< tensor name to file name, in the same folder
  std::optional<std::uint64_t> total_size;      ///< of all tensors, in bytes, as the index claims
};

inline constexpr std::size_t kIndexBytesMax = 256u << 20;

/// Reads an index. A shard's name that leaves the folder, or is a path at all, is a finding, and
/// that entry is left out. Errors: kMalformed, kTooLarge; a finding says so too.
[[nodiscard]] Result<ShardedIndex> read_safetensors_index(std::string_view text,
                                                          Findings& findings);

/// A file that lies beside the index.
struct Shard {
  std::string name;
  const Structure* structure;  ///< null: it could not be read; borrowed
};

/// Holds an index against what its shards really hold: tensors that are missing, stand twice or
/// are not listed, shards that are missing, the total size. `shards` may be in any order; those
/// that the index does not name are held against it too. Pure.
void check_shards(const ShardedIndex& index, const std::vector<Shard>& shards, Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_SHARDED_INDEX_H_
