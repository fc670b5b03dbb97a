#include "io/program_directory.h"

#include <unistd.h>

#include <array>

namespace strongroom::io {

Result<std::string> program_directory() {
  std::array<char, 4096> path{};
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (length <= 0)
    return fail(ErrorCode::kUnavailable,
                "cannot tell where this program stands (/proc/self/exe); mount /proc");
  const std::string own(path.data(), static_cast<std::size_t>(length));
  return own.substr(0, own.rfind('/'));
}

}  // namespace strongroom::io
