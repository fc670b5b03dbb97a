#define FUSE_USE_VERSION 314
#include "agent/mount.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "agent/cgroup.h"
#include "agent/mount_cache.h"
#include "agent/mount_gate.h"
#include "agent/mount_point.h"
#include "agent/mount_table.h"
#include "agent/mount_tree.h"
#include "base/mutex.h"

namespace strongroom::agent {

namespace {

constexpr std::size_t kCachedSegmentsLeast = 4;
constexpr std::size_t kCachedSegmentsMost = 64;
constexpr int kReadAheadKib = 4096;
constexpr double kAttributeSeconds = 86'400;  // nothing changes during a lease; its end severs all
constexpr std::chrono::milliseconds kDrainBound{1'000};

class ServingMount final : public Mount {
 public:
  ServingMount(std::shared_ptr<FileSource> source, MountOptions options, MountTree tree)
      : source_(std::move(source)), options_(std::move(options)), tree_(std::move(tree)) {
    access_ = options_.access.value_or(
        MountAccess{.uid = geteuid(), .gid = getegid(), .cgroup = std::nullopt});
  }
  ~ServingMount() override { static_cast<void>(ServingMount::end()); }

  Result<void> start();
  Result<void> end() override;
  bool ended() const override { return gate_.is_closed(); }
  std::uint64_t served_bytes() const override { return served_bytes_; }
  std::uint64_t unlocked_bytes() const override { return unlocked_bytes_; }

 private:
  static ServingMount& self(fuse_req_t request) {
    return *static_cast<ServingMount*>(fuse_req_userdata(request));
  }
  static const fuse_lowlevel_ops& operations();
  static void on_init(void* user, fuse_conn_info* connection);
  static void on_lookup(fuse_req_t request, fuse_ino_t parent, const char* name);
  static void on_getattr(fuse_req_t request, fuse_ino_t number, fuse_file_info* opened);
  static void on_opendir(fuse_req_t request, fuse_ino_t number, fuse_file_info* opened);
  static void on_readdir(fuse_req_t request, fuse_ino_t number, std::size_t bytes, off_t offset,
                         fuse_file_info* opened);
  static void on_open(fuse_req_t request, fuse_ino_t number, fuse_file_info* opened);
  static void on_read(fuse_req_t request, fuse_ino_t number, std::size_t bytes, off_t offset,
                      fuse_file_info* opened);
  static void on_statfs(fuse_req_t request, fuse_ino_t number);

  struct Range {
    std::uint64_t begin;
    std::size_t bytes;
  };
  /// Pieces in at most two segments, kept in place until they have been written to the kernel.
  struct Pieces {
    std::vector<SegmentCache::Held> held;
    std::vector<iovec> parts;
  };

  Result<void> mount();
  void start_threads();
  void serve() noexcept;
  void read_ahead_further();
  [[nodiscard]] bool force_unmount();
  [[nodiscard]] int drop_cached_pages();

  [[nodiscard]] struct stat attributes_of(NodeNumber number, const Node& node) const;
  [[nodiscard]] bool may_open(fuse_req_t request, const Node& node);
  void serve_read(fuse_req_t request, const Node& node, Range range);
  [[nodiscard]] Result<Pieces> hold_pieces(const Node& node, Range range);
  [[nodiscard]] bool take_from_budget(std::size_t bytes);
  void refuse(fuse_req_t request, MountRefusal::Why why, const Node& node, Error error);

  const std::shared_ptr<FileSource> source_;
  const MountOptions options_;
  const MountTree tree_;
  MountAccess access_;
  std::string path_;
  std::unique_ptr<SegmentCache> cache_;
  std::uint64_t unlocked_bytes_ = 0;
  fuse_session* session_ = nullptr;
  int root_fd_ = -1;  ///< O_PATH: the mount itself, whatever its path leads to later
  unsigned device_minor_ = 0;
  int stop_fd_ = -1;  ///< readable once the threads are to stop
  std::vector<std::thread> threads_;
  Gate gate_;
  std::atomic<std::uint64_t> served_bytes_{0};
  std::atomic<bool> is_budget_told_{false};
  Mutex end_mutex_;
  std::optional<Result<void>> end_result_ GUARDED_BY(end_mutex_);
};

// --- starting -----------------------------------------------------------------------------------

Result<void> ServingMount::start() {
  ASSIGN_OR_RETURN(path_, free_mount_point(options_.directory));
  ASSIGN_OR_RETURN(cache_, SegmentCache::create(*source_, options_.cached_segments_max));
  unlocked_bytes_ = cache_->unlocked_bytes();
  stop_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop_fd_ < 0) return fail(ErrorCode::kUnavailable, with_errno("making an eventfd", errno));
  RETURN_IF_ERROR(mount());
  start_threads();
  root_fd_ = ::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root_fd_ < 0) {
    return fail(ErrorCode::kUnavailable, with_errno("opening the new mount at " + path_, errno));
  }
  read_ahead_further();
  return {};
}

Result<void> ServingMount::mount() {
  std::string settings = fmt::format(
      "ro,nosuid,nodev,noexec,default_permissions,fsname={},subtype=strongroom,max_read={}",
      options_.source, kSegmentBytes);
  if (access_.uid != geteuid()) settings += ",allow_other";
  fuse_args arguments = FUSE_ARGS_INIT(0, nullptr);
  bool is_ready = fuse_opt_add_arg(&arguments, "strongroom") == 0 &&
                  fuse_opt_add_arg(&arguments, "-o") == 0 &&
                  fuse_opt_add_arg(&arguments, settings.c_str()) == 0;
  if (is_ready) session_ = fuse_session_new(&arguments, &operations(), sizeof operations(), this);
  fuse_opt_free_args(&arguments);
  if (session_ == nullptr) return fail(ErrorCode::kUnavailable, "libfuse made no session");
  if (fuse_session_mount(session_, path_.c_str()) != 0) {
    fuse_session_destroy(session_);
    session_ = nullptr;
    return fail(ErrorCode::kUnavailable,
                "mounting on " + printable(path_) +
                    " by FUSE failed: /dev/fuse must be there, and this user must be root or "
                    "fusermount3 be installed (and user_allow_other set for another user's mount)");
  }
  const int fd = fuse_session_fd(session_);
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
    return fail(ErrorCode::kUnavailable, with_errno("setting up /dev/fuse", errno));
  }
  return {};
}

