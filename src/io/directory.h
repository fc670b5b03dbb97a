#ifndef STRONGROOM_IO_DIRECTORY_H_
#define STRONGROOM_IO_DIRECTORY_H_

#include <string>

#include "io/durable_file.h"
#include "io/files.h"
#include "io/read_only_directory.h"

namespace strongroom::io {

/// A directory to write into; reading is the base's. Thread-safe. Borrows `files`.
class Directory : public ReadOnlyDirectory {
 public:
  /// Errors: as ReadOnlyDirectory::open.
  [[nodiscard]] static Result<Directory> open(const std::string& path,
                                              Files& files = system_files());
  /// Makes what is missing of `path`, durably. Errors: kDisk, kNoSpace, kDurability.
  [[nodiscard]] static Result<Directory> open_or_make(const std::string& path, std::uint32_t mode,
                                                      Files& files = system_files());
  [[nodiscard]] Result<Directory> subdirectory(const std::string& name) const;
  /// Makes it, durably, when it is missing.
  [[nodiscard]] Result<Directory> make_subdirectory(const std::string& name,
                                                    std::uint32_t mode) const;

  /// A nameless-to-others file that becomes `name` when it is committed.
  [[nodiscard]] Result<DurableFile> create_file(const std::string& name, std::uint32_t mode) const;
  /// Old or new content after a crash, never a mixture.
  [[nodiscard]] Result<void> write_file_atomically(const std::string& name, ByteView bytes,
                                                   std::uint32_t mode) const;
  /// Durable when it returns. Errors: kNotFound, kDisk, kDurability.
  [[nodiscard]] Result<void> remove(const std::string& name) const;
  /// Removes what writers that crashed left behind, and nothing that is being written.
  [[nodiscard]] Result<void> remove_partial_files() const;

  /// For one program at a time: held until the descriptor closes, however that comes about. The
  /// empty file `name` stays. Errors: kConflict (another holds it), kDisk.
  [[nodiscard]] Result<Descriptor> lock(const std::string& name) const;
  [[nodiscard]] Result<void> sync() const;
  [[nodiscard]] Files& files() const { return *files_; }

 private:
  Directory(ReadOnlyDirectory opened, Files& files)
      : ReadOnlyDirectory(std::move(opened)), files_(&files) {}
  Files* files_;
};

/// Held until the descriptor closes, and by one holder at a time on this machine. Errors: kConflict
/// (somebody holds it), kNotFound, kDisk.
[[nodiscard]] Result<Descriptor> lock_directory(const std::string& path);

/// As Directory's, for one path. Links in the directories above are followed, `path` itself is not.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path, ByteView bytes,
                                                 std::uint32_t mode, Files& files = system_files());

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_DIRECTORY_H_
