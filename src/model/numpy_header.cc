// The header of an .npy file: magic, version (two bytes), length (u16; from version 2 on u32), then
// so many bytes of a Python dict of 'descr', 'fortran_order' and 'shape', padded with spaces and
// ended by a line feed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "model/format_rules.h"
#include "model/formats.h"
#include "model/numpy.h"
#include "model/structure_readers.h"

namespace strongroom::model {
namespace {

constexpr std::uint64_t kHeaderBytesMax = 64u << 10;  // NumPy itself stops at 10,000
constexpr std::size_t kDimensionsMax = 64;
constexpr std::uint64_t kItemBytesMax = 1u << 30;
constexpr int kRecordDepthMax = 16;

/// How one element lies: `type` when it is a number that the structure knows, else bytes.
struct Item {
  std::optional<ElementType> type;
  std::uint64_t bytes = 0;
  bool holds_objects = false;
};

/// Numbers in little-endian order, by kind and bytes.
std::optional<ElementType> number_type(char kind, std::uint64_t bytes) {
  struct Known {
    char kind;
    std::uint64_t bytes;
    ElementType type;
  };
  constexpr std::array kKnown = {
      Known{'b', 1, ElementType::kBool}, Known{'i', 1, ElementType::kI8},
      Known{'i', 2, ElementType::kI16},  Known{'i', 4, ElementType::kI32},
      Known{'i', 8, ElementType::kI64},  Known{'u', 1, ElementType::kU8},
      Known{'u', 2, ElementType::kU16},  Known{'u', 4, ElementType::kU32},
      Known{'u', 8, ElementType::kU64},  Known{'f', 2, ElementType::kF16},
      Known{'f', 4, ElementType::kF32},  Known{'f', 8, ElementType::kF64},
      Known{'c', 8, ElementType::kC64},  Known{'c', 16, ElementType::kC128}};
  const auto found = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& known) {
    return known.kind == kind && known.bytes == bytes;
  });
  return found == kKnown.end() ? std::nullopt : std::optional(found->type);
}

/// "<f4", "|b1", ">i8", "|O", "<U12", "<M8[ns]".
std::optional<Item> parse_dtype(std::string_view text) {
  char order = '=';
  if (!text.empty() && std::string_view("<>=|").find(text[0]) != std::string_view::npos) {
    order = text[0];
    text.remove_prefix(1);
  }
  if (text.empty()) return std::nullopt;
  const char kind = text[0];
  std::string_view size = text.substr(1);
  if (kind == 'O') {
    if (!size.empty() && size != "8" && size != "4") return std::nullopt;
    return Item{std::nullopt, 8, true};
  }
  if (std::string_view("biufcSUVaMm").find(kind) == std::string_view::npos) return std::nullopt;
  if (kind == 'M' || kind == 'm') size = size.substr(0, size.find('['));
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(size.data(), size.data() + size.size(), number);
  if (error != std::errc() || stopped != size.data() + size.size()) return std::nullopt;
  if (number > kItemBytesMax) return std::nullopt;
  Item item;
  item.bytes = kind == 'U' ? 4 * number : number;
  if (order != '>' || number == 1) item.type = number_type(kind, number);
  return item;
}

/// The part of Python's grammar that a header is written in.
class Literal {
 public:
  explicit Literal(std::string_view text) : text_(text) {}

