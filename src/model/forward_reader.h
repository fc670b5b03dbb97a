#ifndef STRONGROOM_MODEL_FORWARD_READER_H_
#define STRONGROOM_MODEL_FORWARD_READER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/reader.h"

namespace strongroom::model {

/// Reads forward through a part of a file, a window at a time; what is skipped is not read. Once a
/// read fails, every later one does, and gives nothing. Borrows the file. Not thread-safe.
class ForwardReader {
 public:
  /// The part begins at `begin` and ends before `end`, which lies within the file.
  ForwardReader(const io::Reader& file, std::uint64_t begin, std::uint64_t end)
      : file_(&file), at_(begin), end_(end) {}

  [[nodiscard]] bool ok() const { return ok_; }
  /// Why it is not ok(), when that was the disk; nothing when the part's end came first.
  [[nodiscard]] const std::optional<Error>& disk_error() const { return disk_error_; }
  /// In the file.
  [[nodiscard]] std::uint64_t position() const { return at_; }
  [[nodiscard]] std::uint64_t left() const { return end_ - at_; }

  /// `width` of 1 to 8 bytes; 0 once it is not ok().
  [[nodiscard]] std::uint64_t little_endian(unsigned width);
  /// Allocates only what the part holds.
  [[nodiscard]] std::string text(std::uint64_t bytes);
  bool skip(std::uint64_t bytes);

 private:
  /// Copies from the window, and fills it anew where it ends.
  bool take(MutableByteView out);

  const io::Reader* file_;
  std::uint64_t at_;
  std::uint64_t end_;
  Bytes window_;
  std::uint64_t window_begin_ = 0;
  bool ok_ = true;
  std::optional<Error> disk_error_;
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_FORWARD_READER_H_
