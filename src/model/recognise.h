#ifndef STRONGROOM_MODEL_RECOGNISE_H_
#define STRONGROOM_MODEL_RECOGNISE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace strongroom::model {

/// How much of a file's beginning is worth reading. Nothing beyond it is looked at.
inline constexpr std::size_t kHeadBytesMax = 1u << 20;

/// What a file's own bytes say it is. Append only.
enum class FileKind {
  kUnknown,
  kEmpty,
  kGguf,
  kSafetensors,
  kPytorchZip,  ///< a zip archive with a data.pkl: torch.save since 1.6
  kPickle,      ///< also torch.save before 1.6
  kOnnx,
  kZip,  ///< a zip archive without a data.pkl in its head
  kJson,
  kText,
  kNumpy,       ///< .npy
  kNumpyZip,    ///< .npz: a zip archive of .npy
  kHdf5,        ///< also Keras before 3
  kKerasZip,    ///< Keras 3: a zip archive with config.json and model.weights.h5
  kSavedModel,  ///< TensorFlow's saved_model.pb
  kTar,         ///< also torch.save before 0.1.10
  kGzip,
  kBzip2,
  kXz,
  kZstd,
  kSevenZip,
  kRar,
  kLz4,
  kExecutable,  ///< machine code or bytecode: ELF, PE, Mach-O, Java, WebAssembly, compiled Python
  kScript,      ///< text that begins with "#!"
  kMedia,       ///< pictures, sound, video, fonts, PDF
  kTable,       ///< Parquet, Arrow, SQLite
};
/// "gguf", "pytorch-zip", …: stable, for JSON.
[[nodiscard]] std::string_view name_of(FileKind kind);
/// Holds tensors. read_structure() reads it.
[[nodiscard]] bool is_weights(FileKind kind);

/// What the extension of `name` promises, the first where it promises several; kUnknown for none.
[[nodiscard]] FileKind promised_kind(std::string_view name);

/// What a person should know before trusting a file. Append only.
enum class Doubt {
  kNameDisagrees,    ///< the extension promises another kind
  kHeaderMalformed,  ///< begins as its kind does, but the header breaks that format's rules
  kHeaderCut,        ///< the header goes on beyond kHeadBytesMax: not all facts are known
  kRunsCode,         ///< loading it the ordinary way runs code that the file brings
};
/// "name_disagrees", …: stable, for JSON.
[[nodiscard]] std::string_view name_of(Doubt doubt);
/// One plain sentence for a person.
[[nodiscard]] std::string_view explain(Doubt doubt);

/// Claims of the file's header, not facts about its tensors. Texts have passed `printable()` and
/// are at most 256 bytes; longer ones are left empty.
struct Recognised {
  FileKind kind = FileKind::kUnknown;
  std::string architecture;                   ///< GGUF general.architecture, config.json model_type
  std::string name;                           ///< GGUF general.name
  std::optional<std::uint32_t> version;       ///< GGUF version, ONNX ir_version, pickle protocol
  std::optional<std::uint64_t> tensors;       ///< GGUF, safetensors
  std::optional<std::uint64_t> header_bytes;  ///< safetensors: the JSON header, without its length
  std::vector<Doubt> doubts;                  ///< ascending, each once

  bool operator==(const Recognised&) const = default;
};

/// Recognises a file of `file_bytes` bytes by `head`, its first min(file_bytes, kHeadBytesMax)
/// bytes (fewer are accepted and count as a cut header). The file's `name` only raises
/// kNameDisagrees. Total, pure, thread-safe; time linear in `head`, memory constant. Sources: the
/// GGUF and safetensors format pages, PKWARE APPNOTE 4.3.7, pickletools, onnx.proto3; magics.cc
/// names the others.
[[nodiscard]] Recognised recognise(std::string_view name, ByteView head, std::uint64_t file_bytes);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_RECOGNISE_H_
