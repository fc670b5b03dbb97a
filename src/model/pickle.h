#ifndef STRONGROOM_MODEL_PICKLE_H_
#define STRONGROOM_MODEL_PICKLE_H_

#include <cstdint>

#include "base/result.h"
#include "io/reader.h"
#include "model/finding.h"
#include "model/pickle_values.h"

/// Python pickles, protocols 0 to 5, followed symbolically: every instruction is read, none is run.
/// What a pickle asks for is held against the list of globals in catalog/pickle_globals.json; what
/// is not on it is never clean (docs/decisions/0030-pickle-allow-list.md). Source: CPython's
/// pickletools.py and pickle.py.
///
/// Time is linear in the bytes read, memory in the instructions, and bounded. Reads in blocks.
/// Findings have offsets in `file`. Thread-safe.
namespace strongroom::model {

struct JudgedPickle {
  std::uint64_t end = 0;  ///< the offset behind its STOP
  PickleValues values;
  PickleValues::Index top = 0;  ///< what loading it would give
};

/// Follows the one pickle that begins at `offset`. Errors: kMalformed, kTooLarge (a finding says
/// where and why, and what was found before it stands), kDisk.
[[nodiscard]] Result<JudgedPickle> follow_pickle(const io::Reader& file, std::uint64_t offset,
                                                 Findings& findings);

/// The same; gives the offset behind STOP.
[[nodiscard]] Result<std::uint64_t> judge_pickle(const io::Reader& file, std::uint64_t offset,
                                                 Findings& findings);

/// Judges a whole file, or member, of pickles: one after another, and what stands behind the last.
/// What breaks, or goes on with something else, is searched for pickles that begin later. Errors:
/// kDisk; all else is a finding.
[[nodiscard]] Result<void> judge_pickles(const io::Reader& file, Findings& findings);

/// Looks from `begin` to `end` for pickles that begin anywhere among other bytes, and judges those
/// that ask for anything: loaders can be told to start anywhere. Only what is hostile or suspicious
/// in them is added. Errors: kDisk.
[[nodiscard]] Result<void> judge_hidden_pickles(const io::Reader& file, std::uint64_t begin,
                                                std::uint64_t end, Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PICKLE_H_
