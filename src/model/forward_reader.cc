#include "model/forward_reader.h"

#include <algorithm>
#include <array>

namespace strongroom::model {
namespace {

constexpr std::uint64_t kWindowBytes = 64u << 10;

}  // namespace

bool ForwardReader::take(MutableByteView out) {
  if (!ok_ || out.size() > left()) return ok_ = false;
  while (!out.empty()) {
    if (at_ < window_begin_ || at_ >= window_begin_ + window_.size()) {
      window_begin_ = at_;
      window_.resize(static_cast<std::size_t>(std::min(kWindowBytes, left())));
      const Result<std::size_t> got = file_->read_at(at_, window_);
      if (!got) disk_error_ = got.error();
      // A file that grew shorter while it was read ends where it ends.
      window_.resize(got.value_or(0));
      if (window_.empty()) return ok_ = false;
    }
    const ByteView there = ByteView(window_).subspan(static_cast<std::size_t>(at_ - window_begin_));
    const std::size_t bytes = std::min(there.size(), out.size());
    std::copy_n(there.begin(), bytes, out.begin());
    out = out.subspan(bytes);
    at_ += bytes;
  }
  return true;
}

std::uint64_t ForwardReader::little_endian(unsigned width) {
  std::array<std::uint8_t, 8> bytes{};
  if (!take(MutableByteView(bytes).first(width))) return 0;
  std::uint64_t value = 0;
  for (unsigned i = width; i > 0; --i) value = (value << 8) | bytes[i - 1];
  return value;
}

std::string ForwardReader::text(std::uint64_t bytes) {
  if (!ok_ || bytes > left()) {
    ok_ = false;
    return {};
  }
  std::string text(static_cast<std::size_t>(bytes), '\0');
  const MutableByteView out(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  if (!take(out)) text.clear();
  return text;
}

bool ForwardReader::skip(std::uint64_t bytes) {
  if (!ok_ || bytes > left()) return ok_ = false;
  at_ += bytes;
  return true;
}

}  // namespace strongroom::model
