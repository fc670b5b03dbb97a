#ifndef STRONGROOM_CLIENT_KEPT_LOG_H_
#define STRONGROOM_CLIENT_KEPT_LOG_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

/// What a home keeps of the log that it follows, for who reads it again.
namespace strongroom::client {

/// The name of a kept bundle; they sort by their number.
[[nodiscard]] std::string bundle_file(std::uint64_t index);
/// The entries of one. Total. Errors: kMalformed.
[[nodiscard]] Result<std::vector<Bytes>> entries_of_bundle(ByteView bundle, std::uint64_t index);

/// The entries that `home` keeps, in order, until `take` gives false. They were judged when they
/// came, and whoever needs a state from them judges them again. Errors: kDisk; kMalformed (what is
/// kept is damaged); those of `take`.
[[nodiscard]] Result<void> each_kept_entry(
    const std::string& home, const std::function<Result<bool>(std::string_view)>& take);

/// The names that were shown last, by their commitments, for when the server is away. They were
/// checked when they came. What has been erased goes with the next keeping.
using Names = std::map<Digest, std::string>;
/// Errors: kDisk, kNoSpace, kTooLarge (over 64 MiB: nothing is kept then).
[[nodiscard]] Result<void> keep_names(const std::string& home, const Names& names);
/// Empty: nothing is kept. Errors: kDisk, kMalformed.
[[nodiscard]] Result<Names> kept_names(const std::string& home);

}  // namespace strongroom::client

#endif  // STRONGROOM_CLIENT_KEPT_LOG_H_
