#ifndef STRONGROOM_MODEL_SCAN_TREE_LINKS_H_
#define STRONGROOM_MODEL_SCAN_TREE_LINKS_H_

#include <map>
#include <string>
#include <vector>

#include "io/listing.h"

namespace strongroom::model::scan {

struct Links {
  /// Of a listed file that a link of the same tree points to: the name by which it is loaded.
  std::map<std::string, std::string, std::less<>> names;
  /// Links whose target was not listed, with that target as it is spelled.
  std::vector<std::pair<std::string, std::string>> leading_out;
};

/// Reads the links among a listing's oddities, follows none. `root` is the path that was listed.
[[nodiscard]] Links read_links(const io::Listing& listing, const std::string& root);

/// "a/b/../c/./d" is "a/c/d"; empty when it leads above where it begins, or is absolute.
[[nodiscard]] std::string normalised(std::string_view path);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_TREE_LINKS_H_
