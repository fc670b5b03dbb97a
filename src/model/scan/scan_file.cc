#include "model/scan/scan_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/container_rules.h"
#include "model/scan/scan.h"

namespace strongroom::model::scan {
namespace {

/// A storage of PyTorch's is numbers; its first bytes tell whether it is not.
constexpr std::size_t kStorageHeadBytes = 64u << 10;

/// A program that is told to load such a thing obeys it, or chooses it by its name.
bool is_loaded(FileKind kind) {
  switch (kind) {
    case FileKind::kUnknown:
    case FileKind::kEmpty:
    case FileKind::kJson:
    case FileKind::kText:
    case FileKind::kMedia:
    case FileKind::kTable:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::string_view leaf_of(std::string_view name) {
  while (name.ends_with('/')) name.remove_suffix(1);
  const std::size_t slash = name.find_last_of("/\\");
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return lower;
}

Result<void> Scan::go_on() const {
  if (watch_.keep_going && !watch_.keep_going()) {
    return fail(ErrorCode::kInterrupted, "the scan was told to stop");
  }
  return {};
}

Result<void> Scan::settle(const Result<void>& outcome, std::size_t before) {
  if (outcome) return {};
  if (outcome.error().code == ErrorCode::kInterrupted) return outcome;
  if (said() == before) findings_.add(kNotRead, outcome.error().context);
  return {};
}

Result<void> Scan::look(const Content& content) {
  RETURN_IF_ERROR(go_on());
  if (content.depth > limits_.depth_max) {
    findings_.add(kArchiveTooDeep, fmt::format("at most {} containers are opened in one another",
                                               limits_.depth_max));
    return {};
  }
  const bool is_storage = content.place == Place::kWeights;
  Bytes head(static_cast<std::size_t>(
      std::min<std::uint64_t>(content.size, is_storage ? kStorageHeadBytes : kHeadBytesMax)));
  const Result<std::size_t> got = content.bytes.read_at(0, head);
  if (!got || *got != head.size()) {
    findings_.add(kNotRead, got ? "its bytes end too early" : got.error().context);
    return {};
  }
  Looked looked{content, recognise(leaf_of(content.name), head, content.size), head};
  if (is_pickle_by_name(looked)) {
    looked.is = {};
    looked.is.kind = FileKind::kPickle;
  }
  if (content.depth == 0) scanned_.is = looked.is;
  judge_name(looked);
  RETURN_IF_ERROR(look_inside(looked));
  return look_for_other_formats(looked);
}

void Scan::judge_name(const Looked& looked) {
  const Recognised& is = looked.is;
  const bool disagrees =
      std::find(is.doubts.begin(), is.doubts.end(), Doubt::kNameDisagrees) != is.doubts.end();
  if (!disagrees || looked.content.place == Place::kStray) return;
  const FileKind promised = promised_kind(leaf_of(looked.content.name));
  if (!is_loaded(is.kind) && (!is_loaded(promised) || is_named_as_pickle(looked.content.name))) {
    return;
  }
  if (as_text(looked.head).starts_with(kLargeFilePointer)) return;
  findings_.add(kNameMisleads,
                fmt::format("its name promises {}, its bytes are {}", name_of(promised),
                            is.kind == FileKind::kUnknown ? "of no known kind" : name_of(is.kind)));
}

Result<void> Scan::look_inside(const Looked& looked) {
  switch (looked.is.kind) {
    case FileKind::kEmpty:
      return {};
    case FileKind::kGguf:
    case FileKind::kSafetensors:
    case FileKind::kOnnx:
    case FileKind::kNumpy:
    case FileKind::kPickle:
      return look_at_weights(looked);
    case FileKind::kPytorchZip:
    case FileKind::kNumpyZip:
      RETURN_IF_ERROR(look_at_weights(looked));
      return look_at_zip(looked, Place::kWeights);
    case FileKind::kKerasZip:
      RETURN_IF_ERROR(look_at_weights(looked));
      return look_at_zip(looked, Place::kWeights);
    case FileKind::kZip:
      return look_at_zip(looked, Place::kArchive);
    case FileKind::kTar:
      return look_at_tar(looked);
    case FileKind::kGzip:
    case FileKind::kBzip2:
    case FileKind::kXz:
    case FileKind::kZstd:
    case FileKind::kLz4:
      return look_at_stream(looked);
    case FileKind::kSevenZip:
      return look_at_seven_zip(looked);
    case FileKind::kRar:
      findings_.add(kArchiveUnsupported, "rar archives are not read here");
      return {};
    case FileKind::kHdf5:
    case FileKind::kSavedModel:
      return look_at_weights(looked);
    case FileKind::kJson:
    case FileKind::kText:
    case FileKind::kScript:
      return look_at_text(looked);
    case FileKind::kUnknown:
    case FileKind::kExecutable:
    case FileKind::kMedia:
    case FileKind::kTable:
      return look_at_other(looked);
  }
  return {};
}

Result<ScannedFile> scan_file(std::string_view name, const io::Reader& file,
                              const ScanLimits& limits, const Watch& watch) {
  ScannedFile scanned;
  const Result<std::uint64_t> size = file.size_bytes();
  if (!size) {
    scanned.findings.add(kNotRead, size.error().context);
    return scanned;
  }
  Scan scan(limits, watch, scanned);
  RETURN_IF_ERROR(scan.look({name, file, *size, 0, Place::kFile, 0}));
  return scanned;
}

}  // namespace strongroom::model::scan
