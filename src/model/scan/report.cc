#include "model/scan/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/limits.h"
#include "model/container_rules.h"
#include "model/format_rules.h"
#include "model/pickle_rules.h"
#include "model/scan/tree_rules.h"
#include "model/summary.h"
#include "model/template_rules.h"

namespace strongroom::model::scan {

namespace {

using format::Json;
using lineage::Relation;

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(value, static_cast<std::uint64_t>(limits::kJsonIntegerMax)));
}

// Millionths: canonical JSON has no fractions.
std::int64_t ppm(double value) {
  if (!std::isfinite(value)) return 0;
  return static_cast<std::int64_t>(std::llround(std::clamp(value, -1e9, 1e9) * 1e6));
}

Json finding_json(const Finding& finding) {
  Json::Object object{{"rule", std::string(finding.rule->id)},
                      {"verdict", std::string(name_of(finding.rule->verdict))},
                      {"what", finding.what}};
  if (!finding.member.empty()) object.emplace("member", finding.member);
  if (finding.offset) object.emplace("offset", number(*finding.offset));
  return object;
}

Json file_json(const TreeFile& file) {
  Json::Object object{{"path", printable(file.path)},
                      {"bytes", number(file.bytes)},
                      {"kind", std::string(name_of(file.scanned.is.kind))},
                      {"verdict", std::string(name_of(file.verdict()))}};
  if (file.digest) object.emplace("sha256", *file.digest);
  if (file.scanned.members > 0) object.emplace("members", number(file.scanned.members));
  Json::Array findings;
  for (const Finding& finding : file.scanned.findings.all())
    findings.push_back(finding_json(finding));
  if (!findings.empty()) object.emplace("findings", std::move(findings));
  if (file.scanned.findings.left_out() > 0)
    object.emplace("findings_left_out", number(file.scanned.findings.left_out()));
  Json::Array shadows;
  for (const FoundWeights& weights : file.scanned.weights) {
    if (!weights.is_shadow) continue;
    Json::Object shadow{{"kind", std::string(name_of(weights.kind))},
                        {"bytes", number(weights.bytes)},
                        {"how", printable(weights.how)}};
    if (!weights.member.empty()) shadow.emplace("member", printable(weights.member));
    if (weights.structure) shadow.emplace("tensors", number(weights.structure->tensors.size()));
    shadows.push_back(std::move(shadow));
  }
  if (!shadows.empty()) object.emplace("shadow_weights", std::move(shadows));
  return object;
}

Json evidence_json(const lineage::Kinship& kinship) {
  const lineage::Evidence& evidence = kinship.evidence;
  Json::Array also;
  for (const Relation relation : kinship.also) also.emplace_back(std::string(name_of(relation)));
  return Json::Object{{"z_millionths", ppm(kinship.z)},
                      {"log10_chance_millionths", ppm(kinship.log10_p)},
                      {"cosine_millionths", ppm(evidence.cosine)},
                      {"cosine_blind_millionths", ppm(evidence.cosine_blind)},
                      {"change_millionths", ppm(evidence.change)},
                      {"identical_share_millionths", ppm(evidence.identical_share)},
                      {"low_rank_share_millionths", ppm(evidence.low_rank_share)},
                      {"zeros_millionths", ppm(evidence.zeros_b)},
                      {"rank", number(evidence.rank)},
                      {"tensors_matched", number(evidence.tensors_matched)},
                      {"matrices_compared", number(evidence.matrices_compared)},
                      {"direction", static_cast<std::int64_t>(kinship.direction)},
                      {"also", std::move(also)}};
}

Json model_json(const Model& model, const std::vector<Model>& models) {
  Json::Object object{{"name", printable(model.name)},
                      {"bytes", number(model.bytes)},
                      {"tensors", number(model.tensors)},
                      {"files", number(model.parts.size())},
                      {"shadow", model.is_shadow},
                      {"adapter", model.is_adapter},
                      {"compared", model.fingerprint.has_value()}};
  if (model.ancestry) {
    Json::Array parents;
    for (const lineage::Parent& parent : model.ancestry->parents) {
      parents.push_back(Json::Object{{"name", printable(models[parent.model].name)},
                                     {"share_millionths", ppm(parent.share)}});
    }
    object.emplace("family", number(model.ancestry->family));
    if (!parents.empty()) {
      object.emplace("relation", std::string(name_of(model.ancestry->relation)));
      object.emplace("parents", std::move(parents));
    }
    if (model.ancestry->kinship)
      object.emplace("evidence", evidence_json(*model.ancestry->kinship));
  }
  Json::Array adapts;
  for (const std::size_t other : model.could_adapt)
    adapts.emplace_back(printable(models[other].name));
  if (!adapts.empty()) object.emplace("could_adapt", std::move(adapts));
  return object;
}

// As "scan" told it from the first version on.
Summary summary_of(const TreeScan& tree) {
  std::vector<RecognisedFile> files;
  for (const TreeFile& file : tree.files) files.push_back({file.path, file.bytes, file.scanned.is});
  return recognise_directory(files);
}

std::string parent_name(const lineage::Parent& parent, const std::vector<Model>& models,
                        bool with_share) {
  const std::string name = printable(models[parent.model].name);
  return with_share ? fmt::format("{} ({:.0f} %)", name, parent.share * 100) : name;
}

}  // namespace

