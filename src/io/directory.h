#ifndef STRONGROOM_IO_DIRECTORY_H_
#define STRONGROOM_IO_DIRECTORY_H_

#include <string>
#include <vector>

#include "io/durable_file.h"
#include "io/files.h"
#include "io/reader.h"

namespace strongroom::io {

enum class EntryKind { kFile, kDirectory, kLink, kOther };
struct Entry {
  std::string name;
  EntryKind kind;
};

/// An open directory: everything beneath it is reached through its descriptor, so renaming or
/// replacing the path above changes nothing. Names are single components: one that is empty, ".",
/// "..", over 255 bytes or holds "/" or a zero byte is kUsage. Thread-safe. Borrows `files`.
class Directory {
 public:
  /// Follows links in `path` itself: the person who typed it chose it. Errors: kNotFound, kDisk.
  [[nodiscard]] static Result<Directory> open(const std::string& path,
                                              Files& files = system_files());
  /// Makes what is missing of `path`, durably. Errors: kDisk, kNoSpace, kDurability.
  [[nodiscard]] static Result<Directory> open_or_make(const std::string& path, std::uint32_t mode,
                                                      Files& files = system_files());
  /// A subdirectory; a link is kRefused. Errors: kNotFound, kDisk.
  [[nodiscard]] Result<Directory> subdirectory(const std::string& name) const;
  /// Makes it, durably, when it is missing.
  [[nodiscard]] Result<Directory> make_subdirectory(const std::string& name,
                                                    std::uint32_t mode) const;

  /// A regular file; a link, device or FIFO is kRefused. Errors: kNotFound, kDisk.
  [[nodiscard]] Result<FileReader> open_file(const std::string& name) const;
  /// The whole of a regular file. Errors: kTooLarge, and open_file's.
  [[nodiscard]] Result<Bytes> read_file(const std::string& name, std::size_t bytes_max) const;
  /// A nameless-to-others file that becomes `name` when it is committed.
  [[nodiscard]] Result<DurableFile> create_file(const std::string& name, std::uint32_t mode) const;
  /// Old or new content after a crash, never a mixture.
  [[nodiscard]] Result<void> write_file_atomically(const std::string& name, ByteView bytes,
                                                   std::uint32_t mode) const;
  /// Durable when it returns. Errors: kNotFound, kDisk, kDurability.
  [[nodiscard]] Result<void> remove(const std::string& name) const;
  /// Removes what writers that crashed left behind. Only while no writer is at work here.
  [[nodiscard]] Result<void> remove_partial_files() const;

  /// Sorted bytewise, without partial files. Errors: kTooLarge (more than `entries_max`), kDisk.
  [[nodiscard]] Result<std::vector<Entry>> entries(std::size_t entries_max) const;
  [[nodiscard]] Result<void> sync() const;
  [[nodiscard]] int descriptor() const { return descriptor_.number(); }
  [[nodiscard]] Files& files() const { return *files_; }

 private:
  Directory(Descriptor descriptor, Files& files)
      : descriptor_(std::move(descriptor)), files_(&files) {}
  [[nodiscard]] Result<std::vector<std::string>> names(std::size_t names_max) const;
  Descriptor descriptor_;
  Files* files_;
};

/// As Directory's, for one path. Links in the directories above are followed, `path` itself is not.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path, ByteView bytes,
                                                 std::uint32_t mode, Files& files = system_files());
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_DIRECTORY_H_
