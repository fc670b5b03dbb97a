#include "sweep_asked.h"

#include <sys/stat.h>

#include <array>
#include <charconv>
#include <climits>
#include <cstdlib>

#include "format/json.h"

namespace strongroom::host {

namespace {

Result<std::int64_t> seconds_from(const std::string& text) {
  constexpr std::int64_t kHour = 3600;
  constexpr std::int64_t kMinute = 60;
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  const std::int64_t factor = unit.empty() || unit == "h" ? kHour
                              : unit == "m"               ? kMinute
                              : unit == "s"               ? 1
                                                          : 0;
  constexpr std::int64_t kMax = client::SweepPlan::kEveryMax;
  if (error != std::errc() || factor == 0 || number < 1 || number > kMax / factor) {
    return fail(ErrorCode::kUsage,
                "--every: hours, as 12, or with a unit, as 12h, 30m or 90s; at "
                "most a year");
  }
  return number * factor;
}

Result<std::string> directory_from(const std::string& typed) {
  std::array<char, PATH_MAX> resolved{};
  struct stat found {};
  if (realpath(typed.c_str(), resolved.data()) == nullptr || stat(resolved.data(), &found) != 0 ||
      !S_ISDIR(found.st_mode)) {
    return fail(ErrorCode::kNotFound, "--sweep: no directory " + printable(typed));
  }
  std::string path(resolved.data());
  if (!format::is_clean_text(path))
    return fail(ErrorCode::kUsage, "--sweep: a path with invisible characters");
  return path;
}

}  // namespace

Result<std::optional<client::SweepPlan>> take_sweep_plan(const std::string& home,
                                                         const SweepAsked& asked) {
  ASSIGN_OR_RETURN(std::optional<client::SweepPlan> plan, client::read_sweep_plan(home));
  const bool changes = !asked.directories.empty() || !asked.every.empty();
  if (asked.directories.size() > client::SweepPlan::kDirectoriesMax)
    return fail(ErrorCode::kUsage, "--sweep: 64 directories at most; name one above them");
  if ((changes || asked.now) && asked.directories.empty() && !plan) {
    return fail(ErrorCode::kUsage,
                "nothing is planned to be swept here: name directories with --sweep");
  }
  if (!changes) return plan;
  if (!plan) plan.emplace();
  if (!asked.directories.empty()) plan->directories.clear();
  for (const std::string& each : asked.directories) {
    ASSIGN_OR_RETURN(std::string directory, directory_from(each));
    plan->directories.push_back(std::move(directory));
  }
  if (!asked.every.empty()) {
    ASSIGN_OR_RETURN(plan->every_seconds, seconds_from(asked.every));
  }
  RETURN_IF_ERROR(client::write_sweep_plan(home, *plan));
  return plan;
}

}  // namespace strongroom::host
