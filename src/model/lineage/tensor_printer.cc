#include "model/lineage/tensor_printer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "model/lineage/grid.h"

namespace strongroom::model::lineage {

namespace {

constexpr std::uint64_t kMatrixSideMin = 16;
constexpr std::uint64_t kRunFloatsMax = 16u << 20;
constexpr std::uint64_t kRowNormsMax = 1u << 20;
constexpr std::uint64_t kSegmentsSampled = 64;
constexpr std::uint64_t kSegmentsPerFlush = 256;
constexpr std::uint64_t kRunSeed = std::uint64_t{1} << 62;  // no row has this number
// What a single value may weigh in sums of binary32; no weight is that large.
constexpr float kValueMax = 0x1p40f;
// Below this a fourth power may have lost its digits.
constexpr double kFourthMin = 1e-28;

std::uint64_t padded(std::uint64_t count) { return (count + kLanes - 1) / kLanes * kLanes; }

float as_float(double value) {
  constexpr double kMax = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kMax, kMax));
}

}  // namespace

struct TensorPrinter::Buffers {
  alignas(64) std::array<float, kSegmentValuesMax + kBlockElementsMax + kLanes> staging{};
  alignas(64) std::array<float, kSketchBuckets> sketch{};
  alignas(64) std::array<float, kLanes> blind{};
  alignas(64) std::array<float, kLanes * kLanes> gram{};
  SegmentMoments sums;
  std::array<double, kSketchBuckets> sketch_sums{};
  std::array<std::uint8_t, kBlockBytesMax> carry{};
  std::vector<float> runs;
  std::vector<float> column_squares;
  std::vector<float> row_norms;
};

MatrixView matrix_view(const std::vector<std::uint64_t>& shape) {
  const std::uint64_t elements = elements_of(shape);
  const MatrixView flat{.rows = 1, .columns = elements, .is_matrix = false};
  if (shape.size() < 2 || elements <= kSketchBuckets) return flat;
  std::uint64_t columns = shape.back();
  if (columns < kMatrixSideMin) columns = elements / shape.front();
  const std::uint64_t rows = elements / columns;
  if (rows < kMatrixSideMin || columns < kMatrixSideMin ||
      columns > kRunFloatsMax / kMatrixSideMin) {
    return flat;
  }
  return {.rows = rows, .columns = columns, .is_matrix = true};
}

std::uint32_t probe_side(const MatrixView& view) {
  if (!view.is_matrix) return 0;
  const auto elements = static_cast<double>(view.rows) * static_cast<double>(view.columns);
  std::uint64_t side = kProbeSideMax;
  side = std::min(side, static_cast<std::uint64_t>(std::sqrt(elements / 8)));
  side = std::min({side, view.rows, view.columns});
  side = side / kLanes * kLanes;
  return side * padded(view.columns) > kRunFloatsMax ? 0 : static_cast<std::uint32_t>(side);
}

TensorPrinter::TensorPrinter(const Tensor& tensor, const PrintPlan& plan, const Kernels& kernels)
    : plan_(plan), kernels_(&kernels), view_(matrix_view(tensor.shape)) {
  print_.name = tensor.name;
  print_.type = tensor.type;
  print_.shape = tensor.shape;
  const std::optional<ValueBlock> block = value_block(tensor.type);
  print_.has_values = plan.reads_values && block.has_value() && view_.columns > 0;
  if (!print_.has_values) return;
  block_ = *block;
  side_ = plan.has_probe ? probe_side(view_) : 0;
  buffers_ = std::make_unique<Buffers>();
  print_.moments.least = std::numeric_limits<float>::infinity();
  print_.moments.greatest = -std::numeric_limits<float>::infinity();
  const std::uint64_t chunks = (view_.columns + kSegmentValuesMax - 1) / kSegmentValuesMax;
  sample_step_ = std::max<std::uint64_t>(1, view_.rows * chunks / kSegmentsSampled);
  if (!view_.is_matrix) return;
  row_step_ = (view_.rows + kRowNormsMax - 1) / kRowNormsMax;
  runs_ = side_ > 0 ? side_ : kGramSide;
  stride_ = static_cast<std::size_t>(padded(view_.columns));
  buffers_->runs.resize(runs_ * stride_);
  buffers_->column_squares.resize(stride_);
}

