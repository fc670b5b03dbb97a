#include "io/read_only_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace strongroom::io {

namespace {

constexpr std::size_t kNameBytesMax = 255;  // NAME_MAX
constexpr std::size_t kLookedAtMax = 10'000'000;

tl::unexpected<Error> failed(std::string_view doing, std::string_view name) {
  return tl::unexpected<Error>(error_of(errno, fmt::format("{} {}", doing, name)));
}

Result<EntryKind> kind_of(int directory, const std::string& name) {
  struct stat status {};
  if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return failed("looking at", name);
  }
  if (S_ISREG(status.st_mode)) return EntryKind::kFile;
  if (S_ISDIR(status.st_mode)) return EntryKind::kDirectory;
  if (S_ISLNK(status.st_mode)) return EntryKind::kLink;
  return EntryKind::kOther;
}

}  // namespace

bool is_partial_name(std::string_view name) {
  return name.starts_with(kPartialPrefix) && name.ends_with(kPartialSuffix);
}

std::pair<std::string, std::string> parent_and_name(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Result<void> ReadOnlyDirectory::check_name(std::string_view name) {
  const bool wrong = name.empty() || name == "." || name == ".." || name.size() > kNameBytesMax ||
                     name.find('/') != std::string_view::npos ||
                     name.find('\0') != std::string_view::npos;
  if (wrong) return fail(ErrorCode::kUsage, "not a file name: " + std::string(name));
  return {};
}

Result<ReadOnlyDirectory> ReadOnlyDirectory::open(const std::string& path) {
  Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.is_open()) {
    if (errno == ENOTDIR)
      return fail(ErrorCode::kRefused, "not a directory: " + path + "; name a directory");
    return failed("opening directory", path);
  }
  return ReadOnlyDirectory(std::move(descriptor));
}

Result<ReadOnlyDirectory> ReadOnlyDirectory::subdirectory(const std::string& name) const {
  RETURN_IF_ERROR(check_name(name));
  Descriptor descriptor(
      openat(descriptor_.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor.is_open()) {
    if (errno == ENOTDIR)
      return fail(ErrorCode::kRefused,
                  "not a directory: " + name + "; move it away, or name another");
    return failed("opening directory", name);
  }
  return ReadOnlyDirectory(std::move(descriptor));
}

Result<FileReader> ReadOnlyDirectory::open_file(const std::string& name) const {
  RETURN_IF_ERROR(check_name(name));
  // O_NONBLOCK: opening a FIFO must not wait for its other end.
  Descriptor descriptor(
      openat(descriptor_.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.is_open()) return failed("opening", name);
  Result<FileReader> reader = FileReader::of(std::move(descriptor));
  if (!reader) return fail(std::move(reader).error(), name);
  return reader;
}

Result<Bytes> ReadOnlyDirectory::read_file(const std::string& name, std::size_t bytes_max) const {
  ASSIGN_OR_RETURN(const FileReader reader, open_file(name));
  ASSIGN_OR_RETURN(const std::uint64_t size, reader.size_bytes());
  const auto too_large = [&] {
    return fail(ErrorCode::kTooLarge, fmt::format("{} is over {} bytes", name, bytes_max));
  };
  if (size > bytes_max) return too_large();
  // One byte more than it says: a file that grows meanwhile is noticed.
  Bytes bytes(static_cast<std::size_t>(size) + 1);
  ASSIGN_OR_RETURN(const std::size_t got, reader.read_at(0, bytes));
  if (got > size) return fail(ErrorCode::kConflict, name + " grew while it was read");
  bytes.resize(got);
  return bytes;
}

Result<std::vector<std::string>> ReadOnlyDirectory::names(std::size_t names_max) const {
  // A descriptor of its own: readdir moves a position that duplicates share.
  const int fd = openat(descriptor_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed("listing", "a directory");
  struct Close {
    void operator()(DIR* directory) const { closedir(directory); }
  };
  const std::unique_ptr<DIR, Close> directory(fdopendir(fd));
  if (!directory) {
    ::close(fd);
    return fail(ErrorCode::kDisk, "listing a directory failed");
  }
  std::vector<std::string> found;
  for (;;) {
    errno = 0;
    const dirent* entry = readdir(directory.get());
    if (entry == nullptr && errno != 0) return failed("listing", "a directory");
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (found.size() == names_max) {
      return fail(ErrorCode::kTooLarge,
                  fmt::format("more than {} entries in one directory", names_max));
    }
    found.emplace_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<ReadOnlyDirectory> ReadOnlyDirectory::duplicate() const {
  Descriptor copy(fcntl(descriptor_.number(), F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open()) return failed("opening", "a directory once more");
  return ReadOnlyDirectory(std::move(copy));
}

Result<Room> ReadOnlyDirectory::room() const {
  struct statvfs status {};
  if (fstatvfs(descriptor_.number(), &status) != 0) return failed("looking at the disk of", "it");
  // Some file systems make inodes as they need them, and count none.
  const bool bounded = status.f_files != 0;
  return Room{std::uint64_t{status.f_bavail} * status.f_frsize,
              bounded ? status.f_favail : std::numeric_limits<std::uint64_t>::max(),
              std::max<std::uint64_t>(status.f_frsize, 1)};
}

Result<std::vector<Entry>> ReadOnlyDirectory::entries(std::size_t entries_max,
                                                      PartialNames partial) const {
  ASSIGN_OR_RETURN(std::vector<std::string> all, names(entries_max));
  std::vector<Entry> entries;
  for (std::string& name : all) {
    if (partial == PartialNames::kSkipped && is_partial_name(name)) continue;
    ASSIGN_OR_RETURN(const EntryKind kind, kind_of(descriptor_.number(), name));
    entries.push_back({std::move(name), kind});
  }
  return entries;
}

Result<std::int64_t> ReadOnlyDirectory::last_written() const {
  struct stat found {};
  if (fstat(descriptor_.number(), &found) != 0) return failed("looking at", "a directory");
  std::int64_t last = found.st_mtime;
  ASSIGN_OR_RETURN(const std::vector<std::string> all, names(kLookedAtMax));
  for (const std::string& name : all) {
    // What vanishes meanwhile was written by nobody.
    if (fstatat(descriptor_.number(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0)
      last = std::max<std::int64_t>(last, found.st_mtime);
  }
  return last;
}

Result<Bytes> read_file(const std::string& path, std::size_t bytes_max) {
  const auto [parent, name] = parent_and_name(path);
  ASSIGN_OR_RETURN(const ReadOnlyDirectory directory, ReadOnlyDirectory::open(parent));
  return directory.read_file(name, bytes_max);
}

}  // namespace strongroom::io
