#ifndef STRONGROOM_BASE_SECRET_H_
#define STRONGROOM_BASE_SECRET_H_

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "base/bytes.h"

namespace strongroom {

/// Overwrites with zeroes in a way the compiler may not drop.
void wipe(MutableByteView bytes);
/// Constant time in the contents; the lengths are public.
[[nodiscard]] bool equal_in_constant_time(ByteView a, ByteView b);

/// Fixed-size memory for secrets: outside core dumps and swap where the kernel lets us, wiped when
/// given back. Move-only. Not thread-safe beyond what std::unique_ptr is.
class LockedMemory {
 public:
  LockedMemory() = default;
  explicit LockedMemory(std::size_t bytes);
  ~LockedMemory() { release(); }
  LockedMemory(LockedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  LockedMemory& operator=(LockedMemory&& other) noexcept {
    if (this != &other) {
      release();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  LockedMemory(const LockedMemory&) = delete;
  LockedMemory& operator=(const LockedMemory&) = delete;
  [[nodiscard]] MutableByteView view() { return {data_, size_}; }
  [[nodiscard]] ByteView view() const { return {data_, size_}; }

  /// What protects this process's secrets: "memfd_secret", "mlock", or "none (…)" with the reason.
  /// Programs print it at start.
  [[nodiscard]] static std::string_view protection();

 private:
  void release() noexcept;
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

/// N secret bytes. Cannot be copied, compared, printed or converted; the source of a move is empty.
/// Reading takes `with_bytes`, a name to search for: tests/promises lists who calls it.
template <std::size_t N, class Meaning>
class Secret {
 public:
  /// Takes `source` and wipes it.
  [[nodiscard]] static Secret take(std::span<std::uint8_t, N> source) {
    Secret secret{LockedMemory(N)};
    std::copy(source.begin(), source.end(), secret.memory_.view().begin());
    wipe(source);
    return secret;
  }
  /// `write(std::span<std::uint8_t, N>)` fills it in place.
  template <class Write>
  [[nodiscard]] static Secret filled(Write&& write) {
    Secret secret{LockedMemory(N)};
    std::forward<Write>(write)(std::span<std::uint8_t, N>(secret.memory_.view()));
    return secret;
  }
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  /// Lends the bytes for the call; `read` must not keep or return them. The secret must not have
  /// been moved from.
  template <class Read>
  decltype(auto) with_bytes(Read&& read) const {
    return std::forward<Read>(read)(std::span<const std::uint8_t, N>(memory_.view()));
  }
  static constexpr std::size_t kBytes = N;

 private:
  explicit Secret(LockedMemory memory) : memory_(std::move(memory)) {}
  LockedMemory memory_;
};

/// Secret bytes whose number is known only at run time (a passphrase, an opened HPKE plaintext).
class SecretBytes {
 public:
  explicit SecretBytes(std::size_t bytes) : memory_(bytes) {}
  /// Takes `source` and wipes it.
  [[nodiscard]] static SecretBytes take(MutableByteView source) {
    SecretBytes secret(source.size());
    std::copy(source.begin(), source.end(), secret.memory_.view().begin());
    wipe(source);
    return secret;
  }
  [[nodiscard]] std::size_t size() const { return memory_.view().size(); }
  template <class Read>
  decltype(auto) with_bytes(Read&& read) const {
    return std::forward<Read>(read)(ByteView(memory_.view()));
  }
  template <class Write>
  decltype(auto) fill(Write&& write) {
    return std::forward<Write>(write)(memory_.view());
  }

 private:
  LockedMemory memory_;
};

/// Core dumps off, not traceable by others, future mappings as they are. Every program's main()
/// calls it first.
void harden_process();

}  // namespace strongroom

#endif  // STRONGROOM_BASE_SECRET_H_
