#include "agent/cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "agent/mount_table.h"

namespace strongroom::agent {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kControlFileBytesMax = 4u << 20;  // cgroup.procs: 11 bytes a process
constexpr std::size_t kDepthMax = 64;
constexpr milliseconds kDestructorBound{5'000};

struct Place {
  std::string directory;
  std::string membership;
};

bool is_good_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Result<Place> place_of(std::string_view name) {
  if (!is_good_name(name)) {
    return fail(ErrorCode::kUsage,
                "a cgroup's name is 1 to 64 of a-z, 0-9 and '-', not: " + printable(name));
  }
  ASSIGN_OR_RETURN(const std::vector<MountRow> rows, read_mount_table());
  const auto row =
      std::find_if(rows.begin(), rows.end(), [](const MountRow& r) { return r.type == "cgroup2"; });
  if (row == rows.end()) {
    return fail(ErrorCode::kUnavailable,
                "no cgroup2 file system is mounted here, so a consumer's processes cannot be held "
                "together; mount one: mount -t cgroup2 none /sys/fs/cgroup");
  }
  const std::string group = fmt::format("/strongroom-{}", name);
  return Place{row->directory + group, (row->root == "/" ? "" : row->root) + group};
}

// Kernel control files take one write, whole.
Result<void> write_control(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
    return fail(code, with_errno("opening " + path, errno));
  }
  const ssize_t written = write(fd, text.data(), text.size());
  const int trouble = errno;
  close(fd);
  if (written == static_cast<ssize_t>(text.size())) return {};
  return fail(trouble == ESRCH ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
              with_errno("writing " + path, trouble));
}

// The group and those below it, deepest last. Bounded in depth; a group that goes away is skipped.
void collect_groups(const std::string& directory, std::size_t depth,
                    std::vector<std::string>& out) {
  out.push_back(directory);
  if (depth == kDepthMax) return;
  std::error_code ignored;
  for (fs::directory_iterator it(directory, ignored), end; !ignored && it != end;
       it.increment(ignored)) {
    std::error_code vanished;
    if (it->is_directory(vanished) && !it->is_symlink(vanished)) {
      collect_groups(it->path().string(), depth + 1, out);
    }
  }
}

std::vector<std::string> groups_of(const std::string& directory) {
  std::vector<std::string> groups;
  collect_groups(directory, 0, groups);
  return groups;
}

int milliseconds_until(steady_clock::time_point deadline) {
  const auto left =
      std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

// The kernel marks cgroup.events readable (POLLPRI) when "populated" changes.
Result<void> wait_until_empty(const std::string& directory, steady_clock::time_point deadline,
                              milliseconds step_max) {
  const int fd = open((directory + "/cgroup.events").c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};  // gone, so empty
  while (true) {
    std::array<char, 256> text{};
    const ssize_t got = pread(fd, text.data(), text.size(), 0);
    const bool gone = got < 0 && errno == ENODEV;
    const std::string_view events(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    if (gone || events.find("populated 0") != std::string_view::npos) {
      close(fd);
      return {};
    }
    const int wait_ms = std::min(milliseconds_until(deadline), static_cast<int>(step_max.count()));
    if (wait_ms == 0) break;
    pollfd waiting{.fd = fd, .events = POLLPRI, .revents = 0};
    if (poll(&waiting, 1, wait_ms) == 0) break;
  }
  close(fd);
  return fail(ErrorCode::kUnavailable, "processes in " + directory +
                                           " are still alive after SIGKILL (stuck in the kernel?)");
}

void signal_each(const std::string& directory) {
  for (const std::string& group : groups_of(directory)) {
    const Result<std::string> list =
        read_kernel_file(group + "/cgroup.procs", kControlFileBytesMax);
    if (!list) continue;
    const char* at = list->data();
    const char* const end = at + list->size();
    while (at != end) {
      pid_t pid = 0;
      const std::from_chars_result parsed = std::from_chars(at, end, pid);
      // 0 stands for a process of another pid namespace; it would mean our own process group.
      if (parsed.ec == std::errc{} && pid > 0) kill(pid, SIGKILL);
      at = std::find(parsed.ptr, end, '\n');
      if (at != end) ++at;
    }
  }
}

}  // namespace

Result<Cgroup> Cgroup::create(std::string_view name) {
  ASSIGN_OR_RETURN(Place place, place_of(name));
  if (mkdir(place.directory.c_str(), 0755) != 0) {
    if (errno == EEXIST) {
      return fail(
          ErrorCode::kAlreadyExists,
          place.directory + " is there already, left by an agent that died or still in use");
    }
    return fail(ErrorCode::kUnavailable,
                with_errno("making the cgroup " + place.directory, errno) +
                    "; the agent needs to run as root or have cgroups delegated to it");
  }
  return Cgroup(std::move(place.directory), std::move(place.membership));
}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : directory_(std::exchange(other.directory_, {})),
      membership_(std::exchange(other.membership_, {})) {}

Cgroup::~Cgroup() {
  if (directory_.empty()) return;
  const Result<void> killed = kill_all(kDestructorBound);
  if (killed) static_cast<void>(remove());
}

Result<void> Cgroup::add(pid_t pid) {
  return write_control(directory_ + "/cgroup.procs", std::to_string(pid));
}

Result<void> Cgroup::kill_all(milliseconds bound) {
  const steady_clock::time_point deadline = steady_clock::now() + bound;
  const Result<void> told = write_control(directory_ + "/cgroup.kill", "1");
  if (!told && told.error().code == ErrorCode::kNotFound) return kill_one_by_one(bound);
  RETURN_IF_ERROR(told);
  return wait_until_empty(directory_, deadline, bound);
}

Result<void> Cgroup::kill_one_by_one(milliseconds bound) {
  const steady_clock::time_point deadline = steady_clock::now() + bound;
  // A process may fork between being listed and being killed, so the list is read again until
  // empty.
  while (true) {
    signal_each(directory_);
    const Result<void> empty = wait_until_empty(directory_, deadline, milliseconds(20));
    if (empty || milliseconds_until(deadline) == 0) return empty;
  }
}

Result<void> Cgroup::remove() {
  std::vector<std::string> groups = groups_of(directory_);
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    if (rmdir(group->c_str()) == 0 || errno == ENOENT) continue;
    const int trouble = errno;
    return fail(trouble == EBUSY ? ErrorCode::kConflict : ErrorCode::kUnavailable,
                with_errno("removing the cgroup " + *group, trouble));
  }
  directory_.clear();
  return {};
}

Result<bool> remove_stale_cgroup(std::string_view name, milliseconds bound) {
  ASSIGN_OR_RETURN(Place place, place_of(name));
  struct stat status {};
  if (lstat(place.directory.c_str(), &status) != 0) return false;
  Cgroup stale(std::move(place.directory), std::move(place.membership));
  RETURN_IF_ERROR(stale.kill_all(bound));
  RETURN_IF_ERROR(stale.remove());
  return true;
}

bool is_in_cgroup(pid_t pid, std::string_view membership) {
  if (pid <= 0 || membership.empty()) return false;
  const Result<std::string> groups =
      read_kernel_file(fmt::format("/proc/{}/cgroup", pid), kControlFileBytesMax);
  if (!groups) return false;
  std::string_view rest = *groups;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.substr(0, 3) != "0::") continue;  // the version 2 hierarchy
    line.remove_prefix(3);
    if (line.substr(0, membership.size()) != membership) return false;
    return line.size() == membership.size() || line[membership.size()] == '/';
  }
  return false;
}

}  // namespace strongroom::agent
