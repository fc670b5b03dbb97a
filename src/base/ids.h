#ifndef STRONGROOM_BASE_IDS_H_
#define STRONGROOM_BASE_IDS_H_

#include <array>
#include <compare>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace strongroom {

/// N public bytes with a meaning. Different meanings do not compare or convert. Variable time: for
/// ids and digests, never for secrets.
template <std::size_t N, class Meaning>
struct FixedBytes {
  std::array<std::uint8_t, N> bytes{};

  static constexpr std::size_t kBytes = N;
  auto operator<=>(const FixedBytes&) const = default;
  [[nodiscard]] ByteView view() const { return bytes; }
  [[nodiscard]] std::string hex() const { return to_hex(bytes); }
  /// Exactly 2N lower-case hexadecimal digits.
  [[nodiscard]] static std::optional<FixedBytes> from_hex_text(std::string_view text) {
    const std::optional<Bytes> decoded = from_hex(text);
    return decoded ? from_view(*decoded) : std::nullopt;
  }
  [[nodiscard]] static std::optional<FixedBytes> from_view(ByteView view) {
    if (view.size() != N) return std::nullopt;
    FixedBytes fixed;
    std::copy(view.begin(), view.end(), fixed.bytes.begin());
    return fixed;
  }
};

using Digest = FixedBytes<32, struct DigestMeaning>;  ///< SHA-256 unless it says otherwise
using StrongroomId = FixedBytes<32, struct StrongroomMeaning>;  ///< SHA-256 of the genesis body
using ObjectId = FixedBytes<32, struct ObjectMeaning>;  ///< random: one version of one model
using AssetId = FixedBytes<16, struct AssetMeaning>;    ///< random: a model or artefact
using ProposalId = FixedBytes<32, struct ProposalMeaning>;
using PersonId =
    FixedBytes<8, struct PersonMeaning>;           ///< random pseudonym: human, service or AI agent
using HostId = FixedBytes<8, struct HostMeaning>;  ///< random
using KeyId = FixedBytes<16, struct KeyMeaning>;  ///< first 16 bytes of SHA-256 over the public key

/// Seconds since 1970-01-01T00:00:00Z. A claim of somebody's clock.
struct UnixSeconds {
  std::int64_t value = 0;
  auto operator<=>(const UnixSeconds&) const = default;
};
[[nodiscard]] inline UnixSeconds operator+(UnixSeconds a, std::int64_t seconds) {
  return {a.value + seconds};
}

/// Seconds since this machine booted, sleep included; does not jump.
struct BootSeconds {
  std::int64_t value = 0;
  auto operator<=>(const BootSeconds&) const = default;
};

/// An object's id as people see it: in demonstration mode it says so, for ever.
[[nodiscard]] std::string shown_id(std::string_view hex, bool demonstration);
/// Takes what shown_id gave, with or without the "demo-" it may begin with.
[[nodiscard]] std::string_view plain_id(std::string_view shown);

/// "2026-11-21 06:15 UTC"
[[nodiscard]] std::string shown_time(UnixSeconds at);

}  // namespace strongroom

template <std::size_t N, class Meaning>
struct std::hash<strongroom::FixedBytes<N, Meaning>> {
  std::size_t operator()(const strongroom::FixedBytes<N, Meaning>& id) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 0; i < sizeof value && i < N; ++i) value = (value << 8) | id.bytes[i];
    return value;
  }
};

#endif  // STRONGROOM_BASE_IDS_H_
