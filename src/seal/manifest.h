#ifndef STRONGROOM_SEAL_MANIFEST_H_
#define STRONGROOM_SEAL_MANIFEST_H_

#include <optional>
#include <string>
#include <vector>

#include "seal/payload.h"

namespace strongroom::seal {

/// One stream's exact length and the root over its ciphertext.
struct SealedStream {
  std::uint64_t bytes = 0;  ///< of plaintext, at most kStreamBytesMax
  Digest root;
  bool operator==(const SealedStream&) const = default;
};

/// Files that are released together. Their indices follow one another through the whole object.
struct SealedGroup {
  SealedStream names;
  std::vector<SealedStream> files;
  bool operator==(const SealedGroup&) const = default;
};

/// What an object is, for ever. Holds no name and no key: anybody may check the blobs against it.
/// Group g is groups[g]. Source: spec/manifest.md.
struct Manifest {
  StrongroomId strongroom;
  ObjectId object;
  PayloadSuite suite = PayloadSuite::kFloe1mBlake3;
  std::vector<SealedGroup> groups;  ///< 1..limits::kObjectGroupsMax
  std::optional<Digest> previous;   ///< digest of the manifest of the version before
  bool operator==(const Manifest&) const = default;

  [[nodiscard]] std::int64_t file_count() const;
  /// Of the files, without names.
  [[nodiscard]] std::uint64_t plaintext_bytes() const;
};

/// Canonical bytes. Errors: kTooLarge (over limits::kJsonDocumentBytesMax, or more files than
/// limits::kObjectFilesMax).
[[nodiscard]] Result<std::string> encode(const Manifest& manifest);
/// Total; encode(decode(x)) == x. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<Manifest> decode_manifest(std::string_view bytes);
/// labelled_digest("manifest", bytes): what the depositor signs and the log holds.
[[nodiscard]] Digest manifest_digest(std::string_view bytes);

/// A stream where it stands in its manifest.
struct PlacedStream {
  StreamIdentity identity;
  SealedStream sealed;
  std::string blob;  ///< name in the blob store; its leaf file is blob + kLeavesSuffix
};
[[nodiscard]] PlacedStream names_stream(const Manifest& manifest, std::int64_t group);
/// Every file of `group`, in order.
[[nodiscard]] std::vector<PlacedStream> file_streams(const Manifest& manifest, std::int64_t group);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_MANIFEST_H_
