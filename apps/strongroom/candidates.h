#ifndef STRONGROOM_STRONGROOM_CANDIDATES_H_
#define STRONGROOM_STRONGROOM_CANDIDATES_H_

#include <string>
#include <vector>

#include "options.h"

/// What a shell offers in the place of a name or a proposal: the words that this home has seen
/// last, in a file beside its log. A convenience: nothing is decided by it.
namespace strongroom::terminal {

struct Candidates {
  std::vector<std::string> names;
  std::vector<std::pair<std::string, std::string>> proposals;  ///< id, and what it is about
};

/// Replaces what `home` keeps. Words that a terminal would not show as they are, are left out.
/// Errors: kDisk, kNoSpace.
[[nodiscard]] Result<void> keep_candidates(const std::string& home, const Candidates& seen);

/// Lines of "names" or "proposals"; empty when nothing was seen. The home is that of `common`, or
/// the one named in `common.command`, the words typed so far.
[[nodiscard]] Result<std::string> candidates(const Common& common, const std::string& kind);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_CANDIDATES_H_
