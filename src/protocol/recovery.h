#ifndef STRONGROOM_PROTOCOL_RECOVERY_H_
#define STRONGROOM_PROTOCOL_RECOVERY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "format/json.h"

namespace strongroom::protocol {

inline constexpr std::size_t kRecoveryHoldersMax = 255;  ///< Shamir: x = 1..255

/// Who can put the site's secrets together again when the site is lost: any `threshold` of
/// `holders`. It replaces the site, never the quorum. Holder i has x = i + 1.
struct Recovery {
  std::int64_t threshold = 0;     ///< r: 1..holders.size()
  std::vector<PersonId> holders;  ///< m: 1..255, each once
  bool operator==(const Recovery&) const = default;

  /// The holder's x, or nothing.
  [[nodiscard]] std::optional<std::uint8_t> x_of(const PersonId& person) const;
};
[[nodiscard]] format::Json to_json(const Recovery& recovery);
/// Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<Recovery> recovery_from(const format::Json& json);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_RECOVERY_H_
