// Preloaded into our programs by tests/crash: stands between them (and SQLite, which knows nothing
// of src/io) and the kernel at every call that changes the disk or sends. It counts those calls,
// writes them down in one journal for all programs of a lab, and at one chosen call kills the
// process, or has the call fail. What is chosen stands in a page that the tests share with every
// program (Control); tests/crash/points.py is its other side. Calls the kernel directly, so that it
// needs nothing from the library that it stands in front of. Linux, x86-64 or arm64.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <string_view>

namespace {

enum Call : std::uint8_t { kCreate, kWrite, kTruncate, kSync, kRename, kRemove, kMake, kSend };
enum Action : std::uint32_t { kNothing, kKill, kFailOnce, kFailFromThere, kStorm };

/// The page shared with the tests. Python packs it as "<IIIIiIII64s192s256s256s".
struct Control {
  std::atomic<std::uint32_t> armed;    // points are counted and written down
  std::uint32_t action;                // of Action
  std::uint32_t call;                  // of Call: the chosen point is this call ...
  std::uint32_t occurrence;            // ... the so-manieth (from 0) of `program` on `kind`
  std::int32_t error;                  // errno of a failure
  std::atomic<std::uint32_t> matched;  // calls that were like the chosen one so far
  std::atomic<std::uint32_t> hit;      // the chosen point was reached
  std::atomic<std::uint32_t> sequence;
  std::array<char, 64> program;
  std::array<char, 192> kind;
  std::array<char, 256> root;     // only what lies beneath it counts
  std::array<char, 256> journal;  // file, open for appending by all
};

/// One line of the journal, before its texts and bytes.
struct Record {
  std::uint32_t bytes;  // of all of it
  std::uint32_t sequence;
  std::int32_t process;
  std::int32_t error;
  std::uint64_t inode;      // of the file, or of the directory that is synced or made
  std::uint64_t directory;  // in which a name changes
  std::int64_t offset;      // of a write; the new length
  std::uint8_t call;
  std::uint8_t program_bytes;
  std::uint16_t path_bytes;
  std::uint16_t other_bytes;
  std::uint16_t kind_bytes;
};
static_assert(sizeof(Record) == 48);

Control* control = nullptr;
int journal = -1;
std::string* program = nullptr;
std::string* root = nullptr;
std::recursive_mutex* turn = nullptr;

template <class... Arguments>
long kernel(long number, Arguments... arguments) {
  return syscall(number, arguments...);
}

std::string target_of(const std::string& link) {
  std::array<char, PATH_MAX> path{};
  const long length = kernel(SYS_readlinkat, AT_FDCWD, link.c_str(), path.data(), path.size() - 1);
  std::string target(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  constexpr std::string_view kGone = " (deleted)";
  if (target.ends_with(kGone)) target.resize(target.size() - kGone.size());
  return target;
}

std::string path_of(int fd) { return target_of("/proc/self/fd/" + std::to_string(fd)); }

std::string path_at(int directory, const char* name) {
  if (name[0] == '/') return name;
  return (directory == AT_FDCWD ? target_of("/proc/self/cwd") : path_of(directory)) + "/" + name;
}

std::uint64_t inode_of(const std::string& path) {
  struct stat found {};
  return kernel(SYS_newfstatat, AT_FDCWD, path.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0
             ? found.st_ino
             : 0;
}
std::uint64_t inode_of(int fd) {
  struct stat found {};
  return kernel(SYS_fstat, fd, &found) == 0 ? found.st_ino : 0;
}
std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

/// The place without what differs from run to run: ids and numbers become '#'.
std::string kind_of(std::string_view path) {
  std::string kind;
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = at;
    while (end < path.size() && is_hex(path[end])) ++end;
    const bool id = end - at >= 16;
    if (!id) {
      end = at;
      while (end < path.size() && path[end] >= '0' && path[end] <= '9') ++end;
    }
    if (end > at) {
      kind += '#';
      at = end;
    } else {
      kind += path[at++];
    }
  }
  return kind;
}

/// What a call is about. Paths are relative to the root.
struct Point {
  Call call;
  std::string path;
  std::string other = {};
  std::uint64_t inode = 0;
  std::uint64_t directory = 0;
  std::int64_t offset = 0;
  const void* data = nullptr;
  std::size_t size = 0;
};

bool beneath_root(std::string& path) {
  if (!path.starts_with(*root)) return false;
  path.erase(0, root->size());
  return true;
}

/// Held from before the call until it is written down, over all programs: the journal's order is
/// the order in which the disk saw the calls.
class Turn {
 public:
  Turn() {
    turn->lock();
    while (kernel(SYS_flock, journal, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~Turn() {
    kernel(SYS_flock, journal, LOCK_UN);
    turn->unlock();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
};

bool counts() {
  if (control == nullptr || control->armed.load() == 0) return false;
  // Opened once counting begins, so that each program has a file description of its own to lock.
  if (journal < 0) {
    const long fd =
        kernel(SYS_openat, AT_FDCWD, control->journal.data(), O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (fd < 0) return false;
    journal = static_cast<int>(kernel(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 500));
    kernel(SYS_close, fd);
  }
  return true;
}

void write_down(const Point& point, const std::string& kind, long result, int error) {
  Record record{};
  record.sequence = control->sequence.fetch_add(1);
  record.process = static_cast<std::int32_t>(getpid());
  record.error = result < 0 ? error : 0;
  record.inode = point.inode;
  record.directory = point.directory;
  record.offset = point.offset;
  record.call = point.call;
  record.program_bytes = static_cast<std::uint8_t>(program->size());
  record.path_bytes = static_cast<std::uint16_t>(point.path.size());
  record.other_bytes = static_cast<std::uint16_t>(point.other.size());
  record.kind_bytes = static_cast<std::uint16_t>(kind.size());
  const bool has_bytes = point.call == kWrite && result > 0;
  const std::size_t size = has_bytes ? static_cast<std::size_t>(result) : 0;
  std::string text(reinterpret_cast<const char*>(&record), sizeof record);
  text += *program + point.path + point.other + kind;
  if (has_bytes) text.append(static_cast<const char*>(point.data), size);
  const auto bytes = static_cast<std::uint32_t>(text.size());
  std::memcpy(text.data(), &bytes, sizeof bytes);
  kernel(SYS_write, journal, text.data(), text.size());
}

[[noreturn]] void die() {
  for (;;) kernel(SYS_kill, getpid(), SIGKILL);
}

bool is_chosen(const Point& point, const std::string& kind) {
  if (control->action == kNothing || control->action == kStorm) return false;
  if (*program != control->program.data()) return false;
  if (control->action == kFailFromThere && control->hit.load() != 0) {
    // The disk stays full: whatever needs room fails, wherever it is.
    return point.call == kCreate || point.call == kWrite || point.call == kMake;
  }
  if (point.call != control->call || kind != control->kind.data()) return false;
  return control->matched.fetch_add(1) == control->occurrence;
}

/// `perform(size)` makes the call with so many bytes of its data.
template <class Perform>
long at(Point point, Perform perform) {
  if (!beneath_root(point.path) && point.call != kSend) return perform(point.size);
  if (!point.other.empty()) beneath_root(point.other);
  const std::string kind = kind_of(point.path);
  const Turn held;
  long result = 0;
  if (is_chosen(point, kind)) {
    control->hit.store(1);
    if (control->action == kKill) {
      // A write that the power cut short leaves its first half.
      if (point.call == kWrite && point.size > 1) {
        result = perform(point.size / 2);
        write_down(point, kind, result, errno);
      }
      die();
    }
    result = -1;
    errno = control->error;
  } else if (control->action == kStorm && point.call == kWrite && point.size > 1) {
    result = perform(point.size / 2 + 1);
  } else {
    result = perform(point.size);
  }
  const int error = errno;
  if (point.call == kCreate || point.call == kMake) point.inode = inode_of(*root + point.path);
  write_down(point, kind, result, error);
  errno = error;
  return result;
}

/// Every second write to a file is interrupted before it is made.
bool interrupted(int fd) {
  if (control->action != kStorm) return false;
  thread_local int last = -1;
  if (last == fd) {
    last = -1;
    return false;
  }
  last = fd;
  errno = EINTR;
  return true;
}

long written(int fd, const void* data, std::size_t size, std::int64_t offset, bool at_offset) {
  const auto perform = [&](std::size_t part) {
    return at_offset ? kernel(SYS_pwrite64, fd, data, part, offset)
                     : kernel(SYS_write, fd, data, part);
  };
  if (!counts()) return perform(size);
  std::string path = path_of(fd);
  if (path.starts_with("socket:")) {
    return at({.call = kSend, .path = "socket", .size = size}, perform);
  }
  if (!path.starts_with(*root)) return perform(size);
  if (interrupted(fd)) return -1;
  const std::int64_t where = at_offset ? offset : kernel(SYS_lseek, fd, 0, SEEK_CUR);
  return at({.call = kWrite,
             .path = std::move(path),
             .inode = inode_of(fd),
             .offset = where,
             .data = data,
             .size = size},
            perform);
}

int synced(int fd, long number) {
  const auto perform = [&](std::size_t) { return kernel(number, fd); };
  if (!counts()) return static_cast<int>(perform(0));
  return static_cast<int>(at({.call = kSync, .path = path_of(fd), .inode = inode_of(fd)}, perform));
}

int opened(int directory, const char* name, int flags, unsigned mode) {
  const auto perform = [&](std::size_t) {
    return kernel(SYS_openat, directory, name, flags, mode);
  };
  if ((flags & O_CREAT) == 0 || !counts()) return static_cast<int>(perform(0));
  std::string path = path_at(directory, name);
  if (inode_of(path) != 0) return static_cast<int>(perform(0));  // nothing is made
  const std::uint64_t folder = inode_of(folder_of(path));
  return static_cast<int>(
      at({.call = kCreate, .path = std::move(path), .directory = folder}, perform));
}

int renamed(int from_directory, const char* from, int to_directory, const char* to,
            unsigned flags) {
  const auto perform = [&](std::size_t) {
    return kernel(SYS_renameat2, from_directory, from, to_directory, to, flags);
  };
  if (!counts()) return static_cast<int>(perform(0));
  std::string path = path_at(from_directory, from);
  const std::uint64_t inode = inode_of(path);
  const std::uint64_t folder = inode_of(folder_of(path));
  return static_cast<int>(at({.call = kRename,
                              .path = std::move(path),
                              .other = path_at(to_directory, to),
                              .inode = inode,
                              .directory = folder},
                             perform));
}

int removed(int directory, const char* name, int flags) {
  const auto perform = [&](std::size_t) { return kernel(SYS_unlinkat, directory, name, flags); };
  if (!counts()) return static_cast<int>(perform(0));
  std::string path = path_at(directory, name);
  const std::uint64_t inode = inode_of(path);
  const std::uint64_t folder = inode_of(folder_of(path));
  return static_cast<int>(
      at({.call = kRemove, .path = std::move(path), .inode = inode, .directory = folder}, perform));
}

int made(int directory, const char* name, unsigned mode) {
  const auto perform = [&](std::size_t) { return kernel(SYS_mkdirat, directory, name, mode); };
  if (!counts()) return static_cast<int>(perform(0));
  std::string path = path_at(directory, name);
  const std::uint64_t folder = inode_of(folder_of(path));
  return static_cast<int>(
      at({.call = kMake, .path = std::move(path), .directory = folder}, perform));
}

int truncated(int fd, std::int64_t length) {
  const auto perform = [&](std::size_t) { return kernel(SYS_ftruncate, fd, length); };
  if (!counts()) return static_cast<int>(perform(0));
  return static_cast<int>(at(
      {.call = kTruncate, .path = path_of(fd), .inode = inode_of(fd), .offset = length}, perform));
}

template <class Perform>
long sent(Perform perform) {
  if (!counts()) return perform(0);
  return at({.call = kSend, .path = "socket"}, perform);
}

unsigned mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, unsigned) : 0;
}

__attribute__((constructor)) void begin() {
  const char* page = std::getenv("STRONGROOM_CRASH_CONTROL");
  const std::string own = target_of("/proc/self/exe");
  const std::string name = own.substr(own.rfind('/') + 1);
  if (page == nullptr || !name.starts_with("strongroom")) return;
  const long fd = kernel(SYS_openat, AT_FDCWD, page, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  void* const mapped =
      mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(fd), 0);
  kernel(SYS_close, fd);
  if (mapped == MAP_FAILED) return;
  program = new std::string(name);
  turn = new std::recursive_mutex;
  root = new std::string(static_cast<Control*>(mapped)->root.data());
  control = static_cast<Control*>(mapped);
}

}  // namespace

// The names that programs call. Each gives what the library's own would.
extern "C" {
ssize_t write(int fd, const void* data, std::size_t size) {
  return written(fd, data, size, 0, false);
}
ssize_t pwrite(int fd, const void* data, std::size_t size, off_t offset) {
  return written(fd, data, size, offset, true);
}
ssize_t pwrite64(int fd, const void* data, std::size_t size, off64_t offset) {
  return written(fd, data, size, offset, true);
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }
int ftruncate(int fd, off_t length) noexcept { return truncated(fd, length); }
int ftruncate64(int fd, off64_t length) noexcept { return truncated(fd, length); }
int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = mode_of(flags, arguments);
  va_end(arguments);
  return opened(AT_FDCWD, name, flags, mode);
}
int open64(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = mode_of(flags, arguments);
  va_end(arguments);
  return opened(AT_FDCWD, name, flags, mode);
}
int openat(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = mode_of(flags, arguments);
  va_end(arguments);
  return opened(directory, name, flags, mode);
}
int openat64(int directory, const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const unsigned mode = mode_of(flags, arguments);
  va_end(arguments);
  return opened(directory, name, flags, mode);
}
int rename(const char* from, const char* to) noexcept {
  return renamed(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat(int from_directory, const char* from, int to_directory, const char* to) noexcept {
  return renamed(from_directory, from, to_directory, to, 0);
}
int renameat2(int from_directory, const char* from, int to_directory, const char* to,
              unsigned flags) noexcept {
  return renamed(from_directory, from, to_directory, to, flags);
}
int unlink(const char* name) noexcept { return removed(AT_FDCWD, name, 0); }
int rmdir(const char* name) noexcept { return removed(AT_FDCWD, name, AT_REMOVEDIR); }
int unlinkat(int directory, const char* name, int flags) noexcept {
  return removed(directory, name, flags);
}
int mkdir(const char* name, mode_t mode) noexcept { return made(AT_FDCWD, name, mode); }
int mkdirat(int directory, const char* name, mode_t mode) noexcept {
  return made(directory, name, mode);
}
ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  return sent([&](std::size_t) { return kernel(SYS_sendto, fd, data, size, flags, nullptr, 0); });
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  return sent([&](std::size_t) { return kernel(SYS_sendmsg, fd, message, flags); });
}
}
