#include "model/scan/scan_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "model/scan/tree_links.h"
#include "model/scan/tree_parts.h"
#include "model/scan/tree_rules.h"

namespace strongroom::model::scan {

namespace {

bool is_directory(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

io::ListingLimits listing_limits() {
  return {.files_max = limits::kObjectFilesMax,
          .depth_max = 256,
          .partial = io::PartialNames::kListed,
          .passes_unlistable = true};
}

// A directory with all beneath it; of a file, its directory with that one file.
Result<Listed> list_path(const std::string& path) {
  if (is_directory(path)) {
    ASSIGN_OR_RETURN(io::Listing listing, io::list_files(path, listing_limits()));
    return Listed{path.ends_with('/') ? path : path + "/", std::move(listing), {}};
  }
  const auto [parent, name] = io::parent_and_name(path);
  ASSIGN_OR_RETURN(io::ReadOnlyDirectory root, io::ReadOnlyDirectory::open(parent));
  ASSIGN_OR_RETURN(const io::FileReader reader, root.open_file(name));
  struct stat status {};
  if (fstat(reader.descriptor(), &status) != 0) return fail(ErrorCode::kDisk, "looking at " + path);
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  const std::string prefix = path.substr(0, path.size() - name.size());
  return Listed{prefix,
                io::Listing{.root = std::move(root),
                            .files = {{name, bytes, status.st_dev, status.st_ino}},
                            .oddities = {},
                            .total_bytes = bytes},
                {}};
}

TreeFile odd_file(const Listed& listed, const std::string& name, const Rule& rule,
                  const std::string& what) {
  TreeFile file;
  file.path = listed.prefix + name;
  file.scanned.findings.add(rule, what);
  return file;
}

std::vector<TreeFile> oddities(const Listed& listed, const Links& links) {
  std::vector<TreeFile> odd;
  for (const auto& [name, target] : links.leading_out) {
    odd.push_back(odd_file(listed, name, kLinkLeadsOut, "It points to " + target));
  }
  for (const io::ListedOddity& each : listed.listing.oddities) {
    if (each.kind == io::EntryKind::kOther) {
      odd.push_back(odd_file(listed, each.name, kNotAFile, "A device, socket or pipe"));
    } else if (each.kind == io::EntryKind::kDirectory) {
      odd.push_back(odd_file(listed, each.name, kFileNotOpened, "The directory cannot be listed"));
    }
  }
  return odd;
}

}  // namespace

Verdict TreeScan::verdict() const {
  Verdict worst = Verdict::kClean;
  for (const TreeFile& file : files) worst = std::max(worst, file.verdict());
  return worst;
}

std::size_t TreeScan::count(Verdict verdict) const {
  return static_cast<std::size_t>(
      std::count_if(files.begin(), files.end(),
                    [verdict](const TreeFile& file) { return file.verdict() == verdict; }));
}

Result<TreeScan> scan_tree(std::span<const std::string> paths, const TreeOptions& options) {
  std::vector<Listed> listed;
  for (const std::string& path : paths) {
    Result<Listed> one = list_path(path);
    if (!one) return fail(std::move(one).error(), path);
    listed.push_back(std::move(*one));
  }
  std::vector<Job> jobs;
  std::vector<TreeFile> odd;
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;  // a file under two paths
  for (Listed& each : listed) {
    const Links links = read_links(each.listing, each.prefix);
    for (const auto& [file, link] : links.names) each.links.emplace(link, file);
    for (TreeFile& file : oddities(each, links)) odd.push_back(std::move(file));
    const bool several = listed.size() > 1;
    for (const io::ListedFile& file : each.listing.files) {
      if (options.devices_left_out.contains(file.device)) continue;
      if (several && !seen.emplace(file.device, file.inode).second) continue;
      const auto alias = links.names.find(file.name);
      jobs.push_back({&each, &file, alias == links.names.end() ? file.name : alias->second});
    }
  }
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) {
    return std::tie(a.from->prefix, a.file->name) < std::tie(b.from->prefix, b.file->name);
  });
  ASSIGN_OR_RETURN(std::vector<Learnt> learnt, scan_jobs(jobs, options));
  check_across(jobs, learnt);
  TreeScan tree;
  tree.headers_only = options.headers_only;
  tree.models = models_of(learnt, options);
  for (Learnt& each : learnt) {
    tree.bytes += each.file.bytes;
    tree.files.push_back(std::move(each.file));
  }
  for (TreeFile& file : odd) tree.files.push_back(std::move(file));
  return tree;
}

}  // namespace strongroom::model::scan
