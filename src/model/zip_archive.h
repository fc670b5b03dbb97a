#ifndef STRONGROOM_MODEL_ZIP_ARCHIVE_H_
#define STRONGROOM_MODEL_ZIP_ARCHIVE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/reader.h"
#include "model/finding.h"

namespace strongroom::model {

/// One file in a zip archive, in one reading of it.
struct ZipMember {
  std::string name;  ///< as in the archive: any bytes
  enum class Packing { kStored, kDeflated, kOther } packing = Packing::kStored;
  bool is_encrypted = false;       ///< as its flags claim
  std::uint64_t data_offset = 0;   ///< of its first byte in the archive
  std::uint64_t packed_bytes = 0;  ///< lie within the archive
  std::uint64_t bytes = 0;         ///< claimed size when unpacked
  std::uint32_t crc32 = 0;
  enum class Seen {
    kByAll,          ///< the directory names it, and its local header agrees
    kByDirectory,    ///< as the directory has it; the local header says otherwise
    kByLocalHeader,  ///< as the local header has it: the directory says otherwise, or nothing
  } seen = Seen::kByAll;
  bool operator==(const ZipMember&) const = default;
};

/// Bytes of an archive that belong to no member and no record.
struct ZipGap {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;  ///< never 0
  bool is_comment = false;  ///< the archive's own comment: no finding was made of it
};

/// What came of unpacking a member.
struct Unpacked {
  std::uint64_t bytes = 0;  ///< given out
  bool is_whole = false;    ///< the packed stream came to its end, and all of it was given out
  bool crc_holds = false;   ///< and is_whole
  std::uint64_t packed_left = 0;  ///< bytes in the member behind the end of its packed stream
};

/// A zip archive read strictly: wherever two readers could see two different archives (directory
/// against local headers, duplicate names, data between members, flags, sizes, comments, disks), it
/// says so in a finding (container_rules.h) and still lists every member that either reader would
/// see. Borrows the reader. Thread-safe once open. Sources: PKWARE APPNOTE 6.3.10; what Python's
/// zipfile and miniz do where they differ.
class ZipArchive {
 public:
  static constexpr std::size_t kMembersMax = 1'000'000;
  static constexpr std::uint64_t kDirectoryBytesMax = 48u << 20;

  /// An archive whose directory is missing is read by its local headers. Errors: kMalformed (no
  /// archive can be made of it; a finding says why), kTooLarge (so does one), kDisk.
  [[nodiscard]] static Result<ZipArchive> open(const io::Reader& file, Findings& findings);
  /// Whether some reader that begins at the end, as zip readers do, would find an archive with
  /// members in `file`, whatever it begins with. Errors: kDisk.
  [[nodiscard]] static Result<bool> ends_one(const io::Reader& file);
  /// In the order of the directory, then those that only local headers tell of. Entries that end
  /// in '/' and hold nothing are directories and are among them.
  [[nodiscard]] const std::vector<ZipMember>& members() const { return members_; }
  /// Ascending.
  [[nodiscard]] const std::vector<ZipGap>& gaps() const { return gaps_; }

  /// Unpacks a stored or deflated member that claims, and has, at most `bytes_max`. Checks its
  /// CRC. One that only claims to be encrypted, and whose bytes as they stand match the CRC, is
  /// unpacked. Errors: kMalformed (damaged, lies about its size or CRC), kTooLarge, kRefused
  /// (encrypted or packed otherwise), kDisk.
  [[nodiscard]] Result<Bytes> unpack(const ZipMember& member, std::uint64_t bytes_max) const;
  /// Gives what stands in the member to `sink`, at most 64 KiB at a time, whatever its claims and
  /// flags, until the end, damage (neither is an error), or `sink` says false. Errors: kRefused
  /// (packed otherwise), kDisk.
  [[nodiscard]] Result<Unpacked> stream(const ZipMember& member,
                                        const std::function<bool(ByteView)>& sink) const;

 private:
  friend class ZipLayout;
  explicit ZipArchive(const io::Reader& file) : file_(&file) {}
  const io::Reader* file_;
  std::vector<ZipMember> members_;
  std::vector<ZipGap> gaps_;
};

/// Part of another reader; borrows it.
class WindowReader final : public io::Reader {
 public:
  /// The window need not lie within `whole`: reading ends where that does.
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
