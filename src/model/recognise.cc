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
  std::array<FileKind, 3> kinds;  // the last ones repeat
};
constexpr Promise promise(std::string_view extension, FileKind kind) {
  return {extension, {kind, kind, kind}};
}
constexpr Promise promise(std::string_view extension, FileKind kind, FileKind other) {
  return {extension, {kind, other, other}};
}
constexpr Promise promise(std::string_view extension, FileKind kind, FileKind other,
                          FileKind third) {
  return {extension, {kind, other, third}};
}
constexpr std::array kPromises = {
    promise(".gguf", FileKind::kGguf),
    promise(".safetensors", FileKind::kSafetensors),
    promise(".pt", FileKind::kPytorchZip, FileKind::kPickle, FileKind::kTar),
    promise(".pth", FileKind::kPytorchZip, FileKind::kPickle, FileKind::kTar),
    promise(".ckpt", FileKind::kPytorchZip, FileKind::kPickle, FileKind::kTar),
    promise(".pkl", FileKind::kPickle),
    promise(".pickle", FileKind::kPickle),
    promise(".onnx", FileKind::kOnnx),
    promise(".npy", FileKind::kNumpy),
    promise(".npz", FileKind::kNumpyZip),
    promise(".h5", FileKind::kHdf5),
    promise(".hdf5", FileKind::kHdf5),
    promise(".keras", FileKind::kKerasZip, FileKind::kHdf5),
    promise(".zip", FileKind::kZip, FileKind::kPytorchZip, FileKind::kNumpyZip),
    promise(".tar", FileKind::kTar),
    promise(".gz", FileKind::kGzip),
    promise(".tgz", FileKind::kGzip),
    promise(".bz2", FileKind::kBzip2),
    promise(".xz", FileKind::kXz),
    promise(".zst", FileKind::kZstd),
    promise(".lz4", FileKind::kLz4),
    promise(".7z", FileKind::kSevenZip),
    promise(".rar", FileKind::kRar),
    promise(".json", FileKind::kJson),
    promise(".txt", FileKind::kText, FileKind::kJson),
    promise(".md", FileKind::kText, FileKind::kJson),
    promise(".jinja", FileKind::kText, FileKind::kJson),
    promise(".csv", FileKind::kText),
    promise(".yaml", FileKind::kText, FileKind::kJson),
    promise(".yml", FileKind::kText, FileKind::kJson),
    promise(".py", FileKind::kText, FileKind::kScript),
    promise(".png", FileKind::kMedia),
    promise(".jpg", FileKind::kMedia),
    promise(".jpeg", FileKind::kMedia),
    promise(".gif", FileKind::kMedia),
    promise(".webp", FileKind::kMedia),
    promise(".pdf", FileKind::kMedia),
    promise(".mp4", FileKind::kMedia),
    promise(".wav", FileKind::kMedia),
    promise(".parquet", FileKind::kTable),
    promise(".so", FileKind::kExecutable),
    promise(".exe", FileKind::kExecutable),
    promise(".dll", FileKind::kExecutable),
};

bool ends_with_any_case(std::string_view name, std::string_view ending) {
  if (name.size() < ending.size()) return false;
  const std::string_view end = name.substr(name.size() - ending.size());
  return std::equal(end.begin(), end.end(), ending.begin(), [](char ours, char theirs) {
    return (ours >= 'A' && ours <= 'Z' ? static_cast<char>(ours + ('a' - 'A')) : ours) == theirs;
  });
}

const Promise* promise_of(std::string_view name) {
  const auto* const found =
      std::find_if(kPromises.begin(), kPromises.end(), [&](const Promise& each) {
        return name.size() > each.extension.size() && ends_with_any_case(name, each.extension);
      });
  return found == kPromises.end() ? nullptr : found;
}

bool name_disagrees(std::string_view name, FileKind kind) {
  if (kind == FileKind::kEmpty) return false;
  const Promise* const promise = promise_of(name);
  return promise != nullptr &&
         std::find(promise->kinds.begin(), promise->kinds.end(), kind) == promise->kinds.end();
}

Recognised recognise_bytes(ByteView head, std::uint64_t file_bytes) {
  using Decoder = std::optional<Recognised> (*)(ByteView, std::uint64_t);
  // Magic numbers first, then grammars from the strictest to the loosest.
  constexpr std::array<Decoder, 11> kDecoders = {as_gguf,        as_zip,  as_magic,     as_tar,
                                                 as_safetensors, as_hdf5, as_pickle,    as_onnx,
                                                 as_saved_model, as_json, as_plain_text};
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
    case FileKind::kLz4:
      return "lz4";
    case FileKind::kExecutable:
      return "executable";
    case FileKind::kScript:
      return "script";
    case FileKind::kMedia:
      return "media";
    case FileKind::kTable:
      return "table";
  }
  return "unknown";
}

FileKind promised_kind(std::string_view name) {
  const Promise* const promise = promise_of(name);
  return promise == nullptr ? FileKind::kUnknown : promise->kinds.front();
}

bool is_weights(FileKind kind) {
  return kind == FileKind::kGguf || kind == FileKind::kSafetensors ||
         kind == FileKind::kPytorchZip || kind == FileKind::kPickle || kind == FileKind::kOnnx ||
         kind == FileKind::kNumpy || kind == FileKind::kNumpyZip;
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
