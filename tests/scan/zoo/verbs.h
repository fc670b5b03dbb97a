#ifndef STRONGROOM_TESTS_SCAN_ZOO_VERBS_H_
#define STRONGROOM_TESTS_SCAN_ZOO_VERBS_H_

#include <string>

#include "base/result.h"
#include "kinds.h"

namespace strongroom::model::lineage::zoo {

/// Writes `families` families of models and their derivatives under names that tell nothing, and
/// truth.json, into the folder `path`, which is there and empty. Errors: as io::Directory.
[[nodiscard]] Result<void> write_zoo(const std::string& path, std::uint64_t seed,
                                     std::size_t families);

/// Judges every derivative of seeds `first` to `last` against its parents and against strangers,
/// and prints tables, as JSON when asked.
void report_roc(const Size& size, std::uint64_t first, std::uint64_t last, bool as_json);

}  // namespace strongroom::model::lineage::zoo

#endif  // STRONGROOM_TESTS_SCAN_ZOO_VERBS_H_