void ServingMount::start_threads() {
  const SignalsBlocked blocked;
  // A read holds two segments at most, so half as many threads as slots can never wait in a ring.
  for (std::size_t i = 0; i < options_.cached_segments_max / 2; ++i) {
    threads_.emplace_back([this] { serve(); });
  }
}

void ServingMount::serve() noexcept {
  fuse_buf buffer{};
  while (fuse_session_exited(session_) == 0) {
    std::array<pollfd, 2> waiting{
        {{.fd = fuse_session_fd(session_), .events = POLLIN, .revents = 0},
         {.fd = stop_fd_, .events = POLLIN, .revents = 0}}};
    if (poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[1].revents != 0) break;
    const int got = fuse_session_receive_buf(session_, &buffer);
    if (got == -EINTR || got == -EAGAIN) continue;
    if (got <= 0) break;  // unmounted
    fuse_session_process_buf(session_, &buffer);
  }
  std::free(buffer.mem);
}

// The kernel's default of 128 KiB would ask eight times for a segment. Only root may say so;
// without it reads are slower, not wrong.
void ServingMount::read_ahead_further() {
  struct stat status {};
  if (fstat(root_fd_, &status) != 0) return;
  device_minor_ = minor(status.st_dev);
  tell_kernel(
      fmt::format("/sys/class/bdi/{}:{}/read_ahead_kb", major(status.st_dev), device_minor_),
      std::to_string(kReadAheadKib));
}

// --- ending -------------------------------------------------------------------------------------

