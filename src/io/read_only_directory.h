#ifndef STRONGROOM_IO_READ_ONLY_DIRECTORY_H_
#define STRONGROOM_IO_READ_ONLY_DIRECTORY_H_

#include <string>
#include <vector>

#include "io/reader.h"

/// Reading only, in object files of its own: a program that uses no more links nothing that writes.
namespace strongroom::io {

enum class EntryKind { kFile, kDirectory, kLink, kOther };
struct Entry {
  std::string name;
  EntryKind kind;
};

/// A file that is being written, or that a crash left: nobody reads it.
inline constexpr std::string_view kPartialPrefix = ".";
inline constexpr std::string_view kPartialSuffix = ".partial";
[[nodiscard]] bool is_partial_name(std::string_view name);

/// Space for files to come.
struct Room {
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;        ///< the largest number where the file system sets no bound
  std::uint64_t block_bytes = 1;  ///< what even one byte takes
};

enum class PartialNames { kSkipped, kListed };

/// An open directory: everything beneath it is reached through its descriptor, so renaming or
/// replacing the path above changes nothing. Names are single components: one that is empty, ".",
/// "..", over 255 bytes or holds "/" or a zero byte is kUsage. Thread-safe.
class ReadOnlyDirectory {
 public:
  /// Follows links in `path` itself: the person who typed it chose it. Errors: kNotFound, kRefused
  /// (not a directory, or not for this user), kDisk.
  [[nodiscard]] static Result<ReadOnlyDirectory> open(const std::string& path);
  /// A subdirectory; a link is kRefused. Errors: kNotFound, kDisk.
  [[nodiscard]] Result<ReadOnlyDirectory> subdirectory(const std::string& name) const;
  /// A regular file; a link, device or FIFO is kRefused. Errors: kNotFound, kDisk.
  [[nodiscard]] Result<FileReader> open_file(const std::string& name) const;
  /// The whole of a regular file. Errors: kTooLarge, and open_file's.
  [[nodiscard]] Result<Bytes> read_file(const std::string& name, std::size_t bytes_max) const;
  /// Sorted bytewise. Errors: kTooLarge (more than `entries_max`), kDisk.
  [[nodiscard]] Result<std::vector<Entry>> entries(
      std::size_t entries_max, PartialNames partial = PartialNames::kSkipped) const;
  /// Another descriptor of the same directory. Errors: kDisk.
  [[nodiscard]] Result<ReadOnlyDirectory> duplicate() const;
  /// What the disk beneath has left for ordinary users. Errors: kDisk.
  [[nodiscard]] Result<Room> room() const;
  /// When it or anything in it (partial files too, nothing deeper) was last written, in seconds
  /// since 1970 by the clock of its file system. Errors: kDisk.
  [[nodiscard]] Result<std::int64_t> last_written() const;
  [[nodiscard]] int descriptor() const { return descriptor_.number(); }

 protected:
  explicit ReadOnlyDirectory(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}
  /// Partial files too.
  [[nodiscard]] Result<std::vector<std::string>> names(std::size_t names_max) const;
  /// Errors: kUsage.
  [[nodiscard]] static Result<void> check_name(std::string_view name);

 private:
  Descriptor descriptor_;
};

/// The directory a path stands in, and its own name: "a/b/c" is "a/b" and "c"; "c" is "." and "c".
[[nodiscard]] std::pair<std::string, std::string> parent_and_name(const std::string& path);

/// As ReadOnlyDirectory's, for one path. Links in the directories above are followed, `path` itself
/// is not.
[[nodiscard]] Result<Bytes> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace strongroom::io

#endif  // STRONGROOM_IO_READ_ONLY_DIRECTORY_H_
