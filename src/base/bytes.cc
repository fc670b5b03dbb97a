#include "base/bytes.h"

namespace strongroom {

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes copy_bytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::string to_hex(ByteView bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

namespace {
int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}
}  // namespace

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit_of(text[2 * i]);
    const int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return bytes;
}

namespace {
template <class Number, std::size_t N>
void put(Number value, std::span<std::uint8_t, N> out) {
  for (std::size_t i = 0; i < N; ++i) {
    out[i] = static_cast<std::uint8_t>(value >> (8 * (N - 1 - i)));
  }
}
template <class Number, std::size_t N>
Number get(std::span<const std::uint8_t, N> in) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : in) value = (value << 8) | byte;
  return static_cast<Number>(value);
}
}  // namespace

void put_u16(std::uint16_t value, std::span<std::uint8_t, 2> out) { put(value, out); }
void put_u32(std::uint32_t value, std::span<std::uint8_t, 4> out) { put(value, out); }
void put_u64(std::uint64_t value, std::span<std::uint8_t, 8> out) { put(value, out); }
std::uint16_t get_u16(std::span<const std::uint8_t, 2> in) { return get<std::uint16_t>(in); }
std::uint32_t get_u32(std::span<const std::uint8_t, 4> in) { return get<std::uint32_t>(in); }
std::uint64_t get_u64(std::span<const std::uint8_t, 8> in) { return get<std::uint64_t>(in); }

Joined& Joined::add(ByteView field) {
  std::array<std::uint8_t, 8> length{};
  put_u64(field.size(), length);
  bytes_.insert(bytes_.end(), length.begin(), length.end());
  bytes_.insert(bytes_.end(), field.begin(), field.end());
  return *this;
}

Joined& Joined::add_number(std::uint64_t value) {
  std::array<std::uint8_t, 8> field{};
  put_u64(value, field);
  return add(field);
}

}  // namespace strongroom
