// rooms: model
// Zip archives of anyone's making: members lie in the file, whatever its records say.
#include "model/zip_archive.h"

#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const io::MemoryReader file(as_bytes(input));
  model::Findings findings;
  const Result<model::ZipArchive> archive = model::ZipArchive::open(file, findings);
  if (!archive) {
    must(findings.verdict() != model::Verdict::kClean, "what is no archive has a finding");
    return;
  }
  constexpr std::uint64_t kBytesMax = 1u << 20;
  std::uint64_t left = 8u << 20;  // unpacked in one run
  for (const model::ZipMember& member : archive->members()) {
    must(member.data_offset <= input.size(), "a member begins in the file");
    must(member.packed_bytes <= input.size() - member.data_offset, "a member ends in the file");
    if (left < kBytesMax) break;
    const Result<Bytes> content = archive->unpack(member, kBytesMax);
    if (!content) continue;
    left -= content->size();
    must(content->size() == member.bytes, "what is unpacked has the size claimed");
  }
  std::uint64_t end = 0;
  for (const model::ZipGap& gap : archive->gaps()) {
    if (gap.is_comment) continue;
    must(gap.bytes > 0 && gap.offset >= end, "gaps are ascending and apart");
    end = gap.offset + gap.bytes;
    must(end <= input.size(), "a gap lies in the file");
  }
}

}  // namespace strongroom::fuzz
