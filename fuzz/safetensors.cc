// rooms: model
// Headers of safetensors files: JSON of anyone's making that says where tensors lie.
#include "structure.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const Read whole = must_hold(model::FileKind::kSafetensors, input);
  if (!is_clean(whole)) return;
  must(!is_clean(read(model::FileKind::kSafetensors, input.substr(0, input.size() - 1))),
       "a file that lacks its last byte is not clean");
  must(!is_clean(read(model::FileKind::kSafetensors, std::string(input) + '\0')),
       "a file with one byte more is not clean");
}

}  // namespace strongroom::fuzz
