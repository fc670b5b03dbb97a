#include "model/zip_records.h"

#include <algorithm>

#include "model/formats.h"

namespace strongroom::model {
namespace {

constexpr std::string_view kEndSignature{"PK\x05\x06", 4};
constexpr std::string_view kLocatorSignature{"PK\x06\x07", 4};
constexpr std::string_view kEnd64Signature{"PK\x06\x06", 4};
constexpr std::string_view kEntrySignature{"PK\x01\x02", 4};
constexpr std::string_view kLocalSignature{"PK\x03\x04", 4};
constexpr std::size_t kEndBytes = 22;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kEnd64Bytes = 56;
constexpr std::size_t kLocalBytes = 30;
constexpr std::size_t kTailBytesMax = kEndBytes + 0xffff;
/// More ends than this in one tail are read no further; find_zip_ends() is then quadratic in it.
constexpr std::size_t kEndsMax = 16;
constexpr std::uint32_t kSee64 = 0xffff'ffff;
constexpr std::uint16_t kSee64Short = 0xffff;

/// What an end record, short or long, says of its directory.
struct EndFields {
  std::uint64_t disk = 0;
  std::uint64_t directory_disk = 0;
  std::uint64_t entries_here = 0;
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
  std::uint64_t offset = 0;
  std::uint64_t comment = 0;
};

EndFields read_end(ByteView bytes) {
  Cursor cursor(bytes);
  cursor.skip(4);
  EndFields fields;
  fields.disk = cursor.little_endian(2);
  fields.directory_disk = cursor.little_endian(2);
  fields.entries_here = cursor.little_endian(2);
  fields.entries = cursor.little_endian(2);
  fields.bytes = cursor.little_endian(4);
  fields.offset = cursor.little_endian(4);
  fields.comment = cursor.little_endian(2);
  return fields;
}

/// The long end record at `at`, when one stands there.
Result<std::optional<EndFields>> read_end64(const io::Reader& file, std::uint64_t at) {
  std::uint8_t record[kEnd64Bytes];
  ASSIGN_OR_RETURN(const std::size_t got, file.read_at(at, record));
  if (got != kEnd64Bytes || !as_text(record).starts_with(kEnd64Signature)) {
    return std::optional<EndFields>();
  }
  Cursor cursor(record);
  cursor.skip(16);
  EndFields fields;
  fields.disk = cursor.little_endian(4);
  fields.directory_disk = cursor.little_endian(4);
  fields.entries_here = cursor.little_endian(8);
  fields.entries = cursor.little_endian(8);
  fields.bytes = cursor.little_endian(8);
  fields.offset = cursor.little_endian(8);
  return std::optional(fields);
}

Result<bool> stands_at(const io::Reader& file, std::uint64_t at, std::string_view signature) {
  std::uint8_t there[4];
  ASSIGN_OR_RETURN(const std::size_t got, file.read_at(at, there));
  return got == 4 && as_text(there) == signature;
}

/// Python counts back from the end records; others go where the record says. Both are kept where
/// a directory stands at both.
Result<void> add_directories(const io::Reader& file, const EndFields& fields, ZipEnd& end,
                             std::uint64_t records_at) {
  std::vector<ZipDirectory> found;
  if (fields.bytes <= records_at) {
    const std::uint64_t counted = records_at - fields.bytes;
    ASSIGN_OR_RETURN(const bool stands, stands_at(file, counted, kEntrySignature));
    if (stands || fields.bytes == 0) {
      found.push_back({counted, fields.bytes, fields.entries, counted - fields.offset});
    }
  }
  if (fields.offset < records_at && fields.bytes <= records_at - fields.offset &&
      (found.empty() || found.front().at != fields.offset)) {
    ASSIGN_OR_RETURN(const bool stands, stands_at(file, fields.offset, kEntrySignature));
    if (stands) found.push_back({fields.offset, fields.bytes, fields.entries, 0});
  }
  for (const ZipDirectory& each : found) {
    const bool known =
        std::any_of(end.directories.begin(), end.directories.end(), [&](const ZipDirectory& other) {
          return other.at == each.at && other.bytes == each.bytes && other.shift == each.shift;
        });
    if (!known) end.directories.push_back(each);
  }
  return {};
}

bool has_many_disks(const EndFields& fields) {
  const auto other = [](std::uint64_t disk) { return disk != 0 && disk != kSee64Short; };
  return other(fields.disk) || other(fields.directory_disk) ||
         fields.entries_here != fields.entries;
}

/// The long record, where it is: right before its locator, or where the locator points.
Result<void> add_directories64(const io::Reader& file, std::uint64_t locator_at, ZipEnd& end) {
  std::uint8_t locator[kLocatorBytes];
  RETURN_IF_ERROR(io::read_exactly(file, locator_at, locator, "zip64 locator"));
  Cursor cursor(locator);
  cursor.skip(8);
  const std::uint64_t claimed_at = cursor.little_endian(8);
  end.many_disks = end.many_disks || cursor.little_endian(4) > 1;
  std::vector<std::uint64_t> places;
  if (locator_at >= kEnd64Bytes) places.push_back(locator_at - kEnd64Bytes);
  if (claimed_at < locator_at && (places.empty() || places.front() != claimed_at)) {
    places.push_back(claimed_at);
  }
  for (const std::uint64_t at : places) {
    ASSIGN_OR_RETURN(const std::optional<EndFields> fields, read_end64(file, at));
    if (!fields) continue;
    end.at = std::min(end.at, at);
    end.many_disks = end.many_disks || has_many_disks(*fields);
    RETURN_IF_ERROR(add_directories(file, *fields, end, at));
  }
  return {};
}

Result<ZipEnd> end_at(const io::Reader& file, std::uint64_t at, ByteView record) {
  const EndFields fields = read_end(record);
  ZipEnd end;
  end.at = at;
  end.end = at + kEndBytes;
  end.comment_bytes = fields.comment;
  bool has64 = false;
  if (at >= kLocatorBytes) {
    ASSIGN_OR_RETURN(has64, stands_at(file, at - kLocatorBytes, kLocatorSignature));
  }
  if (has64) {
    end.at = at - kLocatorBytes;
    RETURN_IF_ERROR(add_directories64(file, at - kLocatorBytes, end));
  }
  const bool says_see64 =
      fields.bytes == kSee64 || fields.offset == kSee64 || fields.entries == kSee64Short;
  end.many_disks = end.many_disks || (!says_see64 && has_many_disks(fields));
  if (!(has64 && says_see64)) RETURN_IF_ERROR(add_directories(file, fields, end, end.at));
  return end;
}

/// Sizes and offset that stand in the zip64 extra field, in the order of APPNOTE 4.5.3.
void read_zip64(Cursor field, ZipHeader& header, bool is_entry, std::uint64_t disk16) {
  if (header.bytes == kSee64 && field.left() >= 8) header.bytes = field.little_endian(8);
  if (header.packed_bytes == kSee64 && field.left() >= 8) {
    header.packed_bytes = field.little_endian(8);
  }
  if (!is_entry) return;
  if (header.local_offset == kSee64 && field.left() >= 8) {
    header.local_offset = field.little_endian(8);
  }
  if (disk16 == kSee64Short && field.left() >= 4) {
    header.disk = static_cast<std::uint32_t>(field.little_endian(4));
  }
}

void read_extra(ByteView extra, ZipHeader& header, bool is_entry) {
  constexpr std::uint64_t kZip64 = 0x0001;
  constexpr std::uint64_t kUnicodePath = 0x7075;
  Cursor cursor(extra);
  const std::uint32_t disk16 = header.disk;
  while (cursor.left() >= 4) {
    const std::uint64_t id = cursor.little_endian(2);
    const ByteView field = cursor.take(cursor.little_endian(2));
    if (!cursor.ok()) return;
    if (id == kZip64) read_zip64(Cursor(field), header, is_entry, disk16);
    if (id == kUnicodePath && field.size() > 5) header.other_name = as_text(field.subspan(5));
  }
}

/// Flags, method, CRC and sizes stand alike in both kinds of record.
void read_common(Cursor& cursor, ZipHeader& header) {
  header.flags = static_cast<std::uint16_t>(cursor.little_endian(2));
  header.method = static_cast<std::uint16_t>(cursor.little_endian(2));
  cursor.skip(4);
  header.crc32 = static_cast<std::uint32_t>(cursor.little_endian(4));
  header.packed_bytes = cursor.little_endian(4);
  header.bytes = cursor.little_endian(4);
}

}  // namespace

Result<std::vector<ZipEnd>> find_zip_ends(const io::Reader& file, std::uint64_t file_bytes) {
  Bytes tail(static_cast<std::size_t>(std::min<std::uint64_t>(file_bytes, kTailBytesMax)));
  const std::uint64_t tail_at = file_bytes - tail.size();
  RETURN_IF_ERROR(io::read_exactly(file, tail_at, tail, "zip archive"));
  std::vector<ZipEnd> ends;
  std::size_t before = tail.size();
  while (before >= kEndBytes && ends.size() < kEndsMax) {
    const std::size_t at = as_text(tail).rfind(kEndSignature, before - kEndBytes);
    if (at == std::string_view::npos) break;
    const ByteView record = ByteView(tail).subspan(at, kEndBytes);
    // Beneath the last one, only an end whose comment holds all that follows is taken by anyone:
    // others are of archives that stand as members in this one.
    const std::uint64_t end = at + kEndBytes + read_end(record).comment;
    if (ends.empty() || end == tail.size()) {
      ASSIGN_OR_RETURN(ZipEnd found, end_at(file, tail_at + at, record));
      ends.push_back(std::move(found));
    }
    if (at == 0) break;
    before = std::min(before - 1, at - 1 + kEndBytes);
  }
  return ends;
}

std::optional<ZipHeader> zip_directory_entry(ByteView bytes) {
  if (!as_text(bytes).starts_with(kEntrySignature)) return std::nullopt;
  Cursor cursor(bytes);
  cursor.skip(8);
  ZipHeader header;
  read_common(cursor, header);
  const std::uint64_t name_bytes = cursor.little_endian(2);
  const std::uint64_t extra_bytes = cursor.little_endian(2);
  const std::uint64_t comment_bytes = cursor.little_endian(2);
  header.disk = static_cast<std::uint32_t>(cursor.little_endian(2));
  cursor.skip(2);
  header.external_attributes = static_cast<std::uint32_t>(cursor.little_endian(4));
  header.local_offset = cursor.little_endian(4);
  header.name = as_text(cursor.take(name_bytes));
  const ByteView extra = cursor.take(extra_bytes);
  cursor.skip(comment_bytes);
  if (!cursor.ok()) return std::nullopt;
  read_extra(extra, header, true);
  header.header_bytes = cursor.position();
  return header;
}

Result<std::optional<ZipHeader>> zip_local_header(const io::Reader& file, std::uint64_t offset) {
  std::uint8_t fixed[kLocalBytes];
  ASSIGN_OR_RETURN(const std::size_t got, file.read_at(offset, fixed));
  if (got != kLocalBytes || !as_text(fixed).starts_with(kLocalSignature)) {
    return std::optional<ZipHeader>();
  }
  Cursor cursor(fixed);
  cursor.skip(6);
  ZipHeader header;
  read_common(cursor, header);
  const auto name_bytes = static_cast<std::size_t>(cursor.little_endian(2));
  const auto extra_bytes = static_cast<std::size_t>(cursor.little_endian(2));
  Bytes rest(name_bytes + extra_bytes);
  ASSIGN_OR_RETURN(const std::size_t got_rest, file.read_at(offset + kLocalBytes, rest));
  if (got_rest != rest.size()) return std::optional<ZipHeader>();
  header.name = as_text(ByteView(rest).first(name_bytes));
  read_extra(ByteView(rest).subspan(name_bytes), header, false);
  header.header_bytes = kLocalBytes + rest.size();
  return std::optional(std::move(header));
}

}  // namespace strongroom::model
