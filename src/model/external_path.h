#ifndef STRONGROOM_MODEL_EXTERNAL_PATH_H_
#define STRONGROOM_MODEL_EXTERNAL_PATH_H_

#include <string_view>

namespace strongroom::model {

/// Why a model file may not name `path` for a file that belongs to it: "" when it may. A path that
/// stays in the model's own folder on every system: relative, without "..", "." or empty parts,
/// backslash, drive, scheme or control characters, at most 1,024 bytes. The file system is not
/// asked.
[[nodiscard]] std::string_view problem_with_path(std::string_view path);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_EXTERNAL_PATH_H_
