#ifndef STRONGROOM_SEAL_LAYOUT_H_
#define STRONGROOM_SEAL_LAYOUT_H_

#include <string>

#include "base/ids.h"

/// Where an object's blobs lie in a store: objects/<hex id>/….
namespace strongroom::seal {

inline constexpr std::string_view kObjectsFolder = "objects";
[[nodiscard]] std::string object_folder(const ObjectId& object);
[[nodiscard]] std::string manifest_blob(const ObjectId& object);  ///< manifest
[[nodiscard]] std::string key_record_blob(const ObjectId& object, std::int64_t epoch);
[[nodiscard]] std::string sealed_shares_blob(const ObjectId& object, std::int64_t epoch);
[[nodiscard]] std::string file_blob(const ObjectId& object, std::int64_t index);   ///< f<index>
[[nodiscard]] std::string names_blob(const ObjectId& object, std::int64_t group);  ///< names-<g>
inline constexpr std::string_view kLeavesSuffix = ".leaves";

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_LAYOUT_H_
