// GGUF 2 and 3, from its format page: magic, version (u32), tensor count and key count (u64); the
// keys, each name, value type (u32), value; the tensors' descriptions, each name, dimensions (u32
// count, u64 each, innermost first), ggml type (u32), offset (u64) from where the tensors begin,
// which is the next aligned place. Little-endian; a text is its length (u64) and its bytes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "model/format_rules.h"
#include "model/forward_reader.h"
#include "model/structure_readers.h"

namespace strongroom::model {
namespace {

constexpr std::uint64_t kHeaderBytesMax = 256u << 20;
constexpr std::uint64_t kKeysMax = 100'000;
constexpr std::uint64_t kTensorsMax = 1'000'000;
constexpr std::uint64_t kKeyBytesMax = 65'535;  // the format's own
constexpr std::uint64_t kNameBytesMax = 63;     // the reference's: 64 with its zero
constexpr std::uint32_t kDimensionsMax = 4;
constexpr std::uint64_t kAlignmentMax = 1u << 20;
constexpr std::uint64_t kArrayDepthMax = 4;
constexpr std::uint64_t kKeyEntryBytesMin = 8 + 4 + 1;
constexpr std::uint64_t kTensorEntryBytesMin = 8 + 4 + 4 + 8;
constexpr std::uint64_t kPaddingReadFrom = 64;  // less can hide nothing worth a read
constexpr std::size_t kPieceBytes = 64u << 10;

struct ValueType {
  std::string_view name;
  unsigned bytes;  // 0 where the length stands in the file
};
constexpr std::array<ValueType, 13> kValueTypes = {{{"u8", 1},
                                                    {"i8", 1},
                                                    {"u16", 2},
                                                    {"i16", 2},
                                                    {"u32", 4},
                                                    {"i32", 4},
                                                    {"f32", 4},
                                                    {"bool", 1},
                                                    {"string", 0},
                                                    {"array", 0},
                                                    {"u64", 8},
                                                    {"i64", 8},
                                                    {"f64", 8}}};
constexpr std::uint32_t kU32 = 4;
constexpr std::uint32_t kF32 = 6;
constexpr std::uint32_t kBool = 7;
constexpr std::uint32_t kString = 8;
constexpr std::uint32_t kArray = 9;
constexpr std::uint32_t kF64 = 12;

using E = ElementType;
constexpr std::optional<E> kRemoved;
// By ggml's numbers; some were taken back.
constexpr std::array<std::optional<E>, 43> kTypes = {
    E::kF32,    E::kF16,   E::kQ4_0,   E::kQ4_1,  kRemoved,  kRemoved, E::kQ5_0, E::kQ5_1,
    E::kQ8_0,   E::kQ8_1,  E::kQ2K,    E::kQ3K,   E::kQ4K,   E::kQ5K,  E::kQ6K,  E::kQ8K,
    E::kIq2Xxs, E::kIq2Xs, E::kIq3Xxs, E::kIq1S,  E::kIq4Nl, E::kIq3S, E::kIq2S, E::kIq4Xs,
    E::kI8,     E::kI16,   E::kI32,    E::kI64,   E::kF64,   E::kIq1M, E::kBf16, kRemoved,
    kRemoved,   kRemoved,  E::kTq1_0,  E::kTq2_0, kRemoved,  kRemoved, kRemoved, E::kMxfp4,
    E::kNvfp4,  E::kQ1_0,  E::kQ2_0};

std::int64_t as_signed(std::uint64_t value, unsigned bytes) {
  const unsigned unused = 64 - 8 * bytes;
  return static_cast<std::int64_t>(value << unused) >> unused;
}

std::string in_decimal(std::uint32_t type, std::uint64_t value) {
  if (type == kBool) return value == 0 ? "false" : "true";
  if (type == kF32) {
    const auto bits = static_cast<std::uint32_t>(value);
    float number = 0;
    std::memcpy(&number, &bits, sizeof number);
    return fmt::format("{}", number);
  }
  if (type == kF64) {
    double number = 0;
    std::memcpy(&number, &value, sizeof number);
    return fmt::format("{}", number);
  }
  const ValueType& how = kValueTypes[type];
  return how.name.starts_with('i') ? fmt::format("{}", as_signed(value, how.bytes))
                                   : fmt::format("{}", value);
}

class Gguf {
 public:
  Gguf(const io::Reader& file, std::uint64_t file_bytes, Findings& findings)
      : file_(file),
        file_bytes_(file_bytes),
        in_(file, 0, std::min(file_bytes, kHeaderBytesMax)),
        findings_(findings) {}

