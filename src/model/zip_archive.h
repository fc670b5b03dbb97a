#ifndef STRONGROOM_MODEL_ZIP_ARCHIVE_H_
#define STRONGROOM_MODEL_ZIP_ARCHIVE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/reader.h"
#include "model/finding.h"

namespace strongroom::model {

/// One file in a zip archive, as the central directory and its local header agree on it.
struct ZipMember {
  std::string name;  ///< as in the archive: any bytes
  enum class Packing { kStored, kDeflated, kOther } packing = Packing::kStored;
  bool is_encrypted = false;
  std::uint64_t data_offset = 0;   ///< of its first byte in the archive
  std::uint64_t packed_bytes = 0;  ///< lie within the archive
  std::uint64_t bytes = 0;         ///< claimed size when unpacked
  std::uint32_t crc32 = 0;
};

/// A zip archive read strictly: wherever two readers could see two different archives (directory
/// against local headers, duplicate names, data between members, flags, sizes, comments, disks), it
/// says so in a finding (container_rules.h) and still lists every member that either reader would
/// see. Borrows the reader. Thread-safe once open.
class ZipArchive {
 public:
  /// Errors: kMalformed (no archive can be made of it; a finding says why), kTooLarge, kDisk.
  [[nodiscard]] static Result<ZipArchive> open(const io::Reader& file, Findings& findings);
  [[nodiscard]] const std::vector<ZipMember>& members() const { return members_; }
  /// Unpacks a stored or deflated member that claims, and has, at most `bytes_max`. Checks its
  /// CRC. Errors: kMalformed (damaged, lies about its size or CRC), kTooLarge, kRefused (encrypted
  /// or packed otherwise), kDisk.
  [[nodiscard]] Result<Bytes> unpack(const ZipMember& member, std::uint64_t bytes_max) const;

 private:
  explicit ZipArchive(const io::Reader& file) : file_(&file) {}
  const io::Reader* file_;
  std::vector<ZipMember> members_;
};

/// Part of another reader; borrows it.
class WindowReader final : public io::Reader {
 public:
  WindowReader(const io::Reader& whole, std::uint64_t offset, std::uint64_t bytes)
      : whole_(whole), offset_(offset), bytes_(bytes) {}
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                            MutableByteView out) const override;
  [[nodiscard]] Result<std::uint64_t> size_bytes() const override { return bytes_; }

 private:
  const io::Reader& whole_;
  std::uint64_t offset_;
  std::uint64_t bytes_;
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_ZIP_ARCHIVE_H_