TensorPrinter::~TensorPrinter() = default;
TensorPrinter::TensorPrinter(TensorPrinter&&) noexcept = default;
TensorPrinter& TensorPrinter::operator=(TensorPrinter&&) noexcept = default;

void TensorPrinter::feed(ByteView bytes) {
  digest_.add(bytes);
  if (print_.has_values) feed_values(bytes);
}

void TensorPrinter::feed_values(ByteView bytes) {
  if (carried_ > 0) {
    const std::size_t more = std::min(bytes.size(), block_.bytes - carried_);
    std::copy_n(bytes.begin(), more,
                buffers_->carry.begin() + static_cast<std::ptrdiff_t>(carried_));
    carried_ += more;
    bytes = bytes.subspan(more);
    if (carried_ < block_.bytes) return;
    stage(buffers_->carry.data(), 1);
    carried_ = 0;
  }
  while (bytes.size() >= block_.bytes) {
    const std::size_t needed = wanted() - staged_;
    const std::size_t count =
        std::min(bytes.size() / block_.bytes, (needed + block_.elements - 1) / block_.elements);
    stage(bytes.data(), count);
    bytes = bytes.subspan(count * block_.bytes);
  }
  std::copy(bytes.begin(), bytes.end(), buffers_->carry.begin());
  carried_ = bytes.size();
}

std::size_t TensorPrinter::wanted() const {
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(kSegmentValuesMax, view_.columns - column_));
}

void TensorPrinter::stage(const std::uint8_t* blocks, std::size_t count) {
  std::array<float, kLanes> kept{};
  float* const staging = buffers_->staging.data();
  dequantise(print_.type, blocks, count, staging + staged_, *kernels_);
  staged_ += count * block_.elements;
  while (staged_ >= wanted() && row_ < view_.rows) {
    const std::size_t segment = wanted();
    // What stands behind the segment gives way to its padding meanwhile.
    const std::size_t padding = static_cast<std::size_t>(padded(segment)) - segment;
    std::copy_n(staging + segment, padding, kept.begin());
    std::fill_n(staging + segment, padding, 0.0f);
    end_segment(segment);
    std::copy_n(kept.begin(), padding, staging + segment);
    staged_ -= segment;
    if (staged_ > 0) std::memmove(staging, staging + segment, staged_ * sizeof(float));
  }
}

void TensorPrinter::end_segment(std::size_t count) {
  add_moments(count);
  row_square_ += segment_square_;
  const std::uint64_t chunk = column_ / kSegmentValuesMax;
  const std::uint64_t row = logical_row();
  if (spread_bits(row * 0x10001 + chunk) % sample_step_ == 0) look_for_grid(count);
  Spread segment{.values = buffers_->staging.data(),
                 .groups = static_cast<std::size_t>(padded(count)) / kLanes,
                 .row = row,
                 .chunk = chunk,
                 .is_rotated = print_.elements() > kSketchBuckets,
                 .sketch = buffers_->sketch.data()};
  if (view_.is_matrix) {
    segment.run = buffers_->runs.data() + run_of(row) * stride_ + column_;
    segment.column_squares = buffers_->column_squares.data() + column_;
    segment.blind = buffers_->blind.data();
  }
  kernels_->spread(segment);
  if (++segments_ % kSegmentsPerFlush == 0) flush_sketch();
  column_ += count;
  if (column_ == view_.columns) end_row();
}

