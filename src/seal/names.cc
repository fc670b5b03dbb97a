#include "seal/names.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "format/json.h"

namespace strongroom::seal {

using format::Fields;
using format::Json;

namespace {
constexpr std::string_view kFormat = "strongroom names 1";
constexpr std::size_t kComponentBytesMax = 255;  // NAME_MAX, for who mounts it
}  // namespace

bool is_relative_path(std::string_view name) {
  if (name.size() > limits::kPathBytesMax || !format::is_clean_text(name)) return false;
  for (;;) {
    const std::size_t slash = name.find('/');
    const std::string_view component = name.substr(0, slash);
    const bool wrong = component.empty() || component == "." || component == ".." ||
                       component.size() > kComponentBytesMax;
    if (wrong) return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

Result<void> check_tree(const std::vector<std::string>& sorted) {
  // Every directory above a name must not be a name: looked up, as "a", "a.b", "a/c" keep "a" and
  // "a/c" apart.
  const std::set<std::string_view> names(sorted.begin(), sorted.end());
  if (names.size() != sorted.size()) return fail(ErrorCode::kMalformed, "a file name stands twice");
  for (const std::string_view name : names) {
    for (std::size_t slash = name.find('/'); slash != std::string_view::npos;
         slash = name.find('/', slash + 1)) {
      if (names.contains(name.substr(0, slash))) {
        return fail(ErrorCode::kMalformed, "a name is both a file and a directory");
      }
    }
  }
  return {};
}

Result<std::string> encode_names(const std::vector<std::string>& names) {
  Json::Array files;
  for (const std::string& name : names) {
    if (!is_relative_path(name)) {
      return fail(ErrorCode::kRefused,
                  "a file name with invisible characters or of a kind that "
                  "cannot be sealed; rename it: " +
                      printable(name));
    }
    files.emplace_back(name);
  }
  std::string bytes =
      format::encode(Json::Object{{"format", std::string(kFormat)}, {"files", std::move(files)}});
  if (bytes.size() > limits::kJsonDocumentBytesMax) {
    return fail(ErrorCode::kTooLarge, "the names of one group are too long together");
  }
  return bytes;
}

Result<std::vector<std::string>> decode_names(std::string_view bytes, std::size_t count) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kJsonDocumentBytesMax));
  Fields fields(json, "names");
  RETURN_IF_ERROR(fields.require("format", kFormat));
  ASSIGN_OR_RETURN(const Json::Array* files, fields.array("files", count));
  RETURN_IF_ERROR(fields.done());
  if (files->size() != count) return fail(ErrorCode::kMalformed, "names: not one for each file");
  std::vector<std::string> names;
  for (const Json& file : *files) {
    const std::string* name = file.text();
    const bool good =
        name != nullptr && is_relative_path(*name) && (names.empty() || names.back() < *name);
    if (!good) return fail(ErrorCode::kMalformed, "names: not ascending relative paths");
    names.push_back(*name);
  }
  return names;
}

}  // namespace strongroom::seal
