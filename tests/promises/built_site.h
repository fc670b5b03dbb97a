#ifndef STRONGROOM_TESTS_PROMISES_BUILT_SITE_H_
#define STRONGROOM_TESTS_PROMISES_BUILT_SITE_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/random.h"
#include "format/json.h"
#include "io/temporary_directory.h"

/// The programs as they were built, at work on a demonstration of their own.
namespace strongroom::promises {

[[nodiscard]] inline std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What others on the machine can see of a process, and what the kernel would do with its memory.
struct Seen {
  std::string arguments;
  std::string environment;
  std::string core_limit;  ///< the line of /proc/PID/limits

  [[nodiscard]] static Seen of(pid_t pid) {
    const std::string proc = "/proc/" + std::to_string(pid);
    Seen seen{file_text(proc + "/cmdline"), file_text(proc + "/environ"), ""};
    std::istringstream limits(file_text(proc + "/limits"));
    for (std::string line; std::getline(limits, line);) {
      if (line.starts_with("Max core file size")) seen.core_limit = line;
    }
    return seen;
  }
};

/// One run of a program of ours. Killed at the end if it still runs. It may dump core as far as
/// this machine's hard limit goes, unless it forbids that itself.
class ProgramRun {
 public:
  /// What it prints comes back through a pipe, or goes to the end of `log`. `passphrase` is put
  /// into a pipe whose number is added as --passphrase-fd.
  ProgramRun(const std::string& program, std::vector<std::string> arguments,
             const std::string& passphrase = "", const std::string& log = "") {
    std::array<int, 2> output{-1, -1};
    std::array<int, 2> input{-1, -1};
    std::array<int, 2> secret{-1, -1};
    CHECK(pipe2(output.data(), O_CLOEXEC) == 0 && pipe2(input.data(), O_CLOEXEC) == 0);
    if (!passphrase.empty()) {
      CHECK(pipe2(secret.data(), O_CLOEXEC) == 0);
      CHECK(write(secret[1], passphrase.data(), passphrase.size()) ==
            static_cast<ssize_t>(passphrase.size()));
      close(secret[1]);
      arguments.insert(arguments.begin(), {"--passphrase-fd", std::to_string(secret[0])});
    }
    const int told_to = log.empty()
                            ? output[1]
                            : open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    CHECK(told_to >= 0);
    const std::string path = std::string(STRONGROOM_BINARY_DIR) + "/" + program;
    arguments.insert(arguments.begin(), program);
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_ = fork();
    CHECK(pid_ >= 0);
    if (pid_ == 0) become(path, pointers, {input[0], told_to, secret[0]});
    for (const int end : {output[1], input[0], secret[0]}) {
      if (end >= 0) close(end);
    }
    if (!log.empty()) close(told_to);
    from_ = output[0];
    to_ = input[1];
  }
  ~ProgramRun() {
    if (!exit_) kill(pid_, SIGKILL);
    close(from_);
    if (to_ >= 0) close(to_);
    if (!exit_) waitpid(pid_, nullptr, 0);
  }
  ProgramRun(const ProgramRun&) = delete;
  ProgramRun& operator=(const ProgramRun&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& output() const { return output_; }
  /// Reads on until it has printed `what`; false when it ends (or hangs) before.
  [[nodiscard]] bool prints(std::string_view what) {
    while (output_.find(what) == std::string::npos) {
      if (!read_some()) return false;
    }
    return true;
  }
  void type(std::string_view line) const {
    EXPECT_EQ(write(to_, line.data(), line.size()), static_cast<ssize_t>(line.size()));
  }
  void signal(int number) const { kill(pid_, number); }
  /// Its exit status, or minus the signal that ended it; -1000 when it hangs.
  [[nodiscard]] int ends() {
    if (exit_) return *exit_;
    close(to_);
    to_ = -1;
    while (read_some()) {
    }
    const int process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd waiting{.fd = process, .events = POLLIN, .revents = 0};
    const bool has_ended = poll(&waiting, 1, kBoundMs) == 1;
    close(process);
    if (!has_ended) return -1000;
    int status = 0;
    waitpid(pid_, &status, 0);
    exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return *exit_;
  }

 private:
  static constexpr int kBoundMs = 60'000;
  struct Ends {
    int input;
    int output;
    int secret;
  };
  [[noreturn]] static void become(const std::string& path, const std::vector<char*>& arguments,
                                  Ends ends) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    rlimit cores{};
    getrlimit(RLIMIT_CORE, &cores);
    cores.rlim_cur = cores.rlim_max;
    setrlimit(RLIMIT_CORE, &cores);
    dup2(ends.input, STDIN_FILENO);
    dup2(ends.output, STDOUT_FILENO);
    dup2(ends.output, STDERR_FILENO);
    if (ends.secret >= 0) fcntl(ends.secret, F_SETFD, 0);
    execv(path.c_str(), arguments.data());
    _exit(127);
  }
  bool read_some() {
    std::array<char, 4096> buffer{};
    pollfd waiting{.fd = from_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kBoundMs) != 1) return false;
    const ssize_t count = read(from_, buffer.data(), buffer.size());
    if (count <= 0) return false;
    output_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  pid_t pid_ = -1;
  int from_ = -1;
  int to_ = -1;
  std::string output_;
  std::optional<int> exit_;
};

/// alice, bob and carol are custodians, any two of whom release; dana seals and asks. One release
/// is seen through, from the founding to the end of the lease. Founded by whichever test asks
/// first, ended with the test program.
class BuiltSite {
 public:
  static BuiltSite& shared() {
    static BuiltSite site;
    return site;
  }

