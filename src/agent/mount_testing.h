#ifndef STRONGROOM_AGENT_MOUNT_TESTING_H_
#define STRONGROOM_AGENT_MOUNT_TESTING_H_

// For tests only: a source in memory, and children that are waited for with a bound.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>

#include "agent/file_source.h"
#include "agent/mount.h"

namespace strongroom::agent::testing {

inline constexpr std::size_t kMiB = kSegmentBytes;

/// What byte `at` of file `file` holds: differs between files, segments and pages.
inline std::uint8_t content_at(std::size_t file, std::uint64_t at) {
  return static_cast<std::uint8_t>((at * 2654435761u >> 7) + at / 4096 + file * 101 + 1);
}

class MemorySource final : public FileSource {
 public:
  explicit MemorySource(std::vector<SourceFile> files) : files_(std::move(files)) {}
  const std::vector<SourceFile>& files() const override { return files_; }
  Result<void> read_segment(SegmentPlace place, MutableByteView out) override {
    ++reads_;
    std::unique_lock lock(mutex_);
    if (is_stuck_) {
      is_waiting_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return !is_stuck_; });
    }
    if (corrupt_ == place) return fail(ErrorCode::kNotAuthentic, "a segment does not check");
    lock.unlock();
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = content_at(place.file, place.segment * kSegmentBytes + i);
    }
    return {};
  }
  void corrupt(SegmentPlace place) {
    const std::lock_guard lock(mutex_);
    corrupt_ = place;
  }
  /// Reads hang from now on, or are let go.
  void set_stuck(bool is_stuck) {
    const std::lock_guard lock(mutex_);
    is_stuck_ = is_stuck;
    changed_.notify_all();
  }
  void wait_until_somebody_hangs() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_waiting_; });
  }
  std::size_t reads() const { return reads_; }

 private:
  const std::vector<SourceFile> files_;
  std::atomic<std::size_t> reads_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<SegmentPlace> corrupt_;
  bool is_stuck_ = false;
  bool is_waiting_ = false;
};

/// An empty directory that anyone may pass through, removed at the end.
class EmptyDirectory {
 public:
  EmptyDirectory() {
    std::string name =
        (std::filesystem::temp_directory_path() / "strongroom-mount-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    EXPECT_EQ(chmod(name.c_str(), 0755), 0);
    path_ = std::filesystem::canonical(name).string();
  }
  ~EmptyDirectory() { rmdir(path_.c_str()); }
  EmptyDirectory(const EmptyDirectory&) = delete;
  EmptyDirectory& operator=(const EmptyDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A child process and a line each way. What it runs must only make system calls and return the
/// exit status: it is a fork of a program with threads.
class Child {
 public:
  /// In the child: tells the parent, and waits until the parent says go on.
  class Line {
   public:
    Line(int from_parent, int to_parent) : from_parent_(from_parent), to_parent_(to_parent) {}
    void tell(char what = '.') const { static_cast<void>(!write(to_parent_, &what, 1)); }
    void wait() const {
      char what = 0;
      if (read(from_parent_, &what, 1) != 1) _exit(99);
    }

   private:
    int from_parent_;
    int to_parent_;
  };

  template <class Run>
  explicit Child(Run&& run) {
    std::array<int, 2> down{};
    std::array<int, 2> up{};
    EXPECT_EQ(pipe2(down.data(), O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(up.data(), O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      close(down[1]);
      close(up[0]);
      signal(SIGBUS, SIG_DFL);  // sanitizers report it otherwise
      _exit(run(Line(down[0], up[1])));
    }
    close(down[0]);
    close(up[1]);
    to_child_ = down[1];
    from_child_ = up[0];
  }
  ~Child() {
    if (!is_reaped_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(to_child_);
    close(from_child_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void go_on() const { EXPECT_EQ(write(to_child_, ".", 1), 1); }
  /// What it told; 0 when it told nothing within the bound.
  char told() const {
    pollfd waiting{.fd = from_child_, .events = POLLIN, .revents = 0};
    char what = 0;
    if (poll(&waiting, 1, kBoundMs) != 1 || read(from_child_, &what, 1) != 1) return 0;
    return what;
  }
  /// The wait status; nothing when it has not ended within the bound, that is, hangs.
  std::optional<int> status() {
    const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    const bool has_ended = fd >= 0 && poll(&waiting, 1, kBoundMs) == 1;
    close(fd);
    if (!has_ended) return std::nullopt;
    int status = 0;
    if (waitpid(pid_, &status, 0) != pid_) return std::nullopt;
    is_reaped_ = true;
    return status;
  }
  /// Its exit status; -signal when a signal ended it, -1000 when it hangs.
  int outcome() {
    const std::optional<int> how = status();
    if (!how) return -1000;
    return WIFEXITED(*how) ? WEXITSTATUS(*how) : -WTERMSIG(*how);
  }

 private:
  static constexpr int kBoundMs = 30'000;
  pid_t pid_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  bool is_reaped_ = false;
};

/// errno of opening `path` for reading, 0 when it opens. Only system calls.
inline int error_of_opening(const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  close(fd);
  return 0;
}

inline bool can_mount() { return geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0; }

/// Tests that mount. Skipped where that cannot be done.
class MountTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!can_mount()) GTEST_SKIP() << "needs root and /dev/fuse";
  }
  void mount(std::vector<SourceFile> files, MountOptions options = {}) {
    source_ = std::make_shared<MemorySource>(std::move(files));
    options.directory = directory_.path();
    Result<std::unique_ptr<Mount>> mounted = Mount::open(source_, std::move(options));
    ASSERT_TRUE(mounted) << mounted.error().context;
    mount_ = std::move(*mounted);
  }
  std::string at(std::string_view name) const {
    return directory_.path() + "/" + std::string(name);
  }

  EmptyDirectory directory_;
  std::shared_ptr<MemorySource> source_;
  std::unique_ptr<Mount> mount_;
};

}  // namespace strongroom::agent::testing

#endif  // STRONGROOM_AGENT_MOUNT_TESTING_H_
