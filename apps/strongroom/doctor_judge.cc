#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "base/shown.h"
#include "doctor.h"

namespace strongroom::terminal {

namespace {

constexpr std::int64_t kLockBytesWanted = 8 << 20;
constexpr std::int64_t kLockBytesMin = 64 << 10;
constexpr std::int64_t kFreeBytesMin = std::int64_t{1} << 30;
constexpr std::int64_t kFreePercentWanted = 10;
constexpr std::int64_t kClockSecondsMax = 30;
constexpr std::int64_t kKernelWithSecretMemory = 5'014;  // memfd_secret(2): 5.14
constexpr std::int64_t kKernelMin = 5'000;

/// Reads facts; what is absent is told apart.
class Known {
 public:
  explicit Known(const Facts& facts) : facts_(facts) {}
  [[nodiscard]] std::optional<std::int64_t> number(const std::string& name) const {
    const auto found = facts_.find(name);
    if (found == facts_.end()) return std::nullopt;
    const std::int64_t* number = found->second.integer();
    return number == nullptr ? std::nullopt : std::optional<std::int64_t>(*number);
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    const auto found = facts_.find(name);
    const std::string* text = found == facts_.end() ? nullptr : found->second.text();
    return text == nullptr ? std::string() : printable(*text);
  }
  [[nodiscard]] bool is(const std::string& name) const { return number(name).value_or(0) != 0; }
  [[nodiscard]] bool is_not(const std::string& name) const { return number(name) == 0; }

