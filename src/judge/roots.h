#ifndef STRONGROOM_JUDGE_ROOTS_H_
#define STRONGROOM_JUDGE_ROOTS_H_

#include <vector>

#include "crypto/merkle.h"
#include "judge/judge.h"

namespace strongroom::judge {

/// A tree that remembers its root at every size: 32 bytes an entry.
class Roots final : public Tree {
 public:
  Roots() { roots_.push_back(builder_.root()); }
  void add(std::string_view entry_bytes) {
    builder_.add(crypto::leaf_hash(crypto::TreeHash::kSha256, as_bytes(entry_bytes)));
    roots_.push_back(builder_.root());
  }
  [[nodiscard]] std::uint64_t size() const { return builder_.size(); }
  [[nodiscard]] const Digest& root() const { return roots_.back(); }
  [[nodiscard]] Result<std::optional<Digest>> root_at(std::int64_t size) const override {
    if (size < 0 || size >= static_cast<std::int64_t>(roots_.size())) return std::nullopt;
    return roots_[static_cast<std::size_t>(size)];
  }

 private:
  crypto::TreeBuilder builder_{crypto::TreeHash::kSha256};
  std::vector<Digest> roots_;  // roots_[n]: over the first n entries
};

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_ROOTS_H_
