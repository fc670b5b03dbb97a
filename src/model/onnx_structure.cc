// ONNX, from onnx.proto3: a ModelProto in protobuf. Tensors stand in graphs, in the attributes of
// their nodes, in graphs within those, in functions, and in what is kept for training.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "model/format_rules.h"
#include "model/onnx_parts.h"

namespace strongroom::model {
namespace {

using Wire = FieldRule::Wire;

constexpr std::uint64_t kIrVersionMax = 64;
constexpr std::uint64_t kIrVersionWithImports = 3;  // from then on a model names its operator sets
constexpr int kGraphDepthMax = 24;
constexpr std::size_t kTensorsMax = 1'000'000;
constexpr std::size_t kDomainsMax = 1'000;
constexpr std::uint64_t kMetadataTotalMax = 64u << 20;

constexpr std::array<FieldRule, 12> kModelFields = {{{1, Wire::kVarint},        // ir_version
                                                     {2, Wire::kBytes},         // producer_name
                                                     {3, Wire::kBytes},         // producer_version
                                                     {4, Wire::kBytes},         // domain
                                                     {5, Wire::kVarint},        // model_version
                                                     {6, Wire::kBytes},         // doc_string
                                                     {7, Wire::kBytes},         // graph
                                                     {8, Wire::kBytes, true},   // opset_import
                                                     {14, Wire::kBytes, true},  // metadata_props
                                                     {20, Wire::kBytes, true},  // training_info
                                                     {25, Wire::kBytes, true},  // functions
                                                     {26, Wire::kBytes, true}}};  // configuration
constexpr std::array<FieldRule, 10> kGraphFields = {
    {{1, Wire::kBytes, true},                                                 // node
     {2, Wire::kBytes},                                                       // name
     {5, Wire::kBytes, true},                                                 // initializer
     {10, Wire::kBytes},                                                      // doc_string
     {11, Wire::kBytes, true},                                                // input
     {12, Wire::kBytes, true},                                                // output
     {13, Wire::kBytes, true},                                                // value_info
     {14, Wire::kBytes, true},                                                // quantization
     {15, Wire::kBytes, true},                                                // sparse_initializer
     {16, Wire::kBytes, true}}};                                              // metadata_props
constexpr std::array<FieldRule, 10> kNodeFields = {{{1, Wire::kBytes, true},  // input
                                                    {2, Wire::kBytes, true},  // output
                                                    {3, Wire::kBytes},        // name
                                                    {4, Wire::kBytes},        // op_type
                                                    {5, Wire::kBytes, true},  // attribute
                                                    {6, Wire::kBytes},        // doc_string
                                                    {7, Wire::kBytes},        // domain
                                                    {8, Wire::kBytes},        // overload
                                                    {9, Wire::kBytes, true},  // metadata_props
                                                    {10, Wire::kBytes, true}}};  // devices
constexpr std::array<FieldRule, 18> kAttributeFields = {
    {{1, Wire::kBytes},  // name
     {2, Wire::kFixed32},
     {3, Wire::kVarint},
     {4, Wire::kBytes},
     {5, Wire::kBytes},  // t: a tensor
     {6, Wire::kBytes},  // g: a graph
     {7, Wire::kFixed32s, true},
     {8, Wire::kVarints, true},
     {9, Wire::kBytes, true},
     {10, Wire::kBytes, true},  // tensors
     {11, Wire::kBytes, true},  // graphs
     {13, Wire::kBytes},        // doc_string
     {14, Wire::kBytes},
     {15, Wire::kBytes, true},
     {20, Wire::kVarint},  // type
     {21, Wire::kBytes},
     {22, Wire::kBytes},          // sparse_tensor
     {23, Wire::kBytes, true}}};  // sparse_tensors
constexpr std::array<FieldRule, 3> kSparseFields = {
    {{1, Wire::kBytes}, {2, Wire::kBytes}, {3, Wire::kVarints, true}}};
constexpr std::array<FieldRule, 4> kTrainingFields = {{{1, Wire::kBytes},  // initialization
                                                       {2, Wire::kBytes},  // algorithm
                                                       {3, Wire::kBytes, true},
                                                       {4, Wire::kBytes, true}}};
constexpr std::array<FieldRule, 12> kFunctionFields = {{{1, Wire::kBytes},        // name
                                                        {4, Wire::kBytes, true},  // input
                                                        {5, Wire::kBytes, true},  // output
                                                        {6, Wire::kBytes, true},  // attribute
                                                        {7, Wire::kBytes, true},  // node
                                                        {8, Wire::kBytes},        // doc_string
                                                        {9, Wire::kBytes, true},  // opset_import
                                                        {10, Wire::kBytes},       // domain
                                                        {11, Wire::kBytes, true},
                                                        {12, Wire::kBytes, true},
                                                        {13, Wire::kBytes},
                                                        {14, Wire::kBytes, true}}};
constexpr std::array<FieldRule, 2> kOpsetFields = {{{1, Wire::kBytes}, {2, Wire::kVarint}}};

// Brought by ONNX itself and by ONNX Runtime as it is shipped.
constexpr std::array<std::string_view, 9> kKnownDomains = {"",
                                                           "ai.onnx",
                                                           "ai.onnx.ml",
                                                           "ai.onnx.training",
                                                           "ai.onnx.preview",
                                                           "ai.onnx.preview.training",
                                                           "com.microsoft",
                                                           "com.microsoft.nchwc",
                                                           "com.ms.internal.nhwc"};

class Onnx {
 public:
  Onnx(const io::Reader& file, std::uint64_t file_bytes, Findings& findings)
      : in_(file, 0, file_bytes), reading_{in_, findings, file_bytes}, findings_(findings) {}
  Result<Structure> read();

