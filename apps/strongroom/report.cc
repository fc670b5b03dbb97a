#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/exit_codes.h"
#include "base/program.h"
#include "format/json.h"
#include "screen.h"

namespace strongroom::terminal {

namespace {

// Some remedies only point at the message; of those the message must speak for itself.
bool is_told_by_the_message(ErrorCode code) {
  return code == ErrorCode::kRefused || code == ErrorCode::kTooLarge ||
         code == ErrorCode::kUnavailable || code == ErrorCode::kUsage;
}

// Our sentences put what to do behind a semicolon, or name the command.
bool says_what_to_do(const std::string& message) {
  return message.find("; ") != std::string::npos ||
         message.find("strongroom ") != std::string::npos ||
         message.find("strongroom-") != std::string::npos ||
         message.find("--") != std::string::npos || message.find('?') != std::string::npos ||
         message.find("Raise the alarm") != std::string::npos;
}

std::string with_remedy(const Error& error) {
  std::string message = printable(error.context);
  if (is_told_by_the_message(error.code) || says_what_to_do(message)) return message;
  return message + "; " + std::string(remedy_of(error.code));
}

std::string trail_of(const Common& common, std::string_view verb, const Error& error) {
  std::string text;
  const auto line = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) text += fmt::format("  {:<12}{}\n", label, printable(value));
  };
  line("verb", verb);
  line("code", fmt::format("{} {}", static_cast<int>(error.code), name_of(error.code)));
  // Each step that passed the error on put what it was doing before it.
  std::string_view rest = error.context;
  for (std::size_t at = rest.find(": "); at != std::string_view::npos; at = rest.find(": ")) {
    line("while", rest.substr(0, at));
    rest.remove_prefix(at + 2);
  }
  line("because", rest);
  line("in general", remedy_of(error.code));
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
  const std::string message = with_remedy(error);
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
