#include "model/lineage/fingerprint.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>

#include "crypto/hash.h"
#include "model/lineage/file_pass.h"
#include "model/lineage/names.h"
#include "model/lineage/tensor_printer.h"

namespace strongroom::model::lineage {

namespace {

// Tensors whose bytes are being read at one moment; a file in which more overlap is not one that
// people write, and each costs memory.
constexpr std::size_t kActiveMax = 8;
// Bytes of all tensors together, beside the file's: tied weights share theirs.
constexpr std::uint64_t kOverlapMax = 2;

bool is_contiguous(const Tensor& tensor) {
  if (tensor.strides.empty()) return true;
  if (tensor.strides.size() != tensor.shape.size()) return false;
  std::uint64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i > 0; --i) {
    if (tensor.shape[i - 1] != 1 && tensor.strides[i - 1] != expected) return false;
    expected *= tensor.shape[i - 1];
  }
  return true;
}

bool reads_values(const Tensor& tensor) {
  const std::optional<ValueBlock> block = value_block(tensor.type);
  const std::uint64_t elements = elements_of(tensor.shape);
  return block && is_contiguous(tensor) && elements % block->elements == 0 &&
         tensor.bytes % block->bytes == 0 &&
         elements / block->elements == tensor.bytes / block->bytes;
}

// Which tensors get a sketch or a probe when not all can: a draw by name, so that it falls on the
// same ones in a derivative.
std::vector<bool> drawn(const std::vector<Tensor>& tensors, std::size_t count_max,
                        const std::function<bool(const Tensor&)>& is_eligible) {
  std::vector<std::pair<std::uint64_t, std::size_t>> lots;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!is_eligible(tensors[i])) continue;
    std::uint64_t lot = 0;
    for (const char each : canonical_name(tensors[i].name)) {
      lot = spread_bits(lot + static_cast<unsigned char>(each));
    }
    lots.emplace_back(lot, i);
  }
  if (lots.size() > count_max) {
    std::nth_element(lots.begin(), lots.begin() + static_cast<std::ptrdiff_t>(count_max),
                     lots.end());
    lots.resize(count_max);
  }
  std::vector<bool> chosen(tensors.size());
  for (const auto& lot : lots) chosen[lot.second] = true;
  return chosen;
}

class TensorPass {
 public:
  TensorPass(const Structure& structure, std::uint64_t file_bytes, std::vector<TensorPrint>& prints)
      : structure_(structure), prints_(prints) {
    const auto& tensors = structure.tensors;
    sketched_ =
        drawn(tensors, kSketchedTensorsMax, [](const Tensor& each) { return reads_values(each); });
    probed_ = drawn(tensors, kProbedTensorsMax, [](const Tensor& each) {
      return reads_values(each) && probe_side(matrix_view(each.shape)) > 0;
    });
    bytes_left_ = kOverlapMax * file_bytes;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].external.empty() && !tensors[i].is_packed) order_.push_back(i);
    }
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return tensors[a].offset < tensors[b].offset;
    });
  }

  // `piece` stands at `offset`; pieces come in order and without gaps.
  void feed(std::uint64_t offset, ByteView piece) {
    for (std::size_t i = 0; i < active_.size();) i = feed_one(i, offset, piece) ? i + 1 : i;
    while (next_ < order_.size() && at(next_).offset < offset + piece.size()) {
      if (start(order_[next_++])) feed_one(active_.size() - 1, offset, piece);
    }
  }
  void end() {
    while (next_ < order_.size()) {  // empty ones at the very end
      if (start(order_[next_++])) feed_one(active_.size() - 1, 0, {});
    }
  }

 private:
  struct Active {
    std::size_t index;
    std::uint64_t fed;
    TensorPrinter printer;
  };

  [[nodiscard]] const Tensor& at(std::size_t place) const {
    return structure_.tensors[order_[place]];
  }

  bool start(std::size_t index) {
    const Tensor& tensor = structure_.tensors[index];
    if (active_.size() >= kActiveMax || tensor.bytes > bytes_left_) return false;
    bytes_left_ -= tensor.bytes;
    PrintPlan plan{.reads_values = reads_values(tensor),
                   .has_sketch = sketched_[index],
                   .has_probe = probed_[index]};
    const MatrixView view = matrix_view(tensor.shape);
    const auto heads = interleaved_head_rows(tensor.name, view.rows, structure_.metadata);
    if (structure_.kind == FileKind::kGguf && view.is_matrix && heads) {
      plan.heads = InterleavedHeads{*heads};
    }
    active_.push_back({index, 0, TensorPrinter(tensor, plan, fastest_kernels())});
    return true;
  }

  // False once the tensor has all its bytes, and then it is active no more.
  bool feed_one(std::size_t which, std::uint64_t offset, ByteView piece) {
    Active& each = active_[which];
    const Tensor& tensor = structure_.tensors[each.index];
    const std::uint64_t begin = tensor.offset + each.fed;
    const std::uint64_t end = std::min(tensor.offset + tensor.bytes, offset + piece.size());
    if (end > begin) {
      each.printer.feed(piece.subspan(static_cast<std::size_t>(begin - offset),
                                      static_cast<std::size_t>(end - begin)));
      each.fed += end - begin;
    }
    if (each.fed < tensor.bytes) return true;
    prints_[each.index] = each.printer.finish();
    active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(which));
    return false;
  }

  const Structure& structure_;
  std::vector<TensorPrint>& prints_;
  std::vector<bool> sketched_;
  std::vector<bool> probed_;
  std::vector<std::size_t> order_;
  std::size_t next_ = 0;
  std::uint64_t bytes_left_ = 0;
  std::vector<Active> active_;
};

