#ifndef STRONGROOM_MODEL_ONNX_PARTS_H_
#define STRONGROOM_MODEL_ONNX_PARTS_H_

#include <optional>
#include <string>

#include "model/forward_reader.h"
#include "model/protobuf.h"
#include "model/structure_readers.h"

/// What the walk through an ONNX file and the reading of one tensor share.
namespace strongroom::model {

struct OnnxReading {
  ForwardReader& in;
  Findings& findings;
  std::uint64_t file_bytes;

  /// The message's next field that the rules have: false at its end. Unknown fields are passed
  /// over with a finding.
  [[nodiscard]] Result<bool> next(MessageReader& message);
  /// Of the field that `message` stands at.
  [[nodiscard]] Result<std::string> text(const MessageReader& message);
  /// `message` stands at a field of repeated numbers: adds them; at most `count_max` in all.
  [[nodiscard]] Result<void> numbers(const MessageReader& message,
                                     std::vector<std::uint64_t>& numbers, std::size_t count_max);
  [[nodiscard]] tl::unexpected<Error> malformed(std::string_view what);
  [[nodiscard]] tl::unexpected<Error> too_large(std::string_view what);
};

/// Reads the TensorProto that ends before `end`. Nothing for one of texts, which holds no weights.
/// Its name has `prefix` before it.
[[nodiscard]] Result<std::optional<Tensor>> read_onnx_tensor(OnnxReading& reading,
                                                             std::uint64_t end,
                                                             std::string_view prefix);
/// A StringStringEntryProto.
[[nodiscard]] Result<void> read_onnx_entry(OnnxReading& reading, std::uint64_t end,
                                           std::string& key, std::string& value);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_ONNX_PARTS_H_
