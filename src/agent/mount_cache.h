#ifndef STRONGROOM_AGENT_MOUNT_CACHE_H_
#define STRONGROOM_AGENT_MOUNT_CACHE_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "agent/file_source.h"
#include "base/mutex.h"
#include "base/result.h"

namespace strongroom::agent {

/// A fixed number of decrypted segments, so that the kernel's smaller reads do not decrypt one
/// eight times. Memory outside core dumps and child processes, locked as far as the limit goes;
/// wiped on eviction and at the end. Each segment is decrypted once however many ask for it.
/// Thread-safe. A caller may hold two segments at once provided that callers are at most half the
/// slots.
class SegmentCache {
 public:
  /// Keeps a segment's bytes in place while it lives. Move-only.
  class Held {
   public:
    Held(Held&& other) noexcept
        : cache_(std::exchange(other.cache_, nullptr)), slot_(other.slot_), bytes_(other.bytes_) {}
    ~Held() {
      if (cache_ != nullptr) cache_->let_go(slot_);
    }
    Held& operator=(Held&&) = delete;
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    [[nodiscard]] ByteView bytes() const { return bytes_; }

   private:
    friend class SegmentCache;
    Held(SegmentCache* cache, std::size_t slot, ByteView bytes)
        : cache_(cache), slot_(slot), bytes_(bytes) {}
    SegmentCache* cache_;
    std::size_t slot_;
    ByteView bytes_;
  };

  /// Errors: kUnavailable when there is no memory. `source` is borrowed for the life of this.
  [[nodiscard]] static Result<std::unique_ptr<SegmentCache>> create(FileSource& source,
                                                                    std::size_t slots);
  /// Wipes and gives back. Nothing may be held any more.
  ~SegmentCache();
  SegmentCache(const SegmentCache&) = delete;
  SegmentCache& operator=(const SegmentCache&) = delete;

  /// The segment's `bytes` bytes (1..kSegmentBytes), read from the source if it is not here. Waits
  /// for a slot. Errors: the source's; a failed read leaves nothing behind.
  [[nodiscard]] Result<Held> hold(SegmentPlace place, std::size_t bytes);
  /// Bytes that the memory-lock limit left unlocked.
  [[nodiscard]] std::uint64_t unlocked_bytes() const { return unlocked_bytes_; }

 private:
  struct Slot {
    enum class State { kEmpty, kLoading, kReady };
    State state = State::kEmpty;
    SegmentPlace place;
    std::size_t holders = 0;
    std::uint64_t last_used = 0;
  };

  SegmentCache(FileSource& source, std::uint8_t* memory, std::size_t slots);
  MutableByteView memory_of(std::size_t slot) {
    return {memory_ + slot * kSegmentBytes, kSegmentBytes};
  }
  Slot* find(SegmentPlace place) REQUIRES_LOCK(mutex_);
  Slot* least_used_free() REQUIRES_LOCK(mutex_);
  std::size_t take_or_wait(SegmentPlace place, bool& is_ready) REQUIRES_LOCK(mutex_);
  void let_go(std::size_t slot);

  FileSource& source_;
  std::uint8_t* const memory_;
  const std::size_t memory_bytes_;
  std::uint64_t unlocked_bytes_ = 0;
  Mutex mutex_;
  Condition changed_;
  std::vector<Slot> slots_ GUARDED_BY(mutex_);
  std::uint64_t uses_ GUARDED_BY(mutex_) = 0;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_MOUNT_CACHE_H_
