#include "agent/lease_clock.h"

#include <algorithm>

#include "base/limits.h"
#include "base/result.h"

namespace strongroom::agent {

std::string_view reason_of(LeaseState state) {
  switch (state) {
    case LeaseState::kRunning:
      return "the lease is running";
    case LeaseState::kBootClockOver:
      return "the lease is over by the time this machine has been running";
    case LeaseState::kWallClockOver:
      return "the lease is over by this machine's wall clock";
    case LeaseState::kCosignedTimeOver:
      return "the lease is over by the witnesses' time";
    case LeaseState::kCutOff:
      return "no witnessed time young enough has reached this machine";
    case LeaseState::kRebooted:
      return "this machine has restarted since the redemption";
  }
  return "unknown";
}

LeaseVerdict judge_lease(const LeaseTerms& terms, ClockReading reading,
                         const std::optional<CosignedTime>& cosigned) {
  const std::int64_t lease = terms.lease_seconds;
  if (lease <= 0 || lease > limits::kLeaseSecondsMax) return {LeaseState::kBootClockOver, 0};
  if (reading.boot < terms.redeemed_boot) return {LeaseState::kRebooted, 0};
  const std::int64_t elapsed = reading.boot.value - terms.redeemed_boot.value;
  if (elapsed >= lease) return {LeaseState::kBootClockOver, 0};
  // From here on elapsed < 30 days. Times are claims of clocks and may be anything, so they are
  // compared by differences that cannot overflow for sane c₀, and insane ones are over.
  const std::int64_t start = terms.redeemed_at.value;
  if (start < 0 || start > limits::kJsonIntegerMax) return {LeaseState::kWallClockOver, 0};
  const std::int64_t over_at = start + lease;
  if (reading.wall.value >= over_at) return {LeaseState::kWallClockOver, 0};
  std::int64_t left = lease - elapsed;
  // A wall clock set back gives no more than the boot clock does.
  if (reading.wall.value > start) left = std::min(left, over_at - reading.wall.value);
  if (!cosigned) return {LeaseState::kRunning, left};
  if (cosigned->latest.value >= over_at) return {LeaseState::kCosignedTimeOver, 0};
  const std::int64_t exposure =
      std::clamp<std::int64_t>(cosigned->exposure_seconds, 0, limits::kLeaseSecondsMax);
  const std::int64_t needed = start + elapsed - exposure;
  if (cosigned->latest.value < needed) return {LeaseState::kCutOff, 0};
  return {LeaseState::kRunning, std::min(left, over_at - cosigned->latest.value)};
}

LeaseVerdict LeaseClock::verdict(const std::optional<CosignedTime>& cosigned) {
  const Lock lock(mutex_);
  if (over_ != LeaseState::kRunning) return {over_, 0};
  const LeaseVerdict judged = judge_lease(terms_, {clock_.now(), clock_.since_boot()}, cosigned);
  over_ = judged.state;
  return judged;
}

}  // namespace strongroom::agent