 private:
  using Place = std::string;  // of a graph: what its tensors' names begin with

  Result<void> model_field(MessageReader& model);
  Result<void> read_graph(std::uint64_t end, const Place& place, int depth);
  Result<void> read_node(std::uint64_t end, const Place& place, int depth);
  Result<void> read_attribute(std::uint64_t end, const Place& place, int depth);
  Result<void> read_sparse(std::uint64_t end, const Place& place);
  Result<void> read_tensor(std::uint64_t end, std::string_view prefix);
  Result<void> read_training(std::uint64_t end);
  Result<void> read_function(std::uint64_t end);
  Result<void> read_opset(std::uint64_t end);
  Result<void> read_metadata(const MessageReader& model);
  Result<void> keep_text(const MessageReader& model, std::string key);
  Result<void> note_domain(std::set<std::string>& domains, std::string domain);
  Result<void> check_domains();
  Result<void> check_names();

  ForwardReader in_;
  OnnxReading reading_;
  Findings& findings_;
  Structure structure_;
  std::uint64_t ir_version_ = 0;
  bool has_graph_ = false;
  std::uint64_t metadata_bytes_ = 0;
  std::uint64_t trainings_ = 0;
  std::uint64_t functions_ = 0;
  std::set<std::string> domains_used_;
  std::set<std::string> domains_imported_;
  std::set<std::string> domains_defined_;  // by functions of the model's own
};

Result<void> Onnx::read_tensor(std::uint64_t end, std::string_view prefix) {
  ASSIGN_OR_RETURN(std::optional<Tensor> tensor, read_onnx_tensor(reading_, end, prefix));
  if (!tensor) return {};
  if (structure_.tensors.size() == kTensorsMax) return reading_.too_large("over a million tensors");
  structure_.tensors.push_back(std::move(*tensor));
  return {};
}

/// Values and where they stand are tensors of their own.
Result<void> Onnx::read_sparse(std::uint64_t end, const Place& place) {
  MessageReader sparse(in_, end, kSparseFields);
  const std::uint64_t begin = in_.position();
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(sparse));
    if (!more) return {};
    if (sparse.number() == 1) RETURN_IF_ERROR(read_tensor(sparse.end(), place));
    if (sparse.number() == 2)
      RETURN_IF_ERROR(read_tensor(sparse.end(), fmt::format("{}indices@{}/", place, begin)));
  }
}

