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
};

/// Something beneath the directory that is neither a regular file nor a directory.
struct ListedOddity {
  std::string name;
  EntryKind kind;  ///< kLink or kOther (device, FIFO, socket)
};

/// The files beneath a directory, as they were when they were listed.
struct Listing {
  ReadOnlyDirectory root;
  std::vector<ListedFile> files;       ///< sorted bytewise by name
  std::vector<ListedOddity> oddities;  ///< never opened, never followed
  std::uint64_t total_bytes = 0;
};

struct ListingLimits {
  std::size_t files_max;
  std::size_t depth_max = 32;
};

/// Walks through descriptors only, never following a link. Empty directories leave no trace.
/// Errors: kNotFound, kTooLarge (too many, too deep, or a name over limits::kPathBytesMax), kDisk.
[[nodiscard]] Result<Listing> list_files(const std::string& path, const ListingLimits& limits);

/// The very file that was listed, opened component by component without following links.
/// Errors: kConflict (another file stands there now), kNotFound, kRefused, kDisk.
[[nodiscard]] Result<FileReader> open_listed(const Listing& listing, const ListedFile& file);

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_LISTING_H_
