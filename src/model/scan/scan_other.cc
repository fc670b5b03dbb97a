// What is neither weights nor a container; and what a file is besides what it begins as.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/brought_code.h"
#include "model/chat_template.h"
#include "model/config.h"
#include "model/container_rules.h"
#include "model/pickle.h"
#include "model/scan/element_look.h"
#include "model/scan/scan.h"
#include "model/tar_header.h"

namespace strongroom::model::scan {
namespace {

using namespace std::string_view_literals;

constexpr std::array kCodeEndings = {".py"sv,  ".pyw"sv, ".sh"sv, ".bash"sv, ".js"sv,  ".bat"sv,
                                     ".cmd"sv, ".ps1"sv, ".pl"sv, ".rb"sv,   ".lua"sv, ".php"sv,
                                     ".vbs"sv, ".r"sv,   ".jl"sv, ".ipynb"sv};
constexpr std::array kPickleEndings = {".pkl"sv, ".pickle"sv, ".pt"sv,
                                       ".pth"sv, ".ckpt"sv,   ".joblib"sv};
constexpr std::array kBytecodeEndings = {".pyc"sv, ".pyo"sv};
/// What PyTorch's models were called before safetensors; other data, too, so that it is taken for
/// a pickle only when it is nothing else.
constexpr std::array kTorchBin = {".bin"sv};
/// Data of other formats that is stored as bare numbers under an honest name.
constexpr std::array kNumberEndings = {".onnx_data"sv, ".onnx.data"sv, ".msgpack"sv, ".tflite"sv,
                                       ".params"sv,    ".pdparams"sv,  ".mlmodel"sv, ".weights"sv,
                                       ".ggml"sv,      ".pb"sv};
/// Larger contents are searched for weights and archives, not for pickles that begin anywhere.
constexpr std::uint64_t kSearchedForPickles = 16u << 20;
constexpr std::uint64_t kConfigMax = 64u << 20;
constexpr std::size_t kChunkBytes = 1u << 20;
constexpr std::size_t kOverlapBytes = 64;
constexpr int kEmbeddedMax = 8;

template <class Endings>
bool ends_with_one(std::string_view name, const Endings& endings) {
  const std::string lower = lower_case(name);
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view each) { return lower.ends_with(each); });
}

/// Where in a content a format begins if `bytes` stand at `at + before`.
struct Pattern {
  std::string_view bytes;
  std::size_t before;
};
constexpr std::array kPatterns = {Pattern{"GGUF"sv, 0}, Pattern{"\0\0\0\0{\""sv, 4},
                                  Pattern{"PK\x03\x04"sv, 0}, Pattern{"\x93NUMPY"sv, 0}};

/// Whether what begins here is weights, and not only bytes that look like their first four.
bool are_weights(const Recognised& is) {
  const bool is_broken =
      std::find(is.doubts.begin(), is.doubts.end(), Doubt::kHeaderMalformed) != is.doubts.end();
  switch (is.kind) {
    case FileKind::kGguf:
      return !is_broken && is.version && *is.version >= 1 && *is.version <= 3;
    case FileKind::kSafetensors:
      return !is_broken && is.tensors.value_or(1) > 0;
    case FileKind::kPytorchZip:
    case FileKind::kNumpyZip:
    case FileKind::kNumpy:
      return !is_broken;
    default:
      return false;
  }
}

std::uint64_t big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = (value << 8) | byte;
  return value;
}

}  // namespace

bool is_named_as_pickle(std::string_view name) { return ends_with_one(name, kPickleEndings); }

/// Pickles of protocols 0 and 1 look like text, or like nothing. When the name promises a pickle
/// and Python would read exactly one, it is one.
bool Scan::is_pickle_by_name(const Looked& looked) const {
  const bool may_be = looked.is.kind == FileKind::kText || looked.is.kind == FileKind::kJson ||
                      looked.is.kind == FileKind::kUnknown;
  if (!may_be || !is_named_as_pickle(looked.content.name)) return false;
  Findings aside;
  const Result<std::uint64_t> end = judge_pickle(looked.content.bytes, 0, aside);
  return end && *end == looked.content.size;
}

Result<void> Scan::judge_as_pickle(const Looked& looked) {
  const std::size_t before = said();
  const bool is_pointer = as_text(looked.head).starts_with(kLargeFilePointer);
  if (is_pointer) return {};
  const WindowReader searched(looked.content.bytes, 0,
                              std::min(looked.content.size, limits_.searched_bytes_max));
  RETURN_IF_ERROR(settle(judge_pickles(searched, findings_), before));
  if (said() > before) {
    findings_.add(kNameMisleads,
                  "its name makes loaders take it for a pickle, as which it was "
                  "judged, but it does not begin as one");
  }
  return {};
}