Result<void> Onnx::read_attribute(std::uint64_t end, const Place& place, int depth) {
  MessageReader attribute(in_, end, kAttributeFields);
  for (std::uint64_t i = 0;; ++i) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(attribute));
    if (!more) return {};
    const Place inner = fmt::format("{}{}/", place, i);
    switch (attribute.number()) {
      case 5:
      case 10:
        RETURN_IF_ERROR(read_tensor(attribute.end(), inner));
        break;
      case 6:
      case 11:
        RETURN_IF_ERROR(read_graph(attribute.end(), inner, depth + 1));
        break;
      case 22:
      case 23:
        RETURN_IF_ERROR(read_sparse(attribute.end(), inner));
        break;
      default:
        break;
    }
  }
}

Result<void> Onnx::read_node(std::uint64_t end, const Place& place, int depth) {
  MessageReader node(in_, end, kNodeFields);
  std::string domain;
  for (std::uint64_t attributes = 0;;) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(node));
    if (!more) return note_domain(domains_used_, std::move(domain));
    if (node.number() == 7) {
      ASSIGN_OR_RETURN(domain, reading_.text(node));
    } else if (node.number() == 5) {
      RETURN_IF_ERROR(
          read_attribute(node.end(), fmt::format("{}attribute {}/", place, attributes++), depth));
    }
  }
}

Result<void> Onnx::read_graph(std::uint64_t end, const Place& place, int depth) {
  if (depth > kGraphDepthMax) return reading_.too_large("graphs in graphs, too deep");
  MessageReader graph(in_, end, kGraphFields);
  for (std::uint64_t nodes = 0;;) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(graph));
    if (!more) return {};
    if (graph.number() == 1)
      RETURN_IF_ERROR(read_node(graph.end(), fmt::format("{}node {}/", place, nodes++), depth));
    if (graph.number() == 5) RETURN_IF_ERROR(read_tensor(graph.end(), place));
    if (graph.number() == 15) RETURN_IF_ERROR(read_sparse(graph.end(), place));
  }
}

Result<void> Onnx::read_training(std::uint64_t end) {
  MessageReader training(in_, end, kTrainingFields);
  const std::uint64_t index = trainings_++;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(training));
    if (!more) return {};
    if (training.number() > 2) continue;
    RETURN_IF_ERROR(read_graph(
        training.end(),
        fmt::format("training {}/{}/", index, training.number() == 1 ? "start" : "step"), 1));
  }
}

Result<void> Onnx::read_function(std::uint64_t end) {
  MessageReader function(in_, end, kFunctionFields);
  const std::uint64_t index = functions_++;
  std::string domain;
  for (std::uint64_t nodes = 0;;) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(function));
    if (!more) return note_domain(domains_defined_, std::move(domain));
    if (function.number() == 7) {
      RETURN_IF_ERROR(
          read_node(function.end(), fmt::format("function {}/node {}/", index, nodes++), 1));
    } else if (function.number() == 9) {
      RETURN_IF_ERROR(read_opset(function.end()));
    } else if (function.number() == 10) {
      ASSIGN_OR_RETURN(domain, reading_.text(function));
    }
  }
}

Result<void> Onnx::read_opset(std::uint64_t end) {
  MessageReader opset(in_, end, kOpsetFields);
  std::string domain;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(opset));
    if (!more) return note_domain(domains_imported_, std::move(domain));
    if (opset.number() == 1) {
      ASSIGN_OR_RETURN(domain, reading_.text(opset));
    }
  }
}

Result<void> Onnx::note_domain(std::set<std::string>& domains, std::string domain) {
  if (domain == "ai.onnx") domain.clear();  // two names of one
  domains.insert(std::move(domain));
  if (domains.size() > kDomainsMax) return reading_.too_large("over a thousand operator domains");
  return {};
}

