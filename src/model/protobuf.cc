#include "model/protobuf.h"

#include <algorithm>

namespace strongroom::model {
namespace {

constexpr unsigned kVarint = 0;
constexpr unsigned kFixed64 = 1;
constexpr unsigned kLength = 2;
constexpr unsigned kFixed32 = 5;

bool fits(FieldRule::Wire wire, unsigned found) {
  using Wire = FieldRule::Wire;
  switch (wire) {
    case Wire::kVarint:
      return found == kVarint;
    case Wire::kFixed32:
      return found == kFixed32;
    case Wire::kFixed64:
      return found == kFixed64;
    case Wire::kBytes:
      return found == kLength;
    case Wire::kVarints:
      return found == kVarint || found == kLength;
    case Wire::kFixed32s:
      return found == kFixed32 || found == kLength;
    case Wire::kFixed64s:
      return found == kFixed64 || found == kLength;
  }
  return false;
}

}  // namespace

bool MessageReader::read_varint(ForwardReader& in, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t byte = in.little_endian(1);
    if (!in.ok() || (shift == 63 && byte > 1)) return false;
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

/// Of lengths and fixed widths the content is only found, not read.
bool MessageReader::read_content(unsigned wire_type) {
  content_begin_ = in_->position();
  has_length_ = wire_type == kLength;
  std::uint64_t bytes = 0;
  if (wire_type == kVarint) {
    if (!read_varint(*in_, value_)) return false;
    content_end_ = in_->position();
    return content_end_ <= end_;
  }
  if (wire_type == kLength) {
    if (!read_varint(*in_, bytes)) return false;
    content_begin_ = in_->position();
  } else if (wire_type == kFixed64 || wire_type == kFixed32) {
    bytes = wire_type == kFixed64 ? 8 : 4;
  } else {
    return false;
  }
  if (content_begin_ > end_ || bytes > end_ - content_begin_) return false;
  content_end_ = content_begin_ + bytes;
  return true;
}

MessageReader::Step MessageReader::next() {
  if (content_end_ > in_->position() && !in_->skip(content_end_ - in_->position()))
    return Step::kBroken;
  if (in_->position() == end_) return Step::kEnd;
  std::uint64_t tag = 0;
  if (in_->position() > end_ || !read_varint(*in_, tag) || tag >> 32 != 0 || tag >> 3 == 0)
    return Step::kBroken;
  number_ = static_cast<std::uint32_t>(tag >> 3);
  const auto wire_type = static_cast<unsigned>(tag & 7);
  if (!read_content(wire_type)) return Step::kBroken;
  const auto rule = std::find_if(rules_.begin(), rules_.end(),
                                 [&](const FieldRule& each) { return each.number == number_; });
  if (rule == rules_.end()) return Step::kUnknown;
  if (!fits(rule->wire, wire_type)) return Step::kBroken;
  const std::uint64_t bit = std::uint64_t{1} << (number_ & 63);
  const bool again = (seen_ & bit) != 0;
  seen_ |= bit;
  return again && !rule->is_repeated ? Step::kAgain : Step::kField;
}

}  // namespace strongroom::model
