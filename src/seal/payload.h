#ifndef STRONGROOM_SEAL_PAYLOAD_H_
#define STRONGROOM_SEAL_PAYLOAD_H_

#include <string_view>

#include "base/ids.h"
#include "crypto/merkle.h"
#include "seal/floe.h"

/// How plaintext becomes blobs: suites, sizes, and what each stream is bound to.
/// Source: spec/payload.md.
namespace strongroom::seal {

/// Cipher and tree as a whole, by name; never mixed within an object.
enum class PayloadSuite { kFloe1mBlake3, kFloe1mSha256 };
[[nodiscard]] std::string_view name_of(PayloadSuite suite);
/// Errors: kMalformed for a name that is none.
[[nodiscard]] Result<PayloadSuite> payload_suite_from(std::string_view name);
[[nodiscard]] crypto::TreeHash tree_of(PayloadSuite suite);

/// Plaintext bytes per segment; only a stream's last one may be shorter.
inline constexpr std::size_t kSegmentBytes = std::size_t{1} << 20;
inline constexpr std::size_t kSealedSegmentBytes = kSegmentBytes + kFloeSegmentOverheadBytes;
inline constexpr FloeParameters kPayloadFloe{kSealedSegmentBytes, 20};
/// So that every count and offset stays within a JSON integer.
inline constexpr std::uint64_t kStreamBytesMax = std::uint64_t{1} << 52;

/// At least 1: a stream of no bytes has one empty, final segment.
[[nodiscard]] std::uint64_t segment_count(std::uint64_t plaintext_bytes);
/// Of segment `index` < segment_count(plaintext_bytes).
[[nodiscard]] std::size_t segment_bytes(std::uint64_t plaintext_bytes, std::uint64_t index);
/// Where segment `index` begins in its blob.
[[nodiscard]] std::uint64_t segment_offset(std::uint64_t index);
/// The whole blob.
[[nodiscard]] std::uint64_t sealed_bytes(std::uint64_t plaintext_bytes);
/// The leaf file: one hash for the header (leaf 0) and one for each segment.
[[nodiscard]] std::uint64_t leaf_count(std::uint64_t plaintext_bytes);

enum class StreamKind { kFile, kNames };

/// Everything that makes one stream that stream and no other.
struct StreamIdentity {
  StrongroomId strongroom;
  ObjectId object;
  std::int64_t group = 0;
  StreamKind kind = StreamKind::kFile;
  std::int64_t index = 0;  ///< of the file within the object; 0 for names
  std::uint64_t bytes = 0;
  PayloadSuite suite = PayloadSuite::kFloe1mBlake3;
};
/// FLOE's associated data.
[[nodiscard]] Digest associated_with(const StreamIdentity& stream);

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_PAYLOAD_H_
