#include <algorithm>
#include <map>

#include "model/lineage/lineage.h"
#include "model/lineage/names.h"

namespace strongroom::model::lineage {

namespace {

struct Factors {
  const TensorPrint* a = nullptr;  // [rank, inputs]
  const TensorPrint* b = nullptr;  // [outputs, rank]
};

// The name of what a factor adapts, and which factor it is: 'a', 'b', or 0 for neither.
struct Adapted {
  std::string name;
  char factor = 0;
};
Adapted adapted_by(std::string_view name) {
  for (const auto& [infix, factor] : {std::pair<std::string_view, char>{".lora_A", 'a'},
                                      {".lora_B", 'b'},
                                      {".lora_a", 'a'},
                                      {".lora_b", 'b'}}) {
    const std::size_t at = name.find(infix);
    if (at == std::string_view::npos) continue;
    std::string_view base = name.substr(0, at);
    constexpr std::string_view kWrapper = "base_model.model.";
    if (base.substr(0, kWrapper.size()) == kWrapper) base.remove_prefix(kWrapper.size());
    std::string whole(base);
    if (whole.size() < 7 || whole.substr(whole.size() - 7) != ".weight") whole += ".weight";
    return {canonical_name(whole), factor};
  }
  return {};
}

}  // namespace

std::optional<AdapterFit> adapter_fit(const Fingerprint& adapter, const Fingerprint& model) {
  std::map<std::string, Factors> factors;
  for (const TensorPrint& tensor : adapter.tensors) {
    const Adapted adapted = adapted_by(tensor.name);
    if (adapted.factor == 'a') factors[adapted.name].a = &tensor;
    if (adapted.factor == 'b') factors[adapted.name].b = &tensor;
  }
  std::map<std::string, const TensorPrint*> named;
  for (const TensorPrint& tensor : model.tensors) {
    named.emplace(canonical_name(tensor.name), &tensor);
  }
  AdapterFit fit;
  for (const auto& [name, pair] : factors) {
    if (pair.a == nullptr || pair.b == nullptr || pair.a->shape.size() != 2 ||
        pair.b->shape.size() != 2 || pair.a->shape[0] != pair.b->shape[1]) {
      continue;
    }
    ++fit.pairs;
    fit.rank = std::max(
        fit.rank, static_cast<std::uint32_t>(std::min<std::uint64_t>(pair.a->shape[0], 1u << 30)));
    const auto found = named.find(name);
    if (found == named.end()) continue;
    const std::vector<std::uint64_t> product{pair.b->shape[0], pair.a->shape[1]};
    if (found->second->shape == product) ++fit.pairs_fitting;
  }
  if (fit.pairs == 0) return std::nullopt;
  return fit;
}

}  // namespace strongroom::model::lineage
