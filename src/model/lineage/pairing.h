#ifndef STRONGROOM_MODEL_LINEAGE_PAIRING_H_
#define STRONGROOM_MODEL_LINEAGE_PAIRING_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "model/lineage/lineage.h"

namespace strongroom::model::lineage {

/// Tensors of two models laid beside each other; indices.
struct Pair {
  std::size_t a;
  std::size_t b;
};

/// By canonical name; where that fits less than half of the smaller model's matrices, by likeness
/// of sketches where it is strong, and else by shape and order. Every tensor at most once. Pairs
/// have equally many elements.
[[nodiscard]] std::vector<Pair> pairs_of(const Fingerprint& a, const Fingerprint& b);

/// Counts as evidence: a matrix with values and a sketch that somebody trained, not constant.
[[nodiscard]] bool counts(const TensorPrint& tensor);

/// Over the shorter of both.
[[nodiscard]] double dot(const std::vector<float>& a, const std::vector<float>& b);

/// Between two tensors' values with their means taken out, estimated from sketches; in [-1, 1].
[[nodiscard]] double centred_cosine(const TensorPrint& a, const TensorPrint& b);
/// Its variance for tensors that have nothing to do with each other: of the sketch, and of the few
/// directions that rows or columns may share.
[[nodiscard]] double cosine_variance(const TensorPrint& a);

/// compare(), with the costly part, ranks of changes, left out if not asked for: a merged adapter
/// then reads as a fine-tune.
[[nodiscard]] Kinship kinship_of(const Fingerprint& a, const Fingerprint& b, bool finds_ranks);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_PAIRING_H_
