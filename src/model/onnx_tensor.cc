// One TensorProto of onnx.proto3: its bytes stand in raw_data, in a list of numbers of one type, or
// in a file beside the model.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "model/external_path.h"
#include "model/format_rules.h"
#include "model/onnx_parts.h"

namespace strongroom::model {
namespace {

using Step = MessageReader::Step;
using Wire = FieldRule::Wire;

constexpr std::size_t kTextBytesMax = 64u << 10;
constexpr std::size_t kDimensionsMax = 64;

constexpr std::uint32_t kDims = 1;
constexpr std::uint32_t kDataType = 2;
constexpr std::uint32_t kFloats = 4;
constexpr std::uint32_t kInt32s = 5;
constexpr std::uint32_t kStrings = 6;
constexpr std::uint32_t kInt64s = 7;
constexpr std::uint32_t kName = 8;
constexpr std::uint32_t kRaw = 9;
constexpr std::uint32_t kDoubles = 10;
constexpr std::uint32_t kUint64s = 11;
constexpr std::uint32_t kExternal = 13;
constexpr std::uint32_t kLocation = 14;
constexpr std::array<FieldRule, 14> kTensorFields = {{{kDims, Wire::kVarints, true},
                                                      {kDataType, Wire::kVarint},
                                                      {kFloats, Wire::kFixed32s, true},
                                                      {kInt32s, Wire::kVarints, true},
                                                      {kStrings, Wire::kBytes, true},
                                                      {kInt64s, Wire::kVarints, true},
                                                      {kName, Wire::kBytes},
                                                      {kRaw, Wire::kBytes},
                                                      {kDoubles, Wire::kFixed64s, true},
                                                      {kUint64s, Wire::kVarints, true},
                                                      {12, Wire::kBytes},  // doc_string
                                                      {kExternal, Wire::kBytes, true},
                                                      {kLocation, Wire::kVarint},
                                                      {16, Wire::kBytes, true}}};  // metadata_props
constexpr std::array<FieldRule, 2> kEntryFields = {{{1, Wire::kBytes}, {2, Wire::kBytes}}};

struct DataType {
  ElementType type;
  std::uint32_t field;        ///< in which its numbers stand when they are not raw
  std::uint32_t numbers = 1;  ///< for one element
};
constexpr std::uint64_t kStringType = 8;
using E = ElementType;
// By TensorProto.DataType; 0 (undefined) and 8 (texts) are no numbers.
constexpr std::array<std::optional<DataType>, 27> kDataTypes = {{std::nullopt,
                                                                 DataType{E::kF32, kFloats},
                                                                 DataType{E::kU8, kInt32s},
                                                                 DataType{E::kI8, kInt32s},
                                                                 DataType{E::kU16, kInt32s},
                                                                 DataType{E::kI16, kInt32s},
                                                                 DataType{E::kI32, kInt32s},
                                                                 DataType{E::kI64, kInt64s},
                                                                 std::nullopt,
                                                                 DataType{E::kBool, kInt32s},
                                                                 DataType{E::kF16, kInt32s},
                                                                 DataType{E::kF64, kDoubles},
                                                                 DataType{E::kU32, kUint64s},
                                                                 DataType{E::kU64, kUint64s},
                                                                 DataType{E::kC64, kFloats, 2},
                                                                 DataType{E::kC128, kDoubles, 2},
                                                                 DataType{E::kBf16, kInt32s},
                                                                 DataType{E::kF8E4m3, kInt32s},
                                                                 DataType{E::kF8E4m3Fnuz, kInt32s},
                                                                 DataType{E::kF8E5m2, kInt32s},
                                                                 DataType{E::kF8E5m2Fnuz, kInt32s},
                                                                 DataType{E::kU4, kInt32s},
                                                                 DataType{E::kI4, kInt32s},
                                                                 DataType{E::kF4, kInt32s},
                                                                 DataType{E::kF8E8m0, kInt32s},
                                                                 DataType{E::kU2, kInt32s},
                                                                 DataType{E::kI2, kInt32s}}};

/// Where the file says that a tensor's bytes lie beside it.
struct External {
  std::optional<std::string> location;
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> length;
};

class TensorReading {
 public:
  TensorReading(OnnxReading& reading, std::uint64_t end, std::string_view prefix)
      : reading_(reading), message_(reading.in, end, kTensorFields), begin_(reading.in.position()) {
    tensor_.name = prefix;
  }
  Result<std::optional<Tensor>> read();

 private:
  Result<void> read_field();
  Result<void> read_numbers();
  Result<void> read_external();
  Result<std::optional<Tensor>> finish();
  Result<void> place_external();
  Result<void> place_numbers(const DataType& type, std::uint64_t elements);
  Result<void> check_location(const std::string& location);
  [[nodiscard]] std::string shown() const {
    return "tensor \"" + tensor_.name.substr(0, 200) + "\"";
  }
  tl::unexpected<Error> size_lie(std::string_view what) {
    return refuse(reading_.findings, kOnnxSizeLie, shown() + " " + std::string(what), begin_);
  }

