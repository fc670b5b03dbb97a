#ifndef STRONGROOM_AGENT_FILE_SOURCE_H_
#define STRONGROOM_AGENT_FILE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace strongroom::agent {

/// Plaintext bytes per segment; only a file's last one is shorter.
inline constexpr std::size_t kSegmentBytes = std::size_t{1} << 20;

/// A file as a consumer sees it.
struct SourceFile {
  std::string name;  ///< relative, '/' between folders: "tokenizer/vocab.json"
  std::uint64_t bytes = 0;
};

/// Which piece of which file.
struct SegmentPlace {
  std::size_t file = 0;       ///< index into FileSource::files()
  std::uint64_t segment = 0;  ///< covers bytes [segment · kSegmentBytes, …)
  bool operator==(const SegmentPlace&) const = default;
};

/// The plaintext behind a mount, checked before it is given out. Thread-safe.
class FileSource {
 public:
  virtual ~FileSource() = default;
  /// The same list, in the same order, for the life of the source; borrowed until then.
  [[nodiscard]] virtual const std::vector<SourceFile>& files() const = 0;
  /// Fills `out`, which has exactly the segment's length: kSegmentBytes, or the file's tail. Called
  /// for segments that exist only, never for a file of no bytes. `out` may hold anything after an
  /// error. Must come back in bounded time: the end of a lease waits for it.
  /// Errors: kNotAuthentic for a piece that does not check, and whatever reading it can give.
  [[nodiscard]] virtual Result<void> read_segment(SegmentPlace place, MutableByteView out) = 0;
};

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_FILE_SOURCE_H_
