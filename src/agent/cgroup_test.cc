#include "agent/cgroup.h"

#include "agent/mount_testing.h"

namespace strongroom::agent {
namespace {

using std::chrono::seconds;
using testing::Child;

class ConsumerGroup : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<Cgroup> made = Cgroup::create(name_);
    if (!made) GTEST_SKIP() << "needs a cgroup2 mount and root: " << made.error().context;
    group_.emplace(std::move(*made));
  }
  const std::string name_ = "test-" + std::to_string(getpid());
  std::optional<Cgroup> group_;
};

/// Forks a grandchild, tells, and both wait for ever.
int family(Child::Line line) {
  line.wait();
  const pid_t grandchild = fork();
  if (grandchild == 0) {
    while (true) pause();
  }
  line.tell();
  while (true) pause();
}

std::string processes_in(const Cgroup& group) {
  const int fd = open((group.directory() + "/cgroup.procs").c_str(), O_RDONLY | O_CLOEXEC);
  std::array<char, 4096> text{};
  const ssize_t got = read(fd, text.data(), text.size());
  close(fd);
  return {text.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

TEST(ConsumerGroupName, WithAPathInItIsRefused) {
  const Result<Cgroup> group = Cgroup::create("../escape");
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().code, ErrorCode::kUsage);
}

TEST_F(ConsumerGroup, KnowsItsMembersAndNobodyElse) {
  Child child(family);
  ASSERT_TRUE(group_->add(child.pid()));
  EXPECT_TRUE(is_in_cgroup(child.pid(), group_->membership()));
  EXPECT_FALSE(is_in_cgroup(getpid(), group_->membership()));
  EXPECT_FALSE(is_in_cgroup(child.pid(), group_->membership() + "-longer"));
  EXPECT_FALSE(is_in_cgroup(child.pid(), "/strongroom"));
  EXPECT_FALSE(is_in_cgroup(child.pid(), ""));
}

TEST_F(ConsumerGroup, CountsMembersOfGroupsBelow) {
  const std::string below = group_->directory() + "/below";
  ASSERT_EQ(mkdir(below.c_str(), 0755), 0);
  Child child([&](Child::Line line) {
    const int fd = open((below + "/cgroup.procs").c_str(), O_WRONLY);
    if (write(fd, "0", 1) != 1) return 1;
    line.tell();
    line.wait();
    return 0;
  });
  ASSERT_EQ(child.told(), '.');
  EXPECT_TRUE(is_in_cgroup(child.pid(), group_->membership()));
  ASSERT_TRUE(group_->kill_all(seconds(30)));
  EXPECT_EQ(child.outcome(), -SIGKILL);
  EXPECT_TRUE(group_->remove());
}

TEST_F(ConsumerGroup, KilledTakesChildAndGrandchild) {
  Child child(family);
  ASSERT_TRUE(group_->add(child.pid()));
  child.go_on();
  ASSERT_EQ(child.told(), '.');
  ASSERT_TRUE(group_->kill_all(seconds(30)));
  EXPECT_EQ(child.outcome(), -SIGKILL);
  EXPECT_EQ(processes_in(*group_), "");
  EXPECT_TRUE(group_->remove());
}

TEST_F(ConsumerGroup, KilledOneByOneTakesChildAndGrandchildToo) {
  Child child(family);
  ASSERT_TRUE(group_->add(child.pid()));
  child.go_on();
  ASSERT_EQ(child.told(), '.');
  ASSERT_TRUE(group_->kill_one_by_one(seconds(30)));
  EXPECT_EQ(child.outcome(), -SIGKILL);
  EXPECT_EQ(processes_in(*group_), "");
  EXPECT_TRUE(group_->remove());
}

TEST_F(ConsumerGroup, WithSomebodyInItIsNotRemoved) {
  Child child(family);
  ASSERT_TRUE(group_->add(child.pid()));
  const Result<void> removed = group_->remove();
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, ErrorCode::kConflict);
}

TEST_F(ConsumerGroup, GivenAProcessThatIsGoneSaysSo) {
  Child child([](Child::Line) { return 0; });
  ASSERT_EQ(child.outcome(), 0);
  const Result<void> added = group_->add(child.pid());
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ErrorCode::kNotFound);
}

TEST_F(ConsumerGroup, OfTheSameNameAlreadyExists) {
  const Result<Cgroup> second = Cgroup::create(name_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kAlreadyExists);
}

TEST_F(ConsumerGroup, LeftByADeadAgentIsKilledAndRemoved) {
  const std::string name = name_ + "-stale";
  Child agent([&](Child::Line line) {
    Result<Cgroup> group = Cgroup::create(name);
    if (!group || !group->add(getpid())) _exit(1);
    line.tell();
    line.wait();
    _exit(2);
    return 0;
  });
  ASSERT_EQ(agent.told(), '.');
  const Result<bool> removed = remove_stale_cgroup(name, seconds(30));
  ASSERT_TRUE(removed) << removed.error().context;
  EXPECT_TRUE(*removed);
  EXPECT_EQ(agent.outcome(), -SIGKILL);
  const Result<bool> again = remove_stale_cgroup(name, seconds(30));
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
}

TEST_F(ConsumerGroup, GoesWithItsOwner) {
  const std::string directory = group_->directory();
  group_.reset();
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(ConsumerGroupWithoutPermission, IsUnavailableInPlainWords) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become somebody else";
  Child child([](Child::Line) {
    if (setuid(65534) != 0) return 99;
    const Result<Cgroup> group = Cgroup::create("not-allowed");
    return !group && group.error().code == ErrorCode::kUnavailable ? 42 : 1;
  });
  EXPECT_EQ(child.outcome(), 42);
}

}  // namespace
}  // namespace strongroom::agent
