#ifndef STRONGROOM_MODEL_LINEAGE_TENSOR_PRINTER_H_
#define STRONGROOM_MODEL_LINEAGE_TENSOR_PRINTER_H_

#include <memory>
#include <optional>
#include <vector>

#include "crypto/blake3_stream.h"
#include "model/lineage/dequantise.h"
#include "model/lineage/fingerprint.h"
#include "model/lineage/kernels.h"

/// One tensor's print from its bytes in order; no other room includes this.
namespace strongroom::model::lineage {

/// How a tensor is looked at: as a matrix, or as one row.
struct MatrixView {
  std::uint64_t rows = 1;
  std::uint64_t columns = 0;
  bool is_matrix = false;  ///< at least 16 × 16, and its columns can be kept in memory
};
/// Product of the sides; 2^64 - 1 where it is no smaller.
[[nodiscard]] std::uint64_t elements_of(const std::vector<std::uint64_t>& shape);
[[nodiscard]] MatrixView matrix_view(const std::vector<std::uint64_t>& shape);
/// A multiple of 16, or 0 where a matrix is too small or too wide for a probe.
[[nodiscard]] std::uint32_t probe_side(const MatrixView& view);

/// Rows of each attention head that GGUF's converter laid in turns: logical row h·n + t·n/2 + k
/// stands at h·n + 2k + t.
struct InterleavedHeads {
  std::uint64_t head_rows;  ///< n: even
};

struct PrintPlan {
  bool reads_values = true;
  bool has_sketch = true;
  bool has_probe = true;
  std::optional<InterleavedHeads> heads;
};

class TensorPrinter {
 public:
  /// `tensor` is copied from; memory is bounded by kProbeSideMax rows of it.
  TensorPrinter(const Tensor& tensor, const PrintPlan& plan, const Kernels& kernels);
  ~TensorPrinter();
  TensorPrinter(TensorPrinter&&) noexcept;
  TensorPrinter& operator=(TensorPrinter&&) noexcept;
  /// The next bytes; all together exactly what the tensor has.
  void feed(ByteView bytes);
  [[nodiscard]] TensorPrint finish();

 private:
  struct Buffers;

  void feed_values(ByteView bytes);
  void stage(const std::uint8_t* blocks, std::size_t count);
  [[nodiscard]] std::size_t wanted() const;
  void end_segment(std::size_t count);
  void add_moments(std::size_t count);
  void add_moments_with_care(std::size_t count);
  void end_row();
  [[nodiscard]] std::uint64_t logical_row() const;
  [[nodiscard]] std::uint64_t run_of(std::uint64_t row) const;
  void flush_sketch();
  void look_for_grid(std::size_t count);
  void finish_moments();
  void finish_matrix();
  void finish_column_blind();
  void finish_probe();

  TensorPrint print_;
  PrintPlan plan_;
  const Kernels* kernels_;
  MatrixView view_;
  ValueBlock block_{1, 1};
  std::uint32_t side_ = 0;
  std::size_t stride_ = 0;  ///< of a run: columns, rounded up to whole groups
  std::size_t runs_ = 0;
  crypto::Blake3Stream digest_;
  std::unique_ptr<Buffers> buffers_;
  std::size_t staged_ = 0;
  std::size_t carried_ = 0;  ///< bytes of a block that is not whole yet
  std::uint64_t row_ = 0;
  std::uint64_t column_ = 0;
  std::array<double, 4> powers_{};
  double row_square_ = 0;
  double segment_square_ = 0;
  std::uint64_t row_step_ = 1;     ///< every so many rows' norms are kept
  std::uint64_t sample_step_ = 1;  ///< one segment of so many is looked at for a grid
  std::uint64_t segments_ = 0;
  std::uint64_t sampled_ = 0;
  std::uint64_t on_8_bits_ = 0;
  std::uint64_t on_4_bits_ = 0;
};

/// `all` sorted, and thinned to kNormQuantiles evenly spread ones.
[[nodiscard]] std::vector<float> sorted_quantiles(std::vector<float> all);

}  // namespace strongroom::model::lineage

#endif  // STRONGROOM_MODEL_LINEAGE_TENSOR_PRINTER_H_