Result<void> Scan::look_at_text(const Looked& looked) {
  const Content& content = looked.content;
  const std::string_view leaf = leaf_of(content.name);
  const std::string lower = lower_case(leaf);
  const std::string_view text = as_text(looked.head);
  if (looked.is.kind == FileKind::kScript || ends_with_one(leaf, kCodeEndings)) {
    findings_.add(kCodeFile, "it is program text");
  }
  const bool is_template = lower.ends_with(".jinja") || lower.ends_with(".jinja2") ||
                           lower.find("chat_template") != std::string::npos;
  if (is_template && looked.is.kind != FileKind::kJson) judge_template(text, findings_);
  if (is_named_as_pickle(leaf)) RETURN_IF_ERROR(judge_as_pickle(looked));
  if (looked.is.kind == FileKind::kJson) RETURN_IF_ERROR(look_at_config(looked));
  if (content.size > looked.head.size()) return look_for_embedded(looked);
  return {};
}

Result<void> Scan::look_at_config(const Looked& looked) {
  const Content& content = looked.content;
  const std::string lower = lower_case(leaf_of(content.name));
  const bool is_config = lower.ends_with("config.json") || lower.ends_with("chat_template.json") ||
                         lower == "tokenizer.json";
  if (!is_config) return {};
  if (content.size > kConfigMax) {
    findings_.add(kNotRead, fmt::format("configurations over {} bytes are not read", kConfigMax));
    return {};
  }
  Bytes bytes(static_cast<std::size_t>(content.size));
  const std::size_t before = said();
  const Result<void> got = io::read_exactly(content.bytes, 0, bytes, "the configuration");
  if (!got) return settle(got, before);
  const Result<ConfigFacts> facts = read_model_config(as_text(bytes), findings_);
  if (!facts) return settle(tl::unexpected<Error>(facts.error()), before);
  if (lower == "config.json") static_cast<void>(judge_keras_config(as_text(bytes), 0, findings_));
  for (const ConfigFacts::ChatTemplate& each : facts->chat_templates) {
    const Findings::Inside inside(
        findings_, each.name.empty() ? "chat_template" : "chat_template." + each.name);
    judge_template(each.text, findings_);
  }
  return {};
}

Result<void> Scan::look_at_other(const Looked& looked) {
  const Content& content = looked.content;
  const FileKind kind = looked.is.kind;
  if (kind == FileKind::kExecutable || ends_with_one(content.name, kBytecodeEndings)) {
    findings_.add(kProgramFile, "it is machine code or bytecode");
  }
  if (content.place == Place::kWeights) return {};
  if (is_named_as_pickle(content.name)) RETURN_IF_ERROR(judge_as_pickle(looked));
  if (kind == FileKind::kMedia) RETURN_IF_ERROR(look_behind_picture(looked));
  if (kind == FileKind::kUnknown && content.size <= kSearchedForPickles) {
    const std::size_t before = said();
    RETURN_IF_ERROR(
        settle(judge_hidden_pickles(content.bytes, 0, content.size, findings_), before));
  }
  RETURN_IF_ERROR(look_for_embedded(looked));
  if (kind == FileKind::kTable) return {};
  const std::size_t weights = scanned_.weights.size();
  RETURN_IF_ERROR(look_for_numbers(looked));
  const bool is_bin = kind == FileKind::kUnknown && ends_with_one(content.name, kTorchBin);
  return is_bin && scanned_.weights.size() == weights ? judge_as_pickle(looked) : Result<void>();
}

Result<void> Scan::look_for_numbers(const Looked& looked) {
  const Content& content = looked.content;
  const Result<ElementLook> look = look_at_elements(content.bytes, 0, content.size);
  if (!look) {
    findings_.add(kNotRead, look.error().context);
    return {};
  }
  if (look->is_opaque && looked.is.kind == FileKind::kUnknown) {
    findings_.add(kNotRead,
                  "its bytes are spread evenly, as only those of compressed or encrypted "
                  "files are, and it is of no kind that is known here");
  }
  if (look->numbers.empty()) return {};
  FoundWeights found;
  found.member = findings_.member();
  found.kind = FileKind::kUnknown;
  found.bytes = content.size - look->begins_at;
  if (content.begins_at) found.begins_at = *content.begins_at + look->begins_at;
  const std::string_view leaf = leaf_of(content.name);
  const bool is_honest =
      content.place == Place::kFile && looked.is.kind == FileKind::kUnknown &&
      (ends_with_one(leaf, kNumberEndings) || (leaf.find(".data-") != std::string_view::npos &&
                                               leaf.find("-of-") != std::string_view::npos));
  found.is_shadow = !is_honest;
  if (found.is_shadow) {
    found.how =
        look->begins_at == 0 && looked.is.kind == FileKind::kUnknown
            ? fmt::format("bare {} numbers without a header, as weights have", look->numbers)
            : fmt::format("bare {} numbers, as weights have, from about byte {} of a{} file",
                          look->numbers, look->begins_at,
                          looked.is.kind == FileKind::kUnknown
                              ? std::string()
                              : " " + std::string(name_of(looked.is.kind)));
    findings_.add(kShadowWeights, found.how, look->begins_at);
  }
  scanned_.weights.push_back(std::move(found));
  return {};
}

