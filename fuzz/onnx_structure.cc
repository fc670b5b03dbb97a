// rooms: model
// ONNX files: graphs in graphs, and tensors that claim to lie in other files.
#include "model/external_path.h"
#include "structure.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const Read whole = must_hold(model::FileKind::kOnnx, input);
  if (!whole.structure) return;
  for (const model::Tensor& tensor : whole.structure->tensors) {
    must(tensor.external.empty() || model::problem_with_path(tensor.external).empty() ||
             whole.findings.verdict() == model::Verdict::kHostile,
         "a path out of the model's folder is hostile");
  }
}

}  // namespace strongroom::fuzz