void TensorPrinter::add_moments(std::size_t count) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float* const values = buffers_->staging.data();
  // Not on the stack: sanitizers lay stack variables out with less than 64-byte alignment.
  SegmentMoments& sums = buffers_->sums;
  sums = {};
  sums.least.fill(kInfinity);
  sums.greatest.fill(-kInfinity);
  const std::size_t groups = count / kLanes;
  kernels_->moments(values, groups, sums);
  for (std::size_t lane = 0; lane < count % kLanes; ++lane) {
    const float x = values[groups * kLanes + lane];
    const float squared = x * x;
    sums.powers[0][lane] += x;
    sums.powers[1][lane] += squared;
    sums.powers[2][lane] += squared * x;
    sums.powers[3][lane] += squared * squared;
    sums.least[lane] = x < sums.least[lane] ? x : sums.least[lane];
    sums.greatest[lane] = x > sums.greatest[lane] ? x : sums.greatest[lane];
    if (x == 0.0f) ++sums.zeros[lane];
  }
  std::array<double, 4> totals{};
  for (std::size_t power = 0; power < totals.size(); ++power) {
    for (const float lane : sums.powers[power]) totals[power] += static_cast<double>(lane);
  }
  std::uint64_t zeros = 0;
  for (const std::uint32_t lane : sums.zeros) zeros += lane;
  const bool is_plain =
      std::isfinite(totals[3]) && (totals[3] > kFourthMin || zeros == count) && totals[3] < 1e36;
  if (!is_plain) return add_moments_with_care(count);
  Moments& moments = print_.moments;
  for (std::size_t power = 0; power < totals.size(); ++power) powers_[power] += totals[power];
  segment_square_ = totals[1];
  moments.values += count;
  moments.zeros += zeros;
  moments.least = std::min(moments.least, *std::min_element(sums.least.begin(), sums.least.end()));
  moments.greatest =
      std::max(moments.greatest, *std::max_element(sums.greatest.begin(), sums.greatest.end()));
}

// Something in this segment is no number, or too large or small for powers in binary32.
void TensorPrinter::add_moments_with_care(std::size_t count) {
  Moments& moments = print_.moments;
  segment_square_ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    float& value = buffers_->staging[i];
    if (!std::isfinite(value)) {
      ++(std::isnan(value) ? moments.nans : moments.infinite);
      value = 0;
      continue;
    }
    const auto x = static_cast<double>(value);
    const double squared = x * x;
    powers_[0] += x;
    powers_[1] += squared;
    powers_[2] += squared * x;
    powers_[3] += squared * squared;
    segment_square_ += squared;
    ++moments.values;
    if (value == 0.0f) ++moments.zeros;
    moments.least = std::min(moments.least, value);
    moments.greatest = std::max(moments.greatest, value);
    value = std::clamp(value, -kValueMax, kValueMax);
  }
}

void TensorPrinter::end_row() {
  if (view_.is_matrix) {
    if (row_ % row_step_ == 0) buffers_->row_norms.push_back(as_float(std::sqrt(row_square_)));
    kernels_->outer(buffers_->blind.data(), buffers_->gram.data());
    buffers_->blind.fill(0);
  }
  row_square_ = 0;
  column_ = 0;
  ++row_;
}

std::uint64_t TensorPrinter::logical_row() const {
  if (!plan_.heads) return row_;
  const std::uint64_t n = plan_.heads->head_rows;
  const std::uint64_t within = row_ % n;
  return row_ - within + (within % 2) * (n / 2) + within / 2;
}

std::uint64_t TensorPrinter::run_of(std::uint64_t row) const {
  return row * runs_ / view_.rows;  // a file has fewer than 2^57 rows of 16 values and more
}

void TensorPrinter::flush_sketch() {
  for (std::size_t i = 0; i < kSketchBuckets; ++i) {
    buffers_->sketch_sums[i] += static_cast<double>(buffers_->sketch[i]);
  }
  buffers_->sketch.fill(0);
}

void TensorPrinter::look_for_grid(std::size_t count) {
  ++sampled_;
  const Grid grid = grid_of(std::span(buffers_->staging).first(count));
  if (grid == Grid::kFourBits) ++on_4_bits_;
  if (grid == Grid::kEightBits) ++on_8_bits_;
}

TensorPrint TensorPrinter::finish() {
  print_.digest = digest_.finish();
  if (!print_.has_values) return std::move(print_);
  flush_sketch();
  finish_moments();
  if (sampled_ > 0) {
    const auto all = static_cast<float>(sampled_);
    print_.on_grid_of_8_bits = static_cast<float>(on_8_bits_) / all;
    print_.on_grid_of_4_bits = static_cast<float>(on_4_bits_) / all;
  }
  if (plan_.has_sketch) {
    const auto buckets =
        static_cast<std::size_t>(std::min<std::uint64_t>(kSketchBuckets, print_.elements()));
    for (std::size_t i = 0; i < buckets; ++i) {
      print_.sketch.push_back(as_float(buffers_->sketch_sums[i]));
    }
  }
  if (view_.is_matrix) finish_matrix();
  return std::move(print_);
}

