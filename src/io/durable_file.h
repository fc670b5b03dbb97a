#ifndef STRONGROOM_IO_DURABLE_FILE_H_
#define STRONGROOM_IO_DURABLE_FILE_H_

#include <atomic>
#include <memory>
#include <string>

#include "io/files.h"

namespace strongroom::io {

/// A file being written: invisible under its name until `commit`, and whole from then on. Dropped
/// without commit, it is removed; a crash leaves a partial file that nobody reads
/// (Directory::remove_partial_files). After the first failed write or sync every call fails with
/// that error: what is on the disk is unknown.
class DurableFile {
 public:
  /// Through Directory::create_file. `directory` is duplicated; `files` is borrowed.
  [[nodiscard]] static Result<DurableFile> create(int directory, const std::string& name,
                                                  std::uint32_t mode, Files& files);
  ~DurableFile();
  DurableFile(DurableFile&&) noexcept;
  DurableFile& operator=(DurableFile&&) noexcept;

  /// Thread-safe, for ranges that do not overlap. Errors: kNoSpace, kDisk.
  [[nodiscard]] Result<void> write_at(std::uint64_t offset, ByteView bytes);
  /// After the furthest byte appended so far; do not mix with write_at. Not thread-safe.
  [[nodiscard]] Result<void> append(ByteView bytes);
  /// Errors: kDurability.
  [[nodiscard]] Result<void> sync();
  /// Syncs, takes its name, syncs the directory; spent afterwards. A crash before the rename leaves
  /// the old state, after it the new. Errors: kAlreadyExists (kRefuse), kNoSpace, kDisk,
  /// kDurability.
  [[nodiscard]] Result<void> commit(OnExisting on_existing);

 private:
  struct State;
  explicit DurableFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_DURABLE_FILE_H_