  Result<Structure> read();

 private:
  Result<void> read_counts();
  Result<void> read_key();
  Result<void> read_value(std::string key, std::uint32_t type);
  Result<void> skip_array(std::string& shown);
  Result<void> skip_items(std::uint32_t type, std::uint64_t items, std::uint64_t depth);
  Result<void> set_alignment(std::uint32_t type, std::uint64_t value);
  Result<void> read_tensor();
  Result<void> check_places();
  Result<void> check_padding(std::uint64_t begin, std::uint64_t end);
  Result<void> check_names();

  tl::unexpected<Error> malformed(std::string_view what) {
    return refuse(findings_, kGgufHeaderMalformed, what, in_.position());
  }
  tl::unexpected<Error> ended();
  void keep(std::string key, std::string value) {
    keys_.push_back(key);
    structure_.metadata.insert_or_assign(std::move(key), std::move(value));
  }

  const io::Reader& file_;
  std::uint64_t file_bytes_;
  ForwardReader in_;
  Findings& findings_;
  Structure structure_;
  std::vector<std::string> keys_;
  std::uint64_t tensors_ = 0;
  std::uint64_t keys_left_ = 0;
  std::uint64_t alignment_ = 32;
  std::uint64_t data_begins_ = 0;
};

/// The header goes on where nothing can be read any more.
tl::unexpected<Error> Gguf::ended() {
  if (in_.disk_error()) return tl::unexpected<Error>(*in_.disk_error());
  if (file_bytes_ <= kHeaderBytesMax) {
    return refuse(findings_, kGgufCut, "the file ends within its header", in_.position());
  }
  constexpr std::string_view kWhat = "the header goes on beyond 256 MiB";
  findings_.add(kGgufHeaderTooLarge, kWhat, in_.position());
  return fail(ErrorCode::kTooLarge, std::string(kWhat));
}

Result<void> Gguf::read_counts() {
  const std::string magic = in_.text(4);
  const auto version = static_cast<std::uint32_t>(in_.little_endian(4));
  if (!in_.ok()) return ended();
  if (magic != "GGUF") return malformed("the file does not begin with GGUF");
  if (version != 2 && version != 3) {
    const bool is_swapped = version != 0 && (version & 0xffff) == 0;
    return refuse(findings_, kGgufVersion,
                  is_swapped ? std::string("the file is written for big-endian machines")
                             : fmt::format("the file says version {}", version),
                  4);
  }
  structure_.version = version;
  tensors_ = in_.little_endian(8);
  keys_left_ = in_.little_endian(8);
  if (!in_.ok()) return ended();
  if (tensors_ > file_bytes_ / kTensorEntryBytesMin || keys_left_ > file_bytes_ / kKeyEntryBytesMin)
    return malformed(
        fmt::format("{} tensors and {} keys do not fit the file", tensors_, keys_left_));
  if (tensors_ <= kTensorsMax && keys_left_ <= kKeysMax) return {};
  const std::string what = fmt::format("{} tensors and {} keys are too many", tensors_, keys_left_);
  findings_.add(kGgufHeaderTooLarge, what, 8);
  return fail(ErrorCode::kTooLarge, what);
}

Result<void> Gguf::read_key() {
  const std::uint64_t bytes = in_.little_endian(8);
  if (in_.ok() && (bytes == 0 || bytes > kKeyBytesMax))
    return malformed(fmt::format("a key of {} bytes", bytes));
  std::string key = in_.text(bytes);
  const auto type = static_cast<std::uint32_t>(in_.little_endian(4));
  if (!in_.ok()) return ended();
  if (type >= kValueTypes.size()) return malformed(fmt::format("unknown value type {}", type));
  return read_value(std::move(key), type);
}

Result<void> Gguf::read_value(std::string key, std::uint32_t type) {
  std::string value;
  if (type == kArray) {
    RETURN_IF_ERROR(skip_array(value));
  } else if (type == kString) {
    const std::uint64_t bytes = in_.little_endian(8);
    if (bytes > kMetadataBytesMax) {
      if (!in_.skip(bytes)) return ended();
      keys_.push_back(key);
      structure_.metadata_left_out.push_back(std::move(key));
      return {};
    }
    value = in_.text(bytes);
  } else {
    const std::uint64_t number = in_.little_endian(kValueTypes[type].bytes);
    if (type == kBool && number > 1) return malformed("a truth that is neither 0 nor 1");
    if (key == "general.alignment") RETURN_IF_ERROR(set_alignment(type, number));
    value = in_decimal(type, number);
  }
  if (!in_.ok()) return ended();
  keep(std::move(key), std::move(value));
  return {};
}

Result<void> Gguf::set_alignment(std::uint32_t type, std::uint64_t value) {
  if (!in_.ok()) return ended();
  const bool is_power_of_two = value != 0 && (value & (value - 1)) == 0;
  if (type != kU32 || !is_power_of_two || value > kAlignmentMax) {
    return malformed(
        fmt::format("an alignment of {} is no power of two up to 1 MiB, in a u32", value));
  }
  alignment_ = value;
  return {};
}

Result<void> Gguf::skip_array(std::string& shown) {
  const auto type = static_cast<std::uint32_t>(in_.little_endian(4));
  const std::uint64_t items = in_.little_endian(8);
  if (!in_.ok()) return ended();
  if (type >= kValueTypes.size()) return malformed(fmt::format("unknown item type {}", type));
  shown = fmt::format("[{} × {}]", kValueTypes[type].name, items);
  return skip_items(type, items, 1);
}

/// Recursion is as deep as arrays in arrays: at most kArrayDepthMax.
Result<void> Gguf::skip_items(std::uint32_t type, std::uint64_t items, std::uint64_t depth) {
  const std::uint64_t bytes_min = type == kString  ? 8
                                  : type == kArray ? 12
                                                   : kValueTypes[type].bytes;
  if (items > file_bytes_ / bytes_min) {
    return malformed(fmt::format("an array of {} items does not fit the file", items));
  }
  if (type != kString && type != kArray) {
    if (!in_.skip(items * bytes_min)) return ended();
    return {};
  }
  if (type == kArray && depth == kArrayDepthMax) return malformed("arrays in arrays, too deep");
  for (std::uint64_t item = 0; item < items; ++item) {
    if (type == kString) {
      if (!in_.skip(in_.little_endian(8))) return ended();
      continue;
    }
    const auto inner = static_cast<std::uint32_t>(in_.little_endian(4));
    const std::uint64_t inner_items = in_.little_endian(8);
    if (!in_.ok()) return ended();
    if (inner >= kValueTypes.size()) return malformed(fmt::format("unknown item type {}", inner));
    RETURN_IF_ERROR(skip_items(inner, inner_items, depth + 1));
  }
  return {};
}

Result<void> Gguf::read_tensor() {
  Tensor tensor;
  const std::uint64_t name_bytes = in_.little_endian(8);
  if (in_.ok() && name_bytes > kNameBytesMax)
    return malformed(fmt::format("a tensor's name of {} bytes", name_bytes));
  tensor.name = in_.text(name_bytes);
  const auto dimensions = static_cast<std::uint32_t>(in_.little_endian(4));
  if (in_.ok() && dimensions > kDimensionsMax)
    return malformed(fmt::format("tensor \"{}\" has {} dimensions", tensor.name, dimensions));
  for (std::uint32_t i = 0; i < dimensions; ++i) tensor.shape.push_back(in_.little_endian(8));
  std::reverse(tensor.shape.begin(), tensor.shape.end());
  const auto type = static_cast<std::uint32_t>(in_.little_endian(4));
  tensor.offset = in_.little_endian(8);
  if (!in_.ok()) return ended();
  if (type >= kTypes.size() || !kTypes[type])
    return malformed(fmt::format("tensor \"{}\" is of unknown type {}", tensor.name, type));
  tensor.type = *kTypes[type];
  const std::uint64_t row = tensor.shape.empty() ? 1 : tensor.shape.back();
  const std::optional<std::uint64_t> bytes = bytes_of(tensor.type, tensor.shape);
  if (!bytes || row % layout_of(tensor.type).elements != 0) {
    return malformed(
        fmt::format("tensor \"{}\" has a shape that its type cannot have", tensor.name));
  }
  tensor.bytes = *bytes;
  structure_.tensors.push_back(std::move(tensor));
  return {};
}

Result<void> Gguf::check_names() {
  std::sort(keys_.begin(), keys_.end());
  const auto key = std::adjacent_find(keys_.begin(), keys_.end());
  if (key != keys_.end())
    return refuse(findings_, kGgufDuplicateName, "the key \"" + *key + "\" stands twice");
  std::vector<std::string_view> names;
  names.reserve(structure_.tensors.size());
  for (const Tensor& tensor : structure_.tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  const auto name = std::adjacent_find(names.begin(), names.end());
  if (name == names.end()) return {};
  return refuse(findings_, kGgufDuplicateName,
                "the tensor \"" + std::string(*name) + "\" stands twice");
}

/// What is left free for alignment's sake is zero; small pieces are not worth a read.
Result<void> Gguf::check_padding(std::uint64_t begin, std::uint64_t end) {
  if (end - begin < kPaddingReadFrom) return {};
  Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, kPieceBytes)));
  for (std::uint64_t at = begin; at < end; at += piece.size()) {
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(end - at, piece.size()));
    const MutableByteView out = MutableByteView(piece).first(bytes);
    RETURN_IF_ERROR(io::read_exactly(file_, at, out, "a GGUF file"));
    const auto found = std::find_if(out.begin(), out.end(), [](std::uint8_t b) { return b != 0; });
    if (found == out.end()) continue;
    findings_.add(kGgufHole, "what is left free for alignment is not zero",
                  at + static_cast<std::uint64_t>(found - out.begin()));
    return {};
  }
  return {};
}