Result<void> ServingMount::end() {
  const Lock lock(end_mutex_);
  if (end_result_) return *end_result_;
  end_result_ = Result<void>();
  gate_.close(kDrainBound);
  if (session_ != nullptr) {
    // First sever, so that every waiting reader is let go and no page can come in any more, even
    // with a source that hangs; then drop the pages that are in. Where severing is not allowed (not
    // root), the closed gate keeps new pages out, and closing the device severs, further down.
    const bool is_severed = force_unmount();
    const int trouble = drop_cached_pages();
    if (trouble != 0) {
      end_result_ = fail(ErrorCode::kUnavailable,
                         with_errno("dropping the kernel's cached pages of " + path_, trouble) +
                             "; a process that holds a file open may read on: kill it");
    }
    const std::uint64_t one = 1;
    static_cast<void>(!::write(stop_fd_, &one, sizeof one));
    for (std::thread& thread : threads_) thread.join();
    if (root_fd_ >= 0) close(root_fd_);
    fuse_session_unmount(session_);
    // A child that has not yet replaced its program may hold a copy of the device.
    if (!is_severed) {
      tell_kernel(fmt::format("/sys/fs/fuse/connections/{}/abort", device_minor_), "1");
    }
    fuse_session_destroy(session_);
    session_ = nullptr;
    if (!is_severed && !free_mount_point(path_)) {
      end_result_ = fail(ErrorCode::kUnavailable,
                         printable(path_) + " is cut off but still mounted; try: fusermount3 -uz " +
                             printable(path_));
    }
  }
  if (stop_fd_ >= 0) close(stop_fd_);
  cache_.reset();
  return *end_result_;
}

// MNT_FORCE aborts the FUSE connection, MNT_DETACH takes the mount away though files are open. By
// descriptor: the path could lead elsewhere by now. False when it is not allowed or already gone.
bool ServingMount::force_unmount() {
  if (root_fd_ < 0) return false;
  const std::string itself = fmt::format("/proc/self/fd/{}", root_fd_);
  return umount2(itself.c_str(), MNT_FORCE | MNT_DETACH) == 0;
}

// Works on a severed connection too. Returns errno of the first failure, 0 for none.
int ServingMount::drop_cached_pages() {
  int first_trouble = 0;
  for (NodeNumber number = kRootNode; number <= tree_.last(); ++number) {
    const int result = fuse_lowlevel_notify_inval_inode(session_, number, 0, 0);
    // ENOENT: the kernel does not know this file (never asked for, or forgotten).
    if (result != 0 && result != -ENOENT && first_trouble == 0) first_trouble = -result;
  }
  return first_trouble;
}

// --- answering the kernel -----------------------------------------------------------------------

const fuse_lowlevel_ops& ServingMount::operations() {
  static const fuse_lowlevel_ops all = [] {
    fuse_lowlevel_ops ops{};
    ops.init = &on_init;
    ops.lookup = &on_lookup;
    ops.getattr = &on_getattr;
    ops.opendir = &on_opendir;
    ops.readdir = &on_readdir;
    ops.open = &on_open;
    ops.read = &on_read;
    ops.statfs = &on_statfs;
    return ops;
  }();
  return all;
}

void ServingMount::on_init(void*, fuse_conn_info* connection) {
  connection->max_read = kSegmentBytes;
  connection->max_readahead = std::uint32_t{kReadAheadKib} * 1024;
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
}

struct stat ServingMount::attributes_of(NodeNumber number, const Node& node) const {
  struct stat status {};
  status.st_ino = number;
  status.st_uid = access_.uid;
  status.st_gid = access_.gid;
  status.st_mode = node.file ? S_IFREG | 0400 : S_IFDIR | 0500;
  status.st_nlink = node.file ? 1 : 2;
  status.st_size = static_cast<off_t>(node.bytes);
  status.st_blocks = static_cast<blkcnt_t>((node.bytes + 511) / 512);
  status.st_blksize = kSegmentBytes;
  return status;
}

void ServingMount::on_lookup(fuse_req_t request, fuse_ino_t parent, const char* name) {
  const ServingMount& mount = self(request);
  fuse_entry_param entry{};
  entry.attr_timeout = kAttributeSeconds;
  entry.entry_timeout = kAttributeSeconds;
  const std::optional<NodeNumber> number = mount.tree_.child(parent, name);
  if (number) {
    entry.ino = *number;
    entry.attr = mount.attributes_of(*number, *mount.tree_.find(*number));
  }
  fuse_reply_entry(request, &entry);  // number 0: not there, and may be remembered so
}

void ServingMount::on_getattr(fuse_req_t request, fuse_ino_t number, fuse_file_info*) {
  const ServingMount& mount = self(request);
  const Node* const node = mount.tree_.find(number);
  if (node == nullptr) {
    fuse_reply_err(request, ENOENT);
    return;
  }
  const struct stat status = mount.attributes_of(number, *node);
  fuse_reply_attr(request, &status, kAttributeSeconds);
}

