#ifndef STRONGROOM_MODEL_LINEAGE_LINEAGE_H_
#define STRONGROOM_MODEL_LINEAGE_LINEAGE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "model/lineage/fingerprint.h"

/// Who descends from whom, from fingerprints alone. Calibrated on synthetic models only
/// (docs/lineage.md); an answer is evidence to look at, not proof, and says nothing of intent.
namespace strongroom::model::lineage {

/// What B is to A. Append only.
enum class Relation {
  kIncomparable,  ///< no two matrices of theirs can be laid beside each other
  kUnrelated,     ///< they can, and no more likeness than between models trained apart
  kSame,          ///< every tensor that both have is the same bytes
  kRecast,        ///< the same values within the rounding of the coarser type
  kQuantised,
  kPruned,
  kLoraMerged,  ///< what was changed is of low rank
  kFineTuned,   ///< related, and none of the above
  kPermuted,    ///< the same rows or columns in another order
  kMerged,      ///< a weighted sum of two or more (only trace() and merge_of() say so)
};
/// "same", "fine-tuned", …: stable, for JSON.
[[nodiscard]] std::string_view name_of(Relation relation);

/// The numbers that a relation rests on.
struct Evidence {
  std::uint32_t tensors_matched = 0;    ///< by name, or by shape and order
  std::uint32_t matrices_compared = 0;  ///< of those, the ones that count: decoded, not constant
  std::uint32_t tensors_only_in_a = 0;
  std::uint32_t tensors_only_in_b = 0;
  double identical_share = 0;  ///< of matched tensors: the same bytes
  double cosine = 0;           ///< between all compared values, means taken out
  double cosine_blind = 0;     ///< of the parts that do not see the order of rows or columns
  double change = 0;           ///< ‖B − A‖ / ‖A‖ over what was compared
  double changed_share = 0;    ///< of compared matrices: changed by more than rounding
  std::uint32_t rank = 0;      ///< median of the changed matrices' ranks; 0: none is low
  double low_rank_share = 0;   ///< of changed matrices that have a probe: those of low rank
  double zeros_a = 0;          ///< share of zeros
  double zeros_b = 0;
  double projection = 0;   ///< ⟨A, B⟩ / ‖B‖²: 1 when B is A with values struck out
  double grid_bits_a = 0;  ///< 0: on no grid; else bits (4, 8, or of its quantised type)
  double grid_bits_b = 0;
  double kurtosis_a = 0;  ///< mean over compared matrices
  double kurtosis_b = 0;
};

/// How B stands to A.
struct Kinship {
  Relation relation = Relation::kIncomparable;
  std::vector<Relation> also;  ///< further steps that the evidence shows beside `relation`
  /// Standard deviations above what independent models show.
  double z = 0;
  /// log10 of the chance that independent models are this alike (normal tail); at least -1,000.
  double log10_p = 0;
  Evidence evidence;
  /// A hint, no more: 1 when B looks made from A, -1 when A looks made from B, 0 when neither does.
  int direction = 0;
};

/// At |z| from here on, two models count as related: chance 1e-9 a pair.
inline constexpr double kRelatedZ = 6.0;

/// Pure, total, thread-safe.
[[nodiscard]] Kinship compare(const Fingerprint& a, const Fingerprint& b);

struct Parent {
  std::size_t model;  ///< index into what was given
  double share;       ///< of a merge: 0 to about 1; else 1
};

/// B as a weighted sum of candidates, by non-negative least squares over the sketches.
struct Merge {
  std::vector<Parent> parents;  ///< those with a share of at least 0.05, largest first
  bool is_blend = false;       ///< no plain sum: what changed points along both (TIES and the like)
  double residual = 0;         ///< ‖B − sum‖ / ‖B‖
  double residual_single = 0;  ///< the same with the best single candidate alone
  [[nodiscard]] bool is_convincing() const;
};
/// At most 8 candidates are tried, the first ones. Nothing when fewer than two can be compared.
[[nodiscard]] std::optional<Merge> merge_of(const Fingerprint& b,
                                            std::span<const Fingerprint* const> candidates);

/// Where one model of a set comes from.
struct Ancestry {
  /// Likely parents within the set: one, or several for a merge; none for one that stands alone or
  /// seems to be the first of its family.
  std::vector<Parent> parents;
  Relation relation = Relation::kUnrelated;  ///< to the first parent, or kMerged
  std::optional<Kinship> kinship;            ///< to the first parent
  std::size_t family = 0;                    ///< models of one number are related
};
/// The most likely parents of each. Which of two alike models came first is a guess from counts of
/// relatives and from hints. Pairs are filtered by shapes and one short sketch a model before they
/// are compared in full. Pure, thread-safe.
[[nodiscard]] std::vector<Ancestry> trace(std::span<const Fingerprint* const> models);

/// A LoRA adapter on its own: matrices named …lora_A and …lora_B (PEFT), or .lora_a and .lora_b.
struct AdapterFit {
  std::uint32_t pairs = 0;  ///< of factors that belong together
  std::uint32_t pairs_fitting =
      0;                   ///< whose product has the shape of the tensor they are named for
  std::uint32_t rank = 0;  ///< the largest
};
/// Says whether it could be an adapter of `model` by names and shapes, and no more: an adapter's
/// values tell nothing of its base. Nothing when `adapter` is none.
[[nodiscard]] std::optional<AdapterFit> adapter_fit(const Fingerprint& adapter,
                                                    const Fingerprint& model);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_LINEAGE_H_
