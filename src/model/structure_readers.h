#ifndef STRONGROOM_MODEL_STRUCTURE_READERS_H_
#define STRONGROOM_MODEL_STRUCTURE_READERS_H_

#include <optional>
#include <string_view>

#include "model/structure.h"

/// The decoders behind read_structure(), one for each format; no other room includes this. Each
/// keeps that function's promises.
namespace strongroom::model {

[[nodiscard]] Result<Structure> read_safetensors(const io::Reader& file, Findings& findings);

[[nodiscard]] Result<Structure> read_gguf(const io::Reader& file, Findings& findings);

[[nodiscard]] Result<Structure> read_onnx(const io::Reader& file, Findings& findings);
[[nodiscard]] Result<Structure> read_numpy(const io::Reader& file, Findings& findings);
[[nodiscard]] Result<Structure> read_numpy_zip(const io::Reader& file, Findings& findings);

/// Adds the finding, and gives kMalformed with the same words.
[[nodiscard]] tl::unexpected<Error> refuse(Findings& findings, const Rule& rule,
                                           std::string_view what,
                                           std::optional<std::uint64_t> offset = std::nullopt);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_STRUCTURE_READERS_H_
