#include "crypto/merkle.h"

#include <array>
#include <bit>

#include "crypto/hash.h"

namespace strongroom::crypto {

namespace {

Digest hash_of(TreeHash hash, std::initializer_list<ByteView> parts) {
  return hash == TreeHash::kSha256 ? sha256_of(parts) : blake3_of(parts);
}

constexpr std::array<std::uint8_t, 1> kLeafPrefix{0x00};
constexpr std::array<std::uint8_t, 1> kNodePrefix{0x01};

// How far up from `index` the path still has a right part to meet: above that, every proof hash
// stands on the left.
int levels_until_right_edge(std::uint64_t index, std::uint64_t last) {
  return static_cast<int>(std::bit_width(index ^ last));
}

}  // namespace

Digest leaf_hash(TreeHash hash, ByteView data) { return hash_of(hash, {kLeafPrefix, data}); }

Digest node_hash(TreeHash hash, const Digest& left, const Digest& right) {
  return hash_of(hash, {kNodePrefix, left.view(), right.view()});
}

Digest root_of(TreeHash hash, std::span<const Digest> leaves) {
  TreeBuilder tree(hash);
  for (const Digest& leaf : leaves) tree.add(leaf);
  return tree.root();
}

void TreeBuilder::add(const Digest& leaf) {
  Digest subtree = leaf;
  for (std::uint64_t full = size_; (full & 1) != 0; full >>= 1) {
    subtree = node_hash(hash_, right_edge_.back(), subtree);
    right_edge_.pop_back();
  }
  right_edge_.push_back(subtree);
  ++size_;
}

Digest TreeBuilder::root() const {
  if (right_edge_.empty()) return hash_of(hash_, {});
  Digest root = right_edge_.back();
  for (auto left = right_edge_.rbegin() + 1; left != right_edge_.rend(); ++left) {
    root = node_hash(hash_, *left, root);
  }
  return root;
}

Result<std::vector<Digest>> inclusion_proof(TreeHash hash, std::span<const Digest> leaves,
                                            std::uint64_t index) {
  if (index >= leaves.size())
    return fail(ErrorCode::kUsage, "there is no such leaf to be proved in the tree");
  std::vector<Digest> downward;
  std::uint64_t at = index;
  while (leaves.size() > 1) {
    const std::uint64_t left = std::bit_floor(leaves.size() - 1);  // RFC 6962: the largest power
    if (at < left) {
      downward.push_back(root_of(hash, leaves.subspan(left)));
      leaves = leaves.first(left);
    } else {
      downward.push_back(root_of(hash, leaves.first(left)));
      leaves = leaves.subspan(left);
      at -= left;
    }
  }
  return std::vector<Digest>(downward.rbegin(), downward.rend());
}

Result<void> verify_inclusion(TreeHash hash, std::uint64_t index, std::uint64_t size,
                              const Digest& leaf, std::span<const Digest> proof,
                              const Digest& root) {
  if (index >= size) return fail(ErrorCode::kMalformed, "the proof's index is not in the tree");
  const int inner = levels_until_right_edge(index, size - 1);
  const int border = std::popcount(inner < 64 ? index >> inner : 0);
  if (proof.size() != static_cast<std::size_t>(inner + border)) {
    return fail(ErrorCode::kMalformed, "the inclusion proof has the wrong length");
  }
  Digest node = leaf;
  for (std::size_t level = 0; level < proof.size(); ++level) {
    const bool on_the_right = level >= static_cast<std::size_t>(inner) || ((index >> level) & 1);
    node = on_the_right ? node_hash(hash, proof[level], node) : node_hash(hash, node, proof[level]);
  }
  if (node != root) {
    return fail(ErrorCode::kNotAuthentic, "the inclusion proof does not lead to the root");
  }
  return {};
}

Result<void> verify_consistency(TreeHash hash, std::uint64_t size1, std::uint64_t size2,
                                std::span<const Digest> proof, const Digest& root1,
                                const Digest& root2) {
  if (size1 == 0 || size1 > size2) {
    return fail(ErrorCode::kMalformed, "the consistency proof's sizes are not 0 < first ≤ second");
  }
  if (size1 == size2) {
    if (!proof.empty()) {
      return fail(ErrorCode::kMalformed, "the consistency proof has the wrong length");
    }
    if (root1 != root2) {
      return fail(ErrorCode::kNotAuthentic, "two roots for one size of the tree");
    }
    return {};
  }
  // Both walks begin at the largest perfect subtree that ends where the first tree ends. It is the
  // whole first tree when that is itself perfect, and then the proof leaves its root out.
  const int whole = std::countr_zero(size1);
  const std::uint64_t index = (size1 - 1) >> whole;
  const std::uint64_t last = (size2 - 1) >> whole;
  const bool perfect = std::has_single_bit(size1);
  const int inner = levels_until_right_edge(index, last);
  const int border = std::popcount(inner < 64 ? index >> inner : 0);
  const std::size_t path = static_cast<std::size_t>(inner + border);
  if (proof.size() != path + (perfect ? 0 : 1)) {
    return fail(ErrorCode::kMalformed, "the consistency proof has the wrong length");
  }
  Digest first = perfect ? root1 : proof.front();
  Digest second = first;
  const std::span<const Digest> steps = perfect ? proof : proof.subspan(1);
  for (std::size_t level = 0; level < path; ++level) {
    if (level >= static_cast<std::size_t>(inner) || ((index >> level) & 1)) {
      first = node_hash(hash, steps[level], first);
      second = node_hash(hash, steps[level], second);
    } else {
      second = node_hash(hash, second, steps[level]);
    }
  }
  if (first != root1 || second != root2) {
    return fail(ErrorCode::kNotAuthentic, "the consistency proof does not lead to both roots");
  }
  return {};
}

}  // namespace strongroom::crypto
