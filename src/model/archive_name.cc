#include "model/archive_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "model/container_rules.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kShownBytes = 200;

bool is_absolute(std::string_view path) {
  return path.starts_with('/') || path.starts_with('\\') || (path.size() > 1 && path[1] == ':');
}

/// How far above the start `path` leads at its worst, when it starts `depth` directories down.
/// Adds to `depth` what it goes down.
bool climbs_out(std::string_view path, std::int64_t& depth) {
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find_first_of("/\\", at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part == "..") {
      --depth;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
    if (depth < 0) return true;
    at = end + 1;
  }
  return false;
}

bool has_dots(std::string_view path) {
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find_first_of("/\\", at), path.size());
    if (path.substr(at, end - at) == "..") return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

void judge_member_name(std::string_view name, Findings& findings) {
  const std::string shown = fmt::format("the name is \"{}\"", name.substr(0, kShownBytes));
  const bool has_odd = std::any_of(name.begin(), name.end(), [](char c) {
    return c == '\\' || static_cast<unsigned char>(c) < 0x20;
  });
  if (has_dots(name) || is_absolute(name)) {
    findings.add(kArchiveEscape, shown);
  } else if (name.find('\0') != std::string_view::npos) {
    findings.add(kArchiveEscape, shown + ", which some loaders read only up to its zero byte");
  } else if (has_odd || name.empty()) {
    findings.add(kArchiveOddName, shown);
  }
}

void judge_link(std::string_view name, std::string_view target, bool from_root,
                Findings& findings) {
  std::int64_t depth = 0;
  if (!from_root) {
    const std::size_t slash = name.find_last_of('/');
    const std::string_view directory = slash == std::string_view::npos ? "" : name.substr(0, slash);
    static_cast<void>(climbs_out(directory, depth));
    depth = std::max<std::int64_t>(depth, 0);
  }
  const bool leaves = is_absolute(target) || climbs_out(target, depth);
  findings.add(leaves ? kArchiveEscape : kArchiveLink,
               fmt::format("it is a link to \"{}\"{}", target.substr(0, kShownBytes),
                           leaves ? ", which lies outside" : ""));
}

}  // namespace strongroom::model