  // Planted, to be searched for.
  static constexpr std::string_view kPassphrase = "planted passphrase: 7mQ2-vX9d";
  static constexpr std::string_view kMistyped = "planted passphrase: 7mQ2-vX9e, mistyped";
  static constexpr std::string_view kContent = "PLANTED-WEIGHTS-0123456789abcdef";
  static constexpr std::string_view kTensor = "planted.layers.17.q_proj.weight";
  static constexpr std::string_view kFile = "planted-file-name.safetensors";
  static constexpr std::string_view kFolder = "planted-folder-name";
  static constexpr std::string_view kModel = "planted-model-name";
  static constexpr std::string_view kPurpose = "planted purpose of a release";
  static constexpr std::string_view kReason = "planted reason of a vote";

  [[nodiscard]] std::string operator/(const std::string& name) const { return directory_ / name; }
  [[nodiscard]] std::string site() const { return directory_ / "server"; }
  [[nodiscard]] const std::string& object() const { return object_; }  ///< its id
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] bool mounted() const { return mounted_; }  ///< false: this machine cannot
  /// By verb: everything that the short programs printed, and what could be seen of them meanwhile.
  [[nodiscard]] const std::map<std::string, std::string>& printed() const { return printed_; }
  [[nodiscard]] const std::map<std::string, Seen>& seen() const { return seen_; }

