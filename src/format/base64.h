#ifndef STRONGROOM_FORMAT_BASE64_H_
#define STRONGROOM_FORMAT_BASE64_H_

#include <optional>
#include <string>

#include "base/bytes.h"

namespace strongroom::format {

/// RFC 4648 §4, padded. Variable time: not for secrets.
[[nodiscard]] std::string to_base64(ByteView bytes);
/// Only the canonical form (padding present, unused bits zero, no white space); anything else is
/// nothing.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

}  // namespace strongroom::format

#endif  // STRONGROOM_FORMAT_BASE64_H_
