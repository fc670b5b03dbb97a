#ifndef STRONGROOM_BASE_LIMITS_H_
#define STRONGROOM_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

/// Every bound on outside input in one place, with its unit in its name.
namespace strongroom::limits {

inline constexpr std::size_t kEntryBytesMax = 65'535;  ///< one log entry (tlog-tiles: u16 length)
inline constexpr std::size_t kJsonDepthMax = 16;
inline constexpr std::size_t kJsonDocumentBytesMax = 64u << 20;  ///< manifests of 100,000 files
inline constexpr std::int64_t kJsonIntegerMax = (std::int64_t{1} << 53) - 1;
inline constexpr std::size_t kTextBytesMax = 10'000;  ///< names, purposes, reasons
inline constexpr std::size_t kPolicyDepthMax = 4;
inline constexpr std::size_t kPolicyChildrenMax = 255;  ///< Shamir: x = 1..255
inline constexpr std::size_t kPolicyPersonsMax = 255;
inline constexpr std::size_t kObjectFilesMax = 1'000'000;
inline constexpr std::size_t kObjectGroupsMax = 65'535;
inline constexpr std::size_t kPathBytesMax = 4'096;
inline constexpr std::int64_t kLeaseSecondsMax = 30 * 24 * 3600;
inline constexpr std::int64_t kProposalSecondsMax = 30 * 24 * 3600;
inline constexpr std::int64_t kRedemptionsMax = 64;
inline constexpr std::size_t kPassphraseBytesMax = 1'024;

}  // namespace strongroom::limits

#endif  // STRONGROOM_BASE_LIMITS_H_
