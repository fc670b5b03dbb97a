#ifndef STRONGROOM_MODEL_PROTOBUF_H_
#define STRONGROOM_MODEL_PROTOBUF_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "model/forward_reader.h"

namespace strongroom::model {

/// What may stand in a message, by its .proto file.
struct FieldRule {
  std::uint32_t number;  ///< 1 to 63
  enum class Wire : std::uint8_t {
    kVarint,
    kFixed32,
    kFixed64,
    kBytes,    ///< text, bytes, a message: with its length
    kVarints,  ///< repeated: each alone, or many with their length
    kFixed32s,
    kFixed64s,
  } wire;
  bool is_repeated = false;
};

/// Walks the fields of one protobuf message (the encoding page of Protocol Buffers), without
/// knowing what they mean. Borrows both arguments. Groups and unknown wire types are broken.
class MessageReader {
 public:
  /// The message begins where `in` stands and ends before `end`, which `in` can reach.
  MessageReader(ForwardReader& in, std::uint64_t end, std::span<const FieldRule> rules)
      : in_(&in), end_(end), rules_(rules) {}

  enum class Step {
    kField,    ///< as the rules have it
    kAgain,    ///< so too, but it has been there before and is not repeated
    kUnknown,  ///< well-formed, but the rules do not have it
    kEnd,
    kBroken,  ///< or the file could not be read: ForwardReader::ok()
  };
  /// First passes over what the caller left of the field before.
  [[nodiscard]] Step next();

  [[nodiscard]] std::uint32_t number() const { return number_; }
  /// Of a single varint.
  [[nodiscard]] std::uint64_t value() const { return value_; }
  /// Its length stands before it: bytes, a message, or many numbers.
  [[nodiscard]] bool has_length() const { return has_length_; }
  /// Of the field's content, in the file.
  [[nodiscard]] std::uint64_t begin() const { return content_begin_; }
  [[nodiscard]] std::uint64_t end() const { return content_end_; }
  [[nodiscard]] std::uint64_t bytes() const { return content_end_ - content_begin_; }

  /// The next varint of `in`; at most ten bytes, at most 64 bits; once it is not, false.
  [[nodiscard]] static bool read_varint(ForwardReader& in, std::uint64_t& value);

 private:
  bool read_content(unsigned wire_type);

  ForwardReader* in_;
  std::uint64_t end_;
  std::span<const FieldRule> rules_;
  std::uint64_t seen_ = 0;
  std::uint32_t number_ = 0;
  std::uint64_t value_ = 0;
  bool has_length_ = false;
  std::uint64_t content_begin_ = 0;
  std::uint64_t content_end_ = 0;
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PROTOBUF_H_