  OnnxReading& reading_;
  MessageReader message_;
  std::uint64_t begin_;
  Tensor tensor_;
  std::uint64_t data_type_ = 0;
  bool is_external_ = false;
  bool has_external_ = false;
  External external_;
  std::optional<std::pair<std::uint64_t, std::uint64_t>> raw_;  // where, how many bytes
  std::uint32_t numbers_field_ = 0;
  std::uint64_t numbers_ = 0;
  std::uint64_t runs_ = 0;
  std::uint64_t numbers_begin_ = 0;
};

Result<void> TensorReading::read_numbers() {
  const std::uint32_t field = message_.number();
  if (numbers_field_ != 0 && numbers_field_ != field)
    return reading_.malformed(shown() + " has numbers of two types");
  numbers_field_ = field;
  if (runs_++ == 0) numbers_begin_ = message_.begin();
  if (field == kStrings) return {};
  if (!message_.has_length()) {
    ++numbers_;
  } else if (field == kFloats || field == kDoubles) {
    const unsigned width = field == kFloats ? 4 : 8;
    if (message_.bytes() % width != 0) return reading_.malformed(shown() + " has half a number");
    numbers_ += message_.bytes() / width;
  } else {
    while (reading_.in.position() < message_.end()) {
      std::uint64_t number = 0;
      if (!MessageReader::read_varint(reading_.in, number) ||
          reading_.in.position() > message_.end())
        return reading_.malformed(shown() + " has a broken number");
      ++numbers_;
    }
  }
  return {};
}

Result<void> TensorReading::read_external() {
  has_external_ = true;
  std::string key;
  std::string value;
  RETURN_IF_ERROR(read_onnx_entry(reading_, message_.end(), key, value));
  if (key == "checksum" || key == "basepath") return {};
  const bool again = (key == "location" && external_.location) ||
                     (key == "offset" && external_.offset) || (key == "length" && external_.length);
  if (again) {
    return refuse(reading_.findings, kOnnxDuplicate,
                  shown() + " says the " + key + " of its bytes twice", message_.begin());
  }
  if (key == "location") {
    external_.location = std::move(value);
    return {};
  }
  if (key != "offset" && key != "length") {
    reading_.findings.add(kOnnxUnknownField,
                          shown() + " says \"" + key + "\" of its bytes in another file",
                          message_.begin());
    return {};
  }
  std::uint64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stopped != end)
    return reading_.malformed(shown() + " has an " + key + " that is no number");
  (key == "offset" ? external_.offset : external_.length) = number;
  return {};
}

Result<void> TensorReading::read_field() {
  switch (message_.number()) {
    case kDims:
      return reading_.numbers(message_, tensor_.shape, kDimensionsMax);
    case kDataType:
      data_type_ = message_.value();
      return {};
    case kName: {
      ASSIGN_OR_RETURN(const std::string name, reading_.text(message_));
      tensor_.name += name;
      return {};
    }
    case kRaw:
      raw_ = {message_.begin(), message_.bytes()};
      return {};
    case kExternal:
      return read_external();
    case kLocation:
      if (message_.value() > 1) return reading_.malformed(shown() + " has its bytes nowhere known");
      is_external_ = message_.value() == 1;
      return {};
    case kFloats:
    case kInt32s:
    case kStrings:
    case kInt64s:
    case kDoubles:
    case kUint64s:
      return read_numbers();
    default:
      return {};
  }
}

Result<std::optional<Tensor>> TensorReading::read() {
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reading_.next(message_));
    if (!more) return finish();
    RETURN_IF_ERROR(read_field());
  }
}

Result<void> TensorReading::check_location(const std::string& location) {
  const std::string_view problem = problem_with_path(location);
  if (!problem.empty()) {
    reading_.findings.add(
        kOnnxLocation,
        fmt::format("{} lies in \"{}\", which {}", shown(), location.substr(0, 300), problem),
        begin_);
  }
  return {};
}

Result<void> TensorReading::place_external() {
  if (raw_ || numbers_field_ != 0) {
    reading_.findings.add(kOnnxHiddenExternal, shown() + " lies in another file and in this one",
                          begin_);
  }
  if (!external_.location) return reading_.malformed(shown() + " does not say where it lies");
  if (external_.length.value_or(tensor_.bytes) != tensor_.bytes) {
    return size_lie(fmt::format("takes {} bytes in another file, its shape needs {}",
                                *external_.length, tensor_.bytes));
  }
  tensor_.offset = external_.offset.value_or(0);
  if (tensor_.offset > ~tensor_.bytes) return size_lie("ends beyond any file");
  // Empty is this file itself, to whoever reads the structure.
  if (external_.location->empty()) return fail(ErrorCode::kMalformed, shown() + " lies nowhere");
  tensor_.external = *external_.location;
  return {};
}

