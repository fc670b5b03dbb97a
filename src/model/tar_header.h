#ifndef STRONGROOM_MODEL_TAR_HEADER_H_
#define STRONGROOM_MODEL_TAR_HEADER_H_

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace strongroom::model {

inline constexpr std::size_t kTarBlockBytes = 512;

/// The number in a tar header's field: octal digits between spaces or zero bytes, or GNU's
/// base-256. Nothing when it is neither or over 2^63.
[[nodiscard]] std::optional<std::uint64_t> tar_number(ByteView field);
/// Whether `block` begins with a tar header whose checksum holds, in ustar, GNU or the old form.
[[nodiscard]] bool is_tar_header(ByteView block);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_TAR_HEADER_H_
