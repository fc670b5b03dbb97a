// safetensors, from its format page: the header's length (u64, little-endian), then that many bytes
// of one JSON object padded with spaces, then the tensors. Sorted by place they tile what follows
// the header, without hole or overlap, up to the file's end.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/format_rules.h"
#include "model/formats.h"
#include "model/json_reader.h"
#include "model/structure_readers.h"

namespace strongroom::model {
namespace {

using Token = JsonReader::Token;

constexpr std::uint64_t kHeaderBytesMax = 100'000'000;  // the format's own bound
constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kDimensionsMax = 64;
constexpr std::size_t kShownBytesMax = 80;

constexpr auto kFirstOther = ElementType::kQ4_0;  // what follows are GGML's

std::optional<ElementType> element_type(std::string_view name) {
  // C128 is none of this format's.
  for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(kFirstOther); ++i) {
    const auto type = static_cast<ElementType>(i);
    if (layout_of(type).name == name && type != ElementType::kC128) return type;
  }
  return std::nullopt;
}

class Header {
 public:
  Header(std::string_view text, std::uint64_t data_bytes, Findings& findings)
      : text_(text), reader_(text), data_bytes_(data_bytes), findings_(findings) {}

  Result<Structure> read();

 private:
  Result<void> read_metadata();
  Result<void> read_tensor(std::string name);
  Result<void> read_member(Tensor& tensor, unsigned& seen);
  Result<void> read_numbers(std::vector<std::uint64_t>& numbers, std::size_t count_max);
  Result<void> read_end();
  Result<void> check_sizes(const Tensor& tensor);
  Result<void> check_places();

  tl::unexpected<Error> malformed(std::string_view what) {
    return refuse(findings_, kSafetensorsHeaderMalformed, what, at());
  }
  tl::unexpected<Error> broken(Token token) {
    return malformed(token == Token::kCut ? "the header's JSON does not end within the header"
                                          : "the header is not the JSON that the format asks for");
  }
  /// Of the last token, in the file.
  [[nodiscard]] std::uint64_t at() const { return kLengthBytes + reader_.position(); }

