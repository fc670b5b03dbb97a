#ifndef STRONGROOM_SEAL_RESEALED_LEAVES_H_
#define STRONGROOM_SEAL_RESEALED_LEAVES_H_

#include <string>
#include <vector>

#include "seal/shares.h"

namespace strongroom::seal {

/// What one vote carries: {"leaves":[…]}, canonical, at most one leaf per group.
[[nodiscard]] std::string encode(const std::vector<ResealedLeaf>& leaves);
/// Total. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<std::vector<ResealedLeaf>> decode_resealed_leaves(std::string_view bytes);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_RESEALED_LEAVES_H_
