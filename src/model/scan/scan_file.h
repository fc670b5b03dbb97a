#ifndef STRONGROOM_MODEL_SCAN_SCAN_FILE_H_
#define STRONGROOM_MODEL_SCAN_SCAN_FILE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/reader.h"
#include "model/finding.h"
#include "model/recognise.h"
#include "model/structure.h"

namespace strongroom::model::scan {

struct ScanLimits {
  std::uint64_t unpacked_bytes_max = 256u << 20;  ///< of one member held in memory to look inside
  std::uint64_t unpacked_total_max = 8ull << 30;  ///< streamed out of one file, all members
  std::uint64_t ratio_max = 1'000;                ///< unpacked to packed, from 1 MiB unpacked on
  std::uint64_t members_max = 1'000'000;
  int depth_max = 8;  ///< containers in containers
  /// How far bytes of no known structure are searched for what hides in them; what lies behind is
  /// said not to be read.
  std::uint64_t searched_bytes_max = ~std::uint64_t{0};
};

/// Weights found in a file: the file itself, or a member of it, at any depth.
struct FoundWeights {
  std::string member;  ///< "" is the file itself; "backup.tar.gz!notes.txt"
  FileKind kind = FileKind::kUnknown;
  std::uint64_t bytes = 0;
  /// Of what could be read. Offsets are within the member; `begins_at` is where the member stands
  /// in the file when it is stored there in one piece, unpacked.
  std::optional<Structure> structure;
  std::optional<std::uint64_t> begins_at;
  /// It stands where nobody looks for weights: under a name that promises something else, inside an
  /// archive, after other data, or in a piece without a header.
  bool is_shadow = false;
  std::string how;  ///< one clause, when is_shadow: "a safetensors file named holiday.jpg"
};

struct ScannedFile {
  Recognised is;
  Findings findings;
  std::vector<FoundWeights> weights;
  std::uint64_t members = 0;  ///< of all containers in it
  [[nodiscard]] Verdict verdict() const { return findings.verdict(); }
};

/// What a scan asks of, and tells, whoever began it. Either may be empty. Called from the scanning
/// thread.
struct Watch {
  /// Asked now and then; once it says no, the scan ends with kInterrupted.
  std::function<bool()> keep_going = {};
  /// Told of each weights file with a structure as soon as it is found, while `member` (its bytes,
  /// unpacked) can still be read: the one chance to take its fingerprint.
  std::function<void(const FoundWeights& found, const io::Reader& member)> found_weights = {};
};

/// Looks at one file: what it is by content, whether every member of every container in it is safe
/// to load, and whether weights hide in it. The name only raises findings. Never runs anything,
/// never writes anything; memory is bounded by `limits`. What cannot be read becomes a finding, not
/// an error. Thread-safe. Errors: kInterrupted.
[[nodiscard]] Result<ScannedFile> scan_file(std::string_view name, const io::Reader& file,
                                            const ScanLimits& limits, const Watch& watch);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_SCAN_FILE_H_
