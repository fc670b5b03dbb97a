#ifndef STRONGROOM_AGENT_HELD_STOPS_H_
#define STRONGROOM_AGENT_HELD_STOPS_H_

#include <set>
#include <string>
#include <vector>

#include "io/directory.h"
#include "judge/world.h"
#include "protocol/command.h"

namespace strongroom::agent {

/// What is stopped here by word that the log does not hold yet.
struct Stopped {
  bool everything = false;
  std::set<ObjectId> objects;
  std::set<ProposalId> recalled;
  [[nodiscard]] bool freezes(const ObjectId& object) const {
    return everything || objects.contains(object);
  }
};

/// Freezes and recalls that people signed and handed to this host itself: they bind here before
/// they are logged, whether a server is there or not. Each binds until the log holds it; from then
/// on the log says what is frozen, so that one that a quorum lifted binds no longer. Kept in `home`
/// across restarts. Source: vault.md, Freeze. Not thread-safe.
class HeldStops {
 public:
  static constexpr std::size_t kHeldMax = 256;

  /// Errors: kDisk; kMalformed (one that is kept is damaged: it may be what holds a model shut).
  [[nodiscard]] static Result<HeldStops> open(const std::string& home);

  /// Judges it by the world as far as it was followed, as the log would: the signature, a human in
  /// office, this strongroom, a scope that is known. Then keeps it, durably. Taken twice is taken
  /// once. Errors: the judge's; kRefused (not a freeze or recall; the person's freezes need a
  /// second one: the log counts both); kConflict (the log holds it, and says what became of it);
  /// kTooLarge (too many are held); kDisk.
  [[nodiscard]] Result<void> take(const protocol::Command& stop, const judge::World& world,
                                  UnixSeconds now);
  /// Lets go of what the log holds by now. Errors: kDisk.
  [[nodiscard]] Result<void> compare(const judge::World& world);
  /// To be sent to the log.
  [[nodiscard]] const std::vector<protocol::Command>& held() const { return held_; }
  [[nodiscard]] Result<Stopped> stopped() const;

 private:
  explicit HeldStops(io::Directory kept) : kept_(std::move(kept)) {}
  io::Directory kept_;
  std::vector<protocol::Command> held_;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_HELD_STOPS_H_
