#ifndef STRONGROOM_MODEL_ZIP_RECORDS_H_
#define STRONGROOM_MODEL_ZIP_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/reader.h"
#include "model/finding.h"

/// The records of a zip archive as they stand, one by one, without an opinion on how they fit
/// together. Behind zip_archive.h; nothing else includes this. Source: PKWARE APPNOTE 6.3.10.
namespace strongroom::model {

inline constexpr std::uint16_t kZipEncrypted = 0x1;
inline constexpr std::uint16_t kZipDescriptor = 0x8;
inline constexpr std::uint16_t kZipPatch = 0x20;
inline constexpr std::uint16_t kZipStrong = 0x40;
inline constexpr std::uint16_t kZipMaskedHeaders = 0x2000;

/// One way to find a directory.
struct ZipDirectory {
  std::uint64_t at = 0;
  std::uint64_t bytes = 0;
  std::uint64_t entries = 0;  ///< as claimed
  std::uint64_t shift = 0;    ///< what is added to every offset in it, modulo 2^64
};
/// The records at an archive's end: [at, end) holds them, the comment not included.
struct ZipEnd {
  std::uint64_t at = 0;
  std::uint64_t end = 0;
  std::uint64_t comment_bytes = 0;  ///< as claimed
  bool many_disks = false;
  std::vector<ZipDirectory> directories;  ///< one, where every reader finds the same
};
/// Every end record that some reader would take, the one that Python takes first. Errors: kDisk.
[[nodiscard]] Result<std::vector<ZipEnd>> find_zip_ends(const io::Reader& file,
                                                        std::uint64_t file_bytes);

/// A directory entry or a local header, with sizes and offset taken from the zip64 extra field
/// where the short ones say so.
struct ZipHeader {
  std::string name;
  std::string other_name;  ///< Info-ZIP's Unicode path, when there is one
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t packed_bytes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t header_bytes = 0;  ///< of this record
  // only in a directory
  std::uint64_t local_offset = 0;
  std::uint32_t disk = 0;
  std::uint32_t external_attributes = 0;
};
/// The directory entry at the start of `bytes`; nothing when there is none whole.
[[nodiscard]] std::optional<ZipHeader> zip_directory_entry(ByteView bytes);
/// Nothing when no whole local header stands at `offset`. Errors: kDisk.
[[nodiscard]] Result<std::optional<ZipHeader>> zip_local_header(const io::Reader& file,
                                                                std::uint64_t offset);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_ZIP_RECORDS_H_
