#ifndef STRONGROOM_MODEL_ZIP_FOR_TEST_H_
#define STRONGROOM_MODEL_ZIP_FOR_TEST_H_

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// For tests: zip archives put together as a hostile writer would, every field free.
namespace strongroom::model::hand_made {

inline std::string number(std::uint64_t value, unsigned width) {
  std::string bytes;
  for (unsigned i = 0; i < width; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
  return bytes;
}

inline std::uint32_t crc_of(std::string_view text) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

inline std::string deflated(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

struct Fields {
  std::string name;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t packed = 0;
  std::uint64_t bytes = 0;
  std::string extra;
};

struct Member {
  Fields directory;
  Fields local;
  std::string content;  ///< as it stands in the archive
  std::string behind;   ///< between it and the next one
  std::uint32_t attributes = 0;
  bool is_in_directory = true;
  std::uint64_t offset_lie = 0;  ///< added to the offset in the directory
};

inline Member stored(std::string name, std::string content) {
  Member member;
  member.directory.name = std::move(name);
  member.directory.crc = crc_of(content);
  member.directory.packed = member.directory.bytes = content.size();
  member.local = member.directory;
  member.content = std::move(content);
  return member;
}

inline Member packed(std::string name, std::string_view content) {
  Member member = stored(std::move(name), deflated(content));
  member.directory.crc = crc_of(content);
  member.directory.bytes = content.size();
  member.directory.method = 8;
  member.local = member.directory;
  return member;
}

inline std::string common(const Fields& fields) {
  return number(fields.flags, 2) + number(fields.method, 2) + number(0, 4) + number(fields.crc, 4) +
         number(fields.packed, 4) + number(fields.bytes, 4) + number(fields.name.size(), 2) +
         number(fields.extra.size(), 2);
}

struct Parts {
  std::string members;
  std::string directory;
  std::size_t entries = 0;
};

inline Parts parts_of(const std::vector<Member>& members, std::size_t begins_at = 0) {
  Parts parts;
  for (const Member& each : members) {
    const std::size_t at = begins_at + parts.members.size();
    parts.members += "PK\x03\x04" + number(20, 2) + common(each.local) + each.local.name +
                     each.local.extra + each.content + each.behind;
    if (!each.is_in_directory) continue;
    ++parts.entries;
    parts.directory += std::string("PK\x01\x02") + number(20, 2) + number(20, 2) +
                       common(each.directory) + number(0, 2) + number(0, 2) + number(0, 2) +
                       number(each.attributes, 4) + number(at + each.offset_lie, 4) +
                       each.directory.name + each.directory.extra;
  }
  return parts;
}

inline std::string end_record(std::size_t entries, std::size_t bytes, std::size_t offset,
                              std::string_view comment = {}) {
  return std::string("PK\x05\x06") + number(0, 4) + number(entries, 2) + number(entries, 2) +
         number(bytes, 4) + number(offset, 4) + number(comment.size(), 2) + std::string(comment);
}

inline std::string zip(const std::vector<Member>& members, std::string_view comment = {}) {
  const Parts parts = parts_of(members);
  return parts.members + parts.directory +
         end_record(parts.entries, parts.directory.size(), parts.members.size(), comment);
}

}  // namespace strongroom::model::hand_made

#endif  // STRONGROOM_MODEL_ZIP_FOR_TEST_H_
