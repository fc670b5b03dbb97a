#include "base/clock.h"

#include <ctime>

#include "base/result.h"

namespace strongroom {

namespace {
std::int64_t seconds_of(clockid_t id) {
  timespec time{};
  CHECK(clock_gettime(id, &time) == 0);
  return time.tv_sec;
}
}  // namespace

UnixSeconds SystemClock::now() const { return {seconds_of(CLOCK_REALTIME)}; }
BootSeconds SystemClock::since_boot() const { return {seconds_of(CLOCK_BOOTTIME)}; }

}  // namespace strongroom
