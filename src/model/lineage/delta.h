#ifndef STRONGROOM_MODEL_LINEAGE_DELTA_H_
#define STRONGROOM_MODEL_LINEAGE_DELTA_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/lineage/fingerprint.h"

/// What changed from one release of a model to the next, for a person who must decide whether it is
/// what was meant to change.
namespace strongroom::model::lineage {

/// What one tensor's change should make a person ask. Append only.
enum class Alarm {
  kNotFinite,       ///< NaN or infinity where there was none
  kOutliers,        ///< its largest value is now far beyond its spread
  kTypeChanged,     ///< another element type than before
  kShapeChanged,    ///< another shape under the same name
  kAloneChanged,    ///< the only one changed, or one of few, while all others stand as they were
  kFewRowsChanged,  ///< almost all of the change lies in few rows
  kEmbeddingRows,   ///< the same, in the table of tokens: a token may have got another meaning
  kEmptied,         ///< it was not all zeros, and now it is
};
/// "not-finite", …: stable, for JSON.
[[nodiscard]] std::string_view name_of(Alarm alarm);
/// One plain sentence for a person.
[[nodiscard]] std::string_view explain(Alarm alarm);

struct TensorDelta {
  enum class What { kSame, kChanged, kAdded, kRemoved };
  What what = What::kSame;
  std::string name;         ///< in the later release, or where it was removed, in the earlier one
  std::string name_before;  ///< where it had another name; else empty
  ElementType type_before = ElementType::kF32;
  ElementType type_after = ElementType::kF32;
  /// ‖after − before‖ / ‖before‖. Estimated within a few percent of itself from fingerprints, exact
  /// from files; nothing where values are not known or shapes differ.
  std::optional<double> change;
  /// Rank of the change where it is low; 0 where it is not; nothing where it cannot be told.
  std::optional<std::uint32_t> rank;
  /// Share of the change's energy that its heaviest hundredth of rows (at least one) holds: 0.01
  /// when spread evenly. From fingerprints: the heaviest of probe_side equal runs of rows.
  std::optional<double> concentration;
  /// Rows that changed at all, and the first of them: from files only.
  std::optional<std::uint64_t> rows_changed;
  std::optional<std::uint64_t> first_row_changed;
  bool is_matrix = false;  ///< at least 16 rows of 16 values
  Moments before;
  Moments after;
  std::vector<Alarm> alarms;  ///< ascending, each once
};

struct Delta {
  std::vector<TensorDelta> tensors;  ///< alarms first, then by change, largest first
  std::uint32_t same = 0;
  std::uint32_t changed = 0;
  std::uint32_t added = 0;
  std::uint32_t removed = 0;
  std::optional<double> change;       ///< over all matrices whose change is known
  std::optional<std::uint32_t> rank;  ///< median over changed matrices, when most are of low rank
  bool is_from_files = false;
  [[nodiscard]] bool has_alarms() const;
};

/// From fingerprints alone. Pure, thread-safe.
[[nodiscard]] Delta delta_of(const Fingerprint& before, const Fingerprint& after);

/// A release that can be read.
struct Release {
  const io::Reader& file;          ///< borrowed
  const Structure& structure;      ///< borrowed
  const Fingerprint& fingerprint;  ///< of that file; borrowed
};
/// The same, with each changed tensor's values read once more from both files: exact change, and
/// the rows. Errors: kInterrupted, kMalformed, kDisk.
[[nodiscard]] Result<Delta> delta_of_files(const Release& before, const Release& after,
                                           const std::function<bool()>& keep_going);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_DELTA_H_
