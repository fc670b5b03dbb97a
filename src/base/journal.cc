#include "base/journal.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <ctime>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"

namespace strongroom {

namespace {

constexpr std::size_t kLineBytesMax = 2'000;  // below what a pipe takes in one piece

// The environment as it was given; nobody here changes it.
std::string_view surrounding(std::string_view name) {
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view line = *each;
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == '=')
      return line.substr(name.size() + 1);
  }
  return {};
}

// JOURNAL_STREAM is "device:inode" of the socket; a child may have another stderr.
bool stderr_is_the_journal() {
  const std::string_view named = surrounding("JOURNAL_STREAM");
  struct stat found {};
  return !named.empty() && fstat(STDERR_FILENO, &found) == 0 &&
         named == fmt::format("{}:{}", found.st_dev, found.st_ino);
}

// RFC 3339, in UTC, to the second.
std::string stamp() {
  const time_t now = SystemClock().now().value;
  struct tm parts {};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string value_of(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:+";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(text);
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string journal_line(std::string_view event, std::initializer_list<Journal::Field> fields) {
  std::string line = fmt::format("event={}", event);
  for (const auto& [name, value] : fields) line += fmt::format(" {}={}", name, value_of(value));
  if (line.size() > kLineBytesMax) line = line.substr(0, kLineBytesMax) + "… cut=1";
  return line;
}

Journal::Journal(std::string_view program)
    : program_(program), read_by_systemd_(stderr_is_the_journal()) {}

void Journal::tell(Priority priority, std::string_view event,
                   std::initializer_list<Field> fields) const {
  const std::string line = journal_line(event, fields);
  const std::string whole = read_by_systemd_
                                ? fmt::format("<{}>{}\n", static_cast<int>(priority), line)
                                : fmt::format("{} {}: {}\n", stamp(), program_, line);
  // In one piece: lines of two threads do not mix.
  const ssize_t written = write(STDERR_FILENO, whole.data(), whole.size());
  static_cast<void>(written);
}

void notify_supervisor(std::string_view state) {
  const std::string_view path = surrounding("NOTIFY_SOCKET");
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  if (path.front() == '@') address.sun_path[0] = '\0';
  const int socket_number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_number < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const ssize_t sent = sendto(socket_number, state.data(), state.size(), MSG_NOSIGNAL,
                              reinterpret_cast<const sockaddr*>(&address), length);  // NOLINT
  static_cast<void>(sent);
  ::close(socket_number);
}

}  // namespace strongroom
