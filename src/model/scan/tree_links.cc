#include "model/scan/tree_links.h"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/limits.h"

namespace strongroom::model::scan {

namespace {

std::string target_of(const io::Listing& listing, const std::string& link) {
  std::array<char, limits::kPathBytesMax> target{};
  const ssize_t bytes =
      readlinkat(listing.root.descriptor(), link.c_str(), target.data(), target.size());
  return bytes > 0 ? std::string(target.data(), static_cast<std::size_t>(bytes)) : std::string();
}

std::string real_path(const std::string& path) {
  char* const resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return {};
  std::string real(resolved);
  std::free(resolved);  // NOLINT: realpath's
  return real;
}

// Is it a listed file, or a directory with one?
bool is_listed(const io::Listing& listing, const std::string& name, bool& is_file) {
  const auto at = std::lower_bound(
      listing.files.begin(), listing.files.end(), name,
      [](const io::ListedFile& file, const std::string& wanted) { return file.name < wanted; });
  is_file = at != listing.files.end() && at->name == name;
  if (is_file) return true;
  const auto below = std::lower_bound(
      listing.files.begin(), listing.files.end(), name + "/",
      [](const io::ListedFile& file, const std::string& wanted) { return file.name < wanted; });
  return below != listing.files.end() && below->name.starts_with(name + "/");
}

}  // namespace

std::string normalised(std::string_view path) {
  if (path.starts_with('/')) return {};
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty()) return {};
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  std::string joined;
  for (const std::string_view part : parts)
    joined += (joined.empty() ? "" : "/") + std::string(part);
  return joined;
}

Links read_links(const io::Listing& listing, const std::string& root) {
  Links links;
  const std::string real_root = real_path(root) + "/";
  for (const io::ListedOddity& odd : listing.oddities) {
    if (odd.kind != io::EntryKind::kLink) continue;
    std::string target = target_of(listing, odd.name);
    const std::string spelled = target;
    if (target.starts_with(real_root)) {
      target = target.substr(real_root.size());
    } else if (!target.starts_with('/')) {
      const std::size_t slash = odd.name.rfind('/');
      target = (slash == std::string::npos ? "" : odd.name.substr(0, slash + 1)) + target;
    }
    const std::string name = normalised(target);
    bool is_file = false;
    if (name.empty() || !is_listed(listing, name, is_file)) {
      links.leading_out.emplace_back(odd.name, spelled);
    } else if (is_file) {
      links.names.emplace(name, odd.name);
    }
  }
  return links;
}

}  // namespace strongroom::model::scan
