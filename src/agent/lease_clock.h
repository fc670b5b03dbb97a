#ifndef STRONGROOM_AGENT_LEASE_CLOCK_H_
#define STRONGROOM_AGENT_LEASE_CLOCK_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"

namespace strongroom::agent {

/// Fixed at redemption.
struct LeaseTerms {
  UnixSeconds redeemed_at;    ///< c₀: cosigned time; a server's claim while freshness is unproved
  BootSeconds redeemed_boot;  ///< b₀: this machine's boot clock at that moment
  std::int64_t lease_seconds = 0;  ///< 1..limits::kLeaseSecondsMax; anything else is over at once
};

/// What the required witnesses have said by now, and how far they may lag.
struct CosignedTime {
  UnixSeconds latest;                 ///< every required witness has cosigned at or after it
  std::int64_t exposure_seconds = 0;  ///< H: how long a cut-off host may go on
};

enum class LeaseState {
  kRunning,
  kBootClockOver,     ///< the boot clock has counted the lease
  kWallClockOver,     ///< the wall clock is past c₀ + lease (a machine that was paused, say)
  kCosignedTimeOver,  ///< the witnesses' time is past c₀ + lease
  kCutOff,            ///< no cosigned time that is young enough: c₀ + (b − b₀) − H
  kRebooted,          ///< the boot clock is before b₀: not the machine run that redeemed
};
/// For people: "the lease is over by this machine's boot clock".
[[nodiscard]] std::string_view reason_of(LeaseState state);

struct LeaseVerdict {
  LeaseState state = LeaseState::kRunning;
  std::int64_t seconds_left = 0;  ///< upper bound; 0 unless running
};

/// One reading of this machine's clocks.
struct ClockReading {
  UnixSeconds wall;
  BootSeconds boot;
};

/// Every rule counts and the strictest wins, so no clock can lengthen a lease. Without `cosigned`,
/// freshness is unproved and the machine's clocks decide. Pure; thread-safe. Source: vault.md,
/// Lease.
[[nodiscard]] LeaseVerdict judge_lease(const LeaseTerms& terms, ClockReading reading,
                                       const std::optional<CosignedTime>& cosigned);

/// Applies the rule and remembers: a lease once over stays over, whatever the clocks do afterwards.
/// Thread-safe.
class LeaseClock {
 public:
  /// `clock` is borrowed for the life of this.
  LeaseClock(const Clock& clock, const LeaseTerms& terms) : clock_(clock), terms_(terms) {}
  [[nodiscard]] LeaseVerdict verdict(const std::optional<CosignedTime>& cosigned = std::nullopt);
  [[nodiscard]] const LeaseTerms& terms() const { return terms_; }

 private:
  const Clock& clock_;
  const LeaseTerms terms_;
  Mutex mutex_;
  LeaseState over_ GUARDED_BY(mutex_) = LeaseState::kRunning;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_LEASE_CLOCK_H_
