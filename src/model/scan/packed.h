#ifndef STRONGROOM_MODEL_SCAN_PACKED_H_
#define STRONGROOM_MODEL_SCAN_PACKED_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/reader.h"
#include "model/recognise.h"

namespace strongroom::model::scan {

/// A compressed stream (gzip, bzip2, xz, zstd, lz4) or a 7z archive, unpacked forward, block after
/// block. The one place that libarchive is used (docs/decisions/0031-libarchive-and-zlib.md); only
/// the format named is tried, nothing is guessed. Memory is what the format's window takes: at most
/// 128 MiB for zstd and 1 GiB for xz; for 7z what has been unpacked so far. Borrows the reader.
class PackedArchive {
 public:
  struct Member {
    std::string name;  ///< empty for a stream
    bool is_encrypted = false;
    bool is_file = true;  ///< else a directory, link or device
    bool is_directory = false;
    std::string link;  ///< where a link leads
  };

  /// `kind` is kGzip, kBzip2, kXz, kZstd, kLz4 or kSevenZip. Errors: kMalformed, kRefused (the
  /// library here cannot read this kind).
  [[nodiscard]] static Result<PackedArchive> open(FileKind kind, const io::Reader& file);
  PackedArchive(PackedArchive&&) noexcept;
  ~PackedArchive();

  /// The next member; false when there is none. Errors: kMalformed, kRefused (encrypted).
  [[nodiscard]] Result<bool> next_member();
  [[nodiscard]] const Member& member() const { return member_; }
  /// More of the member's content, at most 64 KiB, empty at its end; borrowed until the next call.
  /// Errors: kMalformed, kRefused (encrypted, or a method that is not known).
  [[nodiscard]] Result<ByteView> next_block();
  /// How much of the file has been used so far: after the last block of a stream, where it ended.
  [[nodiscard]] std::uint64_t packed_bytes() const;

 private:
  struct State;
  explicit PackedArchive(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
  Member member_;
};

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_PACKED_H_
