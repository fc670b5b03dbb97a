#ifndef STRONGROOM_JUDGE_WORLD_H_
#define STRONGROOM_JUDGE_WORLD_H_

#include <optional>
#include <set>
#include <string_view>

#include "judge/roots.h"

namespace strongroom::judge {

/// A strongroom as its log tells it, followed from the pinned id: every entry judged, folded, and
/// put into the tree, so that a checkpoint can be compared. What is not allowed stops it for good:
/// after an error the world is not to be used. Not thread-safe.
class World {
 public:
  /// Follows only the log whose genesis has this id.
  explicit World(const StrongroomId& pinned) : pinned_(pinned) {}

  /// The next entry's bytes. Errors: kMalformed, kNotAuthentic, kRefused, …; the context names the
  /// position.
  [[nodiscard]] Result<void> follow(std::string_view entry_bytes);

  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  [[nodiscard]] Digest root() const { return tree_.root(); }
  [[nodiscard]] protocol::CheckpointSeen seen() const {
    return {static_cast<std::int64_t>(size()), root()};
  }
  [[nodiscard]] UnixSeconds time() const { return time_; }
  [[nodiscard]] Rooms rooms() const { return {people_, registry_, vault_, tree_}; }
  /// How many of the entries carry what their signer had seen; each was compared with this log.
  [[nodiscard]] std::uint64_t heads_seen() const { return heads_seen_; }
  /// Has this very freeze stood in the log, whatever became of it? One that was signed and handed
  /// around can be put in again after a quorum has lifted it.
  [[nodiscard]] bool has_frozen(const protocol::Freeze& freeze) const {
    return freezes_ever_.contains(digest_of(freeze));
  }
  /// Must have followed at least the genesis.
  [[nodiscard]] const protocol::Genesis& genesis() const;

 private:
  Result<void> follow_one(std::string_view entry_bytes);
  StrongroomId pinned_;
  Roots tree_;
  UnixSeconds time_;
  std::uint64_t heads_seen_ = 0;
  static Digest digest_of(const protocol::Freeze& freeze);
  std::set<Digest> freezes_ever_;
  std::optional<protocol::Genesis> genesis_;
  people::Fold people_;
  registry::Fold registry_;
  vault::Fold vault_;
};

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_WORLD_H_
