#include "io/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "io/descriptor.h"

namespace strongroom::io {

namespace {

// Everything but reading, as the first Landlock knew it: every later kernel knows these too.
constexpr std::uint64_t kChanges =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t kKeeping =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;

Result<bool> confine_files(const std::vector<std::string>& writable) {
  const landlock_ruleset_attr attributes{.handled_access_fs = kChanges};
  const Descriptor rules(
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  if (!rules.is_open()) return false;
  for (const std::string& path : writable) {
    const Descriptor directory(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) return tl::unexpected<Error>(error_of(errno, "opening " + path));
    const landlock_path_beneath_attr beneath{.allowed_access = kKeeping,
                                             .parent_fd = directory.number()};
    if (syscall(SYS_landlock_add_rule, rules.number(), LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) !=
        0)
      return fail(ErrorCode::kUnavailable, "this kernel takes no exception for " + path);
  }
  return syscall(SYS_landlock_restrict_self, rules.number(), 0) == 0;
}

#ifdef STRONGROOM_SANITIZED
// The leak checker looks into its own threads with ptrace at the end.
constexpr std::array kRefused = {SCMP_SYS(execve), SCMP_SYS(execveat),
                                 SCMP_SYS(socket), SCMP_SYS(socketpair),
                                 SCMP_SYS(bpf),    SCMP_SYS(io_uring_setup)};
#else
constexpr std::array kRefused = {SCMP_SYS(execve),
                                 SCMP_SYS(execveat),
                                 SCMP_SYS(socket),
                                 SCMP_SYS(socketpair),
                                 SCMP_SYS(bpf),
                                 SCMP_SYS(io_uring_setup),
                                 SCMP_SYS(ptrace),
                                 SCMP_SYS(process_vm_readv),
                                 SCMP_SYS(process_vm_writev),
                                 SCMP_SYS(pidfd_getfd),
                                 SCMP_SYS(keyctl),
                                 SCMP_SYS(add_key),
                                 SCMP_SYS(request_key),
                                 SCMP_SYS(userfaultfd),
                                 SCMP_SYS(perf_event_open),
                                 SCMP_SYS(mount),
                                 SCMP_SYS(unshare),
                                 SCMP_SYS(setns)};
#endif

bool confine_programs() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr) return false;
  bool holds = true;
  for (const int call : kRefused) {
    holds = holds && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) == 0;
  }
  holds = holds && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return holds;
}

}  // namespace

Result<Confinement> confine(const std::vector<std::string>& writable) {
  Confinement taken;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return taken;
  ASSIGN_OR_RETURN(taken.files, confine_files(writable));
  taken.programs = confine_programs();
  return taken;
}

}  // namespace strongroom::io