 private:
  const Facts& facts_;
};

Finding ok(std::string check, std::string why) {
  return {std::move(check), Health::kOk, std::move(why), ""};
}
Finding warning(std::string check, std::string why, std::string remedy) {
  return {std::move(check), Health::kWarning, std::move(why), std::move(remedy)};
}
Finding wrong(std::string check, std::string why, std::string remedy) {
  return {std::move(check), Health::kWrong, std::move(why), std::move(remedy)};
}

Finding judge_fuse(const Known& known) {
  if (!known.is("fuse_device"))
    return wrong("fuse", "there is no /dev/fuse: nothing can be mounted here",
                 "modprobe fuse; in a container, pass --device /dev/fuse");
  if (!known.is("fuse_usable"))
    return wrong("fuse", "/dev/fuse may not be opened by this user",
                 "run the agent as root, or chmod 0666 /dev/fuse by a udev rule");
  if (!known.is("root") && !known.is("fusermount3"))
    return wrong("fuse", "fusermount3 is not installed, and without root it is needed",
                 "apt install fuse3");
  return ok("fuse", "usable");
}

Finding judge_memory_lock(const Known& known) {
  const auto limit = known.number("memory_lock_bytes");
  if (!limit) return warning("memory lock", "the limit cannot be told", "ulimit -l");
  if (*limit < 0)
    return ok("memory lock", "unlimited; secrets kept by " + known.text("secrets_by"));
  const std::string why =
      fmt::format("limit {}; secrets kept by {}", shown_bytes(static_cast<std::uint64_t>(*limit)),
                  known.text("secrets_by"));
  const std::string remedy =
      "LimitMEMLOCK=infinity in the unit, or a line in /etc/security/limits.d";
  if (*limit < kLockBytesMin) return wrong("memory lock", why, remedy);
  if (*limit < kLockBytesWanted) return warning("memory lock", why, remedy);
  return ok("memory lock", why);
}

Finding judge_clock(const Known& known) {
  if (known.number("log_ahead_seconds").value_or(0) > kClockSecondsMax)
    return wrong("clock",
                 fmt::format("the clock stands {} before what this home saw last: it was set back, "
                             "or was wrong then",
                             shown_duration(*known.number("log_ahead_seconds"))),
                 "timedatectl set-ntp true, and look why it jumped");
  if (known.is_not("clock_synchronised"))
    return warning("clock", "the kernel does not know it to be synchronised",
                   "timedatectl set-ntp true, or install chrony");
  return ok("clock", "nothing is known against it");
}

Finding judge_swap(const Known& known) {
  if (known.is("swap"))
    return warning("swap", "there is swap: what an engine reads may be written to it",
                   "swapoff -a, or encrypt it with a random key; our own keys are locked anyway");
  return ok("swap", "none");
}

Finding judge_core_dumps(const Known& known) {
  if (known.is_not("core_limit_zero"))
    return warning("core dumps", "what is started from here may dump core, weights and all",
                   "ulimit -c 0, or LimitCORE=0 in the unit; our own programs never dump");
  return ok("core dumps", "off");
}

Finding judge_ptrace(const Known& known) {
  const auto scope = known.number("ptrace_scope");
  if (!scope || *scope == 0)
    return warning("ptrace", "processes of one user may look into each other",
                   "sysctl kernel.yama.ptrace_scope=1, and keep it in /etc/sysctl.d");
  return ok("ptrace", fmt::format("scope {}", *scope));
}

Finding judge_versions(const Known& known) {
  const std::string why = fmt::format("kernel {}, libfuse {}, OpenSSL {}", known.text("kernel"),
                                      known.text("libfuse"), known.text("openssl"));
  const std::int64_t kernel = known.number("kernel_number").value_or(0);
  if (kernel < kKernelMin) return wrong("versions", why, "a kernel of 5.0 or later is needed");
  if (kernel < kKernelWithSecretMemory)
    return warning("versions", why,
                   "from kernel 5.14 on, keys are kept from the kernel's own maps");
  return ok("versions", why);
}

Finding judge_processor(const Known& known) {
  if (known.is_not("cpu_aes"))
    return warning("processor", "no AES instructions: sealing and reading are slow",
                   "use another machine for large models; in a VM, pass the host's CPU through");
  return ok("processor", known.is("cpu_vaes") ? "AES, wide" : "AES");
}

Finding judge_home(const Known& known) {
  if (known.text("home").empty())
    return warning("home", "none was named", "--home DIR, or STRONGROOM_HOME");
  const std::string home = known.text("home");
  if (!known.is("home_exists"))
    return wrong("home", "there is no " + home, "strongroom init or join makes one");
  if (!known.is("home_own"))
    return wrong("home", home + " belongs to somebody else", "chown it to who uses it");
  if ((known.number("home_mode").value_or(0) & 0077) != 0)
    return wrong("home",
                 fmt::format("{} is open to others (mode {:o})", home, *known.number("home_mode")),
                 "chmod 0700 " + home);
  if (!known.is("config_readable"))
    return wrong("home", home + " has no config.json that can be read",
                 "restore it from a backup, or found or join again");
  return ok("home", home);
}

Finding judge_key(const Known& known) {
  if (known.text("home").empty() || !known.is("home_exists"))
    return warning("key file", "no home to look in", "--home DIR");
  const auto mode = known.number("key_mode");
  if (!mode)
    return wrong("key file", "the home has no key file",
                 "restore it from your own backup; nobody else has it");
  if ((*mode & 0077) != 0)
    return wrong(
        "key file", fmt::format("it is open to others (mode {:o})", *mode),
        "chmod 0600 " + known.text("key_path") + "; if others could read it, tell the custodians");
  return ok("key file", "closed to others");
}

Finding judge_store(const Known& known) {
  const std::string store = known.text("store");
  if (store.empty()) return warning("store", "no home names one", "--home DIR");
  if (!known.is("store_readable"))
    return wrong("store", store + " cannot be read", "mount it, or mend its permissions");
  if (!known.is("store_writable"))
    return warning("store", store + " cannot be written: reading works, sealing does not",
                   "mend its permissions, if this machine is to seal");
  return ok("store", store);
}

Finding judge_disk(const Known& known) {
  const auto free = known.number("store_free_bytes");
  if (!free) return warning("disk", "no store to look at", "--home DIR");
  const std::int64_t percent = known.number("store_free_percent").value_or(100);
  const std::string why = fmt::format("{} free ({}%) where models are sealed",
                                      shown_bytes(static_cast<std::uint64_t>(*free)), percent);
  if (*free < kFreeBytesMin) return wrong("disk", why, "make room: nothing can be sealed");
  if (percent < kFreePercentWanted) return warning("disk", why, "make room before the next seal");
  return ok("disk", why);
}

Finding judge_server(const Known& known) {
  if (known.text("server").empty()) return warning("server", "no home names one", "--home DIR");
  if (!known.is("server_answers"))
    return wrong("server", known.text("server") + " does not answer: " + known.text("server_error"),
                 "start it (systemctl start strongroom-server), or mend the network");
  return ok("server", "answers at " + known.text("server"));
}

Finding judge_agent(const Known& known) {
  if (known.text("agent").empty())
    return warning("agent", "none was named; needed only where models are opened",
                   "--agent SOCKET, or STRONGROOM_AGENT");
  if (!known.is("agent_answers"))
    return wrong("agent", known.text("agent") + " does not answer: " + known.text("agent_error"),
                 "systemctl start strongroom-agent, and be in the group that may open its socket");
  return ok("agent", "answers at " + known.text("agent"));
}

Finding judge_mounts(const Known& known) {
  if (!known.text("stale_mount").empty())
    return wrong("mounts", known.text("stale_mount") + " is mounted, but nobody serves it",
                 "fusermount3 -u " + known.text("stale_mount") + ", or as root umount -l");
  return ok("mounts", "none is stale");
}

}  // namespace

std::string_view name_of(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarning:
      return "warning";
    case Health::kWrong:
      break;
  }
  return "wrong";
}

std::vector<Finding> judge_machine(const Facts& facts) {
  const Known known(facts);
  return {judge_fuse(known),     judge_memory_lock(known), judge_clock(known),
          judge_swap(known),     judge_core_dumps(known),  judge_ptrace(known),
          judge_versions(known), judge_processor(known),   judge_home(known),
          judge_key(known),      judge_store(known),       judge_disk(known),
          judge_server(known),   judge_agent(known),       judge_mounts(known)};
}

}  // namespace strongroom::terminal
