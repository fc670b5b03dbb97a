#include "base/shown.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace strongroom {

std::string shown_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  // 999.95 would be shown as 1000.0.
  while (amount >= 999.95 && unit + 1 < kUnits.size()) {
    amount /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string shown_duration(std::int64_t seconds) {
  const std::array<std::pair<std::int64_t, const char*>, 4> units{
      {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}};
  std::string text;
  int parts = 0;
  for (const auto& [length, name] : units) {
    const std::int64_t count = seconds / length;
    if (count == 0 || parts == 2) continue;
    text += fmt::format("{}{} {}{}", text.empty() ? "" : " ", count, name, count == 1 ? "" : "s");
    seconds -= count * length;
    ++parts;
  }
  return text.empty() ? "0 seconds" : text;
}

}  // namespace strongroom
