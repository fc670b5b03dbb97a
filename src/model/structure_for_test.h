#ifndef STRONGROOM_MODEL_STRUCTURE_FOR_TEST_H_
#define STRONGROOM_MODEL_STRUCTURE_FOR_TEST_H_

#include <algorithm>
#include <string>
#include <string_view>

#include "io/reader.h"
#include "model/structure.h"

/// What the tests of the decoders share.
namespace strongroom::model {

/// Bytes put together as a hostile writer would.
class Written {
 public:
  Written& raw(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  /// Little-endian.
  Written& number(std::uint64_t value, unsigned width) {
    for (unsigned i = 0; i < width; ++i) bytes_ += static_cast<char>((value >> (8 * i)) & 0xff);
    return *this;
  }
  /// Its length in eight bytes, then the text.
  Written& text(std::string_view text) { return number(text.size(), 8).raw(text); }
  Written& zeroes(std::size_t count) {
    bytes_.append(count, '\0');
    return *this;
  }
  Written& pad_to(std::size_t multiple) {
    return zeroes((multiple - bytes_.size() % multiple) % multiple);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// A protobuf message, field by field.
class Message {
 public:
  Message& number(std::uint32_t field, std::uint64_t value) { return tag(field, 0).varint(value); }
  Message& bytes(std::uint32_t field, std::string_view content) {
    tag(field, 2).varint(content.size());
    bytes_ += content;
    return *this;
  }
  Message& message(std::uint32_t field, const Message& content) {
    return bytes(field, content.encoded());
  }
  Message& fixed32(std::uint32_t field, std::uint64_t value) {
    return tag(field, 5).raw(Written().number(value, 4).bytes());
  }
  Message& varint(std::uint64_t value) {
    for (; value > 0x7f; value >>= 7) bytes_ += static_cast<char>(0x80 | (value & 0x7f));
    bytes_ += static_cast<char>(value);
    return *this;
  }
  Message& tag(std::uint32_t field, unsigned wire_type) { return varint(field << 3 | wire_type); }
  Message& raw(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  [[nodiscard]] const std::string& encoded() const { return bytes_; }

 private:
  std::string bytes_;
};

/// A file as read_structure() saw it.
struct Seen {
  Result<Structure> structure;
  Findings findings;

  [[nodiscard]] bool is_read() const { return structure.has_value(); }
  /// The ids of all findings' rules, with spaces between.
  [[nodiscard]] std::string rules() const {
    std::string ids;
    for (const Finding& finding : findings.all()) {
      ids += (ids.empty() ? "" : " ") + std::string(finding.rule->id);
    }
    return ids;
  }
};

inline Seen see(FileKind kind, std::string_view bytes) {
  Seen seen{fail(ErrorCode::kInternal, ""), {}};
  seen.structure = read_structure(kind, io::MemoryReader(as_bytes(bytes)), seen.findings);
  return seen;
}

/// Every tensor that stands in the file itself lies in it.
inline bool lies_in_file(const Structure& structure, std::uint64_t file_bytes) {
  return std::all_of(structure.tensors.begin(), structure.tensors.end(), [&](const Tensor& tensor) {
    if (!tensor.external.empty() || tensor.is_packed) return true;
    return tensor.offset <= file_bytes && tensor.bytes <= file_bytes - tensor.offset;
  });
}

/// The first length to which `bytes` can be cut so that it is read without a finding; its own size
/// when there is none.
inline std::size_t first_cut_taken_for_whole(FileKind kind, std::string_view bytes) {
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const Seen seen = see(kind, bytes.substr(0, length));
    if (seen.is_read() || seen.findings.verdict() == Verdict::kClean) return length;
  }
  return bytes.size();
}

/// The first bit that, turned over, gives a file whose tensors do not lie in it, or that is refused
/// without a finding; the number of bits when there is none.
inline std::size_t first_flip_that_misleads(FileKind kind, std::string bytes) {
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto mask = static_cast<char>(1u << (bit % 8));
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    const Seen seen = see(kind, bytes);
    if (seen.is_read() ? !lies_in_file(*seen.structure, bytes.size())
                       : seen.findings.verdict() == Verdict::kClean) {
      return bit;
    }
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
  }
  return 8 * bytes.size();
}

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_STRUCTURE_FOR_TEST_H_
