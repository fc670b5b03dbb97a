#ifndef STRONGROOM_MODEL_SCAN_REPORT_H_
#define STRONGROOM_MODEL_SCAN_REPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "format/json.h"
#include "model/lineage/delta.h"
#include "model/scan/scan_tree.h"

/// What was found, for machines. All pure and thread-safe.
namespace strongroom::model::scan {

/// Every rule that a scan can name: pickle, format, container, template and tree rules. By id, each
/// once.
[[nodiscard]] std::vector<const Rule*> all_rules();

/// For `--json`; the members stand in docs/operating/json.md.
[[nodiscard]] format::Json to_json(const TreeScan& tree);

/// SARIF 2.1.0: one run, a result for each finding, a note for each shadow copy and descent.
/// `version` is the program's.
[[nodiscard]] format::Json to_sarif(const TreeScan& tree, std::string_view version);

/// CycloneDX 1.6: every model as a component with its ancestors, every other file as one with its
/// digest. `version` is the program's. Deterministic: no time, no serial number.
[[nodiscard]] format::Json to_cyclonedx(const TreeScan& tree, std::string_view version);

/// For `delta --json`.
[[nodiscard]] format::Json to_json(const lineage::Delta& delta);

/// "fine-tuned from", "unrelated to", …: to go before the other model's name.
[[nodiscard]] std::string_view words_of(lineage::Relation relation);
/// "fine-tuned from base.safetensors (cosine 0.9981; chance by accident below 1e-300)"; empty for a
/// model without parents. `models` are those that `model` stands among.
[[nodiscard]] std::string describe_descent(const Model& model, const std::vector<Model>& models);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_REPORT_H_
