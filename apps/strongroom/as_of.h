#ifndef STRONGROOM_STRONGROOM_AS_OF_H_
#define STRONGROOM_STRONGROOM_AS_OF_H_

#include <memory>
#include <string>

#include "judge/world.h"

/// A strongroom as it stood at a time that has passed.
namespace strongroom::terminal {

struct Past {
  std::unique_ptr<judge::World> world;
  UnixSeconds at;  ///< as which levels and expiries are judged
};

/// `when`: a log position ("412": with that entry in), a day ("2026-11-21": at its end, UTC) or a
/// time ("2026-11-21 10:00", "2026-11-21T10:00:00Z"). Times are those that the server wrote into
/// the entries: claims. The log that `home` keeps is replayed and judged up to there. Errors:
/// kUsage, kNotFound (before the founding), those of each_kept_entry and World::follow.
[[nodiscard]] Result<Past> world_as_of(const std::string& home, const StrongroomId& pinned,
                                       const std::string& when, UnixSeconds now);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_AS_OF_H_
