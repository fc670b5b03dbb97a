#ifndef STRONGROOM_MODEL_PYTORCH_H_
#define STRONGROOM_MODEL_PYTORCH_H_

#include "model/finding.h"
#include "model/structure.h"

/// PyTorch's own files. Names of tensors are the keys on the way to them, joined by '.'; list
/// positions count as keys; the `_modules`, `_parameters` and `_buffers` of a module are left out.
/// Pickles are judged on the way (pickle.h); no tensor's bytes are read.
namespace strongroom::model {

/// torch.save since 1.6: a zip archive with one data.pkl. Judges data.pkl, and no other member.
/// Errors: kMalformed, kTooLarge, kRefused (encrypted): a finding says which; kDisk.
[[nodiscard]] Result<Structure> read_pytorch_zip(const io::Reader& file, Findings& findings);

/// torch.save before 1.6: pickles (magic number, protocol, system, object, keys), then the bytes of
/// the storages. A file that is no such thing, but begins with a pickle, gives a Structure without
/// tensors, wholly judged as judge_pickles() does. Errors: kMalformed, kTooLarge, kDisk.
[[nodiscard]] Result<Structure> read_pytorch_legacy(const io::Reader& file, Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PYTORCH_H_
