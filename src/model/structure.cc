#include "model/structure.h"

#include <array>
#include <limits>

#include "model/pytorch.h"
#include "model/structure_readers.h"

namespace strongroom::model {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 63;

// In the order of ElementType. Sources: the safetensors format page; ggml-common.h's blocks.
constexpr std::array<ElementLayout, static_cast<std::size_t>(ElementType::kI2) + 1> kLayouts = {{
    {"BOOL", 1, 1},      {"U8", 1, 1},         {"I8", 1, 1},          {"U16", 1, 2},
    {"I16", 1, 2},       {"U32", 1, 4},        {"I32", 1, 4},         {"U64", 1, 8},
    {"I64", 1, 8},       {"F16", 1, 2},        {"BF16", 1, 2},        {"F32", 1, 4},
    {"F64", 1, 8},       {"C64", 1, 8},        {"C128", 1, 16},       {"F8_E4M3", 1, 1},
    {"F8_E5M2", 1, 1},   {"F8_E8M0", 1, 1},    {"F8_E4M3FNUZ", 1, 1}, {"F8_E5M2FNUZ", 1, 1},
    {"F6_E2M3", 4, 3},   {"F6_E3M2", 4, 3},    {"F4", 2, 1},          {"Q4_0", 32, 18},
    {"Q4_1", 32, 20},    {"Q5_0", 32, 22},     {"Q5_1", 32, 24},      {"Q8_0", 32, 34},
    {"Q8_1", 32, 36},    {"Q2_K", 256, 84},    {"Q3_K", 256, 110},    {"Q4_K", 256, 144},
    {"Q5_K", 256, 176},  {"Q6_K", 256, 210},   {"Q8_K", 256, 292},    {"IQ2_XXS", 256, 66},
    {"IQ2_XS", 256, 74}, {"IQ3_XXS", 256, 98}, {"IQ1_S", 256, 50},    {"IQ4_NL", 32, 18},
    {"IQ3_S", 256, 110}, {"IQ2_S", 256, 82},   {"IQ4_XS", 256, 136},  {"IQ1_M", 256, 56},
    {"TQ1_0", 256, 54},  {"TQ2_0", 256, 66},   {"MXFP4", 32, 17},     {"NVFP4", 64, 36},
    {"Q1_0", 128, 18},   {"Q2_0", 64, 18},     {"U4", 2, 1},          {"I4", 2, 1},
    {"U2", 4, 1},        {"I2", 4, 1},
}};

/// Nothing when it is over kMost.
std::optional<std::uint64_t> product(const std::vector<std::uint64_t>& shape) {
  std::uint64_t product = 1;
  bool is_empty = false;
  for (const std::uint64_t size : shape) {
    if (size == 0) is_empty = true;
    if (size > 1 && product > kMost / size) return std::nullopt;
    if (size > 1) product *= size;
  }
  return is_empty ? 0 : product;
}

}  // namespace

const ElementLayout& layout_of(ElementType type) {
  return kLayouts[static_cast<std::size_t>(type)];
}

std::optional<std::uint64_t> bytes_of(ElementType type, const std::vector<std::uint64_t>& shape) {
  const std::optional<std::uint64_t> elements = product(shape);
  const ElementLayout& layout = layout_of(type);
  if (!elements || *elements % layout.elements != 0) return std::nullopt;
  const std::uint64_t groups = *elements / layout.elements;
  if (groups > kMost / layout.bytes) return std::nullopt;
  return groups * layout.bytes;
}

std::uint64_t Tensor::elements() const { return product(shape).value_or(kMost); }

Result<Structure> read_structure(FileKind kind, const io::Reader& file, Findings& findings) {
  switch (kind) {
    case FileKind::kSafetensors:
      return read_safetensors(file, findings);
    case FileKind::kGguf:
      return read_gguf(file, findings);
    case FileKind::kOnnx:
      return read_onnx(file, findings);
    case FileKind::kNumpy:
      return read_numpy(file, findings);
    case FileKind::kNumpyZip:
      return read_numpy_zip(file, findings);
    case FileKind::kPytorchZip:
      return read_pytorch_zip(file, findings);
    case FileKind::kPickle:
      return read_pytorch_legacy(file, findings);
    default:
      return fail(ErrorCode::kRefused, std::string(name_of(kind)) + " files hold no tensors");
  }
}

tl::unexpected<Error> refuse(Findings& findings, const Rule& rule, std::string_view what,
                             std::optional<std::uint64_t> offset) {
  findings.add(rule, what, offset);
  return fail(ErrorCode::kMalformed, std::string(what));
}

}  // namespace strongroom::model
