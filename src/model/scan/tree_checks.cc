#include <fmt/format.h>
#include <sys/stat.h>

#include <map>

#include "model/scan/tree_links.h"
#include "model/scan/tree_parts.h"
#include "model/scan/tree_rules.h"

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

void check_external(const Job& job, const std::string& spelled, const External& external,
                    Findings& findings) {
  const std::size_t slash = job.name.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : job.name.substr(0, slash + 1);
  const std::string within = normalised(spelled);
  // Out of the model's own directory is out, even where that is still beneath what is scanned.
  if (within.empty() || spelled.find('\\') != std::string::npos) {
    findings.add(kExternalOutside, fmt::format("It names '{}'", spelled));
    return;
  }
  // A link to a file of this very tree was looked at with that file.
  const auto linked = job.from->links.find(directory + within);
  const Result<io::FileReader> file =
      open_beneath(job.from->listing.root,
                   linked == job.from->links.end() ? directory + within : linked->second);
  if (!file) {
    const bool is_link = file.error().code == ErrorCode::kRefused;
    findings.add(is_link ? kExternalIsLink : kExternalMissing,
                 fmt::format("'{}' {}", spelled, is_link ? "is no plain file" : "is not there"));
    return;
  }
  const Result<std::uint64_t> bytes = file->size_bytes();
  if (!bytes || *bytes < external.end) {
    findings.add(kExternalTooShort,
                 fmt::format("'{}' has {} bytes, and tensor '{}' ends at {}", spelled,
                             bytes.value_or(0), external.tensor, external.end));
  }
  if (has_other_names(*file)) {
    findings.add(kExternalHasOtherNames,
                 fmt::format("'{}' is also known elsewhere on the disk", spelled));
  }
}

}  // namespace

void check_across(const std::vector<Job>& jobs, std::vector<TreeFile>& files) {
  for (std::size_t at = 0; at < jobs.size(); ++at) {
    for (const FoundWeights& found : files[at].scanned.weights) {
      if (!found.structure || !found.member.empty()) continue;
      for (const auto& [spelled, external] : externals_of(*found.structure)) {
        check_external(jobs[at], spelled, external, files[at].scanned.findings);
      }
    }
  }
}

}  // namespace strongroom::model::scan