void ServingMount::on_opendir(fuse_req_t request, fuse_ino_t number, fuse_file_info* opened) {
  ServingMount& mount = self(request);
  const Node* const node = mount.tree_.find(number);
  if (node == nullptr || node->file) {
    fuse_reply_err(request, ENOTDIR);
  } else if (mount.may_open(request, *node)) {
    fuse_reply_open(request, opened);
  }
}

// An entry's offset is where to go on after it: 1 after ".", 2 after "..", 2 + number after a
// child.
void ServingMount::on_readdir(fuse_req_t request, fuse_ino_t number, std::size_t bytes,
                              off_t offset, fuse_file_info*) {
  const ServingMount& mount = self(request);
  const Node* const folder = mount.tree_.find(number);
  if (folder == nullptr || folder->file || offset < 0) {
    fuse_reply_err(request, ENOTDIR);
    return;
  }
  std::vector<char> text(std::min(bytes, kSegmentBytes));
  std::size_t used = 0;
  const auto add = [&](const std::string& name, NodeNumber of, off_t next) {
    const struct stat status = mount.attributes_of(of, *mount.tree_.find(of));
    const std::size_t wanted = fuse_add_direntry(request, text.data() + used, text.size() - used,
                                                 name.c_str(), &status, next);
    const bool fits = wanted <= text.size() - used;
    if (fits) used += wanted;
    return fits;
  };
  bool has_room = true;
  if (offset < 1) has_room = add(".", number, 1);
  if (offset < 2 && has_room) has_room = add("..", folder->parent, 2);
  auto entry = folder->children.begin();
  if (offset > 2) {
    const Node* const last = mount.tree_.find(static_cast<NodeNumber>(offset - 2));
    entry = last == nullptr ? folder->children.end() : folder->children.upper_bound(last->name);
  }
  for (; has_room && entry != folder->children.end(); ++entry) {
    has_room = add(entry->first, entry->second, static_cast<off_t>(entry->second) + 2);
  }
  fuse_reply_buf(request, text.data(), used);
}

bool ServingMount::may_open(fuse_req_t request, const Node& node) {
  if (gate_.is_closed()) {
    fuse_reply_err(request, EIO);
    return false;
  }
  const fuse_ctx& caller = *fuse_req_ctx(request);
  const bool is_allowed =
      access_.cgroup ? is_in_cgroup(caller.pid, *access_.cgroup) : caller.uid == access_.uid;
  if (is_allowed) return true;
  refuse(request, MountRefusal::Why::kNotAllowed, node,
         {ErrorCode::kRefused, fmt::format("process {} of uid {} is not what this lease is for",
                                           caller.pid, caller.uid)});
  return false;
}

void ServingMount::on_open(fuse_req_t request, fuse_ino_t number, fuse_file_info* opened) {
  ServingMount& mount = self(request);
  const Node* const node = mount.tree_.find(number);
  if (node == nullptr || !node->file) {
    fuse_reply_err(request, EISDIR);
  } else if ((opened->flags & O_ACCMODE) != O_RDONLY) {
    fuse_reply_err(request, EROFS);
  } else if (mount.may_open(request, *node)) {
    opened->keep_cache = 1;  // nothing changes during a lease
    opened->noflush = 1;
    fuse_reply_open(request, opened);
  }
}

void ServingMount::on_statfs(fuse_req_t request, fuse_ino_t) {
  const ServingMount& mount = self(request);
  struct statvfs status {};
  status.f_bsize = kSegmentBytes;
  status.f_frsize = kSegmentBytes;
  status.f_namemax = 255;
  status.f_files = mount.tree_.last();
  for (const SourceFile& file : mount.source_->files()) {
    status.f_blocks += (file.bytes + kSegmentBytes - 1) / kSegmentBytes;
  }
  fuse_reply_statfs(request, &status);
}

