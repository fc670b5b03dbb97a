#include <bit>
#include <cmath>
#include <limits>

#include "model/lineage/fingerprint.h"

// The bytes of a fingerprint: little-endian, lengths before lists, one encoding for each value.
// docs/lineage.md has the table.
namespace strongroom::model::lineage {

namespace {

constexpr std::string_view kMagic = "srfprnt1";
constexpr std::size_t kShapeMax = 64;
constexpr std::size_t kArchitectureBytesMax = 1'024;

class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}
  template <class Number>
  void number(Number value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
      out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
  }
  void real(double value) { number(std::bit_cast<std::uint64_t>(value)); }
  void real(float value) { number(std::bit_cast<std::uint32_t>(value)); }
  void bytes(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  template <class Length>
  void reals(const std::vector<float>& values) {
    number(static_cast<Length>(values.size()));
    for (const float value : values) real(value);
  }

 private:
  Bytes& out_;
};

// Reads forward; once something does not fit or breaks a rule, everything later fails too.
class Reader {
 public:
  explicit Reader(ByteView bytes) : left_(bytes) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return left_.size(); }
  void insist(bool holds) { ok_ = ok_ && holds; }

  [[nodiscard]] ByteView bytes(std::uint64_t count) {
    insist(count <= left_.size());
    if (!ok_) return {};
    const ByteView taken = left_.first(static_cast<std::size_t>(count));
    left_ = left_.subspan(taken.size());
    return taken;
  }
  template <class Number>
  [[nodiscard]] Number number() {
    const ByteView in = bytes(sizeof(Number));
    std::uint64_t value = 0;
    for (std::size_t i = in.size(); i > 0; --i) value = (value << 8) | in[i - 1];
    return static_cast<Number>(value);
  }
  [[nodiscard]] double real() {
    const auto value = std::bit_cast<double>(number<std::uint64_t>());
    insist(std::isfinite(value));
    return ok_ ? value : 0;
  }
  [[nodiscard]] float small_real() {
    const auto value = std::bit_cast<float>(number<std::uint32_t>());
    insist(std::isfinite(value));
    return ok_ ? value : 0;
  }
  [[nodiscard]] std::vector<float> small_reals(std::uint64_t count) {
    insist(count <= left_.size() / sizeof(float));
    std::vector<float> values;
    if (!ok_) return values;
    values.reserve(static_cast<std::size_t>(count));
    for (std::uint64_t i = 0; i < count && ok_; ++i) values.push_back(small_real());
    return values;
  }
  [[nodiscard]] Digest digest() {
    return Digest::from_view(bytes(Digest::kBytes)).value_or(Digest{});
  }

 private:
  ByteView left_;
  bool ok_ = true;
};

void write(const Moments& moments, Writer& out) {
  for (const std::uint64_t count :
       {moments.values, moments.nans, moments.infinite, moments.zeros}) {
    out.number(count);
  }
  for (const double value :
       {moments.mean, moments.variance, moments.skewness, moments.kurtosis, moments.square_sum}) {
    out.real(value);
  }
  out.real(moments.least);
  out.real(moments.greatest);
}

Moments read_moments(Reader& in) {
  Moments moments;
  moments.values = in.number<std::uint64_t>();
  moments.nans = in.number<std::uint64_t>();
  moments.infinite = in.number<std::uint64_t>();
  moments.zeros = in.number<std::uint64_t>();
  moments.mean = in.real();
  moments.variance = in.real();
  moments.skewness = in.real();
  moments.kurtosis = in.real();
  moments.square_sum = in.real();
  moments.least = in.small_real();
  moments.greatest = in.small_real();
  in.insist(moments.zeros <= moments.values && moments.variance >= 0 && moments.square_sum >= 0 &&
            moments.least <= moments.greatest);
  return moments;
}

void write(const TensorPrint& tensor, Writer& out) {
  out.number(static_cast<std::uint32_t>(tensor.name.size()));
  out.bytes(as_bytes(tensor.name));
  out.number(static_cast<std::uint8_t>(tensor.type));
  out.number(static_cast<std::uint8_t>(tensor.shape.size()));
  for (const std::uint64_t side : tensor.shape) out.number(side);
  out.bytes(tensor.digest.view());
  out.number(static_cast<std::uint8_t>(tensor.has_values ? 1 : 0));
  if (!tensor.has_values) return;
  write(tensor.moments, out);
  out.reals<std::uint8_t>(tensor.row_norms);
  out.reals<std::uint8_t>(tensor.column_norms);
  out.reals<std::uint16_t>(tensor.sketch);
  out.number(static_cast<std::uint8_t>(tensor.probe_side));
  for (const float value : tensor.probe) out.real(value);
  out.reals<std::uint8_t>(tensor.row_blind);
  out.reals<std::uint8_t>(tensor.column_blind);
  out.real(tensor.on_grid_of_8_bits);
  out.real(tensor.on_grid_of_4_bits);
}

