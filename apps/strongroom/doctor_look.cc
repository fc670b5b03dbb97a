#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/clock.h"
#include "base/secret.h"
#include "client/config.h"
#include "crypto/version.h"
#include "doctor.h"
#include "http/client.h"

namespace strongroom::terminal {

namespace {

using format::Json;

constexpr std::size_t kSystemFileBytesMax = 1u << 20;
constexpr unsigned kMountSecondsMax = 2;

std::int64_t number(bool is) { return is ? 1 : 0; }

// Of /proc and /sys: their sizes are not told beforehand.
std::string system_file(const char* path) {
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return "";
  std::string text;
  std::array<char, 4096> part{};
  ssize_t count = 0;
  while (text.size() < kSystemFileBytesMax &&
         (count = read(descriptor, part.data(), part.size())) > 0)
    text.append(part.data(), static_cast<std::size_t>(count));
  ::close(descriptor);
  return text;
}

std::int64_t leading_number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is_in_path(const char* program) {
  for (const std::string folder : {"/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/"})
    if (access((folder + program).c_str(), X_OK) == 0) return true;
  return false;
}

void look_at_fuse(Facts& facts) {
  facts.emplace("root", number(geteuid() == 0));
  facts.emplace("fuse_device", number(access("/dev/fuse", F_OK) == 0));
  const int device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
  facts.emplace("fuse_usable", number(device >= 0));
  if (device >= 0) ::close(device);
  facts.emplace("fusermount3", number(is_in_path("fusermount3")));
}

// The line of /proc/PID/limits: our own limit was put to zero when we began.
bool dumps_no_core(pid_t process) {
  const std::string text = system_file(("/proc/" + std::to_string(process) + "/limits").c_str());
  const std::size_t at = text.find("Max core file size");
  if (at == std::string::npos) return true;
  const std::size_t value = text.find_first_not_of(' ', at + 18);
  return text.substr(value, 2) == "0 ";
}

void look_at_system(Facts& facts) {
  rlimit lock{};
  if (getrlimit(RLIMIT_MEMLOCK, &lock) == 0)
    facts.emplace("memory_lock_bytes", lock.rlim_cur == RLIM_INFINITY
                                           ? std::int64_t{-1}
                                           : static_cast<std::int64_t>(lock.rlim_cur));
  facts.emplace("secrets_by", std::string(LockedMemory::protection()));
  const std::string swaps = system_file("/proc/swaps");
  facts.emplace("swap", number(std::count(swaps.begin(), swaps.end(), '\n') > 1));
  facts.emplace("core_limit_zero", number(dumps_no_core(getppid())));
  const std::string scope = system_file("/proc/sys/kernel/yama/ptrace_scope");
  if (!scope.empty()) facts.emplace("ptrace_scope", leading_number(scope));
  timex clock{};
  if (adjtimex(&clock) >= 0)
    facts.emplace("clock_synchronised", number((clock.status & STA_UNSYNC) == 0));
  utsname kernel{};
  if (uname(&kernel) == 0) {
    const std::string_view release = kernel.release;
    facts.emplace("kernel", printable(release));
    facts.emplace("kernel_number",
                  leading_number(release) * 1000 + leading_number(release.substr(std::min(
                                                       release.find('.') + 1, release.size()))));
  }
  facts.emplace("openssl", crypto::library_version());
  const std::string processor = system_file("/proc/cpuinfo");
  if (processor.find("flags") != std::string::npos) {
    facts.emplace("cpu_aes", number(processor.find(" aes") != std::string::npos));
    facts.emplace("cpu_vaes", number(processor.find(" vaes") != std::string::npos));
  }
}

// The program that mounts tells the library's version; the library itself is the agent's.
std::string libfuse_version() {
  for (const std::string folder :
       {"/usr/lib/x86_64-linux-gnu/", "/usr/lib/aarch64-linux-gnu/", "/lib/x86_64-linux-gnu/",
        "/lib/aarch64-linux-gnu/", "/usr/lib64/", "/usr/lib/"}) {
    std::array<char, 256> target{};
    const std::string link = folder + "libfuse3.so.3";
    if (readlink(link.c_str(), target.data(), target.size() - 1) > 0)
      return printable(std::string(target.data()).substr(std::string("libfuse3.so.").size()));
  }
  return "not found";
}

void look_at_home(Facts& facts, const std::string& home) {
  facts.emplace("home", printable(home));
  struct stat found {};
  facts.emplace("home_exists", number(stat(home.c_str(), &found) == 0));
  facts.emplace("home_own", number(found.st_uid == geteuid()));
  facts.emplace("home_mode", static_cast<std::int64_t>(found.st_mode & 07777));
  facts.emplace("config_readable", number(client::read_config(home).has_value()));
  facts.emplace("key_path", printable(client::key_path(home)));
  if (stat(client::key_path(home).c_str(), &found) == 0)
    facts.emplace("key_mode", static_cast<std::int64_t>(found.st_mode & 07777));
  if (stat((home + "/log/checkpoint").c_str(), &found) == 0)
    facts.emplace("log_ahead_seconds",
                  std::max<std::int64_t>(0, found.st_mtim.tv_sec - SystemClock().now().value));
}

void look_at_store(Facts& facts, const std::string& store) {
  facts.emplace("store", printable(store));
  facts.emplace("store_readable", number(access(store.c_str(), R_OK | X_OK) == 0));
  facts.emplace("store_writable", number(access(store.c_str(), W_OK) == 0));
  struct statvfs disk {};
  if (statvfs(store.c_str(), &disk) != 0 || disk.f_blocks == 0) return;
  facts.emplace("store_free_bytes", static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize));
  facts.emplace("store_free_percent",
                static_cast<std::int64_t>(disk.f_bavail * 100 / disk.f_blocks));
}

// Whatever it answers, it is there.
void look_at_peer(Facts& facts, const std::string& what, const Result<http::Address>& address,
                  const std::string& path) {
  http::ClientOptions options;
  options.connect_timeout = std::chrono::milliseconds(2'000);
  options.exchange_timeout = std::chrono::milliseconds(5'000);
  Result<http::Response> answer = address ? http::Client(*address, options).send([&] {
    http::Request request;
    request.path = path;
    return request;
  }())
                                          : tl::unexpected<Error>(address.error());
  facts.emplace(what + "_answers", number(answer.has_value()));
  if (!answer) facts.emplace(what + "_error", printable(answer.error().context));
}

// A mount that nobody serves answers with "not connected"; one that hangs answers nothing, so a
// child of ours asks.
bool is_served(const std::string& mount) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(kMountSecondsMax);
    struct statvfs disk {};
    _exit(statvfs(mount.c_str(), &disk) == 0 || errno == EACCES ? 0 : 1);
  }
  int status = 0;
  return child < 0 ||
         (waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void look_at_mounts(Facts& facts) {
  const std::string table = system_file("/proc/self/mountinfo");
  std::string_view rest = table;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.find(" - fuse.strongroom ") == std::string_view::npos) continue;
    std::string_view field = line;
    for (int i = 0; i < 4; ++i) field.remove_prefix(std::min(field.find(' ') + 1, field.size()));
    const std::string mount(field.substr(0, field.find(' ')));
    if (!is_served(mount)) facts.insert_or_assign("stale_mount", printable(mount));
  }
}

}  // namespace

Facts look(const Common& common, const std::string& agent) {
  Facts facts;
  look_at_fuse(facts);
  look_at_system(facts);
  facts.emplace("libfuse", libfuse_version());
  if (!common.home.empty()) look_at_home(facts, common.home);
  const Result<client::Config> config = client::read_config(common.home);
  if (config && !common.home.empty()) {
    look_at_store(facts, config->store);
    facts.emplace("server", printable(config->server));
    look_at_peer(facts, "server", client::server_of(*config), "/log/checkpoint");
  }
  if (!agent.empty()) {
    facts.emplace("agent", printable(agent));
    look_at_peer(facts, "agent", http::Address::unix_socket(agent), "/v1/leases");
  }
  look_at_mounts(facts);
  return facts;
}

}  // namespace strongroom::terminal
