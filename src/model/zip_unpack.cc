// Taking a member out of a zip archive. The archive's own claims bound nothing here: the caller's
// sink does.
#include <zlib.h>

#include <algorithm>

#include "model/zip_archive.h"

namespace strongroom::model {
namespace {

constexpr std::size_t kChunkBytes = 64u << 10;

/// Reads a member's packed bytes one chunk after another.
class PackedBytes {
 public:
  PackedBytes(const io::Reader& file, const ZipMember& member)
      : file_(file), at_(member.data_offset), left_(member.packed_bytes), chunk_(kChunkBytes) {}
  /// Empty at the end.
  Result<ByteView> next() {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, chunk_.size()));
    ASSIGN_OR_RETURN(const std::size_t got,
                     file_.read_at(at_, MutableByteView(chunk_).first(wanted)));
    at_ += got;
    left_ = got < wanted ? 0 : left_ - got;
    return ByteView(chunk_).first(got);
  }
  [[nodiscard]] std::uint64_t left() const { return left_; }

 private:
  const io::Reader& file_;
  std::uint64_t at_;
  std::uint64_t left_;
  Bytes chunk_;
};

/// zlib's state, ended in any case.
class Inflation {
 public:
  Inflation() : is_ready_(inflateInit2(&stream_, -MAX_WBITS) == Z_OK) {}
  ~Inflation() {
    if (is_ready_) static_cast<void>(inflateEnd(&stream_));
  }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  [[nodiscard]] bool is_ready() const { return is_ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool is_ready_;
};

/// The checksum and count of what was given out.
struct Given {
  const std::function<bool(ByteView)>& sink;
  std::uint64_t bytes = 0;
  uLong crc = crc32(0, nullptr, 0);

  bool give(ByteView some) {
    bytes += some.size();
    crc = crc32(crc, some.data(), static_cast<uInt>(some.size()));
    return sink(some);
  }
};

Unpacked outcome(const ZipMember& member, const Given& given, bool is_whole,
                 std::uint64_t packed_left) {
  return {given.bytes, is_whole, is_whole && given.crc == member.crc32, packed_left};
}

Result<Unpacked> stream_stored(const io::Reader& file, const ZipMember& member, Given& given) {
  PackedBytes packed(file, member);
  while (true) {
    ASSIGN_OR_RETURN(const ByteView chunk, packed.next());
    if (chunk.empty()) break;
    if (!given.give(chunk)) return outcome(member, given, false, packed.left());
  }
  return outcome(member, given, given.bytes == member.packed_bytes, 0);
}

Result<Unpacked> stream_deflated(const io::Reader& file, const ZipMember& member, Given& given) {
  PackedBytes packed(file, member);
  Inflation inflation;
  if (!inflation.is_ready()) return fail(ErrorCode::kUnavailable, "zlib did not start");
  z_stream& stream = inflation.stream();
  Bytes out(kChunkBytes);
  while (true) {
    ASSIGN_OR_RETURN(const ByteView chunk, packed.next());
    if (chunk.empty()) return outcome(member, given, false, 0);
    // zlib's input pointer is not const in every build; it writes nothing through it.
    stream.next_in = const_cast<Bytef*>(chunk.data());
    stream.avail_in = static_cast<uInt>(chunk.size());
    do {
      stream.next_out = out.data();
      stream.avail_out = static_cast<uInt>(out.size());
      const int state = inflate(&stream, Z_NO_FLUSH);
      const ByteView some = ByteView(out).first(out.size() - stream.avail_out);
      const bool is_end = state == Z_STREAM_END;
      const std::uint64_t left = stream.avail_in + packed.left();
      if (!some.empty() && !given.give(some)) return outcome(member, given, false, left);
      if (is_end) return outcome(member, given, true, left);
      if (state != Z_OK && state != Z_BUF_ERROR) return outcome(member, given, false, left);
    } while (stream.avail_out == 0);
  }
}

}  // namespace

Result<Unpacked> ZipArchive::stream(const ZipMember& member,
                                    const std::function<bool(ByteView)>& sink) const {
  Given given{sink};
  switch (member.packing) {
    case ZipMember::Packing::kStored:
      return stream_stored(*file_, member, given);
    case ZipMember::Packing::kDeflated:
      return stream_deflated(*file_, member, given);
    case ZipMember::Packing::kOther:
      break;
  }
  return fail(ErrorCode::kRefused, "packed by a method other than store and deflate");
}

Result<Bytes> ZipArchive::unpack(const ZipMember& member, std::uint64_t bytes_max) const {
  if (member.bytes > bytes_max) {
    return fail(ErrorCode::kTooLarge, "the member claims more than may be unpacked");
  }
  Bytes unpacked;
  bool is_over = false;
  ASSIGN_OR_RETURN(const Unpacked what, stream(member, [&](ByteView some) {
                     is_over = some.size() > member.bytes - unpacked.size();
                     if (!is_over) unpacked.insert(unpacked.end(), some.begin(), some.end());
                     return !is_over;
                   }));
  const bool holds = what.crc_holds && what.packed_left == 0 && unpacked.size() == member.bytes;
  if (holds) return unpacked;
  if (member.is_encrypted) return fail(ErrorCode::kRefused, "the member is encrypted");
  return fail(ErrorCode::kMalformed, is_over || unpacked.size() != member.bytes
                                         ? "the member is not as long as it claims"
                                         : "the member does not match its checksum");
}

}  // namespace strongroom::model
