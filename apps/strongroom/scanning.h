#ifndef STRONGROOM_STRONGROOM_SCANNING_H_
#define STRONGROOM_STRONGROOM_SCANNING_H_

#include <string_view>

#include "options.h"

/// What scan and delta share.
namespace strongroom::terminal {

/// What they end with when something is suspicious: docs/operating/exit-codes.md.
inline constexpr int kExitSuspicious = 40;
inline constexpr std::size_t kPerSection = 40;  ///< entries shown of each kind, without --verbose
inline constexpr std::size_t kFingerprintBytesMax = 1u << 30;
inline constexpr std::string_view kFingerprintSuffix = ".fingerprint";

/// For as many threads as there are cores, at most 16.
[[nodiscard]] int cores();
/// From here on no byte that is read can make this process write, run or send anything, but write
/// beneath `keep` when that is not empty. With --verbose it says what this kernel lacks for it.
/// Errors: kUnavailable, kNotFound (`keep`).
[[nodiscard]] Result<void> confine(const Common& common, const std::string& keep);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_SCANNING_H_
