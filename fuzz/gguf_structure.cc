// rooms: model
// GGUF files: keys, arrays in arrays, tensors and the gaps between them.
#include "structure.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const Read whole = must_hold(model::FileKind::kGguf, input);
  if (!is_clean(whole)) return;
  std::uint64_t end = 0;
  for (const model::Tensor& tensor : whole.structure->tensors) {
    if (tensor.bytes == 0) continue;
    must(tensor.offset >= end, "tensors stand one behind another");
    end = tensor.offset + tensor.bytes;
  }
  if (end == 0) return;
  must(!is_clean(read(model::FileKind::kGguf, input.substr(0, static_cast<std::size_t>(end - 1)))),
       "a file that ends within its last tensor is not clean");
}

}  // namespace strongroom::fuzz
