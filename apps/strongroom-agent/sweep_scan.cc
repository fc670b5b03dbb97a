#include "sweep_scan.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/program.h"
#include "io/descriptor.h"
#include "io/program_directory.h"

namespace strongroom::host {

namespace {

constexpr int kNoSuchCommand = 127;
constexpr int kFirstVerdict = 40;  // docs/operating/exit-codes.md: 40 to 42 are verdicts
constexpr int kLastVerdict = 42;
constexpr int kTickMs = 500;
constexpr std::size_t kAnswerBytesMax = 128u << 20;
#ifndef STRONGROOM_SANITIZED
constexpr rlim_t kMemoryBytesMax = rlim_t{4} << 30;
#endif

Result<std::string> scanner() {
  ASSIGN_OR_RETURN(std::string beside, io::program_directory());
  beside += "/strongroom";
  if (access(beside.c_str(), X_OK) != 0)
    return fail(ErrorCode::kNotFound, "strongroom is not installed beside strongroom-agent");
  return beside;
}

// Between fork and exec, in a program of several threads: system calls only.
void become_lowly(pid_t parent) {
  constexpr int kWhoProcess = 1;  // IOPRIO_WHO_PROCESS
  constexpr int kIdle = 3 << 13;  // IOPRIO_CLASS_IDLE
  constexpr int kNice = 19;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kNoSuchCommand);
  setpriority(PRIO_PROCESS, 0, kNice);
  syscall(SYS_ioprio_set, kWhoProcess, 0, kIdle);
#ifndef STRONGROOM_SANITIZED
  const rlimit memory{kMemoryBytesMax, kMemoryBytesMax};
  setrlimit(RLIMIT_DATA, &memory);
#endif
}

struct Child {
  pid_t pid;
  io::Descriptor out;
};

Result<Child> start(const std::string& program, std::vector<std::string> arguments) {
  std::vector<char*> pointers;
  for (std::string& each : arguments) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  std::array<char*, 2> surroundings{};
  std::string language = "LC_ALL=C.UTF-8";
  surroundings[0] = language.data();
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::kUnavailable, "no pipe to be had; end what holds too many files open");
  const io::Descriptor write(ends[1]);
  io::Descriptor read(ends[0]);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail(ErrorCode::kUnavailable, "no process to be had for a sweep");
  if (child == 0) {
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);
    restore_signals();
    become_lowly(parent);
    dup2(ends[1], STDOUT_FILENO);
    execve(program.c_str(), pointers.data(), surroundings.data());
    _exit(kNoSuchCommand);
  }
  return Child{child, std::move(read)};
}

int end_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// All that it prints. Errors: kInterrupted, kTooLarge.
Result<std::string> answer_of(const Child& child, const std::function<bool()>& goes_on) {
  std::string answer;
  std::array<char, 64 * 1024> buffer{};
  for (;;) {
    pollfd ready{.fd = child.out.number(), .events = POLLIN, .revents = 0};
    const int count = poll(&ready, 1, kTickMs);
    if (!goes_on()) return fail(ErrorCode::kInterrupted, "this agent ends");
    if (count <= 0) continue;
    const ssize_t bytes = read(child.out.number(), buffer.data(), buffer.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return answer;
    answer.append(buffer.data(), static_cast<std::size_t>(bytes));
    if (answer.size() > kAnswerBytesMax)
      return fail(ErrorCode::kTooLarge, "the scan tells more than 128 MiB");
  }
}

}  // namespace

Result<agent::SweepScan> scan_beside(const std::vector<std::string>& directories,
                                     const std::function<bool()>& goes_on) {
  ASSIGN_OR_RETURN(const std::string program, scanner());
  std::vector<std::string> arguments{"strongroom", "scan", "--sightings"};
  arguments.insert(arguments.end(), directories.begin(), directories.end());
  ASSIGN_OR_RETURN(const Child child, start(program, std::move(arguments)));
  Result<std::string> answer = answer_of(child, goes_on);
  if (!answer) kill(child.pid, SIGKILL);
  const int status = end_of(child.pid);
  if (!answer) return tl::unexpected<Error>(answer.error());
  if (status != 0 && (status < kFirstVerdict || status > kLastVerdict)) {
    return fail(ErrorCode::kInternal, "the scan ended with " + std::to_string(status) +
                                          "; strongroom scan of the same directories tells why");
  }
  while (!answer->empty() && answer->back() == '\n') answer->pop_back();
  return agent::sweep_scan_from(*answer);
}

}  // namespace strongroom::host
