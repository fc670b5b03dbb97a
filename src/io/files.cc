#include "io/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace strongroom::io {

namespace {

Result<void> verdict(int result, std::string_view doing, const std::string& name) {
  if (result == 0) return {};
  return tl::unexpected<Error>(error_of(errno, fmt::format("{} {}", doing, name)));
}

class SystemFiles final : public Files {
 public:
  Result<Descriptor> create(int directory, const std::string& name, std::uint32_t mode) override {
    const int fd =
        openat(directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) return tl::unexpected<Error>(error_of(errno, "creating " + name));
    return Descriptor(fd);
  }

  Result<void> write_at(int file, std::uint64_t offset, ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        return tl::unexpected<Error>(error_of(written == 0 ? EIO : errno, "writing"));
      }
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Result<void> sync(int file) override {
    if (fsync(file) == 0) return {};
    const int number = errno;
    return fail(ErrorCode::kDurability, error_of(number, "syncing to disk").context +
                                            "; what was written may be lost: stop here");
  }

  Result<void> rename(int directory, const std::string& from, const std::string& to,
                      OnExisting on_existing) override {
    if (on_existing == OnExisting::kReplace) {
      return verdict(renameat(directory, from.c_str(), directory, to.c_str()), "naming", to);
    }
    if (renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno != EINVAL && errno != ENOSYS) return verdict(-1, "naming", to);
    // A file system without RENAME_NOREPLACE: a link refuses to replace as well. A crash between
    // the two calls leaves the committed file and a partial name beside it.
    RETURN_IF_ERROR(
        verdict(linkat(directory, from.c_str(), directory, to.c_str(), 0), "naming", to));
    return verdict(unlinkat(directory, from.c_str(), 0), "removing", from);
  }

  Result<void> remove(int directory, const std::string& name) override {
    if (unlinkat(directory, name.c_str(), 0) == 0) return {};
    if (errno != EISDIR && errno != EPERM) return verdict(-1, "removing", name);
    return verdict(unlinkat(directory, name.c_str(), AT_REMOVEDIR), "removing", name);
  }

  Result<void> make_directory(int directory, const std::string& name, std::uint32_t mode) override {
    return verdict(mkdirat(directory, name.c_str(), mode), "making directory", name);
  }
};

}  // namespace

Files& system_files() {
  static SystemFiles files;
  return files;
}

}  // namespace strongroom::io
