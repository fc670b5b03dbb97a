#include "agent/lease_clock.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace strongroom::agent {
namespace {

constexpr std::int64_t kStart = 1'800'000'000;
constexpr std::int64_t kBoot = 1'000;
constexpr std::int64_t kLease = 4 * 3600;

LeaseTerms terms(std::int64_t lease_seconds = kLease) { return {{kStart}, {kBoot}, lease_seconds}; }

/// After `boot` seconds by the boot clock and `wall` seconds by the wall clock.
LeaseVerdict after(std::int64_t boot, std::int64_t wall,
                   std::optional<CosignedTime> cosigned = std::nullopt) {
  return judge_lease(terms(), {{kStart + wall}, {kBoot + boot}}, cosigned);
}

TEST(Lease, RunsUntilItsLastSecond) {
  EXPECT_EQ(after(0, 0).state, LeaseState::kRunning);
  EXPECT_EQ(after(0, 0).seconds_left, kLease);
  EXPECT_EQ(after(kLease - 1, kLease - 1).seconds_left, 1);
}

TEST(Lease, EndsWhenTheBootClockHasCountedIt) {
  const LeaseVerdict verdict = after(kLease, 0);
  EXPECT_EQ(verdict.state, LeaseState::kBootClockOver);
  EXPECT_EQ(verdict.seconds_left, 0);
}

TEST(Lease, IsNotExtendedByAWallClockSetBack) {
  EXPECT_EQ(after(kLease - 10, -100'000).seconds_left, 10);
  EXPECT_EQ(after(kLease, -100'000).state, LeaseState::kBootClockOver);
}

TEST(Lease, EndsByTheWallClockOfAMachineThatWasPaused) {
  EXPECT_EQ(after(60, kLease).state, LeaseState::kWallClockOver);
  EXPECT_EQ(after(60, kLease - 5).seconds_left, 5);
}

TEST(Lease, EndsWithTheMachineRunThatRedeemed) {
  EXPECT_EQ(after(-1, 10).state, LeaseState::kRebooted);
}

TEST(Lease, EndsWhenTheWitnessesSaySo) {
  EXPECT_EQ(after(60, 60, CosignedTime{{kStart + kLease}, 600}).state,
            LeaseState::kCosignedTimeOver);
}

TEST(Lease, GoesOnCutOffForTheExposureAndNoLonger) {
  const CosignedTime cosigned{{kStart + 100}, 600};
  EXPECT_EQ(after(700, 700, cosigned).state, LeaseState::kRunning);
  EXPECT_EQ(after(701, 701, cosigned).state, LeaseState::kCutOff);
}

TEST(Lease, IsNotExtendedByAHugeExposure) {
  const CosignedTime cosigned{{kStart}, std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(after(kLease, 0, cosigned).state, LeaseState::kBootClockOver);
}

TEST(Lease, OfNoLengthOrBeyondTheLimitIsOverAtOnce) {
  const ClockReading reading{{kStart}, {kBoot}};
  EXPECT_EQ(judge_lease(terms(0), reading, {}).state, LeaseState::kBootClockOver);
  EXPECT_EQ(judge_lease(terms(-1), reading, {}).state, LeaseState::kBootClockOver);
  EXPECT_EQ(judge_lease(terms(limits::kLeaseSecondsMax + 1), reading, {}).state,
            LeaseState::kBootClockOver);
}

TEST(Lease, WithAnAbsurdStartIsOverAtOnce) {
  const LeaseTerms absurd{{std::numeric_limits<std::int64_t>::max()}, {kBoot}, kLease};
  EXPECT_EQ(judge_lease(absurd, {{kStart}, {kBoot}}, {}).state, LeaseState::kWallClockOver);
}

TEST(LeaseClock, StaysOverWhenTheWallClockIsSetBack) {
  SetClock clock({kStart});
  LeaseClock lease(clock, {clock.now(), clock.since_boot(), kLease});
  EXPECT_EQ(lease.verdict().state, LeaseState::kRunning);
  clock.jump(kLease);
  EXPECT_EQ(lease.verdict().state, LeaseState::kWallClockOver);
  clock.jump(-kLease);
  EXPECT_EQ(lease.verdict().state, LeaseState::kWallClockOver);
}

TEST(LeaseClock, FollowsItsClock) {
  SetClock clock({kStart});
  LeaseClock lease(clock, {clock.now(), clock.since_boot(), kLease});
  clock.advance(kLease - 1);
  EXPECT_EQ(lease.verdict().seconds_left, 1);
  clock.advance(1);
  EXPECT_EQ(lease.verdict().state, LeaseState::kBootClockOver);
}

}  // namespace
}  // namespace strongroom::agent
