#ifndef STRONGROOM_SEAL_LAYOUT_H_
#define STRONGROOM_SEAL_LAYOUT_H_

#include <string>

#include "base/ids.h"

/// Where an object's blobs lie in a store: objects/<hex id>/….
namespace strongroom::seal {

inline constexpr std::string_view kObjectsFolder = "objects";
[[nodiscard]] std::string object_folder(const ObjectId& object);
[[nodiscard]] std::string manifest_blob(const ObjectId& object);  ///< manifest
/// key-record-0; of a later epoch key-record-<epoch>-<hex digest>: two re-keys at once, or one that
/// was broken off, never stand in each other's way.
[[nodiscard]] std::string key_record_document(std::int64_t epoch, const Digest& key_record);
/// sealed-shares-0; of a later epoch sealed-shares-<epoch>-<hex digest>.
[[nodiscard]] std::string sealed_shares_document(std::int64_t epoch, const Digest& sealed_shares);
[[nodiscard]] std::string key_record_blob(const ObjectId& object, std::int64_t epoch,
                                          const Digest& key_record);
[[nodiscard]] std::string sealed_shares_blob(const ObjectId& object, std::int64_t epoch,
                                             const Digest& sealed_shares);
/// Is it the name of a manifest, a key record or sealed shares, in one of its two forms?
[[nodiscard]] bool is_document(std::string_view name);
[[nodiscard]] std::string file_blob(const ObjectId& object, std::int64_t index);   ///< f<index>
[[nodiscard]] std::string names_blob(const ObjectId& object, std::int64_t group);  ///< names-<g>
inline constexpr std::string_view kLeavesSuffix = ".leaves";

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_LAYOUT_H_
