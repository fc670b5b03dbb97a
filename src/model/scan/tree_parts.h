#ifndef STRONGROOM_MODEL_SCAN_TREE_PARTS_H_
#define STRONGROOM_MODEL_SCAN_TREE_PARTS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/listing.h"
#include "model/scan/scan_tree.h"

/// The steps of scan_tree(); nothing else includes this.
namespace strongroom::model::scan {

/// One path that was given, listed. A path that names a file lists its directory's one file.
struct Listed {
  std::string prefix;  ///< before each name, to make it typable
  io::Listing listing;
  std::map<std::string, std::string, std::less<>> links;  ///< to the listed file each points to
};

/// One file to scan.
struct Job {
  const Listed* from;  ///< borrowed
  const io::ListedFile* file;
  std::string name;  ///< by which it is loaded: its own, or that of a link to it
};

/// What was learnt of each file; the same order as the jobs.
struct Learnt {
  TreeFile file;
  /// Of file.scanned.weights, by index; nothing where none was taken.
  std::vector<std::optional<lineage::Fingerprint>> fingerprints;
};

/// Scans every job on `options.threads` threads, the large ones one after another. Errors:
/// kInterrupted.
[[nodiscard]] Result<std::vector<Learnt>> scan_jobs(const std::vector<Job>& jobs,
                                                    const TreeOptions& options);

/// Files that speak of other files: external data and sharded indices. What one file explains is
/// taken back from the findings of the other.
void check_across(const std::vector<Job>& jobs, std::vector<Learnt>& learnt);

/// The models that the files hold, shards put together, with their lineage. Takes the fingerprints
/// out of `learnt`.
[[nodiscard]] std::vector<Model> models_of(std::vector<Learnt>& learnt, const TreeOptions& options);

/// "dir/model-00002-of-00005.safetensors" is {"dir/model.safetensors", 5 shards}.
struct ShardName {
  std::string whole;
  unsigned shards = 0;
};
[[nodiscard]] std::optional<ShardName> shard_name(std::string_view path);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_TREE_PARTS_H_
