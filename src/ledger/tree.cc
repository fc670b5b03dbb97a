#include "ledger/tree.h"

#include <bit>
#include <map>

#include "crypto/merkle.h"

namespace strongroom::ledger {
namespace {

using crypto::TreeHash;

struct Range {
  std::uint64_t begin;
  std::uint64_t end;
};

/// The largest power of two below `n`, which is at least 2.
std::uint64_t split_of(std::uint64_t n) { return std::bit_floor(n - 1); }

/// Roots of leaf ranges in a tree of `size`; reads each tile once.
class Roots {
 public:
  Roots(const TileSource& source, std::uint64_t size) : source_(source), size_(size) {}

  /// Of a range that begins where RFC 6962 splits, so that it falls into perfect subtrees, largest
  /// first.
  [[nodiscard]] Result<Digest> of(Range range) {
    std::vector<Digest> subtrees;
    while (range.begin < range.end) {
      const auto fits = static_cast<unsigned>(std::bit_width(range.end - range.begin)) - 1;
      const unsigned height =
          range.begin == 0 ? fits
                           : std::min(fits, static_cast<unsigned>(std::countr_zero(range.begin)));
      ASSIGN_OR_RETURN(const Digest subtree, perfect(height, range.begin >> height));
      subtrees.push_back(subtree);
      range.begin += std::uint64_t{1} << height;
    }
    if (subtrees.empty()) return crypto::root_of(TreeHash::kSha256, {});
    Digest root = subtrees.back();
    for (std::size_t i = subtrees.size() - 1; i > 0; --i) {
      root = crypto::node_hash(TreeHash::kSha256, subtrees[i - 1], root);
    }
    return root;
  }

  [[nodiscard]] Result<std::vector<Digest>> of_each(const std::vector<Range>& ranges) {
    std::vector<Digest> roots;
    for (const Range& range : ranges) {
      ASSIGN_OR_RETURN(const Digest root, of(range));
      roots.push_back(root);
    }
    return roots;
  }

 private:
  /// Over the leaves [index · 2^height, (index + 1) · 2^height).
  [[nodiscard]] Result<Digest> perfect(unsigned height, std::uint64_t index) {
    const unsigned level = height / 8;
    const std::uint64_t count = std::uint64_t{1} << (height % 8);
    const std::uint64_t first = index * count;
    ASSIGN_OR_RETURN(const std::span<const Digest> tile, tile_at(level, first / kTileWidth));
    const std::uint64_t begin = first % kTileWidth;
    CHECK(begin + count <= tile.size());
    return crypto::root_of(TreeHash::kSha256, tile.subspan(static_cast<std::size_t>(begin),
                                                           static_cast<std::size_t>(count)));
  }

  [[nodiscard]] Result<std::span<const Digest>> tile_at(unsigned level, std::uint64_t index) {
    const TileId id = tile_in(size_, level, index);
    const auto found = tiles_.find(id);
    if (found != tiles_.end()) return std::span<const Digest>(found->second);
    ASSIGN_OR_RETURN(std::vector<Digest> hashes, source_.hashes(id));
    if (hashes.size() != id.width) {
      return fail(ErrorCode::kMalformed, path_of(id) + " holds another number of hashes");
    }
    return std::span<const Digest>(tiles_.emplace(id, std::move(hashes)).first->second);
  }

  const TileSource& source_;
  const std::uint64_t size_;
  std::map<TileId, std::vector<Digest>> tiles_;
};

}  // namespace

Result<Digest> root_from(const TileSource& source, std::uint64_t size) {
  return Roots(source, size).of({0, size});
}

Result<std::vector<Digest>> prove_inclusion(const TileSource& source, std::uint64_t index,
                                            std::uint64_t size) {
  if (index >= size) return fail(ErrorCode::kUsage, "no such entry in a log of this size");
  std::vector<Range> siblings;
  Range here{0, size};
  while (here.end - here.begin > 1) {
    const std::uint64_t middle = here.begin + split_of(here.end - here.begin);
    if (index < middle) {
      siblings.push_back({middle, here.end});
      here.end = middle;
    } else {
      siblings.push_back({here.begin, middle});
      here.begin = middle;
    }
  }
  std::reverse(siblings.begin(), siblings.end());
  return Roots(source, size).of_each(siblings);
}

Result<std::vector<Digest>> prove_consistency(const TileSource& source, std::uint64_t size1,
                                              std::uint64_t size2) {
  if (size1 == 0 || size1 > size2) {
    return fail(ErrorCode::kUsage, "a log is consistent only with a smaller, non-empty self");
  }
  std::vector<Range> needed;
  Range here{0, size2};
  while (here.end != size1) {
    const std::uint64_t middle = here.begin + split_of(here.end - here.begin);
    if (size1 <= middle) {
      needed.push_back({middle, here.end});
      here.end = middle;
    } else {
      needed.push_back({here.begin, middle});
      here.begin = middle;
    }
  }
  // The old tree's own root is known to whoever asks; a part of it is not.
  if (here.begin != 0) needed.push_back(here);
  std::reverse(needed.begin(), needed.end());
  return Roots(source, size2).of_each(needed);
}

}  // namespace strongroom::ledger
