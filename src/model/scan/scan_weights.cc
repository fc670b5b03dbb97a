// Weights: their structure, and whether they stand where weights stand.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/brought_code.h"
#include "model/chat_template.h"
#include "model/container_rules.h"
#include "model/numpy.h"
#include "model/pickle.h"
#include "model/pytorch.h"
#include "model/scan/scan.h"

namespace strongroom::model::scan {
namespace {

/// Extensions under which weights are looked for. Names without any, too, when they are digests:
/// stores that go by content name their files so.
constexpr std::array<std::string_view, 24> kHonestEndings = {
    ".gguf",   ".ggml",    ".safetensors", ".pt",       ".pth", ".ckpt", ".bin",    ".pkl",
    ".pickle", ".onnx",    ".npy",         ".npz",      ".h5",  ".hdf5", ".keras",  ".model",
    ".ot",     ".weights", ".params",      ".pdparams", ".mar", ".nemo", ".joblib", ".pb"};
/// Arrays are often no weights: small ones, and those of other than floating-point numbers.
constexpr std::uint64_t kArrayBytesMin = 64u << 10;
/// Headers up to this size are searched for pickles.
constexpr std::uint64_t kSearchedHeaderMax = 16u << 20;

bool is_digest(std::string_view name) {
  if (name.starts_with("sha256-") || name.starts_with("sha256:")) name.remove_prefix(7);
  const bool is_hex = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  return is_hex && (name.size() == 64 || name.size() == 40);
}

bool promises_weights(std::string_view leaf) {
  const std::string name = lower_case(leaf);
  return is_digest(name) || std::any_of(kHonestEndings.begin(), kHonestEndings.end(),
                                        [&](std::string_view end) { return name.ends_with(end); });
}

bool is_small_array(FileKind kind, const std::optional<Structure>& structure) {
  if (kind != FileKind::kNumpy && kind != FileKind::kNumpyZip) return false;
  if (!structure) return true;
  std::uint64_t bytes = 0;
  for (const Tensor& tensor : structure->tensors) {
    const bool is_float = tensor.type == ElementType::kF16 || tensor.type == ElementType::kF32 ||
                          tensor.type == ElementType::kF64 || tensor.type == ElementType::kBf16;
    if (is_float) bytes += std::min(tensor.bytes, kArrayBytesMin);
  }
  return bytes < kArrayBytesMin;
}

/// One clause; empty when they stand where weights stand.
std::string why_shadow(const Content& content, FileKind kind, bool is_honest_archive) {
  switch (content.place) {
    case Place::kWeights:
      return {};
    case Place::kStray:
      return fmt::format("a {} file inside of {}", name_of(kind), content.stray_in);
    case Place::kArchive:
      if (is_honest_archive) return {};
      return fmt::format("a {} file inside an archive", name_of(kind));
    case Place::kFile:
      break;
  }
  if (promises_weights(leaf_of(content.name))) return {};
  return fmt::format("a {} file named {}", name_of(kind),
                     printable(leaf_of(content.name).substr(0, 200)));
}

Result<Structure> structure_of(FileKind kind, const io::Reader& file, Findings& findings) {
  if (kind == FileKind::kPytorchZip) return read_pytorch_zip(file, findings);
  if (kind == FileKind::kPickle) return read_pytorch_legacy(file, findings);
  return read_structure(kind, file, findings);
}

/// Where the tensors of a format end that ends with them.
std::optional<std::uint64_t> end_of(const Structure& structure) {
  const bool ends_with_them = structure.kind == FileKind::kGguf ||
                              structure.kind == FileKind::kSafetensors ||
                              structure.kind == FileKind::kNumpy;
  if (!ends_with_them || structure.tensors.empty()) return std::nullopt;
  std::uint64_t end = 0;
  for (const Tensor& tensor : structure.tensors) end = std::max(end, tensor.offset + tensor.bytes);
  return end;
}

std::uint64_t beginning_of(const Structure& structure) {
  std::uint64_t begin = ~std::uint64_t{0};
  for (const Tensor& tensor : structure.tensors) begin = std::min(begin, tensor.offset);
  return structure.tensors.empty() ? 0 : begin;
}

}  // namespace

void Scan::note_weights(const Looked& looked, std::optional<Structure> structure) {
  const Content& content = looked.content;
  if (content.place == Place::kWeights) return;
  FoundWeights found;
  found.member = findings_.member();
  found.kind = looked.is.kind;
  found.bytes = content.size;
  found.begins_at = content.begins_at;
  // Two ways may lead to one place: from its beginning, and back from its end.
  const bool is_known = std::any_of(
      scanned_.weights.begin(), scanned_.weights.end(), [&found](const FoundWeights& other) {
        return other.member == found.member && other.kind == found.kind &&
               other.begins_at == found.begins_at && other.bytes == found.bytes;
      });
  if (is_known) return;
  found.how = why_shadow(content, found.kind, is_honest_archive_);
  found.is_shadow = !found.how.empty() && !is_small_array(found.kind, structure);
  if (!found.is_shadow) found.how.clear();
  found.structure = std::move(structure);
  if (found.is_shadow) findings_.add(kShadowWeights, found.how);
  if (watch_.found_weights && found.structure) watch_.found_weights(found, content.bytes);
  scanned_.weights.push_back(std::move(found));
}

void Scan::judge_templates(const Structure& structure) {
  for (const auto& [key, value] : structure.metadata) {
    const bool is_template = key == "tokenizer.chat_template" ||
                             key.starts_with("tokenizer.chat_template.") || key == "chat_template";
    if (!is_template) continue;
    const Findings::Inside inside(findings_, key);
    judge_template(value, findings_);
  }
  for (const std::string& key : structure.metadata_left_out) {
    if (!key.starts_with("tokenizer.chat_template")) continue;
    findings_.add(kNotRead, fmt::format("{} is too large to be read", key));
  }
}

Result<void> Scan::look_behind_tensors(const Looked& looked, const Structure& structure) {
  const std::optional<std::uint64_t> end = end_of(structure);
  if (!end || *end >= looked.content.size) return {};
  Bytes there(static_cast<std::size_t>(std::min<std::uint64_t>(looked.content.size - *end, 4096)));
  const Result<std::size_t> got = looked.content.bytes.read_at(*end, there);
  const bool is_padding =
      got && *got == looked.content.size - *end &&
      std::all_of(there.begin(), there.end(), [](auto byte) { return byte == 0; });
  if (is_padding) return {};
  return look_at_stray(looked, *end, looked.content.size - *end);
}

/// An array of Python objects is a pickle behind a header.
Result<void> Scan::judge_objects(const Looked& looked) {
  Findings told;  // by read_structure()
  const ByteView head = looked.head.first(std::min(looked.head.size(), kNumpyHeadBytesMax));
  const Result<NumpyHeader> header = read_numpy_header(head, looked.content.size, told);
  if (!header || !header->is_pickled) return {};
  const std::uint64_t begins = header->data_begins;
  const WindowReader pickle(looked.content.bytes, begins, looked.content.size - begins);
  const Findings::Inside inside(findings_, fmt::format("(objects from byte {} on)", begins));
  const std::size_t before = said();
  return settle(judge_pickles(pickle, findings_), before);
}

Result<void> Scan::look_at_weights(const Looked& looked) {
  const Content& content = looked.content;
  const FileKind kind = looked.is.kind;
  if (kind == FileKind::kHdf5 || kind == FileKind::kKerasZip || kind == FileKind::kSavedModel) {
    if (kind != FileKind::kSavedModel) note_weights(looked, std::nullopt);
    // Of a Keras archive the configuration is looked at as its member config.json.
    if (kind != FileKind::kKerasZip) {
      const std::size_t told = said();
      const WindowReader searched(content.bytes, 0,
                                  std::min(content.size, limits_.searched_bytes_max));
      RETURN_IF_ERROR(settle(judge_brought_code(kind, searched, findings_), told));
      findings_.add(kNotRead, fmt::format("{} is recognised and searched, but its layers and "
                                          "tensors are not read here",
                                          name_of(kind)));
      return look_for_embedded(looked);
    }
    return {};
  }
  const std::size_t before = said();
  Result<Structure> structure = structure_of(kind, content.bytes, findings_);
  if (!structure) {
    RETURN_IF_ERROR(settle(tl::unexpected<Error>(structure.error()), before));
    if (kind != FileKind::kPickle) note_weights(looked, std::nullopt);
    return {};
  }
  const bool is_only_pickle = kind == FileKind::kPickle && structure->tensors.empty();
  if (is_only_pickle) return {};
  if (kind == FileKind::kNumpy) RETURN_IF_ERROR(judge_objects(looked));
  judge_templates(*structure);
  RETURN_IF_ERROR(look_behind_tensors(looked, *structure));
  const std::uint64_t header = beginning_of(*structure);
  if (end_of(*structure) && header > 0 && header <= kSearchedHeaderMax) {
    const std::size_t told = said();
    RETURN_IF_ERROR(settle(judge_hidden_pickles(content.bytes, 0, header, findings_), told));
  }
  const bool holds_none = structure->tensors.empty() && content.place == Place::kFile;
  if (!holds_none) note_weights(looked, std::move(*structure));
  return {};
}

}  // namespace strongroom::model::scan
