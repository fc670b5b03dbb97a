#include "model/lineage/row_changes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "model/lineage/names.h"
#include "model/lineage/tensor_printer.h"

namespace strongroom::model::lineage {

namespace {

constexpr std::size_t kPieceValues = std::size_t{1} << 16;  // whole blocks of every type
constexpr std::uint64_t kRowsKept = std::uint64_t{1} << 22;

bool has_heads_in_turns(const RowChangesOf& of) {
  const Tensor& tensor = of.structure.tensors[of.tensor];
  return of.structure.kind == FileKind::kGguf &&
         interleaved_head_rows(tensor.name, matrix_view(tensor.shape).rows, of.structure.metadata);
}

// Values of one tensor, piece by piece.
class Values {
 public:
  explicit Values(const RowChangesOf& of)
      : file_(of.file),
        tensor_(of.structure.tensors[of.tensor]),
        block_(*value_block(tensor_.type)) {
    values_.resize(kPieceValues);
  }
  // `count` values from value `at`, which begins a block.
  Result<std::span<const float>> read(std::uint64_t at, std::size_t count) {
    const std::size_t blocks = count / block_.elements;
    bytes_.resize(blocks * block_.bytes);
    RETURN_IF_ERROR(io::read_exactly(file_, tensor_.offset + at / block_.elements * block_.bytes,
                                     bytes_, "a tensor being compared"));
    dequantise(tensor_.type, bytes_.data(), blocks, values_.data(), fastest_kernels());
    return std::span<const float>(values_).first(count);
  }

 private:
  const io::Reader& file_;
  const Tensor& tensor_;
  ValueBlock block_;
  Bytes bytes_;
  std::vector<float> values_;
};

double number(float value) { return std::isfinite(value) ? static_cast<double>(value) : 0; }

// Both are NaN, or equal.
bool is_same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

class Comparing {
 public:
  explicit Comparing(const MatrixView& view)
      : view_(view), rows_apart_((view.rows + kRowsKept - 1) / kRowsKept) {
    squares_.resize(static_cast<std::size_t>((view.rows + rows_apart_ - 1) / rows_apart_));
  }
  void add(std::uint64_t at, std::span<const float> before, std::span<const float> after) {
    for (std::size_t i = 0; i < before.size(); ++i) {
      found_.square_before += number(before[i]) * number(before[i]);
      if (is_same(before[i], after[i])) continue;
      const std::uint64_t row = (at + i) / view_.columns;
      if (found_.rows == 0 || row != last_row_) {
        ++found_.rows;
        if (!found_.first_row) found_.first_row = row;
        last_row_ = row;
      }
      const double change = number(after[i]) - number(before[i]);
      squares_[static_cast<std::size_t>(row / rows_apart_)] += change * change;
    }
  }
  RowChanges finish() {
    found_.square = std::accumulate(squares_.begin(), squares_.end(), 0.0);
    if (view_.is_matrix && found_.square > 0) {
      const auto few = static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, squares_.size() / 100));
      std::partial_sort(squares_.begin(), squares_.begin() + few, squares_.end(),
                        std::greater<double>());
      found_.concentration =
          std::accumulate(squares_.begin(), squares_.begin() + few, 0.0) / found_.square;
    }
    return found_;
  }

 private:
  MatrixView view_;
  std::uint64_t rows_apart_;
  std::vector<double> squares_;
  RowChanges found_;
  std::uint64_t last_row_ = 0;
};

}  // namespace

Result<std::optional<RowChanges>> row_changes(const RowChangesOf& before, const RowChangesOf& after,
                                              const std::function<bool()>& keep_going) {
  const Tensor& from = before.structure.tensors[before.tensor];
  const Tensor& to = after.structure.tensors[after.tensor];
  const bool comparable = before.has_values && after.has_values && from.shape == to.shape &&
                          has_heads_in_turns(before) == has_heads_in_turns(after);
  if (!comparable) return std::optional<RowChanges>();
  const MatrixView view = matrix_view(from.shape);
  const std::uint64_t elements = elements_of(from.shape);
  Comparing comparing(view);
  Values values_before(before);
  Values values_after(after);
  for (std::uint64_t at = 0; at < elements; at += kPieceValues) {
    if (!keep_going()) return fail(ErrorCode::kInterrupted, "told to stop while comparing tensors");
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(kPieceValues, elements - at));
    ASSIGN_OR_RETURN(const std::span<const float> a, values_before.read(at, count));
    ASSIGN_OR_RETURN(const std::span<const float> b, values_after.read(at, count));
    comparing.add(at, a, b);
  }
  return std::optional<RowChanges>(comparing.finish());
}

}  // namespace strongroom::model::lineage
