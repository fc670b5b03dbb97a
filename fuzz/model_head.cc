// rooms: model
// The beginnings of model files: the most hostile input there is, and never run or unpickled.
#include "model/formats.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const ByteView head = as_bytes(input);
  for (const char* name : {"model.gguf", "model.safetensors", "model.bin", "config.json"}) {
    for (const std::uint64_t more : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
      const std::uint64_t bytes = head.size() + more;
      const model::Recognised found = model::recognise(name, head, bytes);
      must(model::recognise(name, head, bytes) == found, "the same bytes are the same file");
      must(found.name.size() <= 256 * 4 && found.architecture.size() <= 256 * 4,
           "claimed texts are bounded");
      must(printable(found.name) == found.name &&
               printable(found.architecture) == found.architecture,
           "claimed texts are clean");
      must(std::is_sorted(found.doubts.begin(), found.doubts.end()) &&
               std::adjacent_find(found.doubts.begin(), found.doubts.end()) == found.doubts.end(),
           "doubts are ascending, each once");
      must(!found.header_bytes || *found.header_bytes <= bytes, "a header lies in its file");
    }
  }
  static_cast<void>(model::as_gguf(head, head.size()));
  static_cast<void>(model::as_safetensors(head, head.size()));
  static_cast<void>(model::as_zip(head, head.size()));
  static_cast<void>(model::as_pickle(head, head.size()));
  static_cast<void>(model::as_onnx(head, head.size()));
  static_cast<void>(model::as_json(head, head.size()));
  static_cast<void>(model::walk_json(input));
}

}  // namespace strongroom::fuzz
