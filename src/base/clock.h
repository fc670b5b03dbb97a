#ifndef STRONGROOM_BASE_CLOCK_H_
#define STRONGROOM_BASE_CLOCK_H_

#include <atomic>

#include "base/ids.h"

namespace strongroom {

/// Time comes by constructor, never from a global. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual UnixSeconds now() const = 0;
  [[nodiscard]] virtual BootSeconds since_boot() const = 0;
};

/// The machine's own clocks (CLOCK_REALTIME, CLOCK_BOOTTIME).
class SystemClock final : public Clock {
 public:
  [[nodiscard]] UnixSeconds now() const override;
  [[nodiscard]] BootSeconds since_boot() const override;
};

/// Stands still until told; for tests.
class SetClock final : public Clock {
 public:
  explicit SetClock(UnixSeconds start) : now_(start.value) {}
  void advance(std::int64_t seconds) {
    now_ += seconds;
    boot_ += seconds;
  }
  /// Only the wall clock jumps.
  void jump(std::int64_t seconds) { now_ += seconds; }
  [[nodiscard]] UnixSeconds now() const override { return {now_}; }
  [[nodiscard]] BootSeconds since_boot() const override { return {boot_}; }

 private:
  std::atomic<std::int64_t> now_;
  std::atomic<std::int64_t> boot_{1000};
};

}  // namespace strongroom

#endif  // STRONGROOM_BASE_CLOCK_H_
