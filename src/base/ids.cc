#include "base/ids.h"

#include <fmt/format.h>

#include <ctime>

namespace strongroom {

namespace {
constexpr std::string_view kDemonstrationPrefix = "demo-";
}

std::string shown_id(std::string_view hex, bool demonstration) {
  return demonstration ? std::string(kDemonstrationPrefix) + std::string(hex) : std::string(hex);
}

std::string_view plain_id(std::string_view shown) {
  if (shown.starts_with(kDemonstrationPrefix)) shown.remove_prefix(kDemonstrationPrefix.size());
  return shown;
}

std::string shown_time(UnixSeconds at) {
  const std::time_t seconds = at.value;
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return fmt::format("@{}", at.value);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min);
}

}  // namespace strongroom
