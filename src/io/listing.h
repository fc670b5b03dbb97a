#ifndef STRONGROOM_IO_LISTING_H_
#define STRONGROOM_IO_LISTING_H_

#include <string>
#include <vector>

#include "io/read_only_directory.h"

namespace strongroom::io {

struct ListedFile {
  std::string name;          ///< relative, "/" between components, no "." or ".."
  std::uint64_t size_bytes;  ///< when it was listed
  std::uint64_t device;      ///< with inode: which file this was
  std::uint64_t inode;
  std::int64_t written_ns = 0;  ///< mtime and ctime, since 1970: whether it was changed since
  std::int64_t changed_ns = 0;
};

/// Something beneath the directory that is neither a regular file nor a directory.
struct ListedOddity {
  std::string name;
  EntryKind kind;  ///< kLink, kOther (device, FIFO, socket), kDirectory (could not be listed)
};

struct ListingLimits {
  std::size_t files_max;
  std::size_t depth_max = 32;
  /// Where other programs write, ".x.partial" is a name like any other; where ours do, it is what a
  /// writer has not finished.
  PartialNames partial = PartialNames::kSkipped;
  /// A directory below that this user may not list, or that went meanwhile, becomes an oddity
  /// rather than an error.
  bool passes_unlistable = false;
};

/// The files beneath a directory, as they were when they were listed.
struct Listing {
  ReadOnlyDirectory root;
  std::vector<ListedFile> files;       ///< sorted bytewise by name
  std::vector<ListedOddity> oddities;  ///< never opened, never followed
  std::uint64_t total_bytes = 0;
  ListingLimits limits{0};  ///< what it was listed with
};

/// Walks through descriptors only, never following a link. Empty directories leave no trace.
/// Errors: kNotFound, kTooLarge (too many, too deep, or a name over limits::kPathBytesMax), kDisk.
[[nodiscard]] Result<Listing> list_files(const std::string& path, const ListingLimits& limits);

/// Nothing: the directory holds what it held when it was listed, each file with the same size and
/// times. Errors: kConflict, naming what came, went or changed first. Not noticed: a change within
/// the file system's clock tick (some milliseconds) of the listing, and one through a mapping where
/// the file system does not stamp those (tmpfs).
[[nodiscard]] Result<void> check_unchanged(const Listing& listing);

/// The very file that was listed, opened component by component without following links.
/// Errors: kConflict (another file stands there now), kNotFound, kRefused, kDisk.
[[nodiscard]] Result<FileReader> open_listed(const Listing& listing, const ListedFile& file);

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_LISTING_H_
