#include "io/descriptor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace strongroom::io {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = std::exchange(other.number_, -1);
  }
  return *this;
}

void Descriptor::close() noexcept {
  if (number_ >= 0) ::close(number_);
  number_ = -1;
}

Error error_of(int number, std::string_view doing) {
  std::array<char, 128> buffer{};
  const char* why = strerror_r(number, buffer.data(), buffer.size());
  ErrorCode code = ErrorCode::kDisk;
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      code = ErrorCode::kNoSpace;
      break;
    case ENOENT:
      code = ErrorCode::kNotFound;
      break;
    case EEXIST:
    case ENOTEMPTY:
      code = ErrorCode::kAlreadyExists;
      break;
    case EACCES:
    case EPERM:
    case ELOOP:
      code = ErrorCode::kRefused;
      break;
    default:
      break;
  }
  return {code, fmt::format("{}: {}", doing, why)};
}

}  // namespace strongroom::io
