#include <algorithm>
#include <map>

#include "model/scan/tree_parts.h"

namespace strongroom::model::scan {

namespace {

/// Fingerprints that are kept for comparison, together: what lies beyond is scanned, not compared.
constexpr std::uint64_t kFingerprintBytesMax = 4ull << 30;

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_adapter(const Structure& structure) {
  return std::any_of(structure.tensors.begin(), structure.tensors.end(), [](const Tensor& tensor) {
    return tensor.name.find("lora_A") != std::string::npos ||
           tensor.name.find(".lora_a") != std::string::npos;
  });
}

std::uint64_t held_bytes(const lineage::Fingerprint& print) {
  std::uint64_t bytes = 0;
  for (const lineage::TensorPrint& tensor : print.tensors) {
    bytes +=
        400 + 4 * (tensor.row_norms.size() + tensor.column_norms.size() + tensor.sketch.size() +
                   tensor.probe.size() + tensor.row_blind.size() + tensor.column_blind.size());
  }
  return bytes;
}

/// Models in the making, by name: shards of one come together.
class Gathering {
 public:
  explicit Gathering(std::vector<Learnt>& learnt) : learnt_(learnt) {}

  std::vector<Model> run() {
    for (std::size_t file = 0; file < learnt_.size(); ++file) {
      const std::vector<FoundWeights>& weights = learnt_[file].file.scanned.weights;
      for (std::size_t at = 0; at < weights.size(); ++at) {
        // Numbers of another file's tensors are no model of their own.
        if (weights[at].structure || weights[at].is_shadow) add({file, at}, weights[at]);
      }
    }
    std::vector<Model> models;
    for (std::size_t at = 0; at < models_.size(); ++at) {
      take_fingerprint(models_[at]);
      models.push_back(std::move(models_[at]));
    }
    return models;
  }

 private:
  void add(Part part, const FoundWeights& found) {
    const TreeFile& file = learnt_[part.file].file;
    const std::string path = found.member.empty() ? file.path : file.path + "!" + found.member;
    const std::optional<ShardName> shard = shard_name(path);
    const std::string name = shard ? shard->whole : path;
    const std::uint64_t tensors = found.structure ? found.structure->tensors.size() : 0;
    if (shard) {
      const auto [at, is_new] = by_name_.emplace(name, models_.size());
      if (!is_new) {
        Model& model = models_[at->second];
        model.parts.push_back(part);
        model.bytes += found.bytes;
        model.tensors += tensors;
        return;
      }
    }
    Model model;
    model.name = name;
    model.parts = {part};
    model.bytes = found.bytes;
    model.tensors = tensors;
    model.is_shadow = found.is_shadow;
    model.is_adapter = found.structure && is_adapter(*found.structure);
    models_.push_back(std::move(model));
  }

  void take_fingerprint(Model& model) {
    std::vector<lineage::Fingerprint> prints;
    for (const Part& part : model.parts) {
      std::vector<std::optional<lineage::Fingerprint>>& of_file = learnt_[part.file].fingerprints;
      if (part.weights >= of_file.size() || !of_file[part.weights]) return;
      prints.push_back(std::move(*of_file[part.weights]));
      of_file[part.weights].reset();
    }
    lineage::Fingerprint whole =
        prints.size() == 1 ? std::move(prints[0]) : lineage::join_shards(prints);
    if (whole.tensors.empty()) return;
    held_ += held_bytes(whole);
    if (held_ <= kFingerprintBytesMax) model.fingerprint = std::move(whole);
  }

  std::vector<Learnt>& learnt_;
  std::vector<Model> models_;
  std::map<std::string, std::size_t> by_name_;
  std::uint64_t held_ = 0;
};

void find_ancestry(std::vector<Model>& models) {
  std::vector<const lineage::Fingerprint*> prints;
  std::vector<std::size_t> index;
  // Those that are known first: of two that are alike, the known one is taken for the parent.
  for (const bool is_known : {true, false}) {
    for (std::size_t at = 0; at < models.size(); ++at) {
      const Model& model = models[at];
      if (!model.fingerprint || model.is_adapter || model.parts.empty() != is_known) continue;
      prints.push_back(&*model.fingerprint);
      index.push_back(at);
    }
  }
  std::vector<lineage::Ancestry> ancestry = lineage::trace(prints);
  for (std::size_t at = 0; at < ancestry.size(); ++at) {
    for (lineage::Parent& parent : ancestry[at].parents) parent.model = index[parent.model];
    models[index[at]].ancestry = std::move(ancestry[at]);
  }
  for (Model& adapter : models) {
    if (!adapter.is_adapter || !adapter.fingerprint) continue;
    for (const std::size_t at : index) {
      const auto fit = lineage::adapter_fit(*adapter.fingerprint, *models[at].fingerprint);
      if (fit && fit->pairs > 0 && fit->pairs_fitting == fit->pairs)
        adapter.could_adapt.push_back(at);
    }
  }
}

}  // namespace

std::optional<ShardName> shard_name(std::string_view path) {
  constexpr std::string_view kOf = "-of-";
  const std::size_t of = path.rfind(kOf);
  if (of == std::string_view::npos || of < 6) return std::nullopt;
  const std::string_view number = path.substr(of - 5, 5);
  const std::string_view count = path.substr(of + kOf.size(), 5);
  const std::string_view rest = path.substr(std::min(of + kOf.size() + 5, path.size()));
  const bool fits = is_digits(number) && count.size() == 5 && is_digits(count) &&
                    path[of - 6] == '-' && (rest.empty() || rest[0] == '.') &&
                    rest.find('/') == std::string_view::npos;
  if (!fits) return std::nullopt;
  unsigned shards = 0;
  for (const char digit : count) shards = shards * 10 + static_cast<unsigned>(digit - '0');
  return ShardName{std::string(path.substr(0, of - 6)) + std::string(rest), shards};
}

std::vector<Model> models_of(std::vector<Learnt>& learnt, const TreeOptions& options) {
  std::vector<Model> models = Gathering(learnt).run();
  for (const KnownModel& known : options.known) {
    Model model;
    model.name = known.name;
    model.bytes = known.fingerprint.file_bytes;
    model.tensors = known.fingerprint.tensors.size();
    model.fingerprint = known.fingerprint;
    models.push_back(std::move(model));
  }
  if (!options.headers_only) find_ancestry(models);
  return models;
}

}  // namespace strongroom::model::scan
