#ifndef STRONGROOM_FORMAT_JSON_TEXT_H_
#define STRONGROOM_FORMAT_JSON_TEXT_H_

#include "format/json.h"

namespace strongroom::format {

/// What people write by hand: the values of `decode_canonical` in any order, spacing and escapes.
/// Everything else it refuses is refused here: a member twice, null, fractions, control characters.
/// Never for what is signed or hashed. Errors: kMalformed, kTooLarge (over `bytes_max`).
[[nodiscard]] Result<Json> decode_in_any_layout(std::string_view bytes, std::size_t bytes_max);

}  // namespace strongroom::format

#endif  // STRONGROOM_FORMAT_JSON_TEXT_H_
