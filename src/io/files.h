#ifndef STRONGROOM_IO_FILES_H_
#define STRONGROOM_IO_FILES_H_

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/descriptor.h"

namespace strongroom::io {

enum class OnExisting { kRefuse, kReplace };

/// Every change that this house makes to a disk goes through one of these calls, so that a fake can
/// fail any one of them on command, or all from the n-th on (a crash). Thread-safe. Names are
/// single components, looked up beneath an open directory and never followed if they are links.
/// Errors of all: kNoSpace (full disk or quota), kDisk.
class Files {
 public:
  virtual ~Files() = default;
  /// A new file for reading and writing. Errors: kAlreadyExists.
  [[nodiscard]] virtual Result<Descriptor> create(int directory, const std::string& name,
                                                  std::uint32_t mode) = 0;
  /// Writes all of `bytes`. A crash may leave any part of it.
  [[nodiscard]] virtual Result<void> write_at(int file, std::uint64_t offset, ByteView bytes) = 0;
  /// Of a file or a directory. Errors: kDurability, and only that: never try it again.
  [[nodiscard]] virtual Result<void> sync(int file) = 0;
  /// Within one directory, atomically. Errors: kAlreadyExists (kRefuse), kNotFound.
  [[nodiscard]] virtual Result<void> rename(int directory, const std::string& from,
                                            const std::string& to, OnExisting on_existing) = 0;
  /// A file, or an empty directory. Errors: kNotFound.
  [[nodiscard]] virtual Result<void> remove(int directory, const std::string& name) = 0;
  /// Errors: kAlreadyExists.
  [[nodiscard]] virtual Result<void> make_directory(int directory, const std::string& name,
                                                    std::uint32_t mode) = 0;
};

/// The machine's own. Stateless, so there is one.
[[nodiscard]] Files& system_files();

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_FILES_H_