void ServingMount::on_read(fuse_req_t request, fuse_ino_t number, std::size_t bytes, off_t offset,
                           fuse_file_info*) {
  ServingMount& mount = self(request);
  const Node* const node = mount.tree_.find(number);
  const Visit visit(mount.gate_);
  if (node == nullptr || !node->file || offset < 0 || !visit.is_in() || bytes > kSegmentBytes) {
    fuse_reply_err(request, EIO);
    return;
  }
  const std::uint64_t begin = std::min(static_cast<std::uint64_t>(offset), node->bytes);
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, node->bytes - begin));
  if (wanted == 0) {
    fuse_reply_buf(request, nullptr, 0);
    return;
  }
  mount.serve_read(request, *node, {begin, wanted});
}

void ServingMount::serve_read(fuse_req_t request, const Node& node, Range range) {
  if (!take_from_budget(range.bytes)) {
    if (is_budget_told_.exchange(true)) {
      fuse_reply_err(request, EIO);
      return;
    }
    refuse(request, MountRefusal::Why::kBudgetSpent, node,
           {ErrorCode::kExpired,
            fmt::format("the lease's budget of {} bytes is spent", options_.byte_budget)});
    return;
  }
  const Result<Pieces> pieces = hold_pieces(node, range);
  if (!pieces || gate_.is_closed()) {
    served_bytes_ -= range.bytes;
    if (pieces) {
      fuse_reply_err(request, EIO);
    } else {
      refuse(request, MountRefusal::Why::kUnreadable, node, pieces.error());
    }
    return;
  }
  fuse_reply_iov(request, pieces->parts.data(), static_cast<int>(pieces->parts.size()));
}

Result<ServingMount::Pieces> ServingMount::hold_pieces(const Node& node, Range range) {
  Pieces pieces;
  while (range.bytes > 0) {
    const std::uint64_t segment = range.begin / kSegmentBytes;
    const std::uint64_t segment_begin = segment * kSegmentBytes;
    const auto segment_bytes = static_cast<std::size_t>(
        std::min<std::uint64_t>(kSegmentBytes, node.bytes - segment_begin));
    ASSIGN_OR_RETURN(SegmentCache::Held held,
                     cache_->hold({.file = *node.file, .segment = segment}, segment_bytes));
    const auto skipped = static_cast<std::size_t>(range.begin - segment_begin);
    const std::size_t part_bytes = std::min(range.bytes, segment_bytes - skipped);
    // writev takes a non-const pointer and does not write through it.
    pieces.parts.push_back({.iov_base = const_cast<std::uint8_t*>(held.bytes().data() + skipped),
                            .iov_len = part_bytes});
    pieces.held.push_back(std::move(held));
    range = {range.begin + part_bytes, range.bytes - part_bytes};
  }
  return pieces;
}

bool ServingMount::take_from_budget(std::size_t bytes) {
  std::uint64_t served = served_bytes_;
  do {
    if (bytes > options_.byte_budget || served > options_.byte_budget - bytes) return false;
  } while (!served_bytes_.compare_exchange_weak(served, served + bytes));
  return true;
}

void ServingMount::refuse(fuse_req_t request, MountRefusal::Why why, const Node& node,
                          Error error) {
  const pid_t pid = fuse_req_ctx(request)->pid;
  fuse_reply_err(request, why == MountRefusal::Why::kNotAllowed ? EACCES : EIO);
  if (!options_.on_refusal) return;
  options_.on_refusal({.why = why,
                       .file = node.file ? source_->files()[*node.file].name : std::string(),
                       .pid = pid,
                       .error = std::move(error)});
}

}  // namespace

Result<std::unique_ptr<Mount>> Mount::open(std::shared_ptr<FileSource> source,
                                           MountOptions options) {
  if (options.cached_segments_max < kCachedSegmentsLeast ||
      options.cached_segments_max > kCachedSegmentsMost) {
    return fail(ErrorCode::kUsage,
                fmt::format("a mount holds {} to {} segments, not {}", kCachedSegmentsLeast,
                            kCachedSegmentsMost, options.cached_segments_max));
  }
  ASSIGN_OR_RETURN(MountTree tree, MountTree::build(source->files()));
  auto mount =
      std::make_unique<ServingMount>(std::move(source), std::move(options), std::move(tree));
  RETURN_IF_ERROR(mount->start());
  return std::unique_ptr<Mount>(std::move(mount));
}

}  // namespace strongroom::agent
