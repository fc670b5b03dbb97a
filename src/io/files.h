#ifndef STRONGROOM_IO_FILES_H_
#define STRONGROOM_IO_FILES_H_

#include <cstdint>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace strongroom::io {

/// An open file descriptor, closed at the end. Move-only.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void close() noexcept;

 private:
  int number_ = -1;
};

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

/// What errno `number` means here, with what was being done: kNoSpace, kNotFound, kAlreadyExists,
/// kRefused (permission, or a link where none may be), else kDisk.
[[nodiscard]] Error error_of(int number, std::string_view doing);

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_FILES_H_
