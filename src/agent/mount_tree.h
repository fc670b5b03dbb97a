#ifndef STRONGROOM_AGENT_MOUNT_TREE_H_
#define STRONGROOM_AGENT_MOUNT_TREE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/file_source.h"
#include "base/result.h"

namespace strongroom::agent {

/// Numbered from 1, which is the root folder, as FUSE numbers inodes.
using NodeNumber = std::uint64_t;
inline constexpr NodeNumber kRootNode = 1;

struct Node {
  NodeNumber parent = kRootNode;
  std::string name;                 ///< its last part; empty for the root
  std::optional<std::size_t> file;  ///< index into the files; absent for a folder
  std::uint64_t bytes = 0;
  std::map<std::string, NodeNumber, std::less<>> children;
};

/// Folders and files from a list of names. Immutable after build(), so thread-safe.
class MountTree {
 public:
  /// Errors: kMalformed for a name that is absolute, empty, too long, has an empty, "." or ".."
  /// part or a zero byte, occurs twice, or is both file and folder; kTooLarge over kObjectFilesMax.
  [[nodiscard]] static Result<MountTree> build(const std::vector<SourceFile>& files);
  /// Borrowed; null for a number that names nothing.
  [[nodiscard]] const Node* find(NodeNumber number) const {
    return number >= kRootNode && number <= nodes_.size() ? &nodes_[number - 1] : nullptr;
  }
  /// The number of `name` in `folder`, if both exist.
  [[nodiscard]] std::optional<NodeNumber> child(NodeNumber folder, std::string_view name) const;
  [[nodiscard]] NodeNumber last() const { return nodes_.size(); }

 private:
  Result<void> add(const SourceFile& file, std::size_t index);
  std::vector<Node> nodes_{1};
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_MOUNT_TREE_H_
