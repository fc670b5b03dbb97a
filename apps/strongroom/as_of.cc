#include "as_of.h"

#include <algorithm>
#include <charconv>

#include "client/kept_log.h"
#include "registry/triage/facts.h"

namespace strongroom::terminal {

namespace {

constexpr std::int64_t kDaySeconds = 24 * 3600;
constexpr std::size_t kDayDigits = 10;  // "2026-11-21"

struct Until {
  std::optional<std::int64_t> index;
  std::optional<UnixSeconds> time;
};

tl::unexpected<Error> wrong() {
  return fail(
      ErrorCode::kUsage,
      "--as-of: a log position (412), a day (2026-11-21) or a time (2026-11-21 10:00, UTC)");
}

std::optional<std::int64_t> number(std::string_view text, std::int64_t max) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() ||
      value < 0 || value > max || text.front() == '-')
    return std::nullopt;
  return value;
}

// "10:00" or "10:00:00"; the last second that is meant.
std::optional<std::int64_t> seconds_of(std::string_view clock) {
  const bool has_seconds = clock.size() == 8 && clock[5] == ':';
  if ((clock.size() != 5 && !has_seconds) || clock[2] != ':') return std::nullopt;
  const auto hours = number(clock.substr(0, 2), 23);
  const auto minutes = number(clock.substr(3, 2), 59);
  const auto seconds =
      has_seconds ? number(clock.substr(6, 2), 59) : std::optional<std::int64_t>(0);
  if (!hours || !minutes || !seconds) return std::nullopt;
  return *hours * 3600 + *minutes * 60 + *seconds;
}

Result<Until> until_of(const std::string& when) {
  if (const auto index = number(when, limits::kJsonIntegerMax)) return Until{index, std::nullopt};
  std::string_view text = when;
  const Result<triage::Date> day = triage::date_from(text.substr(0, kDayDigits));
  if (!day) return wrong();
  const std::int64_t begins = day->days * kDaySeconds;
  text.remove_prefix(kDayDigits);
  if (text.empty()) return Until{std::nullopt, UnixSeconds{begins + kDaySeconds - 1}};
  if (text.front() != 'T' && text.front() != ' ') return wrong();
  text.remove_prefix(1);
  for (const std::string_view zone : {"Z", " UTC"}) {
    if (text.ends_with(zone)) text.remove_suffix(zone.size());
  }
  const auto seconds = seconds_of(text);
  if (!seconds) return wrong();
  return Until{std::nullopt, UnixSeconds{begins + *seconds}};
}

}  // namespace

Result<Past> world_as_of(const std::string& home, const StrongroomId& pinned,
                         const std::string& when, UnixSeconds now) {
  ASSIGN_OR_RETURN(const Until until, until_of(when));
  Past past{std::make_unique<judge::World>(pinned), {}};
  RETURN_IF_ERROR(client::each_kept_entry(home, [&](std::string_view bytes) -> Result<bool> {
    ASSIGN_OR_RETURN(const protocol::Entry entry, protocol::decode_entry(bytes));
    if (until.index && entry.index > *until.index) return false;
    if (until.time && entry.time > *until.time) return false;
    RETURN_IF_ERROR(past.world->follow(bytes));
    return true;
  }));
  if (past.world->size() == 0)
    return fail(ErrorCode::kNotFound, "this strongroom had not been founded yet");
  past.at = until.time ? std::min(*until.time, now) : past.world->time();
  return past;
}

}  // namespace strongroom::terminal
