#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/exit_codes.h"
#include "base/program.h"
#include "format/json.h"
#include "screen.h"

namespace strongroom::terminal {

namespace {

std::string trail_of(const Common& common, std::string_view verb, const Error& error) {
  std::string text = account_line("verb", verb) + account_of(error);
  const auto line = [&text](std::string_view label, std::string_view value) {
    text += account_line(label, value);
  };
  line("home", common.home);
  for (const auto& [label, value] : *common.trail) line(label, value);
  utsname kernel{};
  if (uname(&kernel) == 0)
    line("system", fmt::format("{} {} {}", kernel.sysname, kernel.release, kernel.machine));
  line("version", kVersion);
  return text;
}

}  // namespace

int report_error(const Common& common, std::string_view verb, const Error& error) {
  const std::string message = message_of(error);
  write_err(
      fmt::format("{} {}\n", inked(common, STDERR_FILENO, Ink::kBad, "strongroom:"), message));
  if (common.verbose) write_err(fmt::format("{}", trail_of(common, verb, error)));
  if (common.json) {
    write_out(fmt::format(
        "{}\n",
        format::encode(format::Json::Object{
            {"error", std::string(name_of(error.code))}, {"message", message}, {"ok", false}})));
  }
  return static_cast<int>(error.code);
}

}  // namespace strongroom::terminal
