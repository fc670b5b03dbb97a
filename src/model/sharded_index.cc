#include "model/sharded_index.h"

#include <fmt/format.h>

#include <set>

#include "model/config_rules.h"
#include "model/external_path.h"
#include "model/formats.h"
#include "model/json_reader.h"
#include "model/structure_readers.h"

namespace strongroom::model {
namespace {

using Token = JsonReader::Token;

constexpr std::size_t kShownBytesMax = 200;

std::string shown(std::string_view name) {
  return fmt::format("\"{}\"", name.substr(0, kShownBytesMax));
}

class IndexReading {
 public:
  IndexReading(std::string_view text, Findings& findings)
      : text_(text), reader_(text), findings_(findings) {}
  Result<ShardedIndex> read();

 private:
  Result<void> read_weight_map();
  Result<void> read_metadata();
  Result<void> skip_value(Token first);
  tl::unexpected<Error> malformed(std::string_view what) {
    return refuse(findings_, kIndexMalformed, what, reader_.position());
  }

  std::string_view text_;
  JsonReader reader_;
  Findings& findings_;
  ShardedIndex index_;
};

Result<void> IndexReading::skip_value(Token first) {
  const Token last = reader_.skip(first);
  if (last == Token::kCut || last == Token::kBroken) return malformed("the index is not JSON");
  return {};
}

Result<void> IndexReading::read_weight_map() {
  if (reader_.next() != Token::kObjectBegin) return malformed("weight_map is no object");
  for (Token token = reader_.next(); token != Token::kObjectEnd; token = reader_.next()) {
    if (token != Token::kName) return malformed("the index is not JSON");
    std::string tensor = reader_.text();
    if (reader_.next() != Token::kString)
      return malformed("tensor " + shown(tensor) + " has no file name");
    std::string file = reader_.text();
    std::string_view problem = problem_with_path(file);
    if (problem.empty() && file.find('/') != std::string::npos) problem = "names another folder";
    if (problem.empty()) {
      index_.shard_of.insert_or_assign(std::move(tensor), std::move(file));
    } else {
      findings_.add(
          kIndexLocation,
          fmt::format("tensor {} lies in {}, which {}", shown(tensor), shown(file), problem),
          reader_.position());
    }
  }
  return {};
}

/// Only the total size is of interest; some writers give it as a fraction, which says nothing.
Result<void> IndexReading::read_metadata() {
  const Token first = reader_.next();
  if (first != Token::kObjectBegin) return skip_value(first);
  for (Token token = reader_.next(); token != Token::kObjectEnd; token = reader_.next()) {
    if (token != Token::kName) return malformed("the index is not JSON");
    const bool is_total = reader_.text() == "total_size";
    const Token value = reader_.next();
    if (is_total && value == Token::kNumber) index_.total_size = reader_.whole_number();
    RETURN_IF_ERROR(skip_value(value));
  }
  return {};
}

Result<ShardedIndex> IndexReading::read() {
  if (!is_utf8(text_)) return malformed("the index is not UTF-8");
  if (reader_.next() != Token::kObjectBegin) return malformed("the index is no JSON object");
  bool has_map = false;
  for (Token token = reader_.next(); token != Token::kObjectEnd; token = reader_.next()) {
    if (token != Token::kName) return malformed("the index is not JSON");
    const std::string name = reader_.text();
    if (name == "weight_map") {
      has_map = true;
      RETURN_IF_ERROR(read_weight_map());
    } else if (name == "metadata") {
      RETURN_IF_ERROR(read_metadata());
    } else {
      RETURN_IF_ERROR(skip_value(reader_.next()));
    }
  }
  if (reader_.next() != Token::kWhole) return malformed("something stands behind the index");
  if (const std::optional<std::size_t> duplicate = reader_.duplicate_at()) {
    JsonReader name(text_.substr(*duplicate));
    static_cast<void>(name.next());
    return refuse(findings_, kIndexDuplicate,
                  "the name " + shown(name.text()) + " stands twice in one object", *duplicate);
  }
  if (!has_map) return malformed("the index has no weight_map");
  return std::move(index_);
}

}  // namespace

Result<ShardedIndex> read_safetensors_index(std::string_view text, Findings& findings) {
  if (text.size() <= kIndexBytesMax) return IndexReading(text, findings).read();
  findings.add(kIndexMalformed, "the index is larger than 256 MiB", 0);
  return fail(ErrorCode::kTooLarge, "the index is larger than 256 MiB");
}

void check_shards(const ShardedIndex& index, const std::vector<Shard>& shards, Findings& findings) {
  std::map<std::string_view, const Shard*> by_name;
  for (const Shard& shard : shards) by_name.emplace(shard.name, &shard);
  std::set<std::string_view> missing;
  for (const auto& [tensor, file] : index.shard_of) {
    const auto shard = by_name.find(file);
    if (shard != by_name.end() && shard->second->structure != nullptr) continue;
    if (missing.insert(file).second)
      findings.add(kIndexShardMissing, shown(file) + " is missing, or cannot be read");
  }

  std::map<std::string_view, const Shard*> found;  // the first shard that holds it
  std::set<std::string_view> found_at_home;
  std::uint64_t total = 0;
  for (const Shard& shard : shards) {
    if (shard.structure == nullptr) continue;
    total += shard.structure->tensor_bytes;
    for (const Tensor& tensor : shard.structure->tensors) {
      const auto [first, is_new] = found.emplace(tensor.name, &shard);
      if (!is_new) {
        findings.add(kIndexDuplicate,
                     fmt::format("tensor {} stands in {} and in {}", shown(tensor.name),
                                 shown(first->second->name), shown(shard.name)));
      }
      const auto listed = index.shard_of.find(tensor.name);
      if (listed == index.shard_of.end()) {
        findings.add(kIndexTensorUnlisted,
                     fmt::format("tensor {} in {}", shown(tensor.name), shown(shard.name)));
      } else if (listed->second == shard.name) {
        found_at_home.insert(listed->first);
      }
    }
  }
  for (const auto& [tensor, file] : index.shard_of) {
    if (found_at_home.contains(tensor) || missing.contains(file)) continue;
    const auto elsewhere = found.find(tensor);
    findings.add(kIndexTensorMissing,
                 elsewhere == found.end()
                     ? fmt::format("tensor {} is not in {}", shown(tensor), shown(file))
                     : fmt::format("tensor {} is not in {}, but in {}", shown(tensor), shown(file),
                                   shown(elsewhere->second->name)));
  }
  if (missing.empty() && index.total_size && *index.total_size != total) {
    findings.add(kIndexTotalSize, fmt::format("the index says {} bytes, the shards hold {}",
                                              *index.total_size, total));
  }
}

}  // namespace strongroom::model
