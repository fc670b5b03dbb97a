#include "model/zip_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "model/archive_name.h"
#include "model/container_rules.h"
#include "model/zip_records.h"

namespace strongroom::model {
namespace {

constexpr std::uint64_t kGapLookedAt = 64u << 10;  // of zeroes that are padding
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kAes = 99;

struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
};

ZipMember member_of(const ZipHeader& header, std::uint64_t data_offset, ZipMember::Seen seen) {
  ZipMember member;
  member.name = header.name;
  member.packing = header.method == kStored     ? ZipMember::Packing::kStored
                   : header.method == kDeflated ? ZipMember::Packing::kDeflated
                                                : ZipMember::Packing::kOther;
  member.is_encrypted = (header.flags & (kZipEncrypted | kZipStrong)) != 0 || header.method == kAes;
  member.data_offset = data_offset;
  member.packed_bytes = header.packed_bytes;
  member.bytes = header.bytes;
  member.crc32 = header.crc32;
  member.seen = seen;
  return member;
}

bool is_link(const ZipHeader& header) {
  constexpr std::uint32_t kTypeMask = 0170000;
  constexpr std::uint32_t kRegular = 0100000;
  constexpr std::uint32_t kDirectory = 0040000;
  const std::uint32_t type = (header.external_attributes >> 16) & kTypeMask;
  return type != 0 && type != kRegular && type != kDirectory;
}

}  // namespace

/// Puts an archive together from its records, and says where they do not fit.
class ZipLayout {
 public:
  ZipLayout(const io::Reader& file, std::uint64_t file_bytes, Findings& findings)
      : file_(file), file_bytes_(file_bytes), findings_(findings), archive_(file) {}
  Result<ZipArchive> read();

 private:
  Result<void> read_directory(const ZipDirectory& directory, const ZipEnd& end);
  Result<void> read_member(const ZipHeader& entry, std::uint64_t local_offset);
  /// What the two headers of one member disagree on, as words; empty when they agree.
  Result<std::string> compare(const ZipHeader& entry, const ZipHeader& local,
                              std::uint64_t data_end, std::uint64_t& end);
  Result<std::uint64_t> descriptor_bytes(const ZipHeader& entry, std::uint64_t at);
  /// Members that only local headers tell of; the end of the last one. `end` bounds them.
  Result<std::uint64_t> read_local_members(std::uint64_t begin, std::uint64_t end);
  Result<void> read_gaps();
  Result<void> read_gap(std::uint64_t begin, std::uint64_t end);
  void list(ZipMember member);
  void judge_duplicates();
  [[nodiscard]] bool is_full() const { return archive_.members_.size() >= ZipArchive::kMembersMax; }

  const io::Reader& file_;
  std::uint64_t file_bytes_;
  Findings& findings_;
  ZipArchive archive_;
  std::vector<Extent> extents_;  // of members and records
  std::size_t directories_ = 0;  // read so far, with the one that is being read
  std::unordered_map<std::uint64_t, std::size_t> directory_of_;  // by a local header's offset
};

Result<std::uint64_t> ZipLayout::descriptor_bytes(const ZipHeader& entry, std::uint64_t at) {
  std::uint8_t there[24];
  ASSIGN_OR_RETURN(const std::size_t got, file_.read_at(at, there));
  const auto number = [&](std::size_t from, std::size_t width) {
    std::uint64_t value = 0;
    for (std::size_t i = width; i > 0; --i) value = (value << 8) | there[from + i - 1];
    return value;
  };
  constexpr std::uint64_t kSignature = 0x0807'4b50;
  for (const std::size_t before : {std::size_t{4}, std::size_t{0}}) {
    for (const std::size_t width : {std::size_t{8}, std::size_t{4}}) {
      const std::size_t bytes = before + 4 + 2 * width;
      if (got < bytes || (before == 4 && number(0, 4) != kSignature)) continue;
      const std::uint64_t mask = width == 8 ? ~std::uint64_t{0} : 0xffff'ffff;
      if (number(before, 4) == entry.crc32 &&
          number(before + 4, width) == (entry.packed_bytes & mask) &&
          number(before + 4 + width, width) == (entry.bytes & mask)) {
        return bytes;
      }
    }
  }
  return 0;
}