/// Numbers of fixed width stand as raw ones do; varints do not.
Result<void> TensorReading::place_numbers(const DataType& type, std::uint64_t elements) {
  const std::uint32_t packed = layout_of(type.type).elements;
  const std::uint64_t expected =
      elements / packed * type.numbers + (elements % packed != 0 ? 1 : 0);
  if (numbers_ != expected || (numbers_ > 0 && numbers_field_ != type.field)) {
    return size_lie(fmt::format("has {} numbers, its type and shape need {}", numbers_, expected));
  }
  const bool as_raw = runs_ == 1 && (numbers_field_ == kFloats || numbers_field_ == kDoubles);
  tensor_.is_packed = !as_raw && numbers_ > 0;
  tensor_.offset = runs_ > 0 ? numbers_begin_ : begin_;
  return {};
}

Result<std::optional<Tensor>> TensorReading::finish() {
  if (external_.location) RETURN_IF_ERROR(check_location(*external_.location));
  if (!is_external_ && has_external_) {
    reading_.findings.add(kOnnxHiddenExternal,
                          shown() + " names another file and does not say to use it", begin_);
  }
  if (data_type_ == kStringType && !raw_ && (numbers_field_ == kStrings || numbers_field_ == 0))
    return std::optional<Tensor>();
  if (data_type_ >= kDataTypes.size() || !kDataTypes[data_type_])
    return reading_.malformed(fmt::format("{} is of unknown type {}", shown(), data_type_));
  const DataType type = *kDataTypes[data_type_];
  tensor_.type = type.type;
  // The last byte of packed elements need not be full.
  const ElementLayout& layout = layout_of(type.type);
  const std::uint64_t elements = tensor_.elements();
  if (elements >= std::uint64_t{1} << 60) return size_lie("has more elements than any file holds");
  tensor_.bytes = (elements + layout.elements - 1) / layout.elements * layout.bytes;
  if (is_external_) {
    RETURN_IF_ERROR(place_external());
  } else if (raw_) {
    if (numbers_field_ != 0) {
      reading_.findings.add(kOnnxHiddenExternal, shown() + " stands raw and as numbers", begin_);
    }
    if (raw_->second != tensor_.bytes) {
      return size_lie(
          fmt::format("takes {} bytes, its type and shape need {}", raw_->second, tensor_.bytes));
    }
    tensor_.offset = raw_->first;
  } else {
    RETURN_IF_ERROR(place_numbers(type, elements));
  }
  return std::optional<Tensor>(std::move(tensor_));
}

}  // namespace

tl::unexpected<Error> OnnxReading::malformed(std::string_view what) {
  if (in.disk_error()) return tl::unexpected<Error>(*in.disk_error());
  return refuse(findings, kOnnxMalformed, what, in.position());
}

tl::unexpected<Error> OnnxReading::too_large(std::string_view what) {
  findings.add(kOnnxTooLarge, what, in.position());
  return fail(ErrorCode::kTooLarge, std::string(what));
}

Result<bool> OnnxReading::next(MessageReader& message) {
  while (true) {
    switch (message.next()) {
      case Step::kField:
        return true;
      case Step::kEnd:
        return false;
      case Step::kUnknown:
        findings.add(kOnnxUnknownField, fmt::format("a field of number {}", message.number()),
                     message.begin());
        break;
      case Step::kAgain:
        return refuse(findings, kOnnxDuplicate,
                      fmt::format("field {} stands twice in one message", message.number()),
                      message.begin());
      case Step::kBroken:
        return malformed("the file is not the protobuf that ONNX asks for");
    }
  }
}

Result<std::string> OnnxReading::text(const MessageReader& message) {
  if (message.bytes() > kTextBytesMax) return malformed("a text is longer than any name");
  std::string text = in.text(message.bytes());
  if (!in.ok()) return malformed("the file ends within a text");
  return text;
}

Result<void> OnnxReading::numbers(const MessageReader& message, std::vector<std::uint64_t>& numbers,
                                  std::size_t count_max) {
  bool more = true;
  for (std::uint64_t number = message.value(); more; more = in.position() < message.end()) {
    if (message.has_length()) {
      if (message.bytes() == 0) return {};
      if (!MessageReader::read_varint(in, number) || in.position() > message.end())
        return malformed("a broken number");
    }
    if (number >> 63 != 0) return malformed("a size below zero");
    if (numbers.size() == count_max) return malformed("too many dimensions");
    numbers.push_back(number);
  }
  return {};
}

Result<void> read_onnx_entry(OnnxReading& reading, std::uint64_t end, std::string& key,
                             std::string& value) {
  MessageReader message(reading.in, end, kEntryFields);
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reading.next(message));
    if (!more) return {};
    ASSIGN_OR_RETURN((message.number() == 1 ? key : value), reading.text(message));
  }
}

Result<std::optional<Tensor>> read_onnx_tensor(OnnxReading& reading, std::uint64_t end,
                                               std::string_view prefix) {
  return TensorReading(reading, end, prefix).read();
}

}  // namespace strongroom::model
