#ifndef STRONGROOM_SEAL_FLOE_H_
#define STRONGROOM_SEAL_FLOE_H_

#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/aead.h"

namespace strongroom::seal {

/// FLOE, C2SP FLOE.md: random-access authenticated encryption with AES-256-GCM and
/// HKDF-Expand-SHA-384.
///
///   stream  = header ‖ segment 0 ‖ … ‖ segment n−1
///   header  = parameters (10 bytes) ‖ IV (32) ‖ tag (32)
///   segment = length (4; ff ff ff ff unless final) ‖ IV (12) ‖ ciphertext ‖ tag (16)
///
/// A stream commits to its key only while position and final flag come from somewhere the attacker
/// does not choose: here, the manifest.
struct FloeParameters {
  std::uint32_t encrypted_segment_bytes;  ///< over kFloeSegmentOverheadBytes
  unsigned rotation_bits = 20;            ///< a new AEAD key every 2^n segments; not in the header
};
inline constexpr std::size_t kFloeHeaderBytes = 74;
inline constexpr std::size_t kFloeSegmentOverheadBytes = 32;
/// What of a segment stands before its ciphertext.
inline constexpr std::size_t kFloeSegmentPrefixBytes = 16;
inline constexpr std::uint64_t kFloeSegmentsMax = std::uint64_t{1} << 40;

using DataKey = Secret<32, struct DataKeyMeaning>;
using FloeHeader = std::array<std::uint8_t, kFloeHeaderBytes>;

/// Where a segment stands; never taken from the stream itself.
struct SegmentPlace {
  std::uint64_t position;  ///< below kFloeSegmentsMax
  bool final;
};

/// One stream's keys. Immutable, thread-safe; must outlive its ciphers.
class FloeStream {
 public:
  /// A new stream with a fresh IV. `associated` is bound to every byte of it.
  [[nodiscard]] static FloeStream start(const FloeParameters& parameters, const DataKey& key,
                                        ByteView associated);
  /// Errors: kMalformed (other parameters, wrong length), kWrongKey (the header's tag does not fit
  /// key and associated data).
  [[nodiscard]] static Result<FloeStream> open(const FloeParameters& parameters, const DataKey& key,
                                               ByteView associated, ByteView header);
  [[nodiscard]] const FloeHeader& header() const { return header_; }

 private:
  friend class FloeCipher;
  using MessageKey = Secret<48, struct FloeMessageKeyMeaning>;
  FloeStream(const FloeParameters& parameters, const DataKey& key, ByteView associated,
             const FloeHeader& header);
  FloeParameters parameters_;
  FloeHeader header_;
  Bytes associated_;
  MessageKey message_key_;
};

/// Seals and opens segments of one stream, keeping the AEAD key of the rotation it is in. Not
/// thread-safe: one per thread. Borrows `stream`.
class FloeCipher {
 public:
  explicit FloeCipher(const FloeStream& stream) : stream_(&stream) {}
  /// The plaintext lies in segment[kFloeSegmentPrefixBytes .. size − 16) and is sealed in place. A
  /// segment that is not final has exactly encrypted_segment_bytes, a final one at least 32 and at
  /// most that. Its IV is drawn from the kernel now. The caller seals each place once.
  void seal(SegmentPlace place, MutableByteView segment);
  /// `out` has segment.size() − 32 bytes and holds zeroes after a failure; it does not overlap
  /// `segment`. Errors: kNotAuthentic (also for a length or a position that cannot be).
  [[nodiscard]] Result<void> open(SegmentPlace place, ByteView segment, MutableByteView out);

 private:
  void use_key_for(std::uint64_t position);
  const FloeStream* stream_;
  std::optional<crypto::Aead> aead_;
  std::uint64_t rotation_ = 0;  // which aead_ is for
};

}  // namespace strongroom::seal

#endif  // STRONGROOM_SEAL_FLOE_H_
