#include <fmt/format.h>
#include <sys/stat.h>

#include <map>

#include "model/container_rules.h"
#include "model/external_path.h"
#include "model/pickle_rules.h"
#include "model/scan/tree_links.h"
#include "model/scan/tree_parts.h"
#include "model/scan/tree_rules.h"
#include "model/sharded_index.h"

namespace strongroom::model::scan {

namespace {

/// What one model says of one file beside it.
struct External {
  std::uint64_t end = 0;  ///< the furthest byte of a tensor
  std::string tensor;     ///< that ends there
};

std::map<std::string, External> externals_of(const Structure& structure) {
  std::map<std::string, External> externals;
  for (const Tensor& tensor : structure.tensors) {
    if (tensor.external.empty()) continue;
    External& external = externals[tensor.external];
    const std::uint64_t end = tensor.offset + tensor.bytes;
    if (end >= external.end || end < tensor.offset) {
      external = {end < tensor.offset ? UINT64_MAX : end, tensor.name};
    }
  }
  return externals;
}

std::string folder_of(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return std::string(slash == std::string_view::npos ? "" : name.substr(0, slash + 1));
}

// Component by component from the directory that was listed, no link followed.
Result<io::FileReader> open_beneath(const io::ReadOnlyDirectory& root, std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return root.open_file(std::string(path));
  ASSIGN_OR_RETURN(const io::ReadOnlyDirectory below,
                   root.subdirectory(std::string(path.substr(0, slash))));
  return open_beneath(below, path.substr(slash + 1));
}

bool has_other_names(const io::FileReader& file) {
  struct stat status {};
  return fstat(file.descriptor(), &status) == 0 && status.st_nlink > 1;
}

// Gives the name of the file when it is there and whole; else says what is wrong.
std::optional<std::string> check_external(const Job& job, const std::string& spelled,
                                          const External& external, Findings& findings) {
  // Out of the model's own directory is out, even where that is still beneath what is scanned.
  if (const std::string_view problem = problem_with_path(spelled); !problem.empty()) {
    findings.add(kExternalOutside, fmt::format("It names '{}', which {}", spelled, problem));
    return std::nullopt;
  }
  const std::string beside = folder_of(job.name) + spelled;
  // A link to a file of this very tree was looked at with that file.
  const auto linked = job.from->links.find(beside);
  const std::string name = linked == job.from->links.end() ? beside : linked->second;
  const Result<io::FileReader> file = open_beneath(job.from->listing.root, name);
  if (!file) {
    const bool is_link = file.error().code == ErrorCode::kRefused;
    findings.add(is_link ? kExternalIsLink : kExternalMissing,
                 fmt::format("'{}' {}", spelled, is_link ? "is no plain file" : "is not there"));
    return std::nullopt;
  }
  const Result<std::uint64_t> bytes = file->size_bytes();
  if (!bytes || *bytes < external.end) {
    findings.add(kExternalTooShort,
                 fmt::format("'{}' has {} bytes, and tensor '{}' ends at {}", spelled,
                             bytes.value_or(0), external.tensor, external.end));
    return std::nullopt;
  }
  if (has_other_names(*file)) {
    findings.add(kExternalHasOtherNames,
                 fmt::format("'{}' is also known elsewhere on the disk", spelled));
  }
  return name;
}

// Bare numbers without a header are no riddle once a model has named them as its own.
void explain_numbers(ScannedFile& scanned) {
  if (scanned.is.kind != FileKind::kUnknown) return;
  // Nor do they have to be the pickle that ".bin" would have loaders take them for; what was found
  // dangerous in them stays.
  for (const Rule* rule : {&kNotRead, &kShadowWeights, &kPickleBroken, &kNameMisleads}) {
    scanned.findings.withdraw(*rule);
  }
  for (FoundWeights& weights : scanned.weights) weights.is_shadow = false;
}

/// By the name they are loaded under, within what was listed.
using ByName = std::map<std::pair<const Listed*, std::string>, std::size_t>;

Result<std::string> text_of(const Job& job) {
  ASSIGN_OR_RETURN(const io::FileReader file, io::open_listed(job.from->listing, *job.file));
  if (job.file->size_bytes > kIndexBytesMax) return fail(ErrorCode::kTooLarge, job.name);
  std::string text(static_cast<std::size_t>(job.file->size_bytes), '\0');
  const MutableByteView bytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  RETURN_IF_ERROR(io::read_exactly(file, 0, bytes, job.name));
  return text;
}

// The shards that an index names, and those of the same family that it passes over.
std::vector<Shard> shards_of(const ShardedIndex& index, const Job& job, const ByName& by_name,
                             const std::vector<Learnt>& learnt) {
  const std::string folder = folder_of(job.name);
  std::map<std::string, const Structure*> found;
  std::string family;
  for (const auto& [tensor, shard] : index.shard_of) {
    if (const auto name = shard_name(shard)) family = name->whole;
    found.emplace(shard, nullptr);
  }
  std::vector<Shard> shards;
  const auto begin = by_name.lower_bound({job.from, folder});
  for (auto at = begin;
       at != by_name.end() && at->first.first == job.from && at->first.second.starts_with(folder);
       ++at) {
    const std::string name = at->first.second.substr(folder.size());
    const auto shard = shard_name(name);
    if (!found.contains(name) && !(shard && shard->whole == family)) continue;
    const Structure* structure = nullptr;
    for (const FoundWeights& weights : learnt[at->second].file.scanned.weights) {
      if (weights.member.empty() && weights.structure) structure = &*weights.structure;
    }
    shards.push_back({name, structure});
  }
  return shards;
}

void check_index(const Job& job, const ByName& by_name, const std::vector<Learnt>& learnt,
                 Findings& findings) {
  const Result<std::string> text = text_of(job);
  if (!text || text->find("\"weight_map\"") == std::string::npos) return;
  const Result<ShardedIndex> index = read_safetensors_index(*text, findings);
  if (index) check_shards(*index, shards_of(*index, job, by_name, learnt), findings);
}

}  // namespace

void check_across(const std::vector<Job>& jobs, std::vector<Learnt>& learnt) {
  ByName by_name;
  std::map<std::pair<const Listed*, std::string>, std::size_t> by_file;
  for (std::size_t at = 0; at < jobs.size(); ++at) {
    by_name.emplace(std::pair(jobs[at].from, jobs[at].name), at);
    by_file.emplace(std::pair(jobs[at].from, jobs[at].file->name), at);
  }
  for (std::size_t at = 0; at < jobs.size(); ++at) {
    ScannedFile& scanned = learnt[at].file.scanned;
    if (jobs[at].name.ends_with(".index.json")) {
      check_index(jobs[at], by_name, learnt, scanned.findings);
    }
    for (const FoundWeights& found : scanned.weights) {
      if (!found.structure || !found.member.empty()) continue;
      for (const auto& [spelled, external] : externals_of(*found.structure)) {
        const auto name = check_external(jobs[at], spelled, external, scanned.findings);
        const auto file = name ? by_file.find({jobs[at].from, *name}) : by_file.end();
        if (file != by_file.end()) explain_numbers(learnt[file->second].file.scanned);
      }
    }
  }
}

}  // namespace strongroom::model::scan
