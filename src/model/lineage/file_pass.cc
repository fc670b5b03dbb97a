#include "model/lineage/file_pass.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <thread>

#include "base/mutex.h"
#include "crypto/hash.h"

namespace strongroom::model::lineage {

namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::size_t kPieces = 4;
constexpr std::uint64_t kSmallFileBytes = 2 * kPieceBytes;  // not worth a thread

// Hashes pieces in order, on a thread of its own if there is one.
class Hasher {
 public:
  explicit Hasher(bool on_a_thread) {
    if (!on_a_thread) return;
    try {
      thread_ = std::jthread([this] { hash_all(); });
    } catch (const std::system_error&) {
      // No thread can be had: the caller's own hashes.
    }
  }
  ~Hasher() { close(); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  // Waits until piece `number` - kPieces is hashed: its memory may be used again.
  void wait_for_room(std::uint64_t number) {
    Lock lock(mutex_);
    while (thread_.joinable() && hashed_ + kPieces <= number) changed_.wait(mutex_);
  }
  // `piece` stays as it is until there is room again.
  void add(std::uint64_t number, ByteView piece) {
    if (!thread_.joinable()) {
      hash_.add(piece);
      return;
    }
    Lock lock(mutex_);
    pieces_[number % kPieces] = piece;
    ++given_;
    changed_.notify_all();
  }
  [[nodiscard]] Digest finish() {
    close();
    return hash_.finish();
  }

 private:
  void close() {
    if (!thread_.joinable()) return;
    {
      Lock lock(mutex_);
      is_closed_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  void hash_all() {
    for (;;) {
      ByteView piece;
      {
        Lock lock(mutex_);
        while (hashed_ == given_ && !is_closed_) changed_.wait(mutex_);
        if (hashed_ == given_) return;
        piece = pieces_[hashed_ % kPieces];
      }
      hash_.add(piece);
      Lock lock(mutex_);
      ++hashed_;
      changed_.notify_all();
    }
  }

  crypto::Sha256Stream hash_;  // of the thread while it runs
  Mutex mutex_;
  Condition changed_;
  std::array<ByteView, kPieces> pieces_ GUARDED_BY(mutex_);
  std::uint64_t given_ GUARDED_BY(mutex_) = 0;
  std::uint64_t hashed_ GUARDED_BY(mutex_) = 0;
  bool is_closed_ GUARDED_BY(mutex_) = false;
  std::jthread thread_;
};

}  // namespace

Result<Digest> read_and_hash(
    const io::Reader& file, std::uint64_t file_bytes, const FingerprintOptions& options,
    const std::function<void(std::uint64_t offset, ByteView piece)>& work) {
  const auto piece_bytes =
      static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, file_bytes));
  std::array<Bytes, kPieces> memory;
  Hasher hasher(options.threads > 1 && file_bytes > kSmallFileBytes);
  std::uint64_t offset = 0;
  for (std::uint64_t number = 0; offset < file_bytes; ++number) {
    if (!options.keep_going()) {
      return fail(ErrorCode::kInterrupted, "told to stop while fingerprinting");
    }
    hasher.wait_for_room(number);
    Bytes& piece = memory[number % kPieces];
    piece.resize(piece_bytes);
    const auto bytes =
        static_cast<std::size_t>(std::min<std::uint64_t>(piece_bytes, file_bytes - offset));
    const MutableByteView wanted = MutableByteView(piece).first(bytes);
    RETURN_IF_ERROR(io::read_exactly(file, offset, wanted, "a file being fingerprinted"));
    hasher.add(number, wanted);
    work(offset, wanted);
    offset += bytes;
  }
  return hasher.finish();
}

}  // namespace strongroom::model::lineage
