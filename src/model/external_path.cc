#include "model/external_path.h"

#include <algorithm>

#include "model/formats.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kPathBytesMax = 1'024;

}  // namespace

std::string_view problem_with_path(std::string_view path) {
  if (path.empty()) return "is empty";
  if (path.size() > kPathBytesMax) return "is longer than 1,024 bytes";
  if (!is_utf8(path)) return "is not UTF-8";
  if (path.front() == '/') return "is absolute";
  if (path.find('\\') != std::string_view::npos) return "has a backslash";
  if (path.find(':') != std::string_view::npos) return "names a drive or a scheme";
  if (path.front() == '~') return "names a home directory";
  if (std::any_of(path.begin(), path.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return "has control characters";
  }
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part == "..") return "leaves its folder";
    if (part.empty() || part == ".") return "has an empty part";
    if (slash == std::string_view::npos) return "";
    path.remove_prefix(slash + 1);
  }
}

}  // namespace strongroom::model
