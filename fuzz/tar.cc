// rooms: model_scan
// Tar archives of anyone's making: every member lies in the file, and the walk ends.
#include "model/scan/tar.h"

#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const io::MemoryReader file(as_bytes(input));
  model::Findings findings;
  std::size_t members = 0;
  const Result<void> walked =
      model::scan::walk_tar(file, findings, [&](const model::scan::TarMember& member) {
        must(member.bytes > 0, "a member that is given has content");
        must(member.data_offset <= input.size(), "a member begins in the file");
        must(member.bytes <= input.size() - member.data_offset, "a member ends in the file");
        must(++members <= input.size(), "there are no more members than bytes");
        return Result<void>();
      });
  must(walked.has_value(), "a walk over memory ends without an error");
  const bool is_zeroes = input.find_first_not_of('\0') == std::string_view::npos;
  must(is_zeroes || members > 0 || input.size() >= 512 ||
           findings.verdict() != model::Verdict::kClean,
       "what is too short for a header is not clean");
}

}  // namespace strongroom::fuzz
