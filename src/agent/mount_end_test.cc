#include <sys/mman.h>
#include <sys/mount.h>

#include <thread>

#include "agent/cgroup.h"
#include "agent/mount.h"
#include "agent/mount_testing.h"

// What becomes of a consumer when the lease ends, and who may open at all. Children look from
// outside.
namespace strongroom::agent {
namespace {

using testing::Child;
using testing::error_of_opening;
using testing::kMiB;
using testing::MemorySource;

constexpr uid_t kNobody = 65534;
constexpr uid_t kSomebodyElse = 65533;

class LeaseEnd : public testing::MountTest {};
class LeaseAccess : public testing::MountTest {};
class DeadAgent : public testing::MountTest {};

bool is_severed(int error) { return error == EIO || error == ENOTCONN || error == ECONNABORTED; }

/// Reads the first byte of `segment` through `fd`: 0, or errno.
int error_of_reading(int fd, std::uint64_t segment) {
  char byte = 0;
  return pread(fd, &byte, 1, static_cast<off_t>(segment * kMiB)) < 0 ? errno : 0;
}

std::uint8_t first_byte(const void* mapped) {
  return *static_cast<const volatile std::uint8_t*>(mapped);
}

// --- corruption under a mapping -----------------------------------------------------------------

TEST_F(LeaseEnd, IsNotNeededForACorruptSegmentToGiveSigbus) {
  mount({{"file", 2 * kMiB}});
  source_->corrupt({0, 1});
  Child child([&](Child::Line) {
    const int fd = open(at("file").c_str(), O_RDONLY);
    auto* const bytes =
        static_cast<std::uint8_t*>(mmap(nullptr, 2 * kMiB, PROT_READ, MAP_SHARED, fd, 0));
    if (first_byte(bytes) != testing::content_at(0, 0)) return 2;
    first_byte(bytes + kMiB);
    return 0;
  });
  EXPECT_EQ(child.outcome(), -SIGBUS);
}

// --- the end ------------------------------------------------------------------------------------

TEST_F(LeaseEnd, FailsAReaderInALoop) {
  mount({{"file", 64 * kMiB}});
  Child child([&](Child::Line line) {
    const int fd = open(at("file").c_str(), O_RDONLY);
    bool is_told = false;
    while (true) {
      for (std::uint64_t segment = 0; segment < 64; ++segment) {
        const int error = error_of_reading(fd, segment);
        if (error != 0) return is_severed(error) ? 42 : error;
        if (!is_told) line.tell();
        is_told = true;
      }
    }
  });
  ASSERT_EQ(child.told(), '.');
  ASSERT_TRUE(mount_->end());
  EXPECT_EQ(child.outcome(), 42);
}

TEST_F(LeaseEnd, LeavesNoPlaintextForAHeldDescriptor) {
  mount({{"file", kMiB}});
  Child child([&](Child::Line line) {
    const int fd = open(at("file").c_str(), O_RDONLY);
    std::array<char, 4096> page;
    for (off_t offset = 0; offset < static_cast<off_t>(kMiB); offset += 4096) {
      if (pread(fd, page.data(), page.size(), offset) != 4096) return 1;  // all of it is cached
    }
    line.tell();
    line.wait();
    for (off_t offset = 0; offset < static_cast<off_t>(kMiB); offset += 4096) {
      if (pread(fd, page.data(), page.size(), offset) >= 0) return 2;
      if (!is_severed(errno)) return errno;
    }
    return 42;
  });
  ASSERT_EQ(child.told(), '.');
  ASSERT_TRUE(mount_->end());
  child.go_on();
  EXPECT_EQ(child.outcome(), 42);
}

TEST_F(LeaseEnd, TakesAMappingsPagesAway) {
  mount({{"file", kMiB}});
  Child child([&](Child::Line line) {
    const int fd = open(at("file").c_str(), O_RDONLY);
    void* const mapped = mmap(nullptr, kMiB, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (first_byte(mapped) != testing::content_at(0, 0)) return 2;
    line.tell();
    line.wait();
    first_byte(mapped);
    return 0;
  });
  ASSERT_EQ(child.told(), '.');
  ASSERT_TRUE(mount_->end());
  child.go_on();
  EXPECT_EQ(child.outcome(), -SIGBUS);
}

TEST_F(LeaseEnd, TakesALockedPrivateMappingsPagesAway) {
  mount({{"file", kMiB}});
  Child child([&](Child::Line line) {
    const int fd = open(at("file").c_str(), O_RDONLY);
    void* const mapped = mmap(nullptr, kMiB, PROT_READ, MAP_PRIVATE | MAP_LOCKED, fd, 0);
    if (first_byte(mapped) != testing::content_at(0, 0)) return 2;
    line.tell();
    line.wait();
    first_byte(mapped);
    return 0;
  });
  ASSERT_EQ(child.told(), '.');
  ASSERT_TRUE(mount_->end());
  child.go_on();
  EXPECT_EQ(child.outcome(), -SIGBUS);
}

TEST_F(LeaseEnd, LetsAReaderGoThatWaitsOnAHangingSource) {
  mount({{"file", kMiB}});
  source_->set_stuck(true);
  Child child([&](Child::Line) {
    const int fd = open(at("file").c_str(), O_RDONLY);
    const int error = error_of_reading(fd, 0);
    return is_severed(error) ? 42 : error;
  });
  source_->wait_until_somebody_hangs();
  std::thread ending([this] { EXPECT_TRUE(mount_->end()); });
  EXPECT_EQ(child.outcome(), 42);  // while the source still hangs
  source_->set_stuck(false);
  ending.join();
}

TEST_F(LeaseEnd, GivesAWaitingReaderEioNotWhatItWaitedFor) {
  mount({{"file", kMiB}});
  source_->set_stuck(true);
  Child child([&](Child::Line) {
    const int fd = open(at("file").c_str(), O_RDONLY);
    const int error = error_of_reading(fd, 0);
    return is_severed(error) ? 42 : error;
  });
  source_->wait_until_somebody_hangs();
  std::thread ending([this] { EXPECT_TRUE(mount_->end()); });
  while (!mount_->ended()) std::this_thread::yield();
  source_->set_stuck(false);
  ending.join();
  EXPECT_EQ(child.outcome(), 42);
  EXPECT_EQ(mount_->served_bytes(), 0u);
}

TEST_F(LeaseEnd, EmptiesTheDirectoryThoughFilesAreOpen) {
  mount({{"file", kMiB}});
  const int fd = open(at("file").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  ASSERT_TRUE(mount_->end());
  EXPECT_EQ(error_of_opening(at("file").c_str()), ENOENT);
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
  close(fd);
}

TEST_F(LeaseEnd, ComesOnceHoweverManyAskForIt) {
  mount({{"file", kMiB}});
  std::vector<std::thread> enders;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i) {
    enders.emplace_back([this, &good] { good += mount_->end() ? 1 : 0; });
  }
  for (std::thread& ender : enders) ender.join();
  EXPECT_EQ(good, 4);
  EXPECT_TRUE(mount_->ended());
}

TEST_F(LeaseEnd, ComesWithTheMountsDestruction) {
  mount({{"file", kMiB}});
  mount_.reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(LeaseEnd, AfterSomebodyElseUnmountedIsQuiet) {
  mount({{"file", kMiB}});
  ASSERT_EQ(umount2(directory_.path().c_str(), MNT_DETACH), 0);
  EXPECT_TRUE(mount_->end());
}

TEST_F(LeaseEnd, LeavesTheDirectoryReadyForTheNext) {
  mount({{"file", 1}});
  ASSERT_TRUE(mount_->end());
  mount({{"other", 1}});
  EXPECT_EQ(error_of_opening(at("other").c_str()), 0);
}

// --- who may open -------------------------------------------------------------------------------

int error_of_opening_as(uid_t uid, const std::string& path) {
  Child child([&](Child::Line) {
    if (setgid(uid) != 0 || setuid(uid) != 0) return 99;
    return error_of_opening(path.c_str());
  });
  return child.outcome();
}

TEST_F(LeaseAccess, ForThisUserIsDeniedToAnother) {
  mount({{"file", 1}});
  EXPECT_EQ(error_of_opening_as(kNobody, at("file")), EACCES);
}

TEST_F(LeaseAccess, ForAnotherUserIsHisAlone) {
  mount({{"file", 1}}, {.access = MountAccess{.uid = kNobody, .gid = kNobody, .cgroup = {}}});
  EXPECT_EQ(error_of_opening_as(kNobody, at("file")), 0);
  EXPECT_EQ(error_of_opening_as(kSomebodyElse, at("file")), EACCES);
}

TEST_F(LeaseAccess, ForAnotherUserIsDeniedToRootAndTold) {
  std::atomic<int> told{0};
  mount({{"file", 1}}, {.access = MountAccess{.uid = kNobody, .gid = kNobody, .cgroup = {}},
                        .on_refusal = [&](const MountRefusal& refusal) {
                          if (refusal.why == MountRefusal::Why::kNotAllowed) ++told;
                        }});
  EXPECT_EQ(error_of_opening(at("file").c_str()), EACCES);
  ASSERT_TRUE(mount_->end());
  EXPECT_EQ(told, 1);
}

TEST_F(LeaseAccess, ForACgroupIsDeniedOutsideAndGivenInside) {
  Result<Cgroup> group = Cgroup::create("access-test-" + std::to_string(getpid()));
  if (!group) GTEST_SKIP() << group.error().context;
  mount({{"file", 1}}, {.access = MountAccess{.cgroup = group->membership()}});
  EXPECT_EQ(error_of_opening(at("file").c_str()), EACCES);
  Child child([&](Child::Line line) {
    line.wait();
    return error_of_opening(at("file").c_str());
  });
  ASSERT_TRUE(group->add(child.pid()));
  child.go_on();
  EXPECT_EQ(child.outcome(), 0);
}

// --- an agent that died -------------------------------------------------------------------------

// A child that serves `directory` until it is killed.
auto serving(const std::string& directory) {
  return [&directory](Child::Line line) {
    const auto source = std::make_shared<MemorySource>(std::vector<SourceFile>{{"file", 10}});
    const auto mounted = Mount::open(source, {.directory = directory, .source = "strongroom-dead"});
    line.tell(mounted ? '.' : '!');
    line.wait();
    return 0;
  };
}

TEST_F(DeadAgent, LeavesAMountThatCanBeClearedAway) {
  Child server(serving(directory_.path()));
  ASSERT_EQ(server.told(), '.');
  ASSERT_EQ(kill(server.pid(), SIGKILL), 0);
  ASSERT_EQ(server.outcome(), -SIGKILL);
  EXPECT_EQ(error_of_opening(at("file").c_str()), ENOTCONN);
  const Result<bool> detached = detach_stale_mount(directory_.path() + "/");
  ASSERT_TRUE(detached) << detached.error().context;
  EXPECT_TRUE(*detached);
  mount({{"file", 1}});
  EXPECT_EQ(error_of_opening(at("file").c_str()), 0);
}

TEST_F(DeadAgent, IsFoundByWhatItsMountsAreCalled) {
  Child server(serving(directory_.path()));
  ASSERT_EQ(server.told(), '.');
  ASSERT_EQ(kill(server.pid(), SIGKILL), 0);
  ASSERT_EQ(server.outcome(), -SIGKILL);
  EXPECT_EQ(detach_stale_mounts_of("strongroom-another").value(), 0u);
  EXPECT_EQ(detach_stale_mounts_of("strongroom-dead").value(), 1u);
  EXPECT_EQ(detach_stale_mounts_of("strongroom-dead").value(), 0u);
}

TEST_F(DeadAgent, WhoseMountIsServedIsLeftAlone) {
  mount({{"file", 1}});
  EXPECT_EQ(detach_stale_mounts_of("strongroom").value(), 0u);
  EXPECT_EQ(error_of_opening(at("file").c_str()), 0);
}

TEST_F(DeadAgent, IsNotTakenForALivingOne) {
  mount({{"file", 1}});
  const Result<bool> detached = detach_stale_mount(directory_.path());
  ASSERT_FALSE(detached);
  EXPECT_EQ(detached.error().code, ErrorCode::kConflict);
  EXPECT_EQ(error_of_opening(at("file").c_str()), 0);
}

TEST_F(DeadAgent, ThatLeftNothingNeedsNothing) {
  const Result<bool> detached = detach_stale_mount(directory_.path());
  ASSERT_TRUE(detached);
  EXPECT_FALSE(*detached);
}

TEST_F(DeadAgent, IsNotBlamedForAMountThatIsNotOurs) {
  const Result<bool> detached = detach_stale_mount("/proc");
  ASSERT_FALSE(detached);
  EXPECT_EQ(detached.error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace strongroom::agent