std::vector<const Rule*> all_rules() {
  std::vector<const Rule*> rules;
  const auto add = [&rules](const auto& list) {
    rules.insert(rules.end(), list.begin(), list.end());
  };
  add(kAllPickleRules);
  add(kAllFormatRules);
  add(kAllContainerRules);
  add(kAllTemplateRules);
  add(kAllTreeRules);
  std::sort(rules.begin(), rules.end(), [](const Rule* a, const Rule* b) { return a->id < b->id; });
  return rules;
}

Json to_json(const TreeScan& tree) {
  Json::Object object = *model::to_json(summary_of(tree)).object();
  Json::Array files;
  for (const TreeFile& file : tree.files) files.push_back(file_json(file));
  Json::Array models;
  for (const Model& model : tree.models) models.push_back(model_json(model, tree.models));
  Json::Object counts;
  for (const Verdict verdict :
       {Verdict::kClean, Verdict::kSuspicious, Verdict::kUnreadable, Verdict::kHostile}) {
    counts.emplace(name_of(verdict), number(tree.count(verdict)));
  }
  object.emplace("ok", tree.verdict() == Verdict::kClean);
  object.emplace("verdict", std::string(name_of(tree.verdict())));
  object.emplace("verdicts", std::move(counts));
  object.emplace("headers_only", tree.headers_only);
  object.emplace("scanned", std::move(files));
  object.emplace("models", std::move(models));
  return object;
}

Json to_json(const lineage::Delta& delta) {
  Json::Array tensors;
  for (const lineage::TensorDelta& tensor : delta.tensors) {
    using What = lineage::TensorDelta::What;
    if (tensor.what == What::kSame && tensor.alarms.empty()) continue;
    const std::string_view what = tensor.what == What::kAdded     ? "added"
                                  : tensor.what == What::kRemoved ? "removed"
                                  : tensor.what == What::kSame    ? "same"
                                                                  : "changed";
    Json::Object one{{"name", printable(tensor.name)},
                     {"what", std::string(what)},
                     {"type_before", std::string(layout_of(tensor.type_before).name)},
                     {"type_after", std::string(layout_of(tensor.type_after).name)}};
    if (!tensor.name_before.empty()) one.emplace("name_before", printable(tensor.name_before));
    if (tensor.change) one.emplace("change_millionths", ppm(*tensor.change));
    if (tensor.rank) one.emplace("rank", number(*tensor.rank));
    if (tensor.concentration) one.emplace("concentration_millionths", ppm(*tensor.concentration));
    if (tensor.rows_changed) one.emplace("rows_changed", number(*tensor.rows_changed));
    if (tensor.first_row_changed)
      one.emplace("first_row_changed", number(*tensor.first_row_changed));
    Json::Array alarms;
    for (const lineage::Alarm alarm : tensor.alarms)
      alarms.emplace_back(std::string(name_of(alarm)));
    if (!alarms.empty()) one.emplace("alarms", std::move(alarms));
    tensors.push_back(std::move(one));
  }
  Json::Object object{{"ok", !delta.has_alarms()},        {"same", number(delta.same)},
                      {"changed", number(delta.changed)}, {"added", number(delta.added)},
                      {"removed", number(delta.removed)}, {"exact", delta.is_from_files},
                      {"tensors", std::move(tensors)}};
  if (delta.change) object.emplace("change_millionths", ppm(*delta.change));
  if (delta.rank) object.emplace("rank", number(*delta.rank));
  return object;
}

std::string_view words_of(Relation relation) {
  switch (relation) {
    case Relation::kSame:
      return "the same weights as";
    case Relation::kRecast:
      return "the same values, in another type or container, as";
    case Relation::kQuantised:
      return "quantised from";
    case Relation::kPruned:
      return "pruned from";
    case Relation::kLoraMerged:
      return "LoRA merged into";
    case Relation::kFineTuned:
      return "fine-tuned from";
    case Relation::kPermuted:
      return "permuted from";
    case Relation::kMerged:
      return "merged from";
    case Relation::kIncomparable:
    case Relation::kUnrelated:
      break;
  }
  return "unrelated to";
}

std::string describe_descent(const Model& model, const std::vector<Model>& models) {
  if (!model.ancestry || model.ancestry->parents.empty()) return {};
  const lineage::Ancestry& ancestry = *model.ancestry;
  const bool is_merge = ancestry.relation == Relation::kMerged;
  std::string names;
  for (const lineage::Parent& parent : ancestry.parents) {
    names += (names.empty() ? "" : " and ") + parent_name(parent, models, is_merge);
    if (!is_merge) break;
  }
  std::string numbers;
  if (ancestry.kinship && ancestry.relation != Relation::kSame) {
    const lineage::Kinship& kinship = *ancestry.kinship;
    numbers = ancestry.relation == Relation::kPermuted
                  ? fmt::format(" (likeness without order {:.4f}", kinship.evidence.cosine_blind)
                  : fmt::format(" (cosine {:.4f}", kinship.evidence.cosine);
    if (ancestry.relation == Relation::kLoraMerged)
      numbers += fmt::format(", rank {}", kinship.evidence.rank);
    if (ancestry.relation == Relation::kPruned)
      numbers += fmt::format(", {:.0f} % zeros", kinship.evidence.zeros_b * 100);
    numbers += fmt::format("; by accident: 1 in 10^{:.0f}", std::max(0.0, -kinship.log10_p));
    const bool is_a_guess = kinship.direction == 0 && !is_merge;
    numbers += is_a_guess ? "; which came first is a guess)" : ")";
  }
  return fmt::format("{} {}{}", words_of(ancestry.relation), names, numbers);
}

}  // namespace strongroom::model::scan
