#ifndef STRONGROOM_CRYPTO_MERKLE_H_
#define STRONGROOM_CRYPTO_MERKLE_H_

#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"

namespace strongroom::crypto {

/// Trees of RFC 6962's shape: leaf = H(00 ‖ data), node = H(01 ‖ left ‖ right), empty root = H("").
enum class TreeHash { kSha256, kBlake3 };

[[nodiscard]] Digest leaf_hash(TreeHash hash, ByteView data);
[[nodiscard]] Digest node_hash(TreeHash hash, const Digest& left, const Digest& right);
[[nodiscard]] Digest root_of(TreeHash hash, std::span<const Digest> leaves);

/// Takes leaves one at a time in O(log n) memory.
class TreeBuilder {
 public:
  explicit TreeBuilder(TreeHash hash) : hash_(hash) {}
  void add(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const;

 private:
  TreeHash hash_;
  std::uint64_t size_ = 0;
  std::vector<Digest> right_edge_;  // roots of the perfect subtrees, largest first
};

/// What verify_inclusion takes for the leaf at `index`: from its sibling upward. O(n) hashes.
/// Errors: kUsage (`index` is not in the tree).
[[nodiscard]] Result<std::vector<Digest>> inclusion_proof(TreeHash hash,
                                                          std::span<const Digest> leaves,
                                                          std::uint64_t index);

/// Does `leaf` stand at `index` in the tree of `size` with `root`? Errors: kNotAuthentic,
/// kMalformed.
[[nodiscard]] Result<void> verify_inclusion(TreeHash hash, std::uint64_t index, std::uint64_t size,
                                            const Digest& leaf, std::span<const Digest> proof,
                                            const Digest& root);
/// Is the tree of `size1` with `root1` a prefix of the other? size1 = 0 is kMalformed: it proves
/// nothing.
[[nodiscard]] Result<void> verify_consistency(TreeHash hash, std::uint64_t size1,
                                              std::uint64_t size2, std::span<const Digest> proof,
                                              const Digest& root1, const Digest& root2);

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_MERKLE_H_
