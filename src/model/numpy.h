#ifndef STRONGROOM_MODEL_NUMPY_H_
#define STRONGROOM_MODEL_NUMPY_H_

#include <optional>
#include <string>

#include "io/reader.h"
#include "model/finding.h"
#include "model/structure.h"

namespace strongroom::model {

/// What the header of an .npy file says.
struct NumpyHeader {
  std::string descr;              ///< the dtype as the header spells it
  Tensor tensor;                  ///< without a name; elements of other types are bytes (kU8)
  std::uint64_t data_begins = 0;  ///< in bytes, from the file's beginning
  /// The array is of Python objects: what follows the header is a pickle, and loading it runs it.
  bool is_pickled = false;
};

/// Reads the header of an .npy file (format versions 1 to 3) of `file_bytes` bytes by its first
/// bytes; more than kNumpyHeadBytesMax are never needed. Numbers in the other byte order, texts,
/// dates and records are read as bytes, with one more dimension for those of an element. What
/// breaks the format's rules becomes a finding, and kMalformed or kTooLarge. Pure; thread-safe.
/// Source: numpy.lib.format's own description.
[[nodiscard]] Result<NumpyHeader> read_numpy_header(ByteView head, std::uint64_t file_bytes,
                                                    Findings& findings);
inline constexpr std::size_t kNumpyHeadBytesMax = 12 + (64u << 10);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_NUMPY_H_