bool is_ascending(const std::vector<float>& values) {
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] < values[i - 1]) return false;
  }
  return values.empty() || values.front() >= 0;
}

void read_values(Reader& in, TensorPrint& tensor) {
  tensor.moments = read_moments(in);
  for (std::vector<float>* norms : {&tensor.row_norms, &tensor.column_norms}) {
    const auto count = in.number<std::uint8_t>();
    in.insist(count <= kNormQuantiles);
    *norms = in.small_reals(count);
    in.insist(is_ascending(*norms));
  }
  const auto buckets = in.number<std::uint16_t>();
  in.insist(buckets <= kSketchBuckets);
  tensor.sketch = in.small_reals(buckets);
  tensor.probe_side = in.number<std::uint8_t>();
  in.insist(tensor.probe_side <= kProbeSideMax && tensor.probe_side % 16 == 0);
  tensor.probe = in.small_reals(in.ok() ? std::uint64_t{tensor.probe_side} * tensor.probe_side : 0);
  for (std::vector<float>* gram : {&tensor.row_blind, &tensor.column_blind}) {
    const auto count = in.number<std::uint8_t>();
    in.insist(count == 0 || count == kGramEntries);
    *gram = in.small_reals(count);
  }
  tensor.on_grid_of_8_bits = in.small_real();
  tensor.on_grid_of_4_bits = in.small_real();
  for (const float share : {tensor.on_grid_of_8_bits, tensor.on_grid_of_4_bits}) {
    in.insist(share >= 0 && share <= 1);
  }
}

TensorPrint read_tensor(Reader& in) {
  TensorPrint tensor;
  const auto name_bytes = in.number<std::uint32_t>();
  tensor.name = std::string(as_text(in.bytes(name_bytes)));
  const auto type = in.number<std::uint8_t>();
  in.insist(type <= static_cast<std::uint8_t>(ElementType::kQ2_0));
  tensor.type = in.ok() ? static_cast<ElementType>(type) : ElementType::kF32;
  const auto sides = in.number<std::uint8_t>();
  in.insist(sides <= kShapeMax);
  for (unsigned i = 0; i < sides && in.ok(); ++i)
    tensor.shape.push_back(in.number<std::uint64_t>());
  tensor.digest = in.digest();
  const auto has_values = in.number<std::uint8_t>();
  in.insist(has_values <= 1);
  tensor.has_values = has_values == 1;
  if (tensor.has_values && in.ok()) read_values(in, tensor);
  return tensor;
}

}  // namespace

Bytes encode(const Fingerprint& fingerprint) {
  Bytes out;
  Writer writer(out);
  writer.bytes(as_bytes(kMagic));
  writer.number(static_cast<std::uint8_t>(fingerprint.kind));
  writer.bytes(fingerprint.file.view());
  writer.number(fingerprint.file_bytes);
  writer.number(static_cast<std::uint16_t>(fingerprint.architecture.size()));
  writer.bytes(as_bytes(fingerprint.architecture));
  writer.number(static_cast<std::uint32_t>(fingerprint.tensors.size()));
  for (const TensorPrint& tensor : fingerprint.tensors) write(tensor, writer);
  return out;
}

Result<Fingerprint> decode_fingerprint(ByteView bytes) {
  Reader in(bytes);
  Fingerprint print;
  in.insist(as_text(in.bytes(kMagic.size())) == kMagic);
  if (!in.ok()) {
    return fail(ErrorCode::kMalformed,
                "not a fingerprint, or one of another version of Strongroom");
  }
  const auto kind = in.number<std::uint8_t>();
  in.insist(kind <= static_cast<std::uint8_t>(FileKind::kRar));
  print.kind = in.ok() ? static_cast<FileKind>(kind) : FileKind::kUnknown;
  print.file = in.digest();
  print.file_bytes = in.number<std::uint64_t>();
  const auto architecture_bytes = in.number<std::uint16_t>();
  in.insist(architecture_bytes <= kArchitectureBytesMax);
  print.architecture = std::string(as_text(in.bytes(architecture_bytes)));
  const auto tensors = in.number<std::uint32_t>();
  if (in.ok() && tensors > kTensorsMax) {
    return fail(ErrorCode::kTooLarge, "a fingerprint claims more tensors than are fingerprinted");
  }
  for (std::uint32_t i = 0; i < tensors && in.ok(); ++i) print.tensors.push_back(read_tensor(in));
  if (!in.ok() || in.left() > 0) {
    return fail(ErrorCode::kMalformed, "a fingerprint is damaged: make it again from the weights");
  }
  return print;
}

}  // namespace strongroom::model::lineage
