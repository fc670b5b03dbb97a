#ifndef STRONGROOM_BASE_BYTES_H_
#define STRONGROOM_BASE_BYTES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom {

using Bytes = std::vector<std::uint8_t>;
/// Borrowed; whoever takes one may use it until the call returns, unless it says otherwise.
using ByteView = std::span<const std::uint8_t>;
using MutableByteView = std::span<std::uint8_t>;

/// The bytes of `text`, borrowed.
[[nodiscard]] ByteView as_bytes(std::string_view text);
/// `bytes` as text, borrowed; says nothing about their encoding.
[[nodiscard]] std::string_view as_text(ByteView bytes);
[[nodiscard]] Bytes copy_bytes(ByteView bytes);

/// Lower-case hexadecimal. Variable time: not for secrets.
[[nodiscard]] std::string to_hex(ByteView bytes);
/// Lower case only, even length; anything else is nothing.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

/// Writes `value` big-endian into the first bytes of `out`.
void put_u16(std::uint16_t value, std::span<std::uint8_t, 2> out);
void put_u32(std::uint32_t value, std::span<std::uint8_t, 4> out);
void put_u64(std::uint64_t value, std::span<std::uint8_t, 8> out);
[[nodiscard]] std::uint16_t get_u16(std::span<const std::uint8_t, 2> in);
[[nodiscard]] std::uint32_t get_u32(std::span<const std::uint8_t, 4> in);
[[nodiscard]] std::uint64_t get_u64(std::span<const std::uint8_t, 8> in);

/// The one way that fields are put together before hashing, signing or binding: each field as its
/// length (u64, big-endian) and its bytes. Two different lists of fields never give the same bytes.
class Joined {
 public:
  Joined& add(ByteView field);
  Joined& add(std::string_view field) { return add(as_bytes(field)); }
  /// As a field of eight bytes, big-endian.
  Joined& add_number(std::uint64_t value);
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

}  // namespace strongroom

#endif  // STRONGROOM_BASE_BYTES_H_
