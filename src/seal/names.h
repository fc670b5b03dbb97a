#ifndef STRONGROOM_SEAL_NAMES_H_
#define STRONGROOM_SEAL_NAMES_H_

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace strongroom::seal {

/// The plaintext of a names stream: one name for each file of the group, in the manifest's order,
/// strictly ascending. Source: spec/payload.md.
/// Errors: kRefused (a name that is no clean text or no relative path, shown printable), kTooLarge.
[[nodiscard]] Result<std::string> encode_names(const std::vector<std::string>& names);
/// Total; encode(decode(x)) == x. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<std::vector<std::string>> decode_names(std::string_view bytes,
                                                            std::size_t count);

/// "a/b.c": clean text, at most limits::kPathBytesMax bytes, no empty, "." or ".." component, none
/// over 255 bytes.
[[nodiscard]] bool is_relative_path(std::string_view name);
/// `sorted` is ascending. Nothing stands twice, and nothing is both a file and a directory. Errors:
/// kMalformed.
[[nodiscard]] Result<void> check_tree(const std::vector<std::string>& sorted);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_NAMES_H_
