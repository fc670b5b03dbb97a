#include "io/directory.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace strongroom::io {

namespace {

constexpr std::size_t kSweptFilesMax = 1'000'000;

// Whoever writes a partial file holds its lock. Where a file system has no locks, nothing is swept.
bool is_abandoned(int directory, const std::string& name) {
  const Descriptor file(
      openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  return file.is_open() && flock(file.number(), LOCK_EX | LOCK_NB) == 0;
}

std::string without_trailing_slashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<Directory> Directory::open(const std::string& path, Files& files) {
  ASSIGN_OR_RETURN(ReadOnlyDirectory opened, ReadOnlyDirectory::open(path));
  return Directory(std::move(opened), files);
}

Result<Directory> Directory::open_or_make(const std::string& path, std::uint32_t mode,
                                          Files& files) {
  Result<Directory> there = open(path, files);
  if (there || there.error().code != ErrorCode::kNotFound) return there;
  const auto [parent, name] = parent_and_name(without_trailing_slashes(path));
  if (name == "." || name == "..") return there;
  ASSIGN_OR_RETURN(const Directory above, open_or_make(parent, mode, files));
  return above.make_subdirectory(name, mode);
}

Result<Directory> Directory::subdirectory(const std::string& name) const {
  ASSIGN_OR_RETURN(ReadOnlyDirectory opened, ReadOnlyDirectory::subdirectory(name));
  return Directory(std::move(opened), *files_);
}

Result<Directory> Directory::make_subdirectory(const std::string& name, std::uint32_t mode) const {
  RETURN_IF_ERROR(check_name(name));
  const Result<void> made = files_->make_directory(descriptor(), name, mode);
  if (!made && made.error().code != ErrorCode::kAlreadyExists) {
    return tl::unexpected<Error>(made.error());
  }
  // Also when it was there: whoever made it may not have synced it yet.
  RETURN_IF_ERROR(sync());
  return subdirectory(name);
}

Result<DurableFile> Directory::create_file(const std::string& name, std::uint32_t mode) const {
  RETURN_IF_ERROR(check_name(name));
  return DurableFile::create(descriptor(), name, mode, *files_);
}

Result<void> Directory::write_file_atomically(const std::string& name, ByteView bytes,
                                              std::uint32_t mode) const {
  ASSIGN_OR_RETURN(DurableFile file, create_file(name, mode));
  RETURN_IF_ERROR(file.append(bytes));
  return file.commit(OnExisting::kReplace);
}

Result<void> Directory::remove(const std::string& name) const {
  RETURN_IF_ERROR(check_name(name));
  RETURN_IF_ERROR(files_->remove(descriptor(), name));
  return sync();
}

Result<void> Directory::remove_partial_files() const {
  ASSIGN_OR_RETURN(const std::vector<std::string> all, names(kSweptFilesMax));
  bool swept = false;
  for (const std::string& name : all) {
    if (!is_partial_name(name) || !is_abandoned(descriptor(), name)) continue;
    const Result<void> removed = files_->remove(descriptor(), name);
    if (removed) swept = true;
    if (!removed && removed.error().code != ErrorCode::kNotFound) return removed;  // or swept twice
  }
  return swept ? sync() : Result<void>();
}

Result<Descriptor> Directory::lock(const std::string& name) const {
  RETURN_IF_ERROR(check_name(name));
  Descriptor held(openat(descriptor(), name.c_str(),
                         O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!held.is_open()) return tl::unexpected<Error>(error_of(errno, "opening " + name));
  if (flock(held.number(), LOCK_EX | LOCK_NB) == 0) return held;
  if (errno == EWOULDBLOCK) return fail(ErrorCode::kConflict, name + " is held by another program");
  return tl::unexpected<Error>(error_of(errno, "locking " + name));
}

Result<void> Directory::sync() const { return files_->sync(descriptor()); }

Result<Descriptor> lock_directory(const std::string& path) {
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return tl::unexpected<Error>(error_of(errno, "opening " + path));
  if (flock(directory.number(), LOCK_EX | LOCK_NB) == 0) return directory;
  if (errno == EWOULDBLOCK) return fail(ErrorCode::kConflict, path + " is in use");
  return tl::unexpected<Error>(error_of(errno, "locking " + path));
}

Result<void> write_file_atomically(const std::string& path, ByteView bytes, std::uint32_t mode,
                                   Files& files) {
  const auto [parent, name] = parent_and_name(path);
  ASSIGN_OR_RETURN(const Directory directory, Directory::open(parent, files));
  return directory.write_file_atomically(name, bytes, mode);
}

}  // namespace strongroom::io
