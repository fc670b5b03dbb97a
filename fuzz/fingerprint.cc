// rooms: model_lineage
// A serialised fingerprint, and what is made of one that was made to do harm.
#include "model/lineage/delta.h"
#include "model/lineage/lineage.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  must_round_trip(
      input,
      [](std::string_view bytes) { return model::lineage::decode_fingerprint(as_bytes(bytes)); },
      [](const model::lineage::Fingerprint& print) {
        return std::string(as_text(model::lineage::encode(print)));
      },
      "fingerprint");
  const auto print = model::lineage::decode_fingerprint(as_bytes(input));
  if (!print || print->tensors.size() > 64) return;
  model::lineage::Fingerprint other = *print;
  for (model::lineage::TensorPrint& tensor : other.tensors) {
    for (float& bucket : tensor.sketch) bucket = -bucket;
    tensor.digest.bytes[0] ^= 1;
  }
  const model::lineage::Kinship kinship = model::lineage::compare(*print, other);
  must(kinship.z == kinship.z, "a score is a number");
  static_cast<void>(model::lineage::delta_of(*print, other));
  const model::lineage::Fingerprint* const both[] = {&*print, &other};
  must(model::lineage::trace(both).size() == 2, "every model has an answer");
}

}  // namespace strongroom::fuzz
