#include "agent/mount_table.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace strongroom::agent {

namespace {

constexpr std::size_t kMountTableBytesMax = 16u << 20;

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes space, tab, newline and backslash as \ooo.
std::string unescaped(std::string_view field) {
  std::string plain;
  for (std::size_t at = 0; at < field.size(); ++at) {
    if (field[at] == '\\' && at + 3 < field.size() && is_octal(field[at + 1]) &&
        is_octal(field[at + 2]) && is_octal(field[at + 3])) {
      plain.push_back(static_cast<char>((field[at + 1] - '0') * 64 + (field[at + 2] - '0') * 8 +
                                        (field[at + 3] - '0')));
      at += 3;
    } else {
      plain.push_back(field[at]);
    }
  }
  return plain;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const std::size_t at = text.find(separator);
    if (!text.empty() && at != 0) pieces.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

}  // namespace

std::vector<MountRow> parse_mount_table(std::string_view text) {
  std::vector<MountRow> rows;
  for (const std::string_view line : split(text, '\n')) {
    const std::vector<std::string_view> fields = split(line, ' ');
    // id parent major:minor root directory options [optional…] - type source [options]
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (dash - fields.begin() < 6 || fields.end() - dash < 3) continue;
    rows.push_back({.root = unescaped(fields[3]),
                    .directory = unescaped(fields[4]),
                    .type = unescaped(dash[1]),
                    .source = unescaped(dash[2])});
  }
  return rows;
}

Result<std::vector<MountRow>> read_mount_table() {
  ASSIGN_OR_RETURN(const std::string text,
                   read_kernel_file("/proc/self/mountinfo", kMountTableBytesMax));
  return parse_mount_table(text);
}

Result<std::string> read_kernel_file(const std::string& path, std::size_t bytes_max) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
    return fail(code, with_errno("opening " + path, errno));
  }
  std::string text;
  std::array<char, 4096> piece;
  while (true) {
    const ssize_t got = read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      // ESRCH: the process behind a /proc file went away between open and read.
      const ErrorCode code = errno == ESRCH ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
      const std::string trouble = with_errno("reading " + path, errno);
      close(fd);
      return fail(code, trouble);
    }
    if (got == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max) {
      close(fd);
      return fail(ErrorCode::kTooLarge, fmt::format("{} is over {} bytes", path, bytes_max));
    }
  }
  close(fd);
  return text;
}

void tell_kernel(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(!write(fd, text.data(), text.size()));
  close(fd);
}

std::string with_errno(std::string_view doing, int error_number) {
  return fmt::format("{}: {}", doing, std::generic_category().message(error_number));
}

}  // namespace strongroom::agent
