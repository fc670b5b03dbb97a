#include "agent/mount_cache.h"

#include <sys/mman.h>

#include <cerrno>

#include "agent/mount_table.h"
#include "base/secret.h"

namespace strongroom::agent {

Result<std::unique_ptr<SegmentCache>> SegmentCache::create(FileSource& source, std::size_t slots) {
  // Not base's LockedMemory: that may be memfd_secret, from which the kernel will not write to
  // FUSE.
  void* const memory = mmap(nullptr, slots * kSegmentBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return fail(ErrorCode::kUnavailable, with_errno("memory for decrypted segments", errno));
  }
  return std::unique_ptr<SegmentCache>(
      new SegmentCache(source, static_cast<std::uint8_t*>(memory), slots));
}

SegmentCache::SegmentCache(FileSource& source, std::uint8_t* memory, std::size_t slots)
    : source_(source), memory_(memory), memory_bytes_(slots * kSegmentBytes), slots_(slots) {
  madvise(memory_, memory_bytes_, MADV_DONTDUMP);
  madvise(memory_, memory_bytes_, MADV_DONTFORK);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    const MutableByteView piece = memory_of(slot);
    if (mlock(piece.data(), piece.size()) != 0) unlocked_bytes_ += piece.size();
  }
}

SegmentCache::~SegmentCache() {
  wipe({memory_, memory_bytes_});
  munmap(memory_, memory_bytes_);
}

SegmentCache::Slot* SegmentCache::find(SegmentPlace place) {
  for (Slot& slot : slots_) {
    if (slot.state != Slot::State::kEmpty && slot.place == place) return &slot;
  }
  return nullptr;
}

SegmentCache::Slot* SegmentCache::least_used_free() {
  Slot* best = nullptr;
  for (Slot& slot : slots_) {
    if (slot.holders != 0) continue;
    if (slot.state == Slot::State::kEmpty) return &slot;
    if (best == nullptr || slot.last_used < best->last_used) best = &slot;
  }
  return best;
}

// A slot held for the caller: with the segment in it, or marked as being loaded by the caller.
std::size_t SegmentCache::take_or_wait(SegmentPlace place, bool& is_ready) {
  while (true) {
    Slot* slot = find(place);
    if (slot == nullptr) {
      slot = least_used_free();
      if (slot != nullptr) {
        *slot = Slot{.state = Slot::State::kLoading, .place = place, .holders = 1, .last_used = 0};
        is_ready = false;
        return static_cast<std::size_t>(slot - slots_.data());
      }
    } else if (slot->state == Slot::State::kReady) {
      ++slot->holders;
      slot->last_used = ++uses_;
      is_ready = true;
      return static_cast<std::size_t>(slot - slots_.data());
    }
    changed_.wait(mutex_);
  }
}

Result<SegmentCache::Held> SegmentCache::hold(SegmentPlace place, std::size_t bytes) {
  CHECK(bytes > 0 && bytes <= kSegmentBytes);
  bool is_ready = false;
  std::size_t index = 0;
  {
    const Lock lock(mutex_);
    index = take_or_wait(place, is_ready);
  }
  const MutableByteView memory = memory_of(index);
  if (is_ready) return Held(this, index, memory.first(bytes));
  // The slot is ours alone while it is loading. What was there before is overwritten or wiped.
  wipe(memory.subspan(bytes));
  Result<void> read = source_.read_segment(place, memory.first(bytes));
  if (!read) wipe(memory);
  const Lock lock(mutex_);
  Slot& slot = slots_[index];
  slot.state = read ? Slot::State::kReady : Slot::State::kEmpty;
  slot.last_used = ++uses_;
  if (!read) slot.holders = 0;
  changed_.notify_all();
  if (!read) return tl::unexpected<Error>(std::move(read).error());
  return Held(this, index, memory.first(bytes));
}

void SegmentCache::let_go(std::size_t slot) {
  const Lock lock(mutex_);
  if (--slots_[slot].holders == 0) changed_.notify_all();
}

}  // namespace strongroom::agent
