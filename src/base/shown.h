#ifndef STRONGROOM_BASE_SHOWN_H_
#define STRONGROOM_BASE_SHOWN_H_

#include <cstdint>
#include <string>

/// How quantities are written for people, everywhere the same.
namespace strongroom {

/// "17.1 MB", decimal.
[[nodiscard]] std::string shown_bytes(std::uint64_t bytes);
/// "3 hours 20 minutes", "45 seconds"; at most two units, rounded down.
[[nodiscard]] std::string shown_duration(std::int64_t seconds);

}  // namespace strongroom

#endif  // STRONGROOM_BASE_SHOWN_H_
