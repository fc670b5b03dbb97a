#include "model/brought_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/config_rules.h"
#include "model/forward_reader.h"
#include "model/json_reader.h"
#include "model/protobuf.h"
#include "model/zip_archive.h"

namespace strongroom::model {
namespace {

using Token = JsonReader::Token;
using Step = MessageReader::Step;
using Wire = FieldRule::Wire;

constexpr std::size_t kWindowBytes = 4u << 20;
constexpr std::size_t kJsonBytesMax = 64u << 20;
constexpr std::size_t kJsonBytesMin = 16;  // less describes nothing
constexpr std::size_t kNameBytesMax = 1'024;

// --- HDF5 -----------------------------------------------------------------------------------

/// Looks for JSON objects that stand in the file in one piece. Pieces that only begin like JSON
/// are paid from a purse, so that a file full of them ends in a finding and not in an hour.
class Hdf5Search {
 public:
  Hdf5Search(const io::Reader& file, std::uint64_t file_bytes, Findings& findings)
      : file_(file),
        file_bytes_(file_bytes),
        purse_(kPurse + 8 * file_bytes),
        findings_(findings) {}
  Result<void> run();

 private:
  static constexpr std::uint64_t kPurse = 16u << 20;

  /// Looks at one window; says how many of its bytes need not be looked at again.
  Result<std::size_t> look_at(std::string_view window, std::uint64_t begin);
  /// The bytes of the JSON object that `text` begins with; 0 when it begins with none.
  std::size_t object_bytes(std::string_view text, bool& is_cut);
  Result<std::size_t> long_object(std::uint64_t at);

  const io::Reader& file_;
  std::uint64_t file_bytes_;
  std::uint64_t purse_;
  Findings& findings_;
};

std::size_t Hdf5Search::object_bytes(std::string_view text, bool& is_cut) {
  JsonReader reader(text);
  const Token last = reader.skip(reader.next());
  is_cut = last == Token::kCut;
  const std::size_t read = is_cut ? text.size() : reader.position() + 1;
  purse_ -= std::min<std::uint64_t>(purse_, read);
  return last == Token::kObjectEnd ? read : 0;
}

/// An object that is longer than what is left of the window.
Result<std::size_t> Hdf5Search::long_object(std::uint64_t at) {
  Bytes bytes(static_cast<std::size_t>(std::min<std::uint64_t>(file_bytes_ - at, kJsonBytesMax)));
  RETURN_IF_ERROR(io::read_exactly(file_, at, bytes, "an HDF5 file"));
  bool is_cut = false;
  const std::size_t length = object_bytes(as_text(bytes), is_cut);
  if (is_cut && bytes.size() == kJsonBytesMax)
    findings_.add(kKerasUnread, "a piece of JSON of over 64 MiB", at);
  if (length > 0) judge_keras_config(as_text(bytes).substr(0, length), at, findings_);
  return length;
}

Result<std::size_t> Hdf5Search::look_at(std::string_view window, std::uint64_t begin) {
  const bool goes_on = begin + window.size() < file_bytes_;
  std::size_t at = window.find('{');
  for (; at < window.size() && purse_ > 0; at = window.find('{', at)) {
    const std::size_t next = window.find_first_not_of(" \t\r\n", at + 1);
    // Only the next window tells how it goes on.
    if (next == std::string_view::npos && goes_on && at > 0) return at;
    std::size_t length = 0;
    if (next != std::string_view::npos && window[next] == '"') {
      bool is_cut = false;
      length = object_bytes(window.substr(at), is_cut);
      if (length >= kJsonBytesMin)
        judge_keras_config(window.substr(at, length), begin + at, findings_);
      if (is_cut && goes_on) {
        ASSIGN_OR_RETURN(length, long_object(begin + at));
      }
    }
    at += std::max<std::size_t>(length, 1);
    if (at >= window.size()) return at;
  }
  return window.size();
}

Result<void> Hdf5Search::run() {
  Bytes window;
  for (std::uint64_t begin = 0; begin < file_bytes_;) {
    if (purse_ == 0) {
      findings_.add(kKerasUnread, "too much that begins like JSON and is none", begin);
      return {};
    }
    window.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(file_bytes_ - begin, kWindowBytes)));
    RETURN_IF_ERROR(io::read_exactly(file_, begin, window, "an HDF5 file"));
    ASSIGN_OR_RETURN(const std::size_t seen, look_at(as_text(window), begin));
    begin += seen;
  }
  if (purse_ == 0) findings_.add(kKerasUnread, "too much that begins like JSON and is none");
  return {};
}

// --- Keras 3 --------------------------------------------------------------------------------

