// Containers: every member of every one, by content.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/archive_name.h"
#include "model/container_rules.h"
#include "model/pickle.h"
#include "model/scan/scan.h"
#include "model/scan/tar.h"

namespace strongroom::model::scan {
namespace {

constexpr std::uint64_t kBombBytesMin = 10u << 20;
constexpr std::uint64_t kAskedEvery = 16u << 20;
constexpr int kStraysMax = 64;
constexpr std::uint64_t kNearEnd = 64u << 10;
constexpr std::uint64_t kSearchedBehindEnd = 16u << 20;
/// Whatever else is in memory, so much of a member is looked at.
constexpr std::uint64_t kHeldAtLeast = 4u << 20;

/// "archive/data/17": the bytes of a tensor.
bool is_storage(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view directory = name.substr(0, slash);
  const std::string_view leaf = name.substr(slash + 1);
  return (directory == "data" || directory.ends_with("/data")) && !leaf.empty() &&
         leaf.find_first_not_of("0123456789") == std::string_view::npos;
}

struct Ending {
  std::string_view packed;
  std::string_view unpacked;
};
constexpr std::array<Ending, 9> kStreamEndings = {{{".tgz", ".tar"},
                                                   {".tbz2", ".tar"},
                                                   {".txz", ".tar"},
                                                   {".tzst", ".tar"},
                                                   {".gz", ""},
                                                   {".bz2", ""},
                                                   {".xz", ""},
                                                   {".zst", ""},
                                                   {".lz4", ""}}};

/// What an unpacker would call what the stream holds.
std::string unpacked_name(std::string_view name) {
  const std::string_view leaf = leaf_of(name);
  const std::string lower = lower_case(leaf);
  for (const Ending& each : kStreamEndings) {
    if (lower.size() > each.packed.size() && lower.ends_with(each.packed)) {
      return std::string(leaf.substr(0, leaf.size() - each.packed.size())) +
             std::string(each.unpacked);
    }
  }
  return "(unpacked)";
}

const Rule& rule_of(const Error& error) {
  if (error.code != ErrorCode::kRefused) return kArchiveDamaged;
  return error.context.find("ncrypt") != std::string::npos ||
                 error.context.find("assphrase") != std::string::npos
             ? kArchiveEncrypted
             : kArchiveUnsupported;
}

}  // namespace

bool Intake::give(ByteView some) {
  const std::uint64_t room = bytes_max_ - bytes_.size();
  is_cut_ = some.size() > room;
  if (is_cut_) some = some.first(static_cast<std::size_t>(room));
  bytes_.insert(bytes_.end(), some.begin(), some.end());
  if (bytes_.size() - asked_at_ >= kAskedEvery) {
    asked_at_ = bytes_.size();
    is_interrupted_ = watch_.keep_going && !watch_.keep_going();
  }
  return !is_cut_ && !is_interrupted_;
}

bool Scan::count_member() {
  if (scanned_.members >= limits_.members_max) {
    findings_.add(kArchiveTooLarge, fmt::format("only {} members are read", limits_.members_max));
    return false;
  }
  ++scanned_.members;
  return true;
}

std::uint64_t Scan::may_hold() const {
  const std::uint64_t free =
      limits_.unpacked_bytes_max - std::min(held_, limits_.unpacked_bytes_max);
  const std::uint64_t of_total =
      limits_.unpacked_total_max - std::min(unpacked_, limits_.unpacked_total_max);
  return std::min(std::max(free, std::min(kHeldAtLeast, limits_.unpacked_bytes_max)), of_total);
}

bool Scan::is_bomb(std::uint64_t unpacked, std::uint64_t packed) const {
  return unpacked >= kBombBytesMin && unpacked / limits_.ratio_max > packed;
}

Result<void> Scan::look_at_stray(const Looked& looked, std::uint64_t at, std::uint64_t bytes) {
  const Content& outer = looked.content;
  // Each may hold more, up to the file's end: without a bound, few bytes would keep a scan for
  // days.
  if (strays_ >= kStraysMax) {
    findings_.add(kArchiveTooLarge,
                  fmt::format("only {} stretches of bytes that belong to no format "
                              "are looked at",
                              kStraysMax));
    return {};
  }
  ++strays_;
  const std::string name = fmt::format("(bytes from {} on)", at);
  const Findings::Inside inside(findings_, name);
  const WindowReader window(outer.bytes, at, bytes);
  Content stray{name, window, bytes, {}, Place::kStray, outer.depth + 1, name_of(looked.is.kind)};
  if (outer.begins_at) stray.begins_at = *outer.begins_at + at;
  return look(stray);
}

Result<void> Scan::look_at_unpacked(const Content& outer, std::string_view name, const Bytes& bytes,
                                    Place place) {
  held_ += bytes.size();
  unpacked_ += bytes.size();
  const io::MemoryReader reader(bytes);
  const Result<void> outcome =
      look({name, reader, bytes.size(), std::nullopt, place, outer.depth + 1});
  held_ -= bytes.size();
  return outcome;
}

Result<void> Scan::look_at_zip(const Looked& looked, Place place) {
  const std::size_t before = said();
  const Result<ZipArchive> archive = ZipArchive::open(looked.content.bytes, findings_);
  if (!archive) return settle(tl::unexpected<Error>(archive.error()), before);
  for (const ZipMember& member : archive->members()) {
    const bool is_directory = member.name.ends_with('/') && member.bytes == 0;
    if (is_directory && member.packed_bytes == 0) continue;
    if (!count_member()) return {};
    const Findings::Inside inside(findings_, member.name);
    RETURN_IF_ERROR(look_at_zip_member(looked, *archive, member, place));
  }
  for (const ZipGap& gap : archive->gaps()) {
    RETURN_IF_ERROR(look_at_stray(looked, gap.offset, gap.bytes));
  }
  return {};
}

Result<void> Scan::look_at_zip_member(const Looked& looked, const ZipArchive& archive,
                                      const ZipMember& member, Place place) {
  if (is_bomb(member.bytes, member.packed_bytes)) {
    findings_.add(kArchiveBomb,
                  fmt::format("{} bytes claim to unpack to {}", member.packed_bytes, member.bytes));
    return {};
  }
  switch (member.packing) {
    case ZipMember::Packing::kStored:
      return look_at_stored(looked, archive, member, place);
    case ZipMember::Packing::kDeflated:
      return look_at_deflated(looked, archive, member, place);
    case ZipMember::Packing::kOther:
      break;
  }
  findings_.add(member.is_encrypted ? kArchiveEncrypted : kArchiveUnsupported,
                "it is packed by a method other than store and deflate");
  return {};
}

Result<void> Scan::look_at_stored(const Looked& looked, const ZipArchive& archive,
                                  const ZipMember& member, Place place) {
  // Tensors are read by whoever looks at them, not to see whether the file is whole.
  const bool is_tensor = looked.is.kind == FileKind::kPytorchZip && is_storage(member.name);
  bool crc_holds = true;
  if (member.is_encrypted || (!is_tensor && member.packed_bytes <= limits_.unpacked_bytes_max)) {
    const Result<Unpacked> what = archive.stream(member, [](ByteView) { return true; });
    crc_holds = what && what->crc_holds && member.bytes == member.packed_bytes;
  }
  if (member.is_encrypted && crc_holds) {
    findings_.add(kZipFlagLie, "it claims to be encrypted; its checksum holds as it stands");
  } else if (member.is_encrypted) {
    findings_.add(kArchiveEncrypted, "its content is not known");
  } else if (!crc_holds) {
    findings_.add(kZipCrcLie, "its bytes do not match its checksum or size");
  }
  const WindowReader window(looked.content.bytes, member.data_offset, member.packed_bytes);
  Content content{member.name, window, member.packed_bytes, {}, place, looked.content.depth + 1};
  if (looked.content.begins_at) content.begins_at = *looked.content.begins_at + member.data_offset;
  return look(content);
}

Result<void> Scan::look_at_deflated(const Looked& looked, const ZipArchive& archive,
                                    const ZipMember& member, Place place) {
  Intake intake(may_hold(), watch_);
  const Result<Unpacked> what =
      archive.stream(member, [&](ByteView some) { return intake.give(some); });
  if (intake.is_interrupted()) return go_on();
  if (!what) {
    findings_.add(kNotRead, what.error().context);
    return {};
  }
  const bool is_plain = what->crc_holds && what->bytes == member.bytes;
  if (intake.is_cut()) {
    findings_.add(kArchiveTooLarge,
                  fmt::format("only its first {} bytes were looked at", intake.bytes().size()));
  } else if (!what->is_whole) {
    findings_.add(member.is_encrypted ? kArchiveEncrypted : kArchiveDamaged,
                  "its packed bytes break off or are no packed bytes");
  } else if (!is_plain) {
    findings_.add(kZipCrcLie, "what it unpacks to does not match its checksum or size");
  }
  if (member.is_encrypted && is_plain) {
    findings_.add(kZipFlagLie, "it claims to be encrypted, and unpacks as it stands");
  }
  RETURN_IF_ERROR(look_at_unpacked(looked.content, member.name, intake.bytes(), place));
  if (!what->is_whole || what->packed_left == 0) return {};
  findings_.add(kDataBehindEnd,
                fmt::format("{} bytes behind its packed stream", what->packed_left));
  return look_at_stray(looked, member.data_offset + member.packed_bytes - what->packed_left,
                       what->packed_left);
}

Result<void> Scan::look_at_tar(const Looked& looked) {
  const Content& outer = looked.content;
  const std::string lower = lower_case(outer.name);
  if (outer.depth == 0 && lower.ends_with(".nemo")) is_honest_archive_ = true;
  const std::size_t before = said();
  const Result<void> outcome =
      walk_tar(outer.bytes, findings_, [&](const TarMember& member) -> Result<void> {
        if (!count_member()) return fail(ErrorCode::kTooLarge, "too many members");
        const WindowReader window(outer.bytes, member.data_offset, member.bytes);
        Content content{member.name, window, member.bytes, {}, Place::kArchive, outer.depth + 1};
        if (outer.begins_at) content.begins_at = *outer.begins_at + member.data_offset;
        return look(content);
      });
  return settle(outcome, before);
}

Result<bool> Scan::take_in(PackedArchive& archive, Intake& intake) {
  const std::uint64_t packed_before = archive.packed_bytes();
  while (true) {
    const Result<ByteView> block = archive.next_block();
    if (!block) {
      findings_.add(rule_of(block.error()), block.error().context);
      return false;
    }
    if (block->empty()) return true;
    if (intake.give(*block)) continue;
    if (intake.is_interrupted()) RETURN_IF_ERROR(go_on());
    const std::uint64_t packed = archive.packed_bytes() - packed_before;
    if (is_bomb(intake.bytes().size(), packed)) {
      findings_.add(kArchiveBomb,
                    fmt::format("{} bytes unpack to more than {}", packed, intake.bytes().size()));
    } else {
      findings_.add(kArchiveTooLarge,
                    fmt::format("only its first {} bytes were looked at", intake.bytes().size()));
    }
    return false;
  }
}

Result<void> Scan::look_at_stream(const Looked& looked) {
  const Content& outer = looked.content;
  if (!count_member()) return {};
  Result<PackedArchive> archive = PackedArchive::open(looked.is.kind, outer.bytes);
  const Result<bool> has_content = archive ? archive->next_member() : Result<bool>(false);
  if (!archive || !has_content) {
    const Error& error = archive ? has_content.error() : archive.error();
    findings_.add(rule_of(error), error.context);
    const std::size_t before = said();
    return settle(
        judge_hidden_pickles(outer.bytes, 0, std::min(outer.size, kSearchedBehindEnd), findings_),
        before);
  }
  if (!*has_content) return {};
  Intake intake(may_hold(), watch_);
  const std::string name = unpacked_name(outer.name);
  ASSIGN_OR_RETURN(const bool is_whole, take_in(*archive, intake));
  const std::uint64_t used = archive->packed_bytes();
  if (is_whole && is_bomb(intake.bytes().size(), used)) {
    findings_.add(kArchiveBomb, fmt::format("{} bytes unpack to {}", used, intake.bytes().size()));
  }
  {
    const Findings::Inside inside(findings_, name);
    RETURN_IF_ERROR(look_at_unpacked(outer, name, intake.bytes(), Place::kArchive));
  }
  if (is_whole && used >= outer.size) return {};
  // The library may have taken a few bytes more than the stream has.
  const std::uint64_t near = used - std::min(used, kNearEnd);
  const std::uint64_t searched_end = std::min(outer.size, near + kSearchedBehindEnd);
  const std::size_t before = said();
  RETURN_IF_ERROR(settle(judge_hidden_pickles(outer.bytes, near, searched_end, findings_), before));
  if (!is_whole) return {};
  findings_.add(kDataBehindEnd, fmt::format("{} bytes behind its end", outer.size - used), used);
  return look_at_stray(looked, used, outer.size - used);
}

Result<void> Scan::look_at_seven_zip_members(const Looked& looked, PackedArchive& archive) {
  while (true) {
    const Result<bool> has_member = archive.next_member();
    if (!has_member) {
      findings_.add(rule_of(has_member.error()), has_member.error().context);
      return {};
    }
    if (!*has_member || !count_member()) return {};
    const PackedArchive::Member member = archive.member();
    const Findings::Inside inside(findings_, member.name);
    judge_member_name(member.name, findings_);
    if (!member.link.empty()) judge_link(member.name, member.link, false, findings_);
    if (member.is_directory) continue;
    if (!member.is_file && member.link.empty()) findings_.add(kArchiveLink, "it is no plain file");
    if (member.is_encrypted) {
      findings_.add(kArchiveEncrypted, "its content is not known");
      continue;
    }
    Intake intake(may_hold(), watch_);
    ASSIGN_OR_RETURN(const bool is_whole, take_in(archive, intake));
    if (is_whole && is_bomb(intake.bytes().size(), looked.content.size)) {
      findings_.add(kArchiveBomb, fmt::format("an archive of {} bytes unpacks to more than {}",
                                              looked.content.size, intake.bytes().size()));
    }
    RETURN_IF_ERROR(look_at_unpacked(looked.content, member.name, intake.bytes(), Place::kArchive));
  }
}

Result<void> Scan::look_at_seven_zip(const Looked& looked) {
  Result<PackedArchive> archive = PackedArchive::open(FileKind::kSevenZip, looked.content.bytes);
  if (!archive) {
    findings_.add(rule_of(archive.error()), archive.error().context);
    return {};
  }
  RETURN_IF_ERROR(look_at_seven_zip_members(looked, *archive));
  // The signature header tells where the last header ends, and with it the archive.
  const auto number = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i > 0 && at + i <= looked.head.size(); --i) {
      value = (value << 8) | looked.head[at + i - 1];
    }
    return value;
  };
  constexpr std::uint64_t kSignatureHeaderBytes = 32;
  const std::uint64_t size = looked.content.size;
  if (size < kSignatureHeaderBytes || number(12) > size || number(20) > size) return {};
  const std::uint64_t end = kSignatureHeaderBytes + number(12) + number(20);
  if (end >= size) return {};
  findings_.add(kDataBehindEnd, fmt::format("{} bytes behind its end", size - end), end);
  return look_at_stray(looked, end, size - end);
}

}  // namespace strongroom::model::scan
