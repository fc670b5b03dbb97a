#include "model/tar_header.h"

#include <algorithm>

namespace strongroom::model {
namespace {

constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kChecksumBytes = 8;

}  // namespace

std::optional<std::uint64_t> tar_number(ByteView field) {
  if (!field.empty() && (field[0] & 0x80) != 0) {
    std::uint64_t value = field[0] & 0x7f;
    for (const std::uint8_t byte : field.subspan(1)) {
      if (value >> 55 != 0) return std::nullopt;
      value = (value << 8) | byte;
    }
    return value;
  }
  const auto is_filler = [](std::uint8_t byte) { return byte == ' ' || byte == 0; };
  std::size_t at = 0;
  while (at < field.size() && field[at] == ' ') ++at;
  std::uint64_t value = 0;
  for (; at < field.size() && field[at] >= '0' && field[at] <= '7'; ++at) {
    if (value >> 60 != 0) return std::nullopt;
    value = value * 8 + (field[at] - '0');
  }
  if (!std::all_of(field.begin() + static_cast<std::ptrdiff_t>(at), field.end(), is_filler)) {
    return std::nullopt;
  }
  return value;
}

bool is_tar_header(ByteView block) {
  if (block.size() < kTarBlockBytes || block[0] == 0) return false;
  const ByteView field = block.subspan(kChecksumAt, kChecksumBytes);
  const std::optional<std::uint64_t> claimed = tar_number(field);
  if (!claimed || field[0] >= 0x80) return false;
  // Old tars summed signed characters.
  std::int64_t as_unsigned = 0;
  std::int64_t as_signed = 0;
  for (std::size_t i = 0; i < kTarBlockBytes; ++i) {
    const bool is_sum = i >= kChecksumAt && i < kChecksumAt + kChecksumBytes;
    const std::uint8_t byte = is_sum ? std::uint8_t{' '} : block[i];
    as_unsigned += byte;
    as_signed += static_cast<std::int8_t>(byte);
  }
  const auto sum = static_cast<std::int64_t>(*claimed);
  return sum == as_unsigned || sum == as_signed;
}

}  // namespace strongroom::model