  /// Skips spaces; takes `c` when it comes next.
  bool take(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  /// In single or double quotes, without escapes.
  std::optional<std::string_view> text() {
    skip_space();
    if (at_ == text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    if (inside.find_first_of("\\\n") != std::string_view::npos) return std::nullopt;
    at_ = end + 1;
    return inside;
  }
  std::optional<std::uint64_t> number() {
    skip_space();
    std::uint64_t number = 0;
    const char* const begin = text_.data() + at_;
    const auto [stopped, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    if (error != std::errc() || (*begin == '0' && stopped - begin > 1)) return std::nullopt;
    at_ += static_cast<std::size_t>(stopped - begin);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // Python 2 wrote long integers so
    return number;
  }
  std::optional<bool> truth() {
    skip_space();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    return std::nullopt;
  }
  /// "()", "(3,)", "(3, 4)"; a single number in parentheses is no tuple.
  std::optional<std::vector<std::uint64_t>> numbers() {
    if (!take('(')) return std::nullopt;
    std::vector<std::uint64_t> numbers;
    bool comma = true;
    while (!take(')')) {
      const std::optional<std::uint64_t> number = comma ? this->number() : std::nullopt;
      if (!number || numbers.size() == kDimensionsMax) return std::nullopt;
      numbers.push_back(*number);
      comma = take(',');
    }
    if (numbers.size() == 1 && !comma) return std::nullopt;
    return numbers;
  }
  [[nodiscard]] char peek() {
    skip_space();
    return at_ == text_.size() ? '\0' : text_[at_];
  }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::string_view since(std::size_t begin) const {
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<Item> parse_descr(Literal& literal, int depth);

/// One field of a record: ('name', dtype) or ('name', dtype, (shape)); the name may be a pair.
std::optional<Item> parse_field(Literal& literal, int depth) {
  if (!literal.take('(')) return std::nullopt;
  if (literal.take('(')) {
    if (!literal.text() || !literal.take(',') || !literal.text() || !literal.take(')'))
      return std::nullopt;
  } else if (!literal.text()) {
    return std::nullopt;
  }
  if (!literal.take(',')) return std::nullopt;
  std::optional<Item> item = parse_descr(literal, depth + 1);
  if (!item) return std::nullopt;
  if (literal.take(',') && literal.peek() == '(') {
    const std::optional<std::vector<std::uint64_t>> shape = literal.numbers();
    const std::optional<std::uint64_t> count =
        shape ? bytes_of(ElementType::kU8, *shape) : std::nullopt;
    if (!count || (*count != 0 && item->bytes > kItemBytesMax / *count)) return std::nullopt;
    item->bytes *= *count;
    static_cast<void>(literal.take(','));
  }
  return literal.take(')') ? item : std::nullopt;
}

/// A dtype's text, or a list of fields. Recursion is as deep as records in records.
std::optional<Item> parse_descr(Literal& literal, int depth) {
  if (depth > kRecordDepthMax) return std::nullopt;
  if (!literal.take('[')) {
    const std::optional<std::string_view> text = literal.text();
    return text ? parse_dtype(*text) : std::nullopt;
  }
  Item record;
  bool comma = true;
  while (!literal.take(']')) {
    const std::optional<Item> field = comma ? parse_field(literal, depth) : std::nullopt;
    if (!field) return std::nullopt;
    record.bytes += field->bytes;
    record.holds_objects = record.holds_objects || field->holds_objects;
    if (record.bytes > kItemBytesMax) return std::nullopt;
    comma = literal.take(',');
  }
  return record;
}

struct Dictionary {
  std::optional<Item> item;
  std::string_view descr;
  std::optional<bool> is_fortran;
  std::optional<std::vector<std::uint64_t>> shape;
};

enum class Parsed { kWhole, kTwice, kBroken };

Parsed parse_member(Literal& literal, Dictionary& dictionary) {
  const std::optional<std::string_view> key = literal.text();
  if (!key || !literal.take(':')) return Parsed::kBroken;
  if (*key == "descr") {
    if (dictionary.item) return Parsed::kTwice;
    static_cast<void>(literal.peek());
    const std::size_t begin = literal.position();
    dictionary.item = parse_descr(literal, 0);
    dictionary.descr = literal.since(begin);
    return dictionary.item ? Parsed::kWhole : Parsed::kBroken;
  }
  if (*key == "fortran_order") {
    if (dictionary.is_fortran) return Parsed::kTwice;
    dictionary.is_fortran = literal.truth();
    return dictionary.is_fortran ? Parsed::kWhole : Parsed::kBroken;
  }
  if (*key != "shape") return Parsed::kBroken;
  if (dictionary.shape) return Parsed::kTwice;
  dictionary.shape = literal.numbers();
  return dictionary.shape ? Parsed::kWhole : Parsed::kBroken;
}

Parsed parse_dictionary(std::string_view text, Dictionary& dictionary) {
  Literal literal(text);
  if (text.empty() || text.back() != '\n' || !literal.take('{')) return Parsed::kBroken;
  bool comma = true;
  while (!literal.take('}')) {
    const Parsed member = comma ? parse_member(literal, dictionary) : Parsed::kBroken;
    if (member != Parsed::kWhole) return member;
    comma = literal.take(',');
  }
  if (literal.peek() != '\0' || literal.position() != text.size()) return Parsed::kBroken;
  const bool is_whole = dictionary.item && dictionary.is_fortran && dictionary.shape;
  return is_whole ? Parsed::kWhole : Parsed::kBroken;
}

/// Column by column.
std::vector<std::uint64_t> fortran_strides(const std::vector<std::uint64_t>& shape) {
  std::vector<std::uint64_t> strides;
  std::uint64_t stride = 1;
  for (const std::uint64_t size : shape) {
    strides.push_back(stride);
    stride *= std::max<std::uint64_t>(size, 1);
  }
  return strides;
}

Result<NumpyHeader> header_of(const Dictionary& dictionary, std::uint64_t begins,
                              std::uint64_t file_bytes, Findings& findings) {
  NumpyHeader header;
  header.descr = dictionary.descr;
  header.data_begins = begins;
  header.is_pickled = dictionary.item->holds_objects;
  Tensor& tensor = header.tensor;
  tensor.shape = *dictionary.shape;
  tensor.type = dictionary.item->type.value_or(ElementType::kU8);
  tensor.offset = begins;
  if (header.is_pickled) return header;
  if (*dictionary.is_fortran && tensor.shape.size() > 1) {
    // Bounds the products of the strides too.
    if (!bytes_of(ElementType::kU8, tensor.shape))
      return refuse(findings, kNumpyMalformed, "the shape is over any size", 10);
    tensor.strides = fortran_strides(tensor.shape);
  }
  if (!dictionary.item->type) {
    for (std::uint64_t& stride : tensor.strides) stride *= dictionary.item->bytes;
    if (!tensor.strides.empty()) tensor.strides.push_back(1);
    tensor.shape.push_back(dictionary.item->bytes);
  }
  const std::optional<std::uint64_t> bytes = bytes_of(tensor.type, tensor.shape);
  if (!bytes) return refuse(findings, kNumpyMalformed, "the shape is over any size", 10);
  tensor.bytes = *bytes;
  if (tensor.bytes > file_bytes - begins) {
    return refuse(
        findings, kNumpyCut,
        fmt::format("the array takes {} bytes, {} are there", tensor.bytes, file_bytes - begins),
        begins);
  }
  if (tensor.bytes < file_bytes - begins) {
    findings.add(kNumpyHole,
                 fmt::format("{} bytes behind the array", file_bytes - begins - tensor.bytes),
                 begins + tensor.bytes);
  }
  return header;
}

}  // namespace

Result<NumpyHeader> read_numpy_header(ByteView head, std::uint64_t file_bytes, Findings& findings) {
  Cursor cursor(head);
  const std::string_view magic = as_text(cursor.take(6));
  const auto major = cursor.little_endian(1);
  const auto minor = cursor.little_endian(1);
  const std::uint64_t length = cursor.little_endian(major == 1 ? 2 : 4);
  if (!cursor.ok()) return refuse(findings, kNumpyCut, "the file ends within its header", 0);
  if (magic != "\x93NUMPY" || major < 1 || major > 3 || minor != 0)
    return refuse(findings, kNumpyMalformed, "no .npy file of version 1.0, 2.0 or 3.0", 0);
  if (length > kHeaderBytesMax) {
    const std::string what = fmt::format("the header claims {} bytes", length);
    findings.add(kNumpyHeaderTooLarge, what, 8);
    return fail(ErrorCode::kTooLarge, what);
  }
  const std::string_view text = as_text(cursor.take(length));
  if (!cursor.ok()) return refuse(findings, kNumpyCut, "the file ends within its header", 8);
  Dictionary dictionary;
  switch (parse_dictionary(text, dictionary)) {
    case Parsed::kTwice:
      return refuse(findings, kNumpyDuplicate, "the header says one thing twice", 10);
    case Parsed::kBroken:
      return refuse(findings, kNumpyMalformed, "the header is not the dict that NumPy writes", 10);
    case Parsed::kWhole:
      break;
  }
  return header_of(dictionary, cursor.position(), file_bytes, findings);
}

}  // namespace strongroom::model
