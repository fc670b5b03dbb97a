#ifndef STRONGROOM_JUDGE_WORLD_H_
#define STRONGROOM_JUDGE_WORLD_H_

#include <optional>
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
  /// Must have followed at least the genesis.
  [[nodiscard]] const protocol::Genesis& genesis() const;

 private:
  Result<void> follow_one(std::string_view entry_bytes);
  StrongroomId pinned_;
  Roots tree_;
  UnixSeconds time_;
  std::uint64_t heads_seen_ = 0;
  std::optional<protocol::Genesis> genesis_;
  people::Fold people_;
  registry::Fold registry_;
  vault::Fold vault_;
};

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_WORLD_H_
