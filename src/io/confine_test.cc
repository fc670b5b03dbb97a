#include "io/confine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "io/temporary_directory.h"

namespace strongroom::io {
namespace {

constexpr int kNotConfined = 99;

// What `attempt` gives in a process of its own that was confined first.
int confined(const std::vector<std::string>& writable,
             const std::function<int(const Confinement&)>& attempt) {
  const pid_t child = fork();
  if (child == 0) {
    const Result<Confinement> taken = confine(writable);
    _exit(taken ? attempt(*taken) : 98);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
}

class AConfinedProcess : public testing::Test {
 protected:
  // 0: it worked; else errno.
  static int making(const std::string& path) {
    return open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0 ? 0 : errno;
  }
  TemporaryDirectory place_;
};

TEST_F(AConfinedProcess, MakesNoFile) {
  const int outcome = confined({}, [&](const Confinement& taken) {
    return taken.files ? making(place_ / "new") : kNotConfined;
  });
  if (outcome == kNotConfined) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(outcome, EACCES);
}

TEST_F(AConfinedProcess, MakesFilesWhereItWasAllowedTo) {
  const int outcome = confined({place_.path()}, [&](const Confinement& taken) {
    return taken.files ? making(place_ / "new") : kNotConfined;
  });
  if (outcome == kNotConfined) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(outcome, 0);
}

TEST_F(AConfinedProcess, StillReads) {
  EXPECT_EQ(confined({},
                     [](const Confinement&) {
                       return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 ? 0 : errno;
                     }),
            0);
}

TEST_F(AConfinedProcess, OpensNoSocket) {
  const int outcome = confined({}, [](const Confinement& taken) {
    if (!taken.programs) return kNotConfined;
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
  });
  if (outcome == kNotConfined) GTEST_SKIP() << "this kernel has no seccomp";
  EXPECT_EQ(outcome, EPERM);
}

TEST_F(AConfinedProcess, StartsNoProgram) {
  const int outcome = confined({}, [](const Confinement& taken) {
    if (!taken.programs && !taken.files) return kNotConfined;
    execl("/bin/true", "true", nullptr);
    return errno;
  });
  if (outcome == kNotConfined) GTEST_SKIP() << "this kernel has neither Landlock nor seccomp";
  EXPECT_TRUE(outcome == EPERM || outcome == EACCES) << outcome;
}

TEST_F(AConfinedProcess, IsRefusedADirectoryThatIsNotThere) {
  const pid_t child = fork();
  if (child == 0) _exit(confine({place_ / "absent"}) ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

}  // namespace
}  // namespace strongroom::io
