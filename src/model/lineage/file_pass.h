#ifndef STRONGROOM_MODEL_LINEAGE_FILE_PASS_H_
#define STRONGROOM_MODEL_LINEAGE_FILE_PASS_H_

#include <functional>

#include "model/lineage/fingerprint.h"

namespace strongroom::model::lineage {

/// Reads the file's first `file_bytes` bytes in order and gives each piece to `work`, on the
/// calling thread, while another thread hashes it (or this one, when options.threads is 1 or no
/// thread can be had). Gives the SHA-256. Four pieces of memory. Errors: kInterrupted, kMalformed
/// (the file has become shorter), kDisk.
[[nodiscard]] Result<Digest> read_and_hash(
    const io::Reader& file, std::uint64_t file_bytes, const FingerprintOptions& options,
    const std::function<void(std::uint64_t offset, ByteView piece)>& work);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_FILE_PASS_H_
