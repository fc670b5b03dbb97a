#ifndef STRONGROOM_IO_READER_H_
#define STRONGROOM_IO_READER_H_

#include "io/files.h"

namespace strongroom::io {

/// Random access to bytes that lie somewhere. Thread-safe.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Fills `out` from `offset`; gives fewer bytes only where the end is. Errors: kDisk, kNetwork.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                    MutableByteView out) const = 0;
  /// As of now. Errors: kDisk, kNetwork.
  [[nodiscard]] virtual Result<std::uint64_t> size_bytes() const = 0;
};

/// Fills all of `out`, or fails: kMalformed says that the end came first, naming `what`.
[[nodiscard]] Result<void> read_exactly(const Reader& reader, std::uint64_t offset,
                                        MutableByteView out, std::string_view what);

/// A regular file.
class FileReader final : public Reader {
 public:
  /// `descriptor` is open for reading and is a regular file: else kRefused.
  [[nodiscard]] static Result<FileReader> of(Descriptor descriptor);
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                            MutableByteView out) const override;
  [[nodiscard]] Result<std::uint64_t> size_bytes() const override;
  [[nodiscard]] int descriptor() const { return descriptor_.number(); }

 private:
  explicit FileReader(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  Descriptor descriptor_;
};

/// Bytes in memory; borrowed.
class MemoryReader final : public Reader {
 public:
  explicit MemoryReader(ByteView bytes) : bytes_(bytes) {}
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                            MutableByteView out) const override;
  [[nodiscard]] Result<std::uint64_t> size_bytes() const override { return bytes_.size(); }

 private:
  ByteView bytes_;
};

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_READER_H_
