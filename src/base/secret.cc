#include "base/secret.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstring>
#include <new>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace strongroom {

void wipe(MutableByteView bytes) {
  if (!bytes.empty()) explicit_bzero(bytes.data(), bytes.size());
}

bool equal_in_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

// Sanitizers cannot see into a pool of our own, so their builds use the plain allocator.
#ifndef STRONGROOM_SANITIZED
namespace {

// Secrets are small (32 to a few thousand bytes) and many; RLIMIT_MEMLOCK is often 8 MiB. So blocks
// of a power of two are cut from locked chunks and reused; larger ones get a mapping of their own.
constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr std::size_t kSmallestBlockBytes = 64;
constexpr std::size_t kLargestBlockBytes = 16 * 1024;
constexpr std::size_t kClasses = 9;  // 64 B … 16 KiB

enum class Protection { kUntried, kMemfdSecret, kMlock, kNone };

struct Mapping {
  std::uint8_t* data;
  Protection protection;
};

Mapping map_secret_pages(std::size_t bytes) {
#ifdef SYS_memfd_secret
  const long descriptor = syscall(SYS_memfd_secret, 0);
  if (descriptor >= 0) {
    const int fd = static_cast<int>(descriptor);
    void* data = MAP_FAILED;
    if (ftruncate(fd, static_cast<off_t>(bytes)) == 0) {
      data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    close(fd);
    if (data != MAP_FAILED) return {static_cast<std::uint8_t*>(data), Protection::kMemfdSecret};
  }
#endif
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  madvise(data, bytes, MADV_DONTDUMP);
  madvise(data, bytes, MADV_DONTFORK);
  const bool locked = mlock(data, bytes) == 0;
  return {static_cast<std::uint8_t*>(data), locked ? Protection::kMlock : Protection::kNone};
}

std::size_t block_bytes(std::size_t bytes) {
  return std::bit_ceil(std::max(bytes, kSmallestBlockBytes));
}

std::size_t class_of(std::size_t block) {
  return static_cast<std::size_t>(std::countr_zero(block) - std::countr_zero(kSmallestBlockBytes));
}

class Pool {
 public:
  std::uint8_t* take(std::size_t bytes) {
    const Lock lock(mutex_);
    const std::size_t block = block_bytes(bytes);
    if (block > kLargestBlockBytes) return map(page_rounded(bytes));
    std::vector<std::uint8_t*>& free = free_[class_of(block)];
    if (free.empty()) {
      std::uint8_t* chunk = map(kChunkBytes);
      for (std::size_t at = 0; at < kChunkBytes; at += block) free.push_back(chunk + at);
    }
    std::uint8_t* data = free.back();
    free.pop_back();
    return data;
  }

  void give_back(std::uint8_t* data, std::size_t bytes) {
    const Lock lock(mutex_);
    const std::size_t block = block_bytes(bytes);
    if (block > kLargestBlockBytes) {
      munmap(data, page_rounded(bytes));
      return;
    }
    free_[class_of(block)].push_back(data);
  }

  Protection weakest() {
    const Lock lock(mutex_);
    return weakest_;
  }

 private:
  static std::size_t page_rounded(std::size_t bytes) { return (bytes + 4095) & ~std::size_t{4095}; }
  std::uint8_t* map(std::size_t bytes) REQUIRES_LOCK(mutex_) {
    const Mapping mapping = map_secret_pages(bytes);
    weakest_ = std::max(weakest_, mapping.protection);
    return mapping.data;
  }

  Mutex mutex_;
  std::array<std::vector<std::uint8_t*>, kClasses> free_ GUARDED_BY(mutex_);
  Protection weakest_ GUARDED_BY(mutex_) = Protection::kUntried;
};

// Never destroyed: secrets may outlive static destruction.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace
#endif

LockedMemory::LockedMemory(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
#ifdef STRONGROOM_SANITIZED
  data_ = new std::uint8_t[bytes];
#else
  data_ = pool().take(bytes);
#endif
  std::memset(data_, 0, bytes);
}

void LockedMemory::release() noexcept {
  if (data_ == nullptr) return;
  wipe({data_, size_});
#ifdef STRONGROOM_SANITIZED
  delete[] data_;
#else
  pool().give_back(data_, size_);
#endif
  data_ = nullptr;
  size_ = 0;
}

std::string_view LockedMemory::protection() {
#ifdef STRONGROOM_SANITIZED
  return "none (sanitizer build)";
#else
  { const LockedMemory probe(kSmallestBlockBytes); }
  switch (pool().weakest()) {
    case Protection::kMemfdSecret:
      return "memfd_secret";
    case Protection::kMlock:
      return "mlock";
    case Protection::kUntried:
    case Protection::kNone:
      break;
  }
  return "none (memory lock refused: raise RLIMIT_MEMLOCK)";
#endif
}

void harden_process() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef STRONGROOM_SANITIZED
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

}  // namespace strongroom
