// What the operating system keeps from others of a process that holds secrets. Built without a
// sanitizer, which must see every byte: there, secrets lie in the heap.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/result.h"
#include "base/secret.h"

namespace strongroom {
namespace {

using Key = Secret<32, struct KeyMeaning>;

#ifdef STRONGROOM_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
constexpr const char* kWhySkipped = "built with a sanitizer: its leak check must trace the process";

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Bytes that stand in no program and no other memory, made where they are wanted: the pattern
// itself is never a constant.
void put_pattern(MutableByteView out, unsigned seed) {
  for (std::uint8_t& byte : out) {
    seed = seed * 1664525u + 1013904223u;
    byte = static_cast<std::uint8_t>(seed >> 24);
  }
}

// What every program's main() calls first (ProgramsAtWork.DumpNoCore shows that each did).
TEST(AHardenedProcess, CannotBeReadByOthersOfItsUser) {
  if (kSanitized) GTEST_SKIP() << kWhySkipped;
  const pid_t child = fork();
  if (child == 0) {
    harden_process();
    _exit(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ALockedSecret, IsOutsideSwapAndDumps) {
  if (kSanitized) GTEST_SKIP() << kWhySkipped;
  const Key key = Key::filled([](std::span<std::uint8_t, 32> out) { put_pattern(out, 1); });
  if (LockedMemory::protection().starts_with("none")) GTEST_SKIP() << LockedMemory::protection();
  const auto at =
      key.with_bytes([](ByteView bytes) { return reinterpret_cast<std::uintptr_t>(bytes.data()); });
  // The flags of its mapping: lo, locked; dd, not in a dump. memfd_secret cannot be swapped at all.
  std::istringstream maps(file_text("/proc/self/smaps"));
  bool inside = false;
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    std::uintptr_t from = 0;
    std::uintptr_t to = 0;
    char dash = 0;
    std::istringstream range(line);
    if (range >> std::hex >> from >> dash >> to && dash == '-') inside = from <= at && at < to;
    if (!inside) continue;
    if (line.find("secretmem") != std::string::npos) found = true;
    if (!line.starts_with("VmFlags:")) continue;
    found =
        found || (line.find(" lo") != std::string::npos && line.find(" dd") != std::string::npos);
  }
  EXPECT_TRUE(found);
}

/// A process that may dump, holds one thing in `hold`, and ends as by a bug. Gives its core file's
/// content; nothing when this machine writes none.
class CoreFile : public testing::Test {
 protected:
  CoreFile() {
    std::string name = (std::filesystem::temp_directory_path() / "core-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    place_ = name;
  }
  ~CoreFile() override { std::filesystem::remove_all(place_); }

  template <class Hold>
  std::string core_of(Hold&& hold, bool hardened = false) {
    const pid_t child = fork();
    if (child == 0) {
      if (chdir(place_.c_str()) != 0) _exit(kMayNot);
      const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
      if (setrlimit(RLIMIT_CORE, &all) != 0) _exit(kMayNot);
      prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
      if (hardened) harden_process();
      std::signal(SIGABRT, SIG_DFL);
      hold([] { std::abort(); });
      _exit(1);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kMayNot) return "";
    EXPECT_TRUE(WIFSIGNALED(status)) << "it should have ended by a signal";
    for (const auto& entry : std::filesystem::directory_iterator(place_))
      return file_text(entry.path());
    return "";
  }
  static std::string pattern(unsigned seed) {
    Bytes bytes(32);
    put_pattern(bytes, seed);
    return std::string(as_text(bytes));
  }

 private:
  static constexpr int kMayNot = 77;
  std::filesystem::path place_;
};

TEST_F(CoreFile, OfAProcessThatMayDumpHoldsNoSecret) {
  if (kSanitized) GTEST_SKIP() << kWhySkipped;
  if (LockedMemory::protection().starts_with("none")) GTEST_SKIP() << LockedMemory::protection();
  const std::string core = core_of([](auto&& end) {
    const Key key = Key::filled([](std::span<std::uint8_t, 32> out) { put_pattern(out, 3); });
    Bytes plain(32);
    put_pattern(plain, 2);
    end();
    plain[0] = 0;
  });
  if (core.empty()) GTEST_SKIP() << "this machine writes no core file into the working directory";
  EXPECT_NE(core.find(pattern(2)), std::string::npos) << "the search finds what is there";
  EXPECT_EQ(core.find(pattern(3)), std::string::npos) << "the secret stands in the core file";
}

TEST_F(CoreFile, OfAHardenedProcessIsNotWritten) {
  if (kSanitized) GTEST_SKIP() << kWhySkipped;
  const auto nothing = [](auto&& end) { end(); };
  EXPECT_EQ(core_of(nothing, true), "");
  if (core_of(nothing).empty()) GTEST_SKIP() << "this machine writes no core file anyway";
}

}  // namespace
}  // namespace strongroom
