#ifndef STRONGROOM_MODEL_SCAN_SCAN_TREE_H_
#define STRONGROOM_MODEL_SCAN_SCAN_TREE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/lineage/fingerprint.h"
#include "model/lineage/lineage.h"
#include "model/scan/scan_file.h"

/// Everything beneath some paths: each file by itself (scan_file), the files against one another
/// (shards, external data, links), and the models against one another (lineage).
namespace strongroom::model::scan {

struct TreeFile {
  std::string path;  ///< as it can be typed: the path that was given, and what is beneath it
  std::uint64_t bytes = 0;
  ScannedFile scanned;
  /// SHA-256 of all its bytes; nothing with headers only, or where it could not be read.
  std::optional<Digest> digest;
  [[nodiscard]] Verdict verdict() const { return scanned.verdict(); }
};

/// A part of a model: weights `weights` of file `file`.
struct Part {
  std::size_t file = 0;
  std::size_t weights = 0;
  bool operator==(const Part&) const = default;
};

/// One model: a weights file, or all shards of one, or a fingerprint that was brought along.
struct Model {
  std::string
      name;  ///< path of its file ("a.zip!b" inside another); of shards, without their numbers
  std::vector<Part> parts;  ///< empty: brought along
  std::uint64_t bytes = 0;
  std::uint64_t tensors = 0;
  bool is_shadow = false;
  bool is_adapter = false;  ///< LoRA factors, not a model of its own
  /// Nothing with headers only, or where its tensors could not be read.
  std::optional<lineage::Fingerprint> fingerprint;
  std::optional<lineage::Ancestry> ancestry;  ///< parents are indices into TreeScan::models
  /// Of an adapter: models that it could be for, by names and shapes.
  std::vector<std::size_t> could_adapt;
};

struct TreeScan {
  std::vector<TreeFile> files;  ///< in the order of their paths
  std::vector<Model> models;
  std::uint64_t bytes = 0;
  bool headers_only = false;
  [[nodiscard]] Verdict verdict() const;
  [[nodiscard]] std::size_t count(Verdict verdict) const;
};

struct KnownModel {
  std::string name;
  lineage::Fingerprint fingerprint;
};

struct TreeOptions {
  ScanLimits limits;
  /// Only what tells structure and harm is read, not the tensors: no digests, no lineage.
  bool headers_only = false;
  int threads = 2;
  std::vector<KnownModel> known;  ///< compared with what is found
  /// Files on these devices (st_dev) are as if they were not there.
  std::set<std::uint64_t> devices_left_out;
  /// Told of what is done, in bytes; false ends the scan with kInterrupted. Called from any thread,
  /// one at a time.
  std::function<bool(std::uint64_t done, std::uint64_t total)> progress = [](auto, auto) {
    return true;
  };
};

/// Files and directories as they were typed; a file that is named twice is scanned once. Links that
/// stand below a path are never followed: one to a file of the same tree gives that file its name.
/// Errors: kNotFound (a path), kTooLarge (too many files), kInterrupted, kDisk (a directory). A
/// file that cannot be read is a finding.
[[nodiscard]] Result<TreeScan> scan_tree(std::span<const std::string> paths,
                                         const TreeOptions& options);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_SCAN_TREE_H_
