#ifndef STRONGROOM_AGENT_MOUNT_H_
#define STRONGROOM_AGENT_MOUNT_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "agent/file_source.h"
#include "base/result.h"

namespace strongroom::agent {

/// Something a consumer wanted and did not get.
struct MountRefusal {
  enum class Why {
    kNotAllowed,   ///< opening, by a process that the lease is not for: EACCES
    kUnreadable,   ///< a segment does not check or cannot be read: EIO
    kBudgetSpent,  ///< the byte budget does not cover it: EIO; told once per mount
  };
  Why why = Why::kNotAllowed;
  std::string file;  ///< its name; empty for a folder
  pid_t pid = 0;     ///< thread that asked; 0 when the kernel does not say
  Error error;
};

/// Who may open files. Without a cgroup: processes of this uid alone, root included in the refusal.
/// With one: processes in it (or below it) that the file modes let in, which is the owner and root.
struct MountAccess {
  uid_t uid = 0;  ///< owns the files (modes 0400, folders 0500)
  gid_t gid = 0;
  std::optional<std::string> cgroup;  ///< as Cgroup::membership() gives it
};

struct MountOptions {
  std::string directory;  ///< exists and is empty
  /// Absent: the uid and gid of this process. Another uid makes the mount visible to others
  /// (allow_other), which the kernel lets root do.
  std::optional<MountAccess> access;
  /// Whose mount it is, in the mount table: printable ASCII without comma or space.
  std::string source = "strongroom";
  /// Plaintext bytes that may go to the kernel, read-ahead and repeats after eviction included.
  std::uint64_t byte_budget = std::numeric_limits<std::uint64_t>::max();
  /// Decrypted segments held at once, in MiB; 4..64. Half as many reads are served side by side.
  std::size_t cached_segments_max = 8;
  /// Called on a serving thread with no lock held; quick, thread-safe, must not call end().
  std::function<void(const MountRefusal&)> on_refusal;
};

/// A FileSource as a read-only directory (FUSE; nosuid, nodev, noexec), until end(). mmap works.
/// Thread-safe.
class Mount {
 public:
  /// Errors: kMalformed for names that make no tree, kUsage for the options, kConflict for a
  /// directory that is not empty or is mounted on, kNotFound, kUnavailable where FUSE cannot be
  /// had.
  [[nodiscard]] static Result<std::unique_ptr<Mount>> open(std::shared_ptr<FileSource> source,
                                                           MountOptions options);
  virtual ~Mount() = default;  ///< ends it
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

  /// Ends the lease on the plaintext: waiting and later reads fail (EIO, then ENOTCONN), mapped
  /// pages give SIGBUS, the kernel's cached pages are dropped, the directory is empty again, the
  /// decrypted segments are wiped. Readers are let go first; then it waits for read_segment calls
  /// still running. Idempotent: a second caller waits for the first and gets its answer. What a
  /// consumer copied (a private page it wrote to, a pipe) dies with the consumer only: kill it
  /// first. Errors: kUnavailable when the kernel kept something; the text says what.
  virtual Result<void> end() = 0;

  [[nodiscard]] virtual bool ended() const = 0;
  /// Plaintext bytes given to the kernel so far.
  [[nodiscard]] virtual std::uint64_t served_bytes() const = 0;
  /// Bytes of the segment cache that could not be locked in memory (RLIMIT_MEMLOCK); 0 is good.
  [[nodiscard]] virtual std::uint64_t unlocked_bytes() const = 0;

 protected:
  Mount() = default;
};

/// Clears away a mount of ours whose serving process has died; true if there was one. Pages that a
/// process still maps or holds open stay with it: kill its cgroup first (remove_stale_cgroup).
/// Errors: kConflict for a mount that is alive or not ours, kUnavailable without the permission.
[[nodiscard]] Result<bool> detach_stale_mount(const std::string& directory);

/// The same for every mount that calls itself `source` (MountOptions); one that is served
/// stays. Looking at one that is served by a stopped process waits for it. Gives how many. Errors:
/// kUnavailable.
[[nodiscard]] Result<std::size_t> detach_stale_mounts_of(std::string_view source);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_MOUNT_H_
