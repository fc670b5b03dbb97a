#include "child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/program.h"
#include "io/descriptor.h"
#include "io/program_directory.h"

namespace strongroom::terminal {

namespace {

constexpr int kCannotRun = 126;
constexpr timespec kEndBound{5, 0};  // what a command that was told to end may take
constexpr int kNoSuchCommand = 127;

std::vector<char*> argument_pointers(std::vector<std::string>& arguments) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  return pointers;
}

int exit_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_of(status);
}

// Control-C is for the command, which has it from the terminal; this program stays to end the
// lease. SIGTERM and SIGHUP may be for this one alone, so they are handed on; whoever does not end
// for that is left to the end of the lease, which kills.
int wait_or_pass_on(pid_t child) {
  std::signal(SIGINT, SIG_IGN);
  // Blocked but while waiting, so that none slips in between the look and the wait.
  sigset_t handed_on;
  sigset_t before;
  sigemptyset(&handed_on);
  sigaddset(&handed_on, SIGTERM);
  sigaddset(&handed_on, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &handed_on, &before);
  const StopSignals signals;
  const io::Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  if (!process.is_open()) return wait_for(child);
  pollfd ended{.fd = process.number(), .events = POLLIN, .revents = 0};
  while (StopSignals::came() == 0 && ended.revents == 0) ppoll(&ended, 1, nullptr, &before);
  if (ended.revents == 0) {
    kill(child, StopSignals::came());
    ppoll(&ended, 1, &kEndBound, &before);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::signal(SIGINT, SIG_DFL);
  return ended.revents != 0 ? wait_for(child) : 128 + StopSignals::came();
}

}  // namespace

Result<Answer> ask_sibling(const std::string& program, std::vector<std::string> arguments,
                           std::size_t bytes_max) {
  ASSIGN_OR_RETURN(const std::string directory, io::program_directory());
  const std::string path = directory + "/" + program;
  if (access(path.c_str(), X_OK) != 0)
    return fail(ErrorCode::kNotFound, program + " is not installed beside strongroom");
  arguments.insert(arguments.begin(), program);
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::kUnavailable, "no pipe to be had; end what holds too many files open");
  const pid_t child = fork();
  if (child == 0) {
    restore_signals();
    dup2(ends[1], STDOUT_FILENO);
    execv(path.c_str(), argument_pointers(arguments).data());
    _exit(kNoSuchCommand);
  }
  ::close(ends[1]);
  std::string output;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = read(ends[0], buffer.data(), buffer.size())) > 0 && output.size() < bytes_max) {
    output.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  if (child < 0)
    return fail(ErrorCode::kUnavailable, "no process to be had for " + program +
                                             "; the machine is at its limit: end something");
  const int status = wait_for(child);
  if (output.size() >= bytes_max)
    return fail(
        ErrorCode::kTooLarge,
        fmt::format("{} wrote more than {} bytes: give it less at once", program, bytes_max));
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return Answer{status, std::move(output)};
}

Result<std::string> run_sibling(const std::string& program, std::vector<std::string> arguments) {
  ASSIGN_OR_RETURN(Answer answer, ask_sibling(program, std::move(arguments)));
  if (answer.status != 0)
    return fail(ErrorCode::kInternal, fmt::format("{} ended with {}", program, answer.status));
  return std::move(answer.output);
}

Result<int> run_beside(const std::string& program, std::vector<std::string> arguments) {
  ASSIGN_OR_RETURN(const std::string directory, io::program_directory());
  const std::string path = directory + "/" + program;
  if (access(path.c_str(), X_OK) != 0)
    return fail(ErrorCode::kNotFound, program + " is not installed beside strongroom");
  arguments.insert(arguments.begin(), program);
  std::vector<char*> pointers = argument_pointers(arguments);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0)
    return fail(ErrorCode::kUnavailable, "no process to be had for " + program +
                                             "; the machine is at its limit: end something");
  if (child == 0) {
    execv(path.c_str(), pointers.data());
    _exit(kNoSuchCommand);
  }
  // Control-C is for the child, which says how it ended.
  std::signal(SIGINT, SIG_IGN);
  const int status = wait_for(child);
  std::signal(SIGINT, SIG_DFL);
  if (status > 128) {
    return fail(ErrorCode::kInterrupted,
                fmt::format("{} was ended by signal {}: nothing that it had not finished counts; "
                            "run the same again",
                            program, status - 128));
  }
  return status;
}

Result<int> run_command(const std::vector<std::string>& command,
                        const std::string& environment_line,
                        const std::function<Result<void>()>& before) {
  std::vector<std::string> arguments = command;
  std::string line = environment_line;
  std::vector<char*> surroundings;
  for (char** each = environ; *each != nullptr; ++each) surroundings.push_back(*each);
  surroundings.push_back(line.data());
  surroundings.push_back(nullptr);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0)
    return fail(ErrorCode::kUnavailable, "no process to be had for " + printable(command.front()) +
                                             "; the machine is at its limit: end something");
  if (child == 0) {
    restore_signals();
    const Result<void> ready = before();
    if (!ready) {
      write_err(fmt::format("strongroom: {}\n", printable(ready.error().context)));
      _exit(kCannotRun);
    }
    execvpe(arguments.front().c_str(), argument_pointers(arguments).data(), surroundings.data());
    write_err(fmt::format("strongroom: cannot run {}\n", printable(arguments.front())));
    std::fflush(stderr);
    _exit(kNoSuchCommand);
  }
  return wait_or_pass_on(child);
}

}  // namespace strongroom::terminal