void TensorPrinter::finish_moments() {
  Moments& moments = print_.moments;
  if (moments.values == 0) {
    moments.least = 0;
    moments.greatest = 0;
    return;
  }
  const auto count = static_cast<double>(moments.values);
  const double mean = powers_[0] / count;
  const double two = powers_[1] / count;
  const double three = powers_[2] / count;
  const double four = powers_[3] / count;
  moments.mean = mean;
  moments.square_sum = powers_[1];
  // A spread within the rounding of the sums is none.
  moments.variance = std::max(0.0, two - mean * mean);
  if (moments.variance <= two * 1e-9) {
    moments.variance = moments.least == moments.greatest ? 0 : moments.variance;
    return;
  }
  const double deviation = std::sqrt(moments.variance);
  moments.skewness =
      (three - 3 * mean * two + 2 * mean * mean * mean) / (moments.variance * deviation);
  moments.kurtosis =
      (four - 4 * mean * three + 6 * mean * mean * two - 3 * mean * mean * mean * mean) /
      (moments.variance * moments.variance);
}

void TensorPrinter::finish_matrix() {
  print_.row_norms = sorted_quantiles(std::move(buffers_->row_norms));
  std::vector<float> columns;
  for (std::size_t j = 0; j < view_.columns; ++j) {
    columns.push_back(as_float(std::sqrt(static_cast<double>(buffers_->column_squares[j]))));
  }
  print_.column_norms = sorted_quantiles(std::move(columns));
  for (std::size_t i = 0; i < kGramSide; ++i) {
    for (std::size_t j = i + 1; j < kGramSide; ++j) {
      print_.row_blind.push_back(as_float(static_cast<double>(buffers_->gram[i * kLanes + j])));
    }
  }
  finish_column_blind();
  finish_probe();
}

void TensorPrinter::finish_column_blind() {
  std::array<double, kGramSide> sums{};
  std::array<double, kGramSide * kGramSide> gram{};
  std::vector<float> signs(runs_);
  for (std::size_t run = 0; run < runs_; ++run) signs[run] = row_sign(kRunSeed + run);
  for (std::size_t j = 0; j < view_.columns; ++j) {
    sums.fill(0);
    for (std::size_t run = 0; run < runs_; ++run) {
      sums[run * kGramSide / runs_] +=
          static_cast<double>(signs[run] * buffers_->runs[run * stride_ + j]);
    }
    for (std::size_t i = 0; i < kGramSide; ++i) {
      for (std::size_t k = i + 1; k < kGramSide; ++k) gram[i * kGramSide + k] += sums[i] * sums[k];
    }
  }
  for (std::size_t i = 0; i < kGramSide; ++i) {
    for (std::size_t k = i + 1; k < kGramSide; ++k) {
      print_.column_blind.push_back(as_float(gram[i * kGramSide + k]));
    }
  }
}

void TensorPrinter::finish_probe() {
  if (side_ == 0) return;
  print_.probe_side = side_;
  std::vector<double> probe(static_cast<std::size_t>(side_) * side_);
  for (std::size_t j = 0; j < view_.columns; ++j) {
    const double sign = static_cast<double>(column_sign(j));
    const std::size_t group = j * side_ / view_.columns;
    for (std::size_t run = 0; run < side_; ++run) {
      probe[run * side_ + group] += sign * static_cast<double>(buffers_->runs[run * stride_ + j]);
    }
  }
  print_.probe.reserve(probe.size());
  for (const double value : probe) print_.probe.push_back(as_float(value));
}

std::vector<float> sorted_quantiles(std::vector<float> all) {
  std::sort(all.begin(), all.end());
  if (all.size() <= kNormQuantiles) return all;
  std::vector<float> thinned;
  for (std::size_t i = 0; i < kNormQuantiles; ++i) {
    thinned.push_back(all[i * (all.size() - 1) / (kNormQuantiles - 1)]);
  }
  return thinned;
}

}  // namespace strongroom::model::lineage