Result<void> check_places(const Structure& structure, std::uint64_t file_bytes) {
  if (structure.tensors.size() > kTensorsMax) {
    return fail(ErrorCode::kTooLarge, "the file has more tensors than are fingerprinted");
  }
  for (const Tensor& tensor : structure.tensors) {
    if (!tensor.external.empty() || tensor.is_packed) continue;
    if (tensor.offset > file_bytes || tensor.bytes > file_bytes - tensor.offset) {
      return fail(ErrorCode::kMalformed,
                  "tensor " + printable(tensor.name.substr(0, 256)) + " does not lie in the file");
    }
  }
  return {};
}

TensorPrint blank_print(const Tensor& tensor) {
  TensorPrint print;
  print.name = tensor.name;
  print.type = tensor.type;
  print.shape = tensor.shape;
  return print;
}

}  // namespace

std::uint64_t TensorPrint::elements() const { return elements_of(shape); }

bool is_decoded(ElementType type) { return value_block(type).has_value(); }

std::uint64_t elements_of(const std::vector<std::uint64_t>& shape) {
  std::uint64_t elements = 1;
  for (const std::uint64_t side : shape) {
    if (__builtin_mul_overflow(elements, side, &elements)) return ~std::uint64_t{0};
  }
  return elements;
}

Result<Fingerprint> fingerprint(const io::Reader& file, const Structure& structure,
                                const FingerprintOptions& options) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  RETURN_IF_ERROR(check_places(structure, file_bytes));
  Fingerprint print;
  print.kind = structure.kind;
  print.file_bytes = file_bytes;
  const auto architecture = structure.metadata.find("general.architecture");
  if (architecture != structure.metadata.end()) {
    print.architecture = printable(architecture->second.substr(0, 64));
  }
  print.tensors.reserve(structure.tensors.size());
  for (const Tensor& tensor : structure.tensors) print.tensors.push_back(blank_print(tensor));
  TensorPass pass(structure, file_bytes, print.tensors);
  ASSIGN_OR_RETURN(print.file, read_and_hash(file, file_bytes, options,
                                             [&](std::uint64_t offset, ByteView piece) {
                                               pass.feed(offset, piece);
                                             }));
  pass.end();
  return print;
}

Fingerprint join_shards(std::span<const Fingerprint> parts) {
  Fingerprint whole;
  std::vector<Digest> digests;
  std::map<std::string_view, bool> seen;
  for (const Fingerprint& part : parts) {
    if (whole.kind == FileKind::kUnknown) whole.kind = part.kind;
    if (whole.architecture.empty()) whole.architecture = part.architecture;
    whole.file_bytes += part.file_bytes;
    digests.push_back(part.file);
    for (const TensorPrint& tensor : part.tensors) {
      if (seen.emplace(tensor.name, true).second) whole.tensors.push_back(tensor);
    }
  }
  std::sort(digests.begin(), digests.end());
  Joined joined;
  for (const Digest& digest : digests) joined.add(digest.view());
  whole.file = crypto::labelled_digest("strongroom/shards/v1", {joined.bytes()});
  return whole;
}

}  // namespace strongroom::model::lineage
