#ifndef STRONGROOM_TESTS_PROMISES_MEMORY_SEARCH_H_
#define STRONGROOM_TESTS_PROMISES_MEMORY_SEARCH_H_

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "base/result.h"
#include "base/secret.h"

/// Looks for a secret in all of this process's own memory, as somebody would who has taken it over.
namespace strongroom::promises {

class MemorySearch {
 public:
  MemorySearch() : pages_(map()) {}
  ~MemorySearch() { munmap(pages_, kBytes); }
  MemorySearch(const MemorySearch&) = delete;
  MemorySearch& operator=(const MemorySearch&) = delete;

  /// How often these 32 bytes stand somewhere. Memory that the kernel hides from everything but the
  /// program's own instructions (memfd_secret) is not seen.
  template <class Meaning>
  [[nodiscard]] std::size_t count(const Secret<32, Meaning>& secret) {
    return secret.with_bytes([&](ByteView bytes) { return count_of(bytes); });
  }
  /// As `count`, without `secret` itself, which must be the only place that is meant to hold it.
  template <class Meaning>
  [[nodiscard]] std::size_t copies_of(const Secret<32, Meaning>& secret) {
    own_ = secret.with_bytes(
        [](ByteView bytes) { return reinterpret_cast<std::uintptr_t>(bytes.data()); });
    const std::size_t found = count(secret);
    own_ = 0;
    return found;
  }

 private:
  static constexpr std::size_t kNeedle = 32;
  static constexpr std::size_t kPiece = std::size_t{1} << 20;
  static constexpr std::size_t kBytes = kPiece + 2 * 4096;
  // Shadow memory of sanitizers: terabytes of nothing.
  static constexpr std::uintptr_t kMappingMax = std::uintptr_t{4} << 30;

  static std::uint8_t* map() {
    void* pages = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
    return static_cast<std::uint8_t*>(pages);
  }

  // Needle and piece lie in pages of their own, which are left out.
  std::size_t count_of(ByteView secret) {
    const MutableByteView needle(pages_, kNeedle);
    std::ranges::copy(secret, needle.begin());
    std::size_t found = 0;
    const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    CHECK(memory >= 0);
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      std::istringstream words(line);
      std::uintptr_t from = 0;
      std::uintptr_t to = 0;
      char dash = 0;
      std::string modes;
      words >> std::hex >> from >> dash >> to >> modes;
      const bool own = from <= address(pages_) && address(pages_) < to;
      if (!modes.starts_with("rw") || own || to - from > kMappingMax) continue;
      found += count_between(memory, from, to, needle);
    }
    close(memory);
    wipe({pages_, kBytes});
    return found;
  }

  // Pieces overlap by one byte less than the needle, so that each place is seen once.
  std::size_t count_between(int memory, std::uintptr_t from, std::uintptr_t to, ByteView needle) {
    const MutableByteView piece(pages_ + 4096, kPiece);
    std::size_t found = 0;
    for (std::uintptr_t at = from; at < to; at += kPiece - (kNeedle - 1)) {
      const std::size_t wanted = std::min<std::size_t>(kPiece, to - at);
      const ssize_t got = pread(memory, piece.data(), wanted, static_cast<off_t>(at));
      if (got <= 0) break;  // gone since, or not to be read
      const std::string_view text = as_text(ByteView(piece).first(static_cast<std::size_t>(got)));
      for (std::size_t i = text.find(as_text(needle)); i != std::string_view::npos;
           i = text.find(as_text(needle), i + 1)) {
        if (at + i != own_) ++found;
      }
    }
    return found;
  }
  static std::uintptr_t address(const std::uint8_t* at) {
    return reinterpret_cast<std::uintptr_t>(at);
  }

  std::uint8_t* const pages_;
  std::uintptr_t own_ = 0;
};

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_MEMORY_SEARCH_H_
