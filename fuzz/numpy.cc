// rooms: model
// NumPy's arrays, whose headers are Python text, and archives of them.
#include "model/numpy.h"
#include "structure.h"

namespace strongroom::fuzz {

FUZZ(input) {
  static_cast<void>(must_hold(model::FileKind::kNumpyZip, input));
  const Read whole = must_hold(model::FileKind::kNumpy, input);
  model::Findings findings;
  const Result<model::NumpyHeader> header =
      model::read_numpy_header(as_bytes(input), input.size(), findings);
  must(!header || header->data_begins <= input.size(), "what follows a header lies in the file");
  // What stands behind the header of an array of objects is a pickle, judged by the scan.
  if (!is_clean(whole) || (header && header->is_pickled)) return;
  must(!is_clean(read(model::FileKind::kNumpy, input.substr(0, input.size() - 1))),
       "an array that lacks its last byte is not clean");
}

}  // namespace strongroom::fuzz
