#ifndef STRONGROOM_MODEL_PICKLE_INPUT_H_
#define STRONGROOM_MODEL_PICKLE_INPUT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "io/reader.h"

namespace strongroom::model {

/// Reads a pickle forward, in blocks, up to `end`. Once a read does not fit, or the disk fails,
/// every later one fails too. Borrows the reader.
class PickleInput {
 public:
  PickleInput(const io::Reader& file, std::uint64_t begin, std::uint64_t end)
      : file_(file), end_(end), block_begin_(begin) {}

  [[nodiscard]] std::uint64_t position() const { return block_begin_ + at_; }
  [[nodiscard]] std::uint64_t left() const { return end_ - position(); }
  [[nodiscard]] bool ok() const { return !is_short_ && !disk_error_; }
  [[nodiscard]] const std::optional<Error>& disk_error() const { return disk_error_; }

  /// Little-endian, `width` of 1 to 8 bytes; 0 when it does not fit.
  [[nodiscard]] std::uint64_t little_endian(unsigned width);
  /// What comes next, at most `bytes` (up to a block) of it, without moving on; until the next
  /// read.
  [[nodiscard]] ByteView peek(std::size_t bytes);
  /// Moves on without reading.
  void skip(std::uint64_t bytes);

  struct Text {
    std::string kept;         ///< of a longer one, the beginning
    std::uint64_t bytes = 0;  ///< of all of it
    bool is_utf8 = true;      ///< as pickle reads it: lone surrogates are taken
    [[nodiscard]] bool is_whole() const { return kept.size() == bytes; }
  };
  /// The next `bytes` bytes, of which at most `kept_max` are kept.
  [[nodiscard]] Text text(std::uint64_t bytes, std::size_t kept_max);
  /// Up to the next '\n', which is not part of it but is passed.
  [[nodiscard]] Text line(std::size_t kept_max);

 private:
  /// At least one byte of the rest, and all that the block holds; empty when nothing is left.
  [[nodiscard]] ByteView more();
  bool fill(std::size_t bytes);

  const io::Reader& file_;
  std::uint64_t end_;
  std::uint64_t block_begin_;
  Bytes block_;
  std::size_t block_bytes_ = 0;
  std::size_t at_ = 0;
  bool is_short_ = false;
  std::optional<Error> disk_error_;
};

/// UTF-8 checked piece by piece; encoded surrogates are let pass, as pickle's own reader does.
class Utf8Check {
 public:
  void add(ByteView piece);
  /// Once no more comes.
  [[nodiscard]] bool holds() const { return is_valid_ && pending_ == 0; }

 private:
  void begin(std::uint8_t byte);
  unsigned pending_ = 0;
  std::uint8_t low_ = 0x80;  // the next continuation byte lies within
  std::uint8_t high_ = 0xbf;
  bool is_valid_ = true;
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_INPUT_H_
