#ifndef STRONGROOM_LEDGER_LOG_FOR_TEST_H_
#define STRONGROOM_LEDGER_LOG_FOR_TEST_H_

#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "crypto/merkle.h"
#include "ledger/note.h"
#include "ledger/tree.h"

/// Inside this room's tests only.
namespace strongroom::ledger {

/// A key made from one repeated byte.
class TestKey {
 public:
  explicit TestKey(std::string name, std::uint8_t byte = 1)
      : seed_(crypto::Ed25519Seed::filled(
            [byte](std::span<std::uint8_t, 32> seed) { std::ranges::fill(seed, byte); })),
        key_{std::move(name), crypto::ed25519_public(seed_)} {}
  [[nodiscard]] const NoteKey& key() const { return key_; }
  /// Borrows this.
  [[nodiscard]] Signer signer() const {
    return [this](ByteView message) { return crypto::ed25519_sign(seed_, message); };
  }

 private:
  crypto::Ed25519Seed seed_;
  NoteKey key_;
};

[[nodiscard]] inline Bytes entry_number(std::uint64_t number) {
  return copy_bytes(as_bytes(fmt::format("{{\"entry\":{}}}", number)));
}

[[nodiscard]] inline Digest leaf_number(std::uint64_t number) {
  return crypto::leaf_hash(crypto::TreeHash::kSha256, entry_number(number));
}

/// The tree over leaf_number(0..), computed the slow way.
class TreeInMemory final : public TileSource {
 public:
  explicit TreeInMemory(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) leaves_.push_back(leaf_number(i));
  }
  [[nodiscard]] Digest root(std::uint64_t size) const {
    return crypto::root_of(crypto::TreeHash::kSha256, std::span(leaves_).first(size));
  }
  [[nodiscard]] Result<std::vector<Digest>> hashes(const TileId& tile) const override {
    const std::size_t span = std::size_t{1} << (8 * tile.level);
    std::vector<Digest> hashes;
    for (std::uint64_t i = 0; i < tile.width; ++i) {
      const std::size_t begin = static_cast<std::size_t>(tile.index * kTileWidth + i) * span;
      if (begin + span > leaves_.size()) return fail(ErrorCode::kNotFound, path_of(tile));
      hashes.push_back(
          crypto::root_of(crypto::TreeHash::kSha256, std::span(leaves_).subspan(begin, span)));
    }
    return hashes;
  }

 private:
  std::vector<Digest> leaves_;
};

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_LOG_FOR_TEST_H_
