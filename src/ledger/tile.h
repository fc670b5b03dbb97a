#ifndef STRONGROOM_LEDGER_TILE_H_
#define STRONGROOM_LEDGER_TILE_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/result.h"

namespace strongroom::ledger {

/// Source of this file: C2SP tlog-tiles.
inline constexpr std::uint64_t kTileWidth = 256;
inline constexpr unsigned kTileLevels = 8;  ///< levels that a tree of 2^64 leaves can have
inline constexpr std::size_t kBundleBytesMax = kTileWidth * (2 + limits::kEntryBytesMax);

/// `width` (1..256) neighbouring hashes. Hash i of tile n at level l is the root over the leaves
/// [(256n + i) · 256^l, (256n + i + 1) · 256^l).
struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;
  std::uint64_t width = kTileWidth;
  [[nodiscard]] bool is_full() const { return width == kTileWidth; }
  auto operator<=>(const TileId&) const = default;
};

/// The `width` (1..256) entries from 256 · index on.
struct BundleId {
  std::uint64_t index = 0;
  std::uint64_t width = kTileWidth;
  auto operator<=>(const BundleId&) const = default;
};

/// How many hashes stand at `level` in a tree of `size` leaves: ⌊size / 256^level⌋.
[[nodiscard]] std::uint64_t hashes_at(unsigned level, std::uint64_t size);
/// The tile `index` of `level` as it is in a tree of `size`; width 0: there is none.
[[nodiscard]] TileId tile_in(std::uint64_t size, unsigned level, std::uint64_t index);

/// "tile/0/x001/067" or, partial, "tile/0/x001/067.p/12".
[[nodiscard]] std::string path_of(const TileId& tile);
/// "tile/entries/067" or "tile/entries/067.p/12".
[[nodiscard]] std::string path_of(const BundleId& bundle);
/// Where the partial forms stand: "tile/0/067.p".
[[nodiscard]] std::string partials_folder_of(const TileId& tile);
[[nodiscard]] std::string partials_folder_of(const BundleId& bundle);
/// "checkpoint", and where every signed checkpoint is kept: "checkpoints/x001/067" for size 1067.
/// "checkpoints/newest" is the one signed last, which a crash may have kept from "checkpoint".
inline constexpr const char* kCheckpointPath = "checkpoint";
inline constexpr const char* kCheckpointsFolder = "checkpoints";
inline constexpr const char* kNewestCheckpointPath = "checkpoints/newest";
[[nodiscard]] std::string checkpoint_path(std::uint64_t size);

/// Total; only what path_of gives. Errors: kMalformed.
[[nodiscard]] Result<TileId> parse_tile_path(std::string_view path);
[[nodiscard]] Result<BundleId> parse_bundle_path(std::string_view path);
[[nodiscard]] Result<std::uint64_t> parse_checkpoint_path(std::string_view path);
/// Decimal digits without a leading zero. Errors: kMalformed.
[[nodiscard]] Result<std::uint64_t> parse_decimal(std::string_view digits);

/// 32 bytes a hash.
[[nodiscard]] Bytes encode_tile(std::span<const Digest> hashes);
/// Errors: kMalformed, unless it is exactly `width` hashes.
[[nodiscard]] Result<std::vector<Digest>> decode_tile(ByteView bytes, std::uint64_t width);

/// Each entry as its length (u16, big-endian) and its bytes. Entries are at most
/// limits::kEntryBytesMax: a longer one is our bug.
[[nodiscard]] Bytes encode_bundle(std::span<const Bytes> entries);
/// Exactly `width` entries and nothing after them. Errors: kMalformed.
[[nodiscard]] Result<std::vector<Bytes>> decode_bundle(ByteView bytes, std::uint64_t width);

}  // namespace strongroom::ledger

#endif  // STRONGROOM_LEDGER_TILE_H_
