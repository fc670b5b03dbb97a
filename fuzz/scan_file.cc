// rooms: model_scan
// Files of every kind, looked at as a scan does: whatever they are, the scan ends, twice alike, and
// keeps to its bounds.
#include "model/scan/scan_file.h"

#include "property.h"

namespace strongroom::fuzz {
namespace {

model::scan::ScannedFile scan(std::string_view name, std::string_view input) {
  const io::MemoryReader file(as_bytes(input));
  model::scan::ScanLimits limits;
  limits.unpacked_bytes_max = 1u << 20;
  limits.unpacked_total_max = 4u << 20;
  limits.members_max = 200;
  limits.depth_max = 4;
  const Result<model::scan::ScannedFile> scanned = model::scan::scan_file(name, file, limits, {});
  must(scanned.has_value(), "a scan that nobody stops gives an answer");
  must(scanned->members <= limits.members_max, "members are bounded");
  return *scanned;
}

}  // namespace

FUZZ(input) {
  // Their windows are larger than the allocations allowed here; the library's own fuzzing has them.
  using namespace std::string_view_literals;
  for (const std::string_view magic : {"\x28\xb5\x2f\xfd"sv, "\xfd\x37zXZ"sv, "7z\xbc\xaf"sv}) {
    if (input.find(magic) != std::string_view::npos) return;
  }
  const model::scan::ScannedFile found = scan("model.bin", input);
  must(scan("model.bin", input).findings.all().size() == found.findings.all().size(),
       "the same bytes are judged alike");
  for (const model::Finding& each : found.findings.all()) {
    must(each.rule != nullptr && each.rule->verdict <= found.verdict(), "the worst is the verdict");
    must(printable(each.what) == each.what, "what is said is clean");
  }
  for (const model::scan::FoundWeights& each : found.weights) {
    must(each.is_shadow == !each.how.empty(), "a shadow says how");
    must(!each.begins_at || *each.begins_at <= input.size(), "weights begin in the file");
    must(!each.is_shadow || found.verdict() != model::Verdict::kClean, "a shadow is told");
  }
  // A name only adds; what the content is, it is under every name.
  must(scan("notes.txt", input).is.kind == found.is.kind, "the name does not decide the kind");
}

}  // namespace strongroom::fuzz
