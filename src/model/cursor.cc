#include <algorithm>

#include "model/formats.h"

namespace strongroom::model {

ByteView Cursor::take(std::uint64_t bytes) {
  if (!ok_ || bytes > left()) {
    ok_ = false;
    return {};
  }
  const ByteView taken = bytes_.subspan(at_, static_cast<std::size_t>(bytes));
  at_ += taken.size();
  return taken;
}

bool Cursor::skip(std::uint64_t bytes) {
  static_cast<void>(take(bytes));
  return ok_;
}

std::uint64_t Cursor::little_endian(unsigned width) {
  std::uint64_t value = 0;
  const ByteView bytes = take(width);
  for (std::size_t i = bytes.size(); i > 0; --i) value = (value << 8) | bytes[i - 1];
  return value;
}

std::string_view Cursor::line() {
  const ByteView rest = bytes_.subspan(at_);
  const auto end = std::find(rest.begin(), rest.end(), std::uint8_t{'\n'});
  if (!ok_ || end == rest.end()) {
    ok_ = false;
    return {};
  }
  const auto bytes = static_cast<std::size_t>(end - rest.begin());
  at_ += bytes + 1;
  return as_text(rest.first(bytes));
}

}  // namespace strongroom::model