Result<void> Scan::look_for_embedded(const Looked& looked) {
  const Content& content = looked.content;
  Bytes chunk(static_cast<std::size_t>(std::min<std::uint64_t>(content.size, kChunkBytes)));
  int found = 0;
  const std::uint64_t end = std::min(content.size, limits_.searched_bytes_max);
  if (end < content.size) {
    findings_.add(kNotRead, fmt::format("only its first {} bytes were searched", end), end);
  }
  for (std::uint64_t at = 0; at < end && found < kEmbeddedMax;) {
    RETURN_IF_ERROR(go_on());
    const Result<std::size_t> got = content.bytes.read_at(at, chunk);
    if (!got || *got == 0) {
      findings_.add(kNotRead, got ? "its bytes end too early" : got.error().context, at);
      return {};
    }
    const std::string_view text = as_text(ByteView(chunk).first(*got));
    for (const Pattern& pattern : kPatterns) {
      for (std::size_t hit = text.find(pattern.bytes);
           hit != std::string_view::npos && found < kEmbeddedMax;
           hit = text.find(pattern.bytes, hit + 1)) {
        if (at + hit <= pattern.before) continue;
        const std::uint64_t begins = at + hit - pattern.before;
        // What stands at the beginning is looked at already.
        if (begins == 0) continue;
        Bytes head(static_cast<std::size_t>(
            std::min<std::uint64_t>(content.size - begins, kHeadBytesMax)));
        const Result<std::size_t> there = content.bytes.read_at(begins, head);
        if (!there || *there != head.size()) continue;
        if (!are_weights(recognise("", head, content.size - begins))) continue;
        ++found;
        RETURN_IF_ERROR(look_at_stray(looked, begins, content.size - begins));
      }
    }
    if (at + *got >= content.size) return {};
    at += *got > kOverlapBytes ? *got - kOverlapBytes : *got;
  }
  return {};
}

/// A PNG says where it ends.
Result<void> Scan::look_behind_picture(const Looked& looked) {
  const Content& content = looked.content;
  if (!as_text(looked.head).starts_with("\x89PNG")) return {};
  constexpr int kChunksMax = 100'000;
  std::uint64_t at = 8;
  for (int i = 0; i < kChunksMax; ++i) {
    std::uint8_t header[8];
    const Result<std::size_t> got = content.bytes.read_at(at, header);
    if (!got || *got != sizeof(header)) return {};
    at += 12 + big_endian(ByteView(header).first(4));
    if (at > content.size) return {};
    if (as_text(ByteView(header).subspan(4)) != "IEND") continue;
    if (at == content.size) return {};
    findings_.add(kDataBehindEnd, fmt::format("{} bytes behind the picture", content.size - at),
                  at);
    return look_at_stray(looked, at, content.size - at);
  }
  return {};
}

void Scan::judge_two_formats(const Looked& looked) {
  const FileKind kind = looked.is.kind;
  const FileKind promised = promised_kind(leaf_of(looked.content.name));
  const FileKind first = kind == FileKind::kUnknown ? promised : kind;
  // Bytes of no kind before an archive are said where the archive is read.
  if (first == FileKind::kUnknown || first == FileKind::kZip) return;
  // Programs that unpack themselves are ordinary.
  findings_.add(kind == FileKind::kExecutable ? kDataBehindEnd : kTwoFormats,
                fmt::format("read {} it is {}, read from its end it is a zip archive",
                            kind == FileKind::kUnknown ? "by its name" : "from its beginning",
                            name_of(first)));
}

Result<void> Scan::look_for_other_formats(const Looked& looked) {
  const FileKind kind = looked.is.kind;
  const bool is_zip = kind == FileKind::kZip || kind == FileKind::kPytorchZip ||
                      kind == FileKind::kNumpyZip || kind == FileKind::kKerasZip;
  const bool is_tensor = looked.content.place == Place::kWeights && kind == FileKind::kUnknown;
  // Stored members of a tar may be zip archives; they were looked at.
  if (!is_zip && kind != FileKind::kTar && kind != FileKind::kEmpty) {
    const Result<bool> ends_one = ZipArchive::ends_one(looked.content.bytes);
    if (ends_one && *ends_one) {
      judge_two_formats(looked);
      RETURN_IF_ERROR(look_at_zip(looked, Place::kArchive));
    }
  }
  if (kind == FileKind::kTar || is_tensor || !is_tar_header(looked.head)) return {};
  findings_.add(kTwoFormats, fmt::format("it begins as {} and is a tar archive at the same time",
                                         name_of(kind)));
  return look_at_tar(looked);
}

}  // namespace strongroom::model::scan
