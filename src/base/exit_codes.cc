#include "base/exit_codes.h"

#include <fmt/format.h>

#include <array>

namespace strongroom {

namespace {

constexpr std::array kExitCodes = {
    ExitCode{ErrorCode::kUsage, "the command line or the call is wrong", "--help"},
    ExitCode{ErrorCode::kMalformed, "bytes that are not what their format says",
             "do not use them; ask who made them"},
    ExitCode{ErrorCode::kTooLarge, "over a stated bound", "the message names the bound"},
    ExitCode{ErrorCode::kNotFound, "no such thing", "look at the name, the directory, the id"},
    ExitCode{ErrorCode::kAlreadyExists, "the name or id is taken", "choose another"},
    ExitCode{ErrorCode::kConflict, "the state has moved on", "look again, then decide again"},
    ExitCode{ErrorCode::kRefused, "a rule says no", "the message says which, and who can help"},
    ExitCode{ErrorCode::kNotAuthentic, "a signature, tag, digest or proof does not hold",
             "stop and keep everything: it is evidence"},
    ExitCode{ErrorCode::kWrongKey,
             "wrong passphrase, or no key of ours fits; the one error of all key failures",
             "try the right key; there is no further hint by design"},
    ExitCode{ErrorCode::kFrozen, "a freeze is in force", "ask who froze, and why"},
    ExitCode{ErrorCode::kExpired, "too late: an expiry, a lease or a budget is over", "ask again"},
    ExitCode{ErrorCode::kNotYet, "not decided yet: votes are missing",
             "wait, or ask the custodians"},
    ExitCode{ErrorCode::kDisk, "reading or writing a file failed",
             "look at the disk and the permissions"},
    ExitCode{ErrorCode::kNoSpace, "the disk is full", "make room, run it again"},
    ExitCode{ErrorCode::kDurability, "a sync failed: what was written may not be there",
             "stop, never retry; start again and look"},
    ExitCode{ErrorCode::kNetwork, "the peer is away, or broke off",
             "try later; the message says whether it may have acted"},
    ExitCode{ErrorCode::kUnavailable,
             "this machine lacks something that is needed (FUSE, memory lock, …)",
             "the message names it"},
    ExitCode{ErrorCode::kInterrupted, "told to stop", "run it again"},
    ExitCode{ErrorCode::kInternal, "a bug of ours", "report it, with the message"},
};

}  // namespace

std::span<const ExitCode> exit_codes() { return kExitCodes; }

std::string_view remedy_of(ErrorCode code) {
  for (const ExitCode& each : kExitCodes) {
    if (each.code == code) return each.remedy;
  }
  return "";
}

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
         message.find("strongroom-server ") != std::string::npos ||
         message.find("strongroom-agent ") != std::string::npos ||
         message.find("strongroom-verify ") != std::string::npos ||
         message.find("--") != std::string::npos || message.find('?') != std::string::npos ||
         message.find("Raise the alarm") != std::string::npos;
}

}  // namespace

std::string message_of(const Error& error) {
  std::string message = printable(error.context);
  if (is_told_by_the_message(error.code) || says_what_to_do(message)) return message;
  return message + "; " + std::string(remedy_of(error.code));
}

std::string account_line(std::string_view label, std::string_view value) {
  return value.empty() ? std::string() : fmt::format("  {:<12}{}\n", label, printable(value));
}

std::string account_of(const Error& error) {
  std::string text =
      account_line("code", fmt::format("{} {}", static_cast<int>(error.code), name_of(error.code)));
  // Each step that passed the error on put what it was doing before it.
  std::string_view rest = error.context;
  for (std::size_t at = rest.find(": "); at != std::string_view::npos; at = rest.find(": ")) {
    text += account_line("while", rest.substr(0, at));
    rest.remove_prefix(at + 2);
  }
  return text + account_line("because", rest) + account_line("in general", remedy_of(error.code));
}

}  // namespace strongroom
