#ifndef STRONGROOM_MODEL_LINEAGE_ROW_CHANGES_H_
#define STRONGROOM_MODEL_LINEAGE_ROW_CHANGES_H_

#include <functional>
#include <optional>

#include "io/reader.h"
#include "model/structure.h"

namespace strongroom::model::lineage {

/// What two tensors' values differ in, exactly.
struct RowChanges {
  double square = 0;  ///< ‖after − before‖²; what is no number counts as zero
  double square_before = 0;
  std::uint64_t rows = 0;  ///< in which any value differs
  std::optional<std::uint64_t> first_row;
  std::optional<double> concentration;  ///< as TensorDelta has it; nothing for vectors
};

struct RowChangesOf {
  const io::Reader& file;
  const Structure& structure;
  std::size_t tensor;
  bool has_values;
};

/// Reads both tensors side by side, in pieces. Nothing when their rows cannot be laid beside each
/// other: another shape, values that are not decoded, heads laid in turns in one of them. Errors:
/// kInterrupted, kMalformed, kDisk.
[[nodiscard]] Result<std::optional<RowChanges>> row_changes(
    const RowChangesOf& before, const RowChangesOf& after, const std::function<bool()>& keep_going);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_ROW_CHANGES_H_