  /// Every file there is but the model itself: path and bytes.
  [[nodiscard]] std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
      const std::string path = entry.path().string();
      if (!entry.is_regular_file() || path.starts_with(directory_ / "model")) continue;
      all.emplace(path.substr(directory_.path().size() + 1), file_text(path));
    }
    return all;
  }

  /// Runs `strongroom` to its end.
  std::string strongroom(const std::string& who, std::vector<std::string> arguments) {
    const std::string verb = arguments.front();
    ProgramRun run("strongroom", with_home(who, std::move(arguments)), std::string(kPassphrase));
    EXPECT_EQ(run.ends(), 0) << verb << ": " << run.output();
    printed_[verb + " by " + who] += run.output();
    return run.output();
  }

 private:
  BuiltSite() {
    make_model();
    ProgramRun init("strongroom",
                    {"init", "--data", directory_.path(), "--custodians", "alice,bob,carol",
                     "--members", "dana", "--demonstration"},
                    std::string(kPassphrase));
    CHECK(init.ends() == 0);
    printed_["init"] = init.output();
    id_ = word_after(init.output(), "Founded ");
    server_ = std::make_unique<ProgramRun>(
        "strongroom-server", std::vector<std::string>{"--data", site(), "--listen", "127.0.0.1:0"},
        "", log_of("server"));
    CHECK(appears(site() + "/server.json"));
    agent_ = std::make_unique<ProgramRun>("strongroom-agent",
                                          std::vector<std::string>{"--data", directory_ / "agent"},
                                          "", log_of("agent"));
    CHECK(appears(directory_ / "agent/agent.sock"));
    release();
    strongroom("dana", {"status"});
    strongroom("dana", {"status", "--verbose", "--json", "--all"});
    close_unopened();
    go_wrong();
    seen_["strongroom-server"] = Seen::of(server_->pid());
    seen_["strongroom-agent"] = Seen::of(agent_->pid());
  }
  ~BuiltSite() {
    agent_->signal(SIGTERM);
    server_->signal(SIGTERM);
    static_cast<void>(agent_->ends());
    static_cast<void>(server_->ends());
  }

  [[nodiscard]] std::string log_of(const std::string& program) const {
    return directory_ / (program + ".log");
  }
  [[nodiscard]] std::vector<std::string> with_home(const std::string& who,
                                                   std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin() + 1,
                     {"--demonstration", "--home", directory_ / ("people/" + who)});
    return arguments;
  }
  [[nodiscard]] static std::string word_after(const std::string& text, std::string_view before) {
    const std::size_t at = text.find(before);
    CHECK(at != std::string::npos);
    const std::size_t begin = at + before.size();
    return text.substr(begin, text.find_first_of(" \n:,", begin) - begin);
  }
  // A daemon says that it is ready by a file: looked for until it ends.
  [[nodiscard]] static bool appears(const std::string& path) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!std::filesystem::exists(path)) {
      if (std::chrono::steady_clock::now() > until) return false;
      poll(nullptr, 0, 5);
    }
    return true;
  }

  // A safetensors file of one tensor, in a folder.
  void make_model() const {
    std::string content;
    while (content.size() < 200'000) content += kContent;
    const std::string head = "{\"" + std::string(kTensor) + "\":{\"dtype\":\"U8\",\"shape\":[" +
                             std::to_string(content.size()) + "],\"data_offsets\":[0," +
                             std::to_string(content.size()) + "]}}";
    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(head.size() >> (8 * i));
    const std::string folder = directory_ / "model/" + std::string(kFolder);
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/" + std::string(kFile), std::ios::binary) << file + head + content;
  }

  void release() {
    strongroom("dana", {"seal", directory_ / "model", "--name", std::string(kModel)});
    for (const auto& entry : std::filesystem::directory_iterator(site() + "/objects/objects")) {
      object_ = entry.path().filename().string();
    }
    const std::string socket = directory_ / "agent/agent.sock";
    const std::string mount = directory_ / "mount";
    std::filesystem::create_directory(mount);
    const std::string asked =
        strongroom("dana", {"open", std::string(kModel), "--for", std::string(kPurpose), "--hours",
                            "1", "--agent", socket, "--mount", mount, "--confined", "--no-wait"});
    const std::string proposal = word_after(asked, "proposal ");
    approve_at_the_terminal(proposal);
    strongroom("bob", {"approve", proposal, "--yes", "--reason", std::string(kReason)});
    mounted_ = geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0;
    if (mounted_) use(proposal, socket);
  }

  // Asked for again, and withdrawn.
  void close_unopened() {
    const std::string socket = directory_ / "agent/agent.sock";
    const std::string mount = directory_ / "second-mount";
    std::filesystem::create_directory(mount);
    const std::string asked =
        strongroom("dana", {"open", std::string(kModel), "--for", std::string(kPurpose), "--hours",
                            "1", "--agent", socket, "--mount", mount, "--no-wait"});
    strongroom("dana", {"close", word_after(asked, "proposal "), "--agent", socket, "--verbose"});
  }

  // What goes wrong, told at length: with the key shut, and with it open.
  void go_wrong() {
    fails(ErrorCode::kWrongKey, "alice", {"status", "--verbose"}, kMistyped);
    fails(ErrorCode::kWrongKey, "alice", {"approve", "demo-00000000", "--verbose", "--json"},
          kMistyped);
    fails(ErrorCode::kNotFound, "alice", {"approve", "demo-00000000", "--verbose"}, kPassphrase);
    fails(ErrorCode::kNotFound, "dana", {"seal", "/nowhere", "--name", "x", "--verbose"},
          kPassphrase);
    fails(ErrorCode::kNetwork, "dana",
          {"open", std::string(kModel), "--for", std::string(kPurpose), "--agent", "/nowhere.sock",
           "--mount", directory_ / "mount", "--verbose"},
          kPassphrase);
    // A key file that was cut off, named by what tells of it.
    const std::string key = directory_ / "people/carol/key.json";
    const std::string whole = file_text(key);
    std::ofstream(key, std::ios::binary | std::ios::trunc) << whole.substr(0, whole.size() - 20);
    fails(ErrorCode::kMalformed, "carol", {"status", "--verbose"}, kPassphrase);
    std::ofstream(key, std::ios::binary | std::ios::trunc) << whole;
  }
  void fails(ErrorCode code, const std::string& who, std::vector<std::string> arguments,
             std::string_view passphrase) {
    const std::string verb = arguments.front() + " going wrong by " + who;
    ProgramRun run("strongroom", with_home(who, std::move(arguments)), std::string(passphrase));
    EXPECT_EQ(run.ends(), static_cast<int>(code)) << verb << ": " << run.output();
    printed_[verb] += run.output();
  }

  // As a custodian does: looks, and types the word. Her keys are open while she looks.
  void approve_at_the_terminal(const std::string& proposal) {
    ProgramRun run("strongroom",
                   with_home("alice", {"approve", proposal, "--reason", std::string(kReason)}),
                   std::string(kPassphrase));
    CHECK(run.prints("to sign, anything else"));
    seen_["strongroom approve"] = Seen::of(run.pid());
    run.type("approve\n");
    EXPECT_EQ(run.ends(), 0) << run.output();
    printed_["approve by alice"] = run.output();
  }

  // The consumer shows what it was given, and what it can see of the program that started it.
  void use(const std::string& proposal, const std::string& socket) {
    const std::string look =
        "cat /proc/$PPID/cmdline /proc/$PPID/environ /proc/self/environ; "
        "cmp \"$STRONGROOM_MOUNT\"/" +
        std::string(kFolder) + "/" + std::string(kFile) + " '" + (directory_ / "model/") +
        std::string(kFolder) + "/" + std::string(kFile) + "' && echo THE SAME";
    ProgramRun run("strongroom",
                   with_home("dana", {"open", "--proposal", proposal, "--agent", socket, "--",
                                      "/bin/sh", "-c", look}),
                   std::string(kPassphrase));
    EXPECT_EQ(run.ends(), 0) << run.output();
    EXPECT_NE(run.output().find("THE SAME"), std::string::npos) << run.output();
    printed_["open -- COMMAND"] = run.output();
  }

  io::TemporaryDirectory directory_;
  std::string id_;
  std::string object_;
  bool mounted_ = false;
  std::unique_ptr<ProgramRun> server_;
  std::unique_ptr<ProgramRun> agent_;
  std::map<std::string, std::string> printed_;
  std::map<std::string, Seen> seen_;
};

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_BUILT_SITE_H_
