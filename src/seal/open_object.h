#ifndef STRONGROOM_SEAL_OPEN_OBJECT_H_
#define STRONGROOM_SEAL_OPEN_OBJECT_H_

#include <memory>
#include <string>
#include <vector>

#include "seal/manifest.h"
#include "store/blob_store.h"

namespace strongroom::seal {

/// A group's key. Move-only.
struct GroupKey {
  std::int64_t group;
  DataKey key;
};

struct OpenFile {
  std::string name;  ///< relative, "/" between components, no empty, "." or ".." component
  std::uint64_t bytes;
  std::int64_t group;
};

/// An object's plaintext, read in checked pieces. Every segment is copied once into private memory,
/// its leaf checked against the manifest's root, then opened and its tag checked; only then given
/// out. Thread-safe. Memory: at most 128 KiB per open stream (256 at most), 2 MiB per reader at
/// work.
class OpenObject {
 public:
  /// Reads the names of the groups whose keys are given. Borrows `store`. Errors: kWrongKey,
  /// kNotAuthentic (names that do not check), kMalformed, kNotFound, kDisk, kUsage (a group that is
  /// not there, or twice).
  [[nodiscard]] static Result<std::unique_ptr<OpenObject>> open(const store::BlobStore& store,
                                                                const Manifest& manifest,
                                                                std::vector<GroupKey> keys);
  virtual ~OpenObject() = default;  ///< as wipe()

  /// Sorted bytewise by name; the same for life. No name stands twice or is another's directory.
  [[nodiscard]] virtual const std::vector<OpenFile>& files() const = 0;
  /// `file` indexes files(). `out` has exactly the segment's length (segment_bytes) and holds
  /// zeroes after a failure. Errors: kNotAuthentic, kWrongKey, kExpired (after wipe), kNotFound,
  /// kDisk.
  [[nodiscard]] virtual Result<void> read_segment(std::size_t file, std::uint64_t segment,
                                                  MutableByteView out) = 0;
  /// Waits for reads under way, then wipes every key; later reads fail. Idempotent.
  virtual void wipe() = 0;
};

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_OPEN_OBJECT_H_
