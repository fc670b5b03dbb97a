#include "model/pickle_input.h"

#include <algorithm>
#include <cstring>

namespace strongroom::model {
namespace {

// Blocks grow with what has been read, so that many small pickles in one file stay cheap.
constexpr std::size_t kFirstBlockBytes = 512;
constexpr std::size_t kBlockBytes = 64u << 10;

}  // namespace

bool PickleInput::fill(std::size_t bytes) {
  if (block_.size() - at_ >= bytes) return true;
  block_begin_ += at_;
  block_.erase(block_.begin(), block_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  const std::uint64_t rest = end_ - block_begin_;
  block_bytes_ = block_bytes_ == 0 ? kFirstBlockBytes : std::min(block_bytes_ * 4, kBlockBytes);
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(rest, std::max(block_bytes_, bytes)));
  const std::size_t held = block_.size();
  if (wanted > held) {
    block_.resize(wanted);
    const Result<std::size_t> got =
        file_.read_at(block_begin_ + held, MutableByteView(block_).subspan(held));
    block_.resize(held + (got ? *got : 0));
    if (!got) disk_error_ = got.error();
  }
  return block_.size() >= bytes;
}

std::uint64_t PickleInput::little_endian(unsigned width) {
  if (!ok() || !fill(width)) {
    is_short_ = true;
    return 0;
  }
  std::uint64_t value = 0;
  for (unsigned i = width; i > 0; --i) value = (value << 8) | block_[at_ + i - 1];
  at_ += width;
  return value;
}

ByteView PickleInput::peek(std::size_t bytes) {
  if (!ok()) return {};
  static_cast<void>(fill(bytes));
  return ByteView(block_).subspan(at_, std::min(bytes, block_.size() - at_));
}

void PickleInput::skip(std::uint64_t bytes) {
  if (!ok() || bytes > left()) {
    is_short_ = true;
    return;
  }
  const std::size_t held = block_.size() - at_;
  if (bytes <= held) {
    at_ += static_cast<std::size_t>(bytes);
    return;
  }
  block_begin_ += at_ + bytes;
  block_.clear();
  at_ = 0;
}

ByteView PickleInput::more() {
  if (at_ == block_.size() && !fill(1)) return {};
  return ByteView(block_).subspan(at_);
}

PickleInput::Text PickleInput::text(std::uint64_t bytes, std::size_t kept_max) {
  Text text;
  if (!ok() || bytes > left()) {
    is_short_ = true;
    return text;
  }
  Utf8Check utf8;
  while (text.bytes < bytes) {
    ByteView piece = more();
    if (piece.empty()) {
      is_short_ = true;
      return text;
    }
    piece = piece.first(std::min<std::uint64_t>(piece.size(), bytes - text.bytes));
    utf8.add(piece);
    text.kept += as_text(piece.first(std::min(piece.size(), kept_max - text.kept.size())));
    text.bytes += piece.size();
    at_ += piece.size();
  }
  text.is_utf8 = utf8.holds();
  return text;
}

PickleInput::Text PickleInput::line(std::size_t kept_max) {
  Text text;
  Utf8Check utf8;
  while (ok()) {
    ByteView piece = more();
    if (piece.empty()) break;
    const void* newline = std::memchr(piece.data(), '\n', piece.size());
    if (newline != nullptr) {
      piece = piece.first(
          static_cast<std::size_t>(static_cast<const std::uint8_t*>(newline) - piece.data()));
    }
    utf8.add(piece);
    text.kept += as_text(piece.first(std::min(piece.size(), kept_max - text.kept.size())));
    text.bytes += piece.size();
    at_ += piece.size();
    if (newline == nullptr) continue;
    at_ += 1;
    text.is_utf8 = utf8.holds();
    return text;
  }
  is_short_ = true;
  return text;
}

void Utf8Check::add(ByteView piece) {
  for (const std::uint8_t byte : piece) {
    if (pending_ == 0) {
      if (byte >= 0x80) begin(byte);
      continue;
    }
    if (byte < low_ || byte > high_) is_valid_ = false;
    low_ = 0x80;
    high_ = 0xbf;
    --pending_;
  }
}

void Utf8Check::begin(std::uint8_t byte) {
  if (byte >= 0xc2 && byte <= 0xdf) {
    pending_ = 1;
  } else if (byte >= 0xe0 && byte <= 0xef) {
    pending_ = 2;
    if (byte == 0xe0) low_ = 0xa0;
  } else if (byte >= 0xf0 && byte <= 0xf4) {
    pending_ = 3;
    if (byte == 0xf0) low_ = 0x90;
    if (byte == 0xf4) high_ = 0x8f;
  } else {
    is_valid_ = false;
  }
}

}  // namespace strongroom::model