Result<std::string> ZipLayout::compare(const ZipHeader& entry, const ZipHeader& local,
                                       std::uint64_t data_end, std::uint64_t& end) {
  constexpr std::uint16_t kJudgedFlags =
      kZipEncrypted | kZipDescriptor | kZipPatch | kZipStrong | kZipMaskedHeaders;
  std::string differs;
  const auto note = [&](bool does, std::string what) {
    if (does) differs += (differs.empty() ? "" : ", ") + std::move(what);
  };
  note(entry.name != local.name, fmt::format("the name (\"{}\" in the directory, \"{}\" before the "
                                             "data)",
                                             entry.name.substr(0, 100), local.name.substr(0, 100)));
  note(entry.method != local.method,
       fmt::format("the method ({} and {})", entry.method, local.method));
  note((entry.flags & kJudgedFlags) != (local.flags & kJudgedFlags),
       fmt::format("the flags ({:#x} and {:#x})", entry.flags, local.flags));
  const bool is_later = (local.flags & kZipDescriptor) != 0;
  const auto disagrees = [&](std::uint64_t ours, std::uint64_t theirs) {
    return ours != theirs && !(is_later && (theirs == 0 || theirs == 0xffff'ffff));
  };
  note(disagrees(entry.packed_bytes, local.packed_bytes),
       fmt::format("the packed size ({} and {})", entry.packed_bytes, local.packed_bytes));
  note(disagrees(entry.bytes, local.bytes),
       fmt::format("the size ({} and {})", entry.bytes, local.bytes));
  note(disagrees(entry.crc32, local.crc32), "the checksum");
  if (is_later) {
    ASSIGN_OR_RETURN(const std::uint64_t descriptor, descriptor_bytes(entry, data_end));
    note(descriptor == 0, "what stands behind the data (no data descriptor that agrees)");
    end += descriptor;
  }
  return differs;
}

void ZipLayout::list(ZipMember member) {
  if (is_full() || member.data_offset > file_bytes_) return;
  member.packed_bytes = std::min(member.packed_bytes, file_bytes_ - member.data_offset);
  archive_.members_.push_back(std::move(member));
}

Result<void> ZipLayout::read_member(const ZipHeader& entry, std::uint64_t local_offset) {
  const Findings::Inside inside(findings_, entry.name);
  judge_member_name(entry.name, findings_);
  if (is_link(entry)) findings_.add(kArchiveLink, "its attributes make it a link or a device");
  if (!entry.other_name.empty() && entry.other_name != entry.name) {
    findings_.add(kArchiveOddName,
                  fmt::format("it has a second name \"{}\"", entry.other_name.substr(0, 200)));
    judge_member_name(entry.other_name, findings_);
  }
  if ((entry.flags & kZipPatch) != 0) findings_.add(kZipFlagLie, "it says that it is a patch");
  if (entry.disk != 0 && entry.disk != 0xffff) {
    findings_.add(kManyDisks, fmt::format("it begins on disk {}", entry.disk));
  }
  std::optional<ZipHeader> local;
  if (local_offset < file_bytes_) {
    ASSIGN_OR_RETURN(local, zip_local_header(file_, local_offset));
  }
  if (!local) {
    findings_.add(kArchiveDamaged, "the directory names it where no member begins", local_offset);
    return {};
  }
  const std::uint64_t data_offset = local_offset + local->header_bytes;
  if (entry.packed_bytes > file_bytes_ - data_offset) {
    findings_.add(kArchiveDamaged, "it claims to be longer than the file", local_offset);
  }
  const std::uint64_t data_end =
      data_offset + std::min(entry.packed_bytes, file_bytes_ - data_offset);
  std::uint64_t end = data_end;
  ASSIGN_OR_RETURN(const std::string differs, compare(entry, *local, data_end, end));
  // Another directory may name the same member; that is no overlap.
  const auto [first, is_new] = directory_of_.emplace(local_offset, directories_);
  if (is_new || first->second == directories_) extents_.push_back({local_offset, end});
  if (differs.empty()) {
    list(member_of(entry, data_offset, ZipMember::Seen::kByAll));
    return {};
  }
  findings_.add(kZipHeadersDisagree, "directory and local header disagree on " + differs,
                local_offset);
  list(member_of(entry, data_offset, ZipMember::Seen::kByDirectory));
  ZipMember other = member_of(*local, data_offset, ZipMember::Seen::kByLocalHeader);
  if ((local->flags & kZipDescriptor) != 0 && other.packed_bytes == 0) {
    other.packed_bytes = entry.packed_bytes;
    other.bytes = entry.bytes;
    other.crc32 = entry.crc32;
  }
  list(std::move(other));
  return {};
}

Result<void> ZipLayout::read_directory(const ZipDirectory& directory, const ZipEnd& end) {
  if (directory.bytes > ZipArchive::kDirectoryBytesMax) {
    findings_.add(kArchiveTooLarge, fmt::format("the directory has {} bytes; at most {} are read",
                                                directory.bytes, ZipArchive::kDirectoryBytesMax));
    return fail(ErrorCode::kTooLarge, "the directory of the zip archive is too large");
  }
  Bytes bytes(static_cast<std::size_t>(directory.bytes));
  RETURN_IF_ERROR(io::read_exactly(file_, directory.at, bytes, "zip directory"));
  std::size_t at = 0;
  std::uint64_t entries = 0;
  while (at < bytes.size() && !is_full()) {
    const std::optional<ZipHeader> entry = zip_directory_entry(ByteView(bytes).subspan(at));
    if (!entry) break;
    at += static_cast<std::size_t>(entry->header_bytes);
    ++entries;
    RETURN_IF_ERROR(read_member(*entry, entry->local_offset + directory.shift));
  }
  extents_.push_back({directory.at, directory.at + at});
  if (is_full() && at < bytes.size()) {
    findings_.add(kArchiveTooLarge, fmt::format("it has more than {} members", entries));
  } else if (at < bytes.size()) {
    findings_.add(kArchiveDamaged, "the directory holds what is no entry", directory.at + at);
  } else if (entries != directory.entries) {
    findings_.add(
        kZipHeadersDisagree,
        fmt::format("its end says {} entries, the directory has {}", directory.entries, entries),
        end.at);
  }
  return {};
}

Result<std::uint64_t> ZipLayout::read_local_members(std::uint64_t begin, std::uint64_t end) {
  std::uint64_t at = begin;
  while (at < end && !is_full()) {
    ASSIGN_OR_RETURN(const std::optional<ZipHeader> local, zip_local_header(file_, at));
    if (!local || local->header_bytes > end - at) break;
    const std::uint64_t data_offset = at + local->header_bytes;
    const Findings::Inside inside(findings_, local->name);
    judge_member_name(local->name, findings_);
    findings_.add(kZipHiddenMember, "only its local header tells of it", at);
    ZipMember member = member_of(*local, data_offset, ZipMember::Seen::kByLocalHeader);
    const bool is_later = (local->flags & kZipDescriptor) != 0 && member.packed_bytes == 0;
    if (is_later || member.packed_bytes > end - data_offset)
      member.packed_bytes = end - data_offset;
    at = data_offset + member.packed_bytes;
    list(std::move(member));
  }
  return at;
}

Result<void> ZipLayout::read_gap(std::uint64_t begin, std::uint64_t end) {
  ASSIGN_OR_RETURN(begin, read_local_members(begin, end));
  if (begin == end) return {};
  if (end - begin <= kGapLookedAt) {
    Bytes there(static_cast<std::size_t>(end - begin));
    RETURN_IF_ERROR(io::read_exactly(file_, begin, there, "zip archive"));
    if (std::all_of(there.begin(), there.end(), [](std::uint8_t byte) { return byte == 0; })) {
      return {};
    }
  }
  findings_.add(kZipHiddenData,
                fmt::format("{} bytes {}", end - begin,
                            begin == 0           ? "stand before the first member"
                            : end == file_bytes_ ? "stand behind the end of the archive"
                                                 : "stand between members or records"),
                begin);
  archive_.gaps_.push_back({begin, end - begin, false});
  return {};
}

Result<void> ZipLayout::read_gaps() {
  std::sort(extents_.begin(), extents_.end(), [](const Extent& a, const Extent& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  std::uint64_t at = 0;
  std::uint64_t overlaps = 0;
  std::uint64_t overlap_at = 0;
  const std::vector<Extent> extents = extents_;
  for (const Extent& extent : extents) {
    if (extent.begin > at) RETURN_IF_ERROR(read_gap(at, extent.begin));
    if (extent.begin < at && extent.begin < extent.end && overlaps++ == 0) {
      overlap_at = extent.begin;
    }
    at = std::max(at, extent.end);
  }
  if (overlaps > 0) {
    findings_.add(kZipOverlap, fmt::format("{} members or records begin within another", overlaps),
                  overlap_at);
  }
  if (at < file_bytes_) RETURN_IF_ERROR(read_gap(at, file_bytes_));
  return {};
}

void ZipLayout::judge_duplicates() {
  std::unordered_map<std::string_view, const ZipMember*> seen;
  for (const ZipMember& member : archive_.members_) {
    const auto [at, is_new] = seen.emplace(member.name, &member);
    // Two readings of one member are told of already.
    if (is_new || at->second->data_offset == member.data_offset) continue;
    const Findings::Inside inside(findings_, member.name);
    findings_.add(kZipDuplicateName, "another member has the same name", member.data_offset);
  }
}

Result<ZipArchive> ZipLayout::read() {
  ASSIGN_OR_RETURN(const std::vector<ZipEnd> ends, find_zip_ends(file_, file_bytes_));
  for (const ZipEnd& end : ends) {
    if (end.many_disks) findings_.add(kManyDisks, "its end record tells of other disks", end.at);
    for (const ZipDirectory& directory : end.directories) {
      ++directories_;
      RETURN_IF_ERROR(read_directory(directory, end));
    }
    extents_.push_back({end.at, end.end});
  }
  if (directories_ == 0) {
    findings_.add(kArchiveDamaged, "it has no directory; the members at its beginning were read");
    ASSIGN_OR_RETURN(const std::uint64_t at, read_local_members(0, file_bytes_));
    if (archive_.members_.empty()) {
      return fail(ErrorCode::kMalformed, "the zip archive has neither directory nor members");
    }
    if (at < file_bytes_) archive_.gaps_.push_back({at, file_bytes_ - at, false});
    return std::move(archive_);
  }
  if (directories_ > 1) {
    findings_.add(kZipSeveralDirectories, fmt::format("{} directories can be found", directories_));
  }
  // The comment of the end that Python takes; what is behind it belongs to nothing.
  const ZipEnd& last = ends.front();
  const std::uint64_t comment = std::min(last.comment_bytes, file_bytes_ - last.end);
  if (comment > 0) extents_.push_back({last.end, last.end + comment});
  RETURN_IF_ERROR(read_gaps());
  if (comment > 0) archive_.gaps_.push_back({last.end, comment, true});
  judge_duplicates();
  return std::move(archive_);
}

Result<ZipArchive> ZipArchive::open(const io::Reader& file, Findings& findings) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  return ZipLayout(file, file_bytes, findings).read();
}

Result<bool> ZipArchive::ends_one(const io::Reader& file) {
  ASSIGN_OR_RETURN(const std::uint64_t file_bytes, file.size_bytes());
  ASSIGN_OR_RETURN(const std::vector<ZipEnd> ends, find_zip_ends(file, file_bytes));
  return std::any_of(ends.begin(), ends.end(), [](const ZipEnd& end) {
    return std::any_of(end.directories.begin(), end.directories.end(),
                       [](const ZipDirectory& each) { return each.bytes > 0; });
  });
}

Result<std::size_t> WindowReader::read_at(std::uint64_t offset, MutableByteView out) const {
  if (offset >= bytes_ || offset_ + offset < offset_) return std::size_t{0};
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), bytes_ - offset));
  return whole_.read_at(offset_ + offset, out.first(wanted));
}

}  // namespace strongroom::model
