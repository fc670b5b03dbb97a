#include <algorithm>
#include <set>

#include "base/limits.h"
#include "model/scan/cyclonedx.h"
#include "model/scan/report.h"

namespace strongroom::model::scan {

namespace {

using format::Json;

// Worst verdict of the files that a model stands in, and what was found in them.
Json::Array properties_of(const Model& model, const TreeScan& tree) {
  Verdict worst = Verdict::kClean;
  std::set<std::string> rules;
  for (const Part& part : model.parts) {
    const TreeFile& file = tree.files[part.file];
    worst = std::max(worst, file.verdict());
    for (const Finding& finding : file.scanned.findings.all()) rules.emplace(finding.rule->id);
  }
  Json::Array properties{bom_property("verdict", std::string(name_of(worst))),
                         bom_property("tensors", std::to_string(model.tensors)),
                         bom_property("bytes", std::to_string(model.bytes))};
  for (const std::string& rule : rules) properties.push_back(bom_property("finding", rule));
  for (const Part& part : model.parts)
    properties.push_back(bom_property("file", printable(tree.files[part.file].path)));
  if (model.is_shadow) properties.push_back(bom_property("shadow", "true"));
  if (model.is_adapter) properties.push_back(bom_property("adapter", "true"));
  return properties;
}

Json pedigree_of(const Model& model, const std::vector<Model>& models) {
  Json::Array ancestors;
  for (const lineage::Parent& parent : model.ancestry->parents) {
    ancestors.push_back(Json::Object{{"type", "machine-learning-model"},
                                     {"name", printable(models[parent.model].name)}});
  }
  return Json::Object{{"ancestors", std::move(ancestors)},
                      {"notes", describe_descent(model, models)}};
}

Json model_component(std::size_t at, const TreeScan& tree) {
  const Model& model = tree.models[at];
  Json::Object component{{"type", "machine-learning-model"},
                         {"bom-ref", "model-" + std::to_string(at)},
                         {"name", printable(model.name)},
                         {"properties", properties_of(model, tree)}};
  const bool is_whole_file = model.parts.size() == 1 &&
                             tree.files[model.parts[0].file].path == model.name &&
                             tree.files[model.parts[0].file].digest;
  if (is_whole_file)
    component.emplace("hashes", bom_hashes(*tree.files[model.parts[0].file].digest));
  const std::string architecture =
      model.fingerprint ? printable(model.fingerprint->architecture) : "";
  if (!architecture.empty()) {
    component.emplace(
        "modelCard",
        Json::Object{{"modelParameters", Json::Object{{"architectureFamily", architecture}}}});
  }
  if (model.ancestry && !model.ancestry->parents.empty())
    component.emplace("pedigree", pedigree_of(model, tree.models));
  return component;
}

Json file_component(std::size_t at, const TreeScan& tree) {
  const TreeFile& file = tree.files[at];
  Json::Array properties{bom_property("kind", std::string(name_of(file.scanned.is.kind))),
                         bom_property("verdict", std::string(name_of(file.verdict())))};
  std::set<std::string_view> rules;
  for (const Finding& finding : file.scanned.findings.all()) rules.insert(finding.rule->id);
  for (const std::string_view rule : rules)
    properties.push_back(bom_property("finding", std::string(rule)));
  Json::Object component{{"type", "file"},
                         {"bom-ref", "file-" + std::to_string(at)},
                         {"name", printable(file.path)},
                         {"properties", std::move(properties)}};
  if (file.digest) component.emplace("hashes", bom_hashes(*file.digest));
  return component;
}

}  // namespace

Json bom_property(std::string_view name, std::string value) {
  return Json::Object{{"name", "strongroom:" + std::string(name)}, {"value", std::move(value)}};
}

Json bom_hashes(const Digest& digest) {
  return Json::Array{Json::Object{{"alg", "SHA-256"}, {"content", digest}}};
}

Json bom_of(Json::Array components, std::string_view version) {
  Json::Object tool{
      {"type", "application"}, {"name", "strongroom"}, {"version", std::string(version)}};
  return Json::Object{
      {"bomFormat", "CycloneDX"},
      {"specVersion", "1.6"},
      {"version", std::int64_t{1}},
      {"metadata",
       Json::Object{{"tools", Json::Object{{"components", Json::Array{std::move(tool)}}}}}},
      {"components", std::move(components)}};
}

Json to_cyclonedx(const TreeScan& tree, std::string_view version) {
  Json::Array components;
  std::set<std::size_t> in_models;
  for (std::size_t at = 0; at < tree.models.size(); ++at) {
    const Model& model = tree.models[at];
    if (model.parts.empty()) continue;  // brought along, not found here
    components.push_back(model_component(at, tree));
    for (const Part& part : model.parts) {
      if (tree.files[part.file].scanned.weights[part.weights].member.empty())
        in_models.insert(part.file);
    }
  }
  for (std::size_t at = 0; at < tree.files.size(); ++at) {
    if (!in_models.contains(at)) components.push_back(file_component(at, tree));
  }
  return bom_of(std::move(components), version);
}

}  // namespace strongroom::model::scan
