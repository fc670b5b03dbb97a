#ifndef STRONGROOM_STORE_BLOB_STORE_H_
#define STRONGROOM_STORE_BLOB_STORE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "io/files.h"
#include "io/read_only_directory.h"
#include "io/reader.h"

namespace strongroom::store {

using io::OnExisting;

/// A blob being written: invisible until `commit`, whole and durable from then on. Dropped without
/// commit, it leaves nothing. After the first failed write every call fails with that error. Gone
/// before the store that gave it.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;
  /// Thread-safe, for ranges that do not overlap. Errors: kNoSpace, kDisk.
  [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;
  /// After the furthest byte appended so far; not to be mixed with write_at. Not thread-safe.
  [[nodiscard]] virtual Result<void> append(ByteView bytes) = 0;
  /// Once, after every write has returned. Errors: kAlreadyExists (kRefuse), kNoSpace, kDisk,
  /// kDurability (stop; what is on the disk is unknown).
  [[nodiscard]] virtual Result<void> commit() = 0;
};

/// Bytes under names. Thread-safe. A reader sees a blob whole, old or new, never a mixture.
/// Names: 1 to kNameDepthMax segments joined by "/", at most kNameBytesMax bytes; a segment is 1 to
/// kSegmentBytesMax of [a-zA-Z0-9._-] and does not begin with ".". Anything else is kUsage.
class BlobStore {
 public:
  static constexpr std::size_t kNameBytesMax = 512;
  static constexpr std::size_t kNameDepthMax = 16;
  static constexpr std::size_t kSegmentBytesMax = 128;

  virtual ~BlobStore() = default;
  /// The whole blob at once, durable when it returns. With kRefuse a taken name is kAlreadyExists
  /// and keeps its bytes. Errors: kNoSpace, kDisk, kDurability.
  [[nodiscard]] virtual Result<void> put(const std::string& name, ByteView bytes,
                                         OnExisting on_existing) = 0;
  /// For what does not fit memory. Errors: kNoSpace, kDisk.
  [[nodiscard]] virtual Result<std::unique_ptr<BlobWriter>> create(const std::string& name,
                                                                   OnExisting on_existing) = 0;

  /// Open for as long as it lives, also when the name is taken by another or removed. Thread-safe.
  /// Errors: kNotFound, kDisk.
  [[nodiscard]] virtual Result<std::unique_ptr<io::Reader>> open(const std::string& name) const = 0;
  /// The whole blob. Errors: kNotFound, kTooLarge (over `bytes_max`), kDisk.
  [[nodiscard]] virtual Result<Bytes> get(const std::string& name, std::size_t bytes_max) const = 0;
  /// Fills `out` from `offset`; gives fewer bytes only where the end is. Errors: kNotFound, kDisk.
  [[nodiscard]] Result<std::size_t> read_range(const std::string& name, std::uint64_t offset,
                                               MutableByteView out) const;
  /// Errors: kNotFound, kDisk.
  [[nodiscard]] Result<std::uint64_t> size_bytes(const std::string& name) const;
  /// Errors: kDisk.
  [[nodiscard]] Result<bool> exists(const std::string& name) const;

  /// Names beneath `folder` ("" for all), whole, sorted bytewise. Errors: kTooLarge (more than
  /// `names_max`), kDisk.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& folder,
                                                              std::size_t names_max) const = 0;
  /// Durable when it returns. Errors: kNotFound, kDisk, kDurability.
  [[nodiscard]] virtual Result<void> remove(const std::string& name) = 0;
  /// What there is space for; nothing where the store cannot tell. Errors: kDisk.
  [[nodiscard]] virtual Result<std::optional<io::Room>> room() const { return std::nullopt; }
  /// Removes what writers that crashed left behind, and nothing that is being written. Errors:
  /// kDisk.
  [[nodiscard]] virtual Result<void> remove_abandoned() = 0;

  /// Names of the folders right beneath `folder`, sorted bytewise; none when it is not there.
  /// Errors: kTooLarge (more than `names_max`), kDisk.
  [[nodiscard]] virtual Result<std::vector<std::string>> folders(const std::string& folder,
                                                                 std::size_t names_max) const = 0;
  /// When anything right beneath `folder` was last written, finished or not, by the store's clock.
  /// Errors: kNotFound, kDisk.
  [[nodiscard]] virtual Result<UnixSeconds> last_written(const std::string& folder) const = 0;
  /// `folder` and what lies right beneath it, finished or not, but nothing that is being written. A
  /// crash leaves a part, which the same call removes. Nothing there is no error. Errors: kDisk (a
  /// folder within, or something is being written), kDurability.
  [[nodiscard]] virtual Result<void> remove_folder(const std::string& folder) = 0;
};

[[nodiscard]] bool is_blob_name(std::string_view name);

/// A directory at `path`, made (mode 0700) if it is missing; links beneath it are refused. Borrows
/// `files`, through which every change goes. Errors: kRefused (not a directory, or not for this
/// user), kDisk, kNoSpace, kDurability.
[[nodiscard]] Result<std::unique_ptr<BlobStore>> open_directory_store(
    const std::string& path, io::Files& files = io::system_files());
/// The same where it must be there already: a disk that is not mounted must not be written beneath.
/// Errors: kNotFound, and those above.
[[nodiscard]] Result<std::unique_ptr<BlobStore>> open_existing_directory_store(
    const std::string& path, io::Files& files = io::system_files());

}  // namespace strongroom::store

#endif  // STRONGROOM_STORE_BLOB_STORE_H_