/// Each tensor begins at the first aligned place behind the one before.
Result<void> Gguf::check_places() {
  const auto aligned = [&](std::uint64_t at) { return (at + alignment_ - 1) & ~(alignment_ - 1); };
  std::uint64_t end = in_.position();  // in the file, of what came last
  data_begins_ = aligned(end);
  for (Tensor& tensor : structure_.tensors) {
    if (tensor.offset > file_bytes_ || data_begins_ + tensor.offset > file_bytes_ ||
        tensor.bytes > file_bytes_ - data_begins_ - tensor.offset) {
      return refuse(findings_, kGgufCut,
                    fmt::format("tensor \"{}\" ends behind the end of the file", tensor.name));
    }
    tensor.offset += data_begins_;
    const std::uint64_t expected = aligned(end);
    if (tensor.offset < expected) {
      const bool overlaps = tensor.offset < end;
      return refuse(
          findings_, overlaps ? kGgufOverlap : kGgufHeaderMalformed,
          fmt::format("tensor \"{}\" {}", tensor.name,
                      overlaps ? "begins before the one in front of it ends" : "is not aligned"),
          tensor.offset);
    }
    if (tensor.offset > expected) {
      return refuse(findings_, kGgufHole,
                    fmt::format("{} bytes before tensor \"{}\" belong to no tensor",
                                tensor.offset - expected, tensor.name),
                    expected);
    }
    RETURN_IF_ERROR(check_padding(end, tensor.offset));
    end = tensor.offset + tensor.bytes;
    structure_.tensor_bytes += tensor.bytes;
  }
  const std::uint64_t file_may_end = std::min(aligned(end), file_bytes_);
  RETURN_IF_ERROR(check_padding(end, std::max(end, file_may_end)));
  if (file_bytes_ > aligned(end)) {
    findings_.add(kGgufHole,
                  fmt::format("{} bytes behind the last tensor belong to no tensor",
                              file_bytes_ - aligned(end)),
                  aligned(end));
  }
  return {};
}

Result<Structure> Gguf::read() {
  structure_.kind = FileKind::kGguf;
  RETURN_IF_ERROR(read_counts());
  for (; keys_left_ > 0; --keys_left_) RETURN_IF_ERROR(read_key());
  for (; tensors_ > 0; --tensors_) RETURN_IF_ERROR(read_tensor());
  RETURN_IF_ERROR(check_names());
  RETURN_IF_ERROR(check_places());
  return std::move(structure_);
}

}  // namespace

Result<Structure> read_gguf(const io::Reader& file, Findings& findings) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  return Gguf(file, file_bytes, findings).read();
}

}  // namespace strongroom::model
