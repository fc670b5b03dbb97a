#ifndef STRONGROOM_STRONGROOM_SEEN_H_
#define STRONGROOM_STRONGROOM_SEEN_H_

#include "screen.h"
#include "session.h"

namespace strongroom::terminal {

/// What the log that was followed says of the moment, in its order: each thing as a line and as
/// JSON.
struct Seen {
  struct Item {
    std::string line;
    format::Json::Object json;
  };
  std::vector<Item> wrong;         ///< what needs somebody; the gravest last
  std::vector<Item> open;          ///< leases that run
  std::vector<Item> waiting;       ///< requests that can still be voted on, or taken up
  std::vector<Item> changes;       ///< of the strongroom, that can still be voted on
  std::vector<Item> objects;       ///< all that is sealed
  std::vector<Item> over;          ///< requests that nothing comes of any more
  std::int64_t freezes = 0;        ///< in force, halves too
  std::int64_t uncertain = 0;      ///< of the objects
  std::vector<std::string> names;  ///< of what is sealed, as given
  std::vector<std::pair<std::string, std::string>> proposals;  ///< id, and what it asks
};

/// `whole`: names and what levels demand are written out, whatever their length.
[[nodiscard]] Result<Seen> see(const Common& common, Session& session, bool whole);

/// "3 hours ago"; never of the future.
[[nodiscard]] std::string shown_ago(UnixSeconds then, UnixSeconds now);

/// When this home last heard from its server; nothing when it never did.
[[nodiscard]] std::optional<UnixSeconds> last_heard(const std::string& home);

/// Keeps for completion what was seen. Without it nothing is wrong, so nothing is said.
void remember(const std::string& home, const Seen& seen);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_SEEN_H_
