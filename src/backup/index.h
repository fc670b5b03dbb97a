#ifndef STRONGROOM_BACKUP_INDEX_H_
#define STRONGROOM_BACKUP_INDEX_H_

#include <map>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

/// What a backup says of itself (spec/backup.md).
namespace strongroom::backup {

inline constexpr std::size_t kManifestBytesMax = 64 * 1024;
inline constexpr std::size_t kIndexBytesMax = 1u << 30;
inline constexpr std::int64_t kNumberMax = 999'999;

/// One file, as it stands in the backup directory.
struct Row {
  Digest digest;  ///< SHA-256
  std::int64_t bytes = 0;
  bool operator==(const Row&) const = default;
};
/// By blob name.
using Index = std::map<std::string, Row>;

[[nodiscard]] std::string encode_index(const Index& index);
/// Total; accepts exactly what encode_index gives. Errors: kMalformed.
[[nodiscard]] Result<Index> decode_index(std::string_view bytes);

struct Manifest {
  StrongroomId strongroom;
  bool demonstration = false;
  std::int64_t number = 0;  ///< 1 to kNumberMax
  UnixSeconds made;
  std::int64_t log_size = 0;  ///< entries up to the checkpoint that was copied
  Digest log_root;
  UnixSeconds log_time;  ///< of the last of them
  std::int64_t objects = 0;
  std::int64_t files = 0;  ///< rows of the index
  std::int64_t bytes = 0;  ///< of them all
  bool keys = false;       ///< wrapped keys are among them
  Digest index;            ///< SHA-256 of the encoded index
};

/// A line of canonical JSON and a line with its SHA-256, against accidents: who writes a backup can
/// write both.
[[nodiscard]] std::string encode_manifest(const Manifest& manifest);
/// Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<Manifest> decode_manifest(std::string_view bytes);

// Names in a backup directory.
[[nodiscard]] std::string folder_of(std::int64_t number);  ///< "backups/000001"
inline constexpr std::string_view kManifestName = "manifest";
inline constexpr std::string_view kIndexName = "index";
inline constexpr std::string_view kDatabaseName = "database";

/// Where a file of backup `number` belongs in a site: "log/checkpoints/001" to
/// "public/checkpoints/001". Errors: kMalformed (a name that no backup has).
[[nodiscard]] Result<std::string> place_in_site(std::int64_t number, const std::string& name);

}  // namespace strongroom::backup

#endif  // STRONGROOM_BACKUP_INDEX_H_
