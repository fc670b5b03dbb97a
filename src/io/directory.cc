#include "io/directory.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace strongroom::io {

namespace {

constexpr std::size_t kSweptFilesMax = 1'000'000;

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
  for (const std::string& name : all) {
    if (is_partial_name(name)) RETURN_IF_ERROR(files_->remove(descriptor(), name));
  }
  return sync();
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

Result<void> write_file_atomically(const std::string& path, ByteView bytes, std::uint32_t mode,
                                   Files& files) {
  const auto [parent, name] = parent_and_name(path);
  ASSIGN_OR_RETURN(const Directory directory, Directory::open(parent, files));
  return directory.write_file_atomically(name, bytes, mode);
}

}  // namespace strongroom::io
