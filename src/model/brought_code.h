#ifndef STRONGROOM_MODEL_BROUGHT_CODE_H_
#define STRONGROOM_MODEL_BROUGHT_CODE_H_

#include <string_view>

#include "base/result.h"
#include "io/reader.h"
#include "model/finding.h"
#include "model/recognise.h"

/// Formats of TensorFlow and Keras let a model say which Python or which graph operators are to be
/// run when it is loaded or used. These look for that and for nothing else: tensors of such files
/// are not read.
namespace strongroom::model {

/// Keras before 3 (kHdf5: every JSON object that stands in the file in one piece is read), Keras 3
/// (kKerasZip: its config.json), TensorFlow's saved_model.pb (kSavedModel: the operators of all its
/// graphs and functions). Other kinds bring nothing. What cannot be read is a finding, and no
/// error. Time linear in the file, memory at most 64 MiB. Errors: kDisk.
[[nodiscard]] Result<void> judge_brought_code(FileKind kind, const io::Reader& file,
                                              Findings& findings);

/// A Keras configuration: layers, objects and functions, each named by module and class. Gives
/// whether it is JSON at all. `begins_at` is where it stands in the file. Total; pure.
bool judge_keras_config(std::string_view json, std::uint64_t begins_at, Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_BROUGHT_CODE_H_