Result<void> judge_keras_zip(const io::Reader& file, Findings& findings) {
  Findings of_the_archive;  // are noted where its members are looked at
  const Result<ZipArchive> archive = ZipArchive::open(file, of_the_archive);
  if (!archive) {
    findings.add(kKerasUnread, "the archive cannot be read");
    return {};
  }
  for (const ZipMember& member : archive->members()) {
    if (member.name != "config.json") continue;
    const Findings::Inside inside(findings, member.name);
    const Result<Bytes> text = archive->unpack(member, kJsonBytesMax);
    if (!text && text.error().code == ErrorCode::kDisk) return tl::unexpected<Error>(text.error());
    if (!text || !judge_keras_config(as_text(*text), 0, findings))
      findings.add(kKerasUnread, "config.json is not JSON, or cannot be unpacked");
  }
  return {};
}

// --- SavedModel -----------------------------------------------------------------------------

// SavedModel, MetaGraphDef, GraphDef, FunctionDefLibrary, FunctionDef and NodeDef, as far as they
// lead to operators. Repeated where protobuf would join them: every part is looked at.
enum class Part { kModel, kMetaGraph, kGraph, kLibrary, kFunction, kNode };
struct Lead {
  Part part;
  std::uint32_t field;
  Part to;
};
constexpr std::array kLeads = {
    Lead{Part::kModel, 2, Part::kMetaGraph},  Lead{Part::kMetaGraph, 2, Part::kGraph},
    Lead{Part::kGraph, 1, Part::kNode},       Lead{Part::kGraph, 2, Part::kLibrary},
    Lead{Part::kLibrary, 1, Part::kFunction}, Lead{Part::kFunction, 3, Part::kNode}};
constexpr std::uint32_t kOperator = 2;  // of a NodeDef
constexpr std::array<FieldRule, 3> kFields = {
    {{1, Wire::kBytes, true}, {2, Wire::kBytes, true}, {3, Wire::kBytes, true}}};
// A SavedModel's own version is a number.
constexpr std::array<FieldRule, 2> kModelFields = {
    {{1, Wire::kVarint, true}, {2, Wire::kBytes, true}}};

constexpr std::array<std::string_view, 3> kPythonOperators = {"PyFunc", "PyFuncStateless",
                                                              "EagerPyFunc"};
constexpr std::array<std::string_view, 8> kReadingOperators = {
    "ReadFile",        "MatchingFiles",  "WholeFileReader", "WholeFileReaderV2",
    "TextLineDataset", "TextLineReader", "TFRecordDataset", "FixedLengthRecordDataset"};

void judge_operator(std::string_view name, std::uint64_t at, Findings& findings) {
  const auto is_among = [&](const auto& all) {
    return std::find(all.begin(), all.end(), name) != all.end();
  };
  if (name == "WriteFile") findings.add(kGraphWritesFiles, "an operator WriteFile", at);
  if (is_among(kPythonOperators))
    findings.add(kGraphRunsPython, fmt::format("an operator {}", name), at);
  if (is_among(kReadingOperators))
    findings.add(kGraphReadsFiles, fmt::format("an operator {}", name), at);
}

class SavedModelWalk {
 public:
  SavedModelWalk(const io::Reader& file, std::uint64_t file_bytes, Findings& findings)
      : in_(file, 0, file_bytes), findings_(findings) {}
  Result<void> run() {
    if (!walk(Part::kModel, in_.left())) {
      if (in_.disk_error()) return tl::unexpected<Error>(*in_.disk_error());
      findings_.add(kGraphMalformed, "the file is not the protobuf of a SavedModel",
                    in_.position());
    }
    return {};
  }

 private:
  /// Recursion is as deep as kLeads leads: six.
  bool walk(Part part, std::uint64_t end) {
    const std::span<const FieldRule> rules =
        part == Part::kModel ? std::span<const FieldRule>(kModelFields) : kFields;
    MessageReader message(in_, end, rules);
    for (Step step = message.next(); step != Step::kEnd; step = message.next()) {
      if (step == Step::kBroken) return false;
      if (step == Step::kUnknown) continue;
      if (part == Part::kNode && message.number() == kOperator &&
          message.bytes() <= kNameBytesMax) {
        judge_operator(in_.text(message.bytes()), message.begin(), findings_);
      }
      const auto lead = std::find_if(kLeads.begin(), kLeads.end(), [&](const Lead& each) {
        return each.part == part && each.field == message.number();
      });
      if (lead != kLeads.end() && !walk(lead->to, message.end())) return false;
    }
    return true;
  }

  ForwardReader in_;
  Findings& findings_;
};

}  // namespace

Result<void> judge_brought_code(FileKind kind, const io::Reader& file, Findings& findings) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  if (kind == FileKind::kHdf5) return Hdf5Search(file, file_bytes, findings).run();
  if (kind == FileKind::kKerasZip) return judge_keras_zip(file, findings);
  if (kind == FileKind::kSavedModel) return SavedModelWalk(file, file_bytes, findings).run();
  return {};
}

}  // namespace strongroom::model
