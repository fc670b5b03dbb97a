#include "model/recognise.h"

#include <algorithm>
#include <array>

#include "base/result.h"
#include "model/formats.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kClaimBytesMax = 256;

struct Promise {
  std::string_view extension;
  FileKind kind;
  FileKind or_kind;
};
constexpr std::array kPromises = {
    Promise{".gguf", FileKind::kGguf, FileKind::kGguf},
    Promise{".safetensors", FileKind::kSafetensors, FileKind::kSafetensors},
    Promise{".pt", FileKind::kPytorchZip, FileKind::kPickle},
    Promise{".pth", FileKind::kPytorchZip, FileKind::kPickle},
    Promise{".ckpt", FileKind::kPytorchZip, FileKind::kPickle},
    Promise{".pkl", FileKind::kPickle, FileKind::kPickle},
    Promise{".pickle", FileKind::kPickle, FileKind::kPickle},
    Promise{".onnx", FileKind::kOnnx, FileKind::kOnnx},
    Promise{".zip", FileKind::kZip, FileKind::kPytorchZip},
    Promise{".json", FileKind::kJson, FileKind::kJson},
    Promise{".txt", FileKind::kText, FileKind::kJson},
    Promise{".md", FileKind::kText, FileKind::kJson},
};

bool name_disagrees(std::string_view name, FileKind kind) {
  if (kind == FileKind::kEmpty) return false;
  const auto promise = std::find_if(kPromises.begin(), kPromises.end(), [&](const Promise& each) {
    return name.size() > each.extension.size() && name.ends_with(each.extension);
  });
  return promise != kPromises.end() && promise->kind != kind && promise->or_kind != kind;
}

Recognised recognise_bytes(ByteView head, std::uint64_t file_bytes) {
  using Decoder = std::optional<Recognised> (*)(ByteView, std::uint64_t);
  // Magic numbers first, then grammars from the strictest to the loosest.
  constexpr std::array<Decoder, 7> kDecoders = {as_gguf, as_zip,  as_safetensors, as_pickle,
                                                as_onnx, as_json, as_plain_text};
  for (const Decoder decode : kDecoders) {
    if (std::optional<Recognised> recognised = decode(head, file_bytes)) return *recognised;
  }
  return {};
}

}  // namespace

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::kUnknown:
      return "unknown";
    case FileKind::kEmpty:
      return "empty";
    case FileKind::kGguf:
      return "gguf";
    case FileKind::kSafetensors:
      return "safetensors";
    case FileKind::kPytorchZip:
      return "pytorch-zip";
    case FileKind::kPickle:
      return "pickle";
    case FileKind::kOnnx:
      return "onnx";
    case FileKind::kZip:
      return "zip";
    case FileKind::kJson:
      return "json";
    case FileKind::kText:
      return "text";
    case FileKind::kNumpy:
      return "npy";
    case FileKind::kNumpyZip:
      return "npz";
    case FileKind::kHdf5:
      return "hdf5";
    case FileKind::kKerasZip:
      return "keras-zip";
    case FileKind::kSavedModel:
      return "saved-model";
    case FileKind::kTar:
      return "tar";
    case FileKind::kGzip:
      return "gzip";
    case FileKind::kBzip2:
      return "bzip2";
    case FileKind::kXz:
      return "xz";
    case FileKind::kZstd:
      return "zstd";
    case FileKind::kSevenZip:
      return "7z";
    case FileKind::kRar:
      return "rar";
  }
  return "unknown";
}

bool is_weights(FileKind kind) {
  return kind == FileKind::kGguf || kind == FileKind::kSafetensors ||
         kind == FileKind::kPytorchZip || kind == FileKind::kPickle || kind == FileKind::kOnnx;
}

std::string_view name_of(Doubt doubt) {
  switch (doubt) {
    case Doubt::kNameDisagrees:
      return "name_disagrees";
    case Doubt::kHeaderMalformed:
      return "header_malformed";
    case Doubt::kHeaderCut:
      return "header_cut";
    case Doubt::kRunsCode:
      return "runs_code";
  }
  return "unknown";
}

std::string_view explain(Doubt doubt) {
  switch (doubt) {
    case Doubt::kNameDisagrees:
      return "its name promises another kind of file";
    case Doubt::kHeaderMalformed:
      return "its header breaks the rules of its own format";
    case Doubt::kHeaderCut:
      return "its header is longer than what is read, so not all of it is known";
    case Doubt::kRunsCode:
      return "loading it the ordinary way runs code that it brings along";
  }
  return "unknown";
}

Recognised recognise(std::string_view name, ByteView head, std::uint64_t file_bytes) {
  Recognised recognised;
  if (file_bytes == 0) {
    recognised.kind = FileKind::kEmpty;
    return recognised;
  }
  const std::uint64_t used = std::min<std::uint64_t>({head.size(), file_bytes, kHeadBytesMax});
  recognised = recognise_bytes(head.first(static_cast<std::size_t>(used)), file_bytes);
  if (name_disagrees(name, recognised.kind)) add_doubt(recognised, Doubt::kNameDisagrees);
  return recognised;
}

std::string claimed_text(std::string_view text) {
  if (text.size() > kClaimBytesMax) return {};
  std::string shown = printable(text);
  if (shown.size() > kClaimBytesMax) shown.clear();
  return shown;
}

void add_doubt(Recognised& recognised, Doubt doubt) {
  std::vector<Doubt>& doubts = recognised.doubts;
  const auto at = std::lower_bound(doubts.begin(), doubts.end(), doubt);
  if (at == doubts.end() || *at != doubt) doubts.insert(at, doubt);
}

}  // namespace strongroom::model
