#include "agent/mount_tree.h"

#include "base/limits.h"

namespace strongroom::agent {

namespace {

constexpr std::size_t kPartBytesMax = 255;  // NAME_MAX

bool is_good_part(std::string_view part) {
  return !part.empty() && part.size() <= kPartBytesMax && part != "." && part != ".." &&
         part.find('\0') == std::string_view::npos;
}

}  // namespace

Result<MountTree> MountTree::build(const std::vector<SourceFile>& files) {
  if (files.size() > limits::kObjectFilesMax) {
    return fail(ErrorCode::kTooLarge, "more files than one object may have");
  }
  MountTree tree;
  for (std::size_t index = 0; index < files.size(); ++index) {
    RETURN_IF_ERROR(tree.add(files[index], index));
  }
  return tree;
}

Result<void> MountTree::add(const SourceFile& file, std::size_t index) {
  const auto refuse = [&file](std::string_view why) {
    return fail(ErrorCode::kMalformed, "the file name \"" + file.name + "\" " + std::string(why));
  };
  if (file.name.size() > limits::kPathBytesMax) return refuse("is too long");
  if (file.bytes > static_cast<std::uint64_t>(limits::kJsonIntegerMax)) {
    return refuse("has an impossible length");
  }
  std::string_view rest = file.name;
  NodeNumber folder = kRootNode;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (!is_good_part(part)) return refuse("is not a plain relative path");
    const bool is_last = slash == std::string_view::npos;
    std::optional<NodeNumber> next = child(folder, part);
    if (next && (is_last || nodes_[*next - 1].file)) {
      return refuse("occurs twice, or is both a file and a folder");
    }
    if (!next) {
      Node node{
          .parent = folder, .name = std::string(part), .file = {}, .bytes = 0, .children = {}};
      if (is_last) {
        node.file = index;
        node.bytes = file.bytes;
      }
      nodes_.push_back(std::move(node));
      next = nodes_.size();
      nodes_[folder - 1].children.emplace(part, *next);
    }
    if (is_last) return {};
    folder = *next;
    rest.remove_prefix(slash + 1);
  }
}

std::optional<NodeNumber> MountTree::child(NodeNumber folder, std::string_view name) const {
  const Node* const node = find(folder);
  if (node == nullptr) return std::nullopt;
  const auto found = node->children.find(name);
  if (found == node->children.end()) return std::nullopt;
  return found->second;
}

}  // namespace strongroom::agent