  std::string_view text_;
  JsonReader reader_;
  std::uint64_t data_bytes_;
  Findings& findings_;
  Structure structure_;
  std::vector<std::uint64_t> numbers_;
};

std::string shown(std::string_view name) {
  return fmt::format("\"{}\"", name.substr(0, kShownBytesMax));
}

Result<void> Header::read_numbers(std::vector<std::uint64_t>& numbers, std::size_t count_max) {
  numbers.clear();
  if (const Token token = reader_.next(); token != Token::kArrayBegin) return broken(token);
  for (Token token = reader_.next(); token != Token::kArrayEnd; token = reader_.next()) {
    const std::optional<std::uint64_t> number =
        token == Token::kNumber ? reader_.whole_number() : std::nullopt;
    if (!number) return broken(token);
    if (numbers.size() == count_max) return malformed("a list of numbers is too long");
    numbers.push_back(*number);
  }
  return {};
}

Result<void> Header::read_member(Tensor& tensor, unsigned& seen) {
  constexpr std::array<std::string_view, 3> kMembers = {"dtype", "shape", "data_offsets"};
  const std::string name = reader_.text();
  const auto member = static_cast<std::size_t>(std::find(kMembers.begin(), kMembers.end(), name) -
                                               kMembers.begin());
  if (member < kMembers.size()) seen |= 1u << member;
  if (member == 0) {
    if (const Token token = reader_.next(); token != Token::kString) return broken(token);
    const std::optional<ElementType> type = element_type(reader_.text());
    if (!type) return malformed("unknown dtype " + shown(reader_.raw()));
    tensor.type = *type;
    return {};
  }
  if (member == 1) return read_numbers(tensor.shape, kDimensionsMax);
  if (member == 2) {
    RETURN_IF_ERROR(read_numbers(numbers_, 2));
    if (numbers_.size() != 2) return malformed("data_offsets is no pair");
    if (numbers_[0] > numbers_[1]) {
      return refuse(findings_, kSafetensorsSizeLie,
                    "tensor " + shown(tensor.name) + " ends before it begins", at());
    }
    tensor.offset = numbers_[0];
    tensor.bytes = numbers_[1] - numbers_[0];
    return {};
  }
  findings_.add(kSafetensorsUnknownMember,
                "tensor " + shown(tensor.name) + " has a member " + shown(name), at());
  const Token token = reader_.skip(reader_.next());
  if (token == Token::kCut || token == Token::kBroken) return broken(token);
  return {};
}

Result<void> Header::read_tensor(std::string name) {
  Tensor tensor;
  tensor.name = std::move(name);
  if (const Token token = reader_.next(); token != Token::kObjectBegin) return broken(token);
  unsigned seen = 0;
  for (Token token = reader_.next(); token != Token::kObjectEnd; token = reader_.next()) {
    if (token != Token::kName) return broken(token);
    RETURN_IF_ERROR(read_member(tensor, seen));
  }
  if (seen != 7) return malformed("tensor " + shown(tensor.name) + " is not described whole");
  RETURN_IF_ERROR(check_sizes(tensor));
  structure_.tensors.push_back(std::move(tensor));
  return {};
}

Result<void> Header::read_metadata() {
  if (const Token token = reader_.next(); token != Token::kObjectBegin) return broken(token);
  for (Token token = reader_.next(); token != Token::kObjectEnd; token = reader_.next()) {
    if (token != Token::kName) return broken(token);
    std::string name = reader_.text();
    if (const Token value = reader_.next(); value != Token::kString) {
      if (value == Token::kCut || value == Token::kBroken) return broken(value);
      return malformed("__metadata__ holds something else than text");
    }
    if (reader_.raw().size() > kMetadataBytesMax) {
      structure_.metadata_left_out.push_back(std::move(name));
    } else {
      structure_.metadata.insert_or_assign(std::move(name), reader_.text());
    }
  }
  return {};
}

Result<void> Header::check_sizes(const Tensor& tensor) {
  const std::optional<std::uint64_t> bytes = bytes_of(tensor.type, tensor.shape);
  if (!bytes || *bytes != tensor.bytes) {
    return refuse(findings_, kSafetensorsSizeLie,
                  fmt::format("tensor {} takes {} bytes, which is not what its type and shape need",
                              shown(tensor.name), tensor.bytes),
                  at());
  }
  if (tensor.offset + tensor.bytes > data_bytes_) {
    return refuse(findings_, kSafetensorsCut,
                  fmt::format("tensor {} ends {} bytes behind the end of the file",
                              shown(tensor.name), tensor.offset + tensor.bytes - data_bytes_),
                  at());
  }
  return {};
}

/// What follows the object: spaces only.
Result<void> Header::read_end() {
  const std::uint64_t end = reader_.position() + 1;
  if (const Token token = reader_.next(); token != Token::kWhole) return broken(token);
  if (text_.find_first_not_of(' ', end) != std::string_view::npos) {
    return malformed("the header is padded with something else than spaces");
  }
  if (const std::optional<std::size_t> duplicate = reader_.duplicate_at()) {
    JsonReader name(text_.substr(*duplicate));
    static_cast<void>(name.next());
    return refuse(findings_, kSafetensorsDuplicateName,
                  "the name " + shown(name.text()) + " stands twice in one object",
                  kLengthBytes + *duplicate);
  }
  return {};
}

/// The tensors tile the bytes behind the header. Only looks at places; they are still relative.
Result<void> Header::check_places() {
  std::vector<const Tensor*> sorted;
  sorted.reserve(structure_.tensors.size());
  for (const Tensor& tensor : structure_.tensors) sorted.push_back(&tensor);
  const auto before = [](const Tensor* a, const Tensor* b) {
    return a->offset != b->offset ? a->offset < b->offset : a->bytes < b->bytes;
  };
  if (!std::is_sorted(sorted.begin(), sorted.end(), before)) {
    std::stable_sort(sorted.begin(), sorted.end(), before);
  }
  const std::uint64_t data_begins = kLengthBytes + text_.size();
  std::uint64_t end = 0;
  for (const Tensor* tensor : sorted) {
    if (tensor->offset < end) {
      return refuse(findings_, kSafetensorsOverlap,
                    fmt::format("tensor {} begins {} bytes before the one in front of it ends",
                                shown(tensor->name), end - tensor->offset),
                    data_begins + tensor->offset);
    }
    if (tensor->offset > end) {
      return refuse(findings_, kSafetensorsHole,
                    fmt::format("{} bytes before tensor {} belong to no tensor",
                                tensor->offset - end, shown(tensor->name)),
                    data_begins + end);
    }
    end += tensor->bytes;
  }
  if (end != data_bytes_) {
    return refuse(
        findings_, kSafetensorsHole,
        fmt::format("{} bytes behind the last tensor belong to no tensor", data_bytes_ - end),
        data_begins + end);
  }
  structure_.tensor_bytes = end;
  return {};
}

Result<Structure> Header::read() {
  structure_.kind = FileKind::kSafetensors;
  if (!text_.starts_with('{')) return malformed("the header does not begin with {");
  if (!is_utf8(text_)) return malformed("the header is not UTF-8");
  // As many as such a header usually holds; they are no larger than the header itself.
  structure_.tensors.reserve(text_.size() / sizeof(Tensor));
  static_cast<void>(reader_.next());
  for (Token token = reader_.next(); token != Token::kObjectEnd; token = reader_.next()) {
    if (token != Token::kName) return broken(token);
    std::string name = reader_.text();
    if (name == "__metadata__") {
      RETURN_IF_ERROR(read_metadata());
    } else {
      RETURN_IF_ERROR(read_tensor(std::move(name)));
    }
  }
  RETURN_IF_ERROR(read_end());
  RETURN_IF_ERROR(check_places());
  const std::uint64_t data_begins = kLengthBytes + text_.size();
  for (Tensor& tensor : structure_.tensors) tensor.offset += data_begins;
  return std::move(structure_);
}

}  // namespace

Result<Structure> read_safetensors(const io::Reader& file, Findings& findings) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  std::array<std::uint8_t, kLengthBytes> length{};
  if (file_bytes < length.size()) {
    return refuse(findings, kSafetensorsHeaderMalformed, "the file is too short for a header", 0);
  }
  RETURN_IF_ERROR(io::read_exactly(file, 0, length, "a safetensors file"));
  const std::uint64_t header_bytes = Cursor(length).little_endian(kLengthBytes);
  if (header_bytes > kHeaderBytesMax) {
    const std::string what = fmt::format("the header claims {} bytes", header_bytes);
    findings.add(kSafetensorsHeaderTooLarge, what, 0);
    return fail(ErrorCode::kTooLarge, what);
  }
  if (header_bytes > file_bytes - kLengthBytes) {
    return refuse(findings, kSafetensorsCut,
                  fmt::format("the header claims {} bytes, the file has {}", header_bytes,
                              file_bytes - kLengthBytes),
                  0);
  }
  Bytes header(static_cast<std::size_t>(header_bytes));
  RETURN_IF_ERROR(io::read_exactly(file, kLengthBytes, header, "a safetensors file"));
  return Header(as_text(header), file_bytes - kLengthBytes - header_bytes, findings).read();
}

}  // namespace strongroom::model