Result<void> Onnx::keep_text(const MessageReader& model, std::string key) {
  metadata_bytes_ += model.bytes();
  if (model.bytes() > kMetadataBytesMax || metadata_bytes_ > kMetadataTotalMax) {
    structure_.metadata_left_out.push_back(std::move(key));
    return {};
  }
  structure_.metadata.insert_or_assign(std::move(key), in_.text(model.bytes()));
  return {};
}

Result<void> Onnx::read_metadata(const MessageReader& model) {
  if (model.bytes() > kMetadataBytesMax) return reading_.malformed("metadata of over a mebibyte");
  std::string key;
  std::string value;
  metadata_bytes_ += model.bytes();
  if (metadata_bytes_ > kMetadataTotalMax) return reading_.too_large("metadata of over 64 MiB");
  RETURN_IF_ERROR(read_onnx_entry(reading_, model.end(), key, value));
  if (structure_.metadata.contains(key)) {
    return refuse(findings_, kOnnxDuplicate, "the metadata say \"" + key + "\" twice",
                  model.begin());
  }
  structure_.metadata.emplace(std::move(key), std::move(value));
  return {};
}

Result<void> Onnx::model_field(MessageReader& model) {
  switch (model.number()) {
    case 1:
      ir_version_ = model.value();
      if (ir_version_ == 0 || ir_version_ > kIrVersionMax)
        return reading_.malformed(fmt::format("a version of {}", ir_version_));
      structure_.version = static_cast<std::uint32_t>(ir_version_);
      return {};
    case 2:
      return keep_text(model, "onnx.producer_name");
    case 3:
      return keep_text(model, "onnx.producer_version");
    case 4:
      return keep_text(model, "onnx.domain");
    case 6:
      return keep_text(model, "onnx.doc_string");
    case 7:
      has_graph_ = true;
      return read_graph(model.end(), "", 0);
    case 8:
      return read_opset(model.end());
    case 14:
      return read_metadata(model);
    case 20:
      return read_training(model.end());
    case 25:
      return read_function(model.end());
    default:
      return {};
  }
}

Result<void> Onnx::check_domains() {
  for (const std::string& domain : domains_used_) {
    const bool imports = domains_imported_.contains(domain);
    if (!imports && ir_version_ >= kIrVersionWithImports) {
      return reading_.malformed(
          fmt::format("the model does not say which version of \"{}\" it uses", domain));
    }
    const bool is_known =
        std::find(kKnownDomains.begin(), kKnownDomains.end(), domain) != kKnownDomains.end();
    if (is_known || domains_defined_.contains(domain)) continue;
    findings_.add(kOnnxCustomDomain, "operators of the domain \"" + domain + "\"");
  }
  if (domains_imported_.empty() && ir_version_ >= kIrVersionWithImports)
    return reading_.malformed("the model does not say which operators it uses");
  return {};
}

Result<void> Onnx::check_names() {
  std::vector<std::string_view> names;
  names.reserve(structure_.tensors.size());
  for (const Tensor& tensor : structure_.tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return refuse(findings_, kOnnxDuplicate,
                "the tensor \"" + std::string(twice->substr(0, 200)) + "\" stands twice");
}

Result<Structure> Onnx::read() {
  structure_.kind = FileKind::kOnnx;
  MessageReader model(in_, in_.left(), kModelFields);
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(model));
    if (!more) break;
    RETURN_IF_ERROR(model_field(model));
    if (!in_.ok()) return reading_.malformed("the file ends within itself");
  }
  if (ir_version_ == 0 || !has_graph_) return reading_.malformed("no version, or no graph");
  RETURN_IF_ERROR(check_domains());
  RETURN_IF_ERROR(check_names());
  for (const Tensor& tensor : structure_.tensors) {
    structure_.tensor_bytes = std::min<std::uint64_t>(structure_.tensor_bytes, ~tensor.bytes);
    structure_.tensor_bytes += tensor.bytes;
  }
  return std::move(structure_);
}

}  // namespace

Result<Structure> read_onnx(const io::Reader& file, Findings& findings) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  return Onnx(file, file_bytes, findings).read();
}

}  // namespace strongroom::model
