#include "seal/payload.h"

#include <algorithm>

#include "crypto/hash.h"

namespace strongroom::seal {

namespace {

std::string_view name_of(StreamKind kind) { return kind == StreamKind::kFile ? "file" : "names"; }

std::array<std::uint8_t, 8> number(std::uint64_t value) {
  std::array<std::uint8_t, 8> out{};
  put_u64(value, out);
  return out;
}

}  // namespace

std::string_view name_of(PayloadSuite suite) {
  return suite == PayloadSuite::kFloe1mBlake3 ? "floe-1m-blake3" : "floe-1m-sha256";
}

Result<PayloadSuite> payload_suite_from(std::string_view name) {
  for (const PayloadSuite suite : {PayloadSuite::kFloe1mBlake3, PayloadSuite::kFloe1mSha256}) {
    if (name == name_of(suite)) return suite;
  }
  return fail(ErrorCode::kMalformed, "no such payload suite: " + std::string(name));
}

crypto::TreeHash tree_of(PayloadSuite suite) {
  return suite == PayloadSuite::kFloe1mBlake3 ? crypto::TreeHash::kBlake3
                                              : crypto::TreeHash::kSha256;
}

std::uint64_t segment_count(std::uint64_t plaintext_bytes) {
  const std::uint64_t whole = plaintext_bytes / kSegmentBytes;
  const bool tail = plaintext_bytes % kSegmentBytes != 0;
  return std::max<std::uint64_t>(1, whole + (tail ? 1 : 0));
}

std::size_t segment_bytes(std::uint64_t plaintext_bytes, std::uint64_t index) {
  CHECK(index < segment_count(plaintext_bytes));
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(kSegmentBytes, plaintext_bytes - index * kSegmentBytes));
}

std::uint64_t segment_offset(std::uint64_t index) {
  return kFloeHeaderBytes + index * kSealedSegmentBytes;
}

std::uint64_t sealed_bytes(std::uint64_t plaintext_bytes) {
  return kFloeHeaderBytes + plaintext_bytes +
         segment_count(plaintext_bytes) * kFloeSegmentOverheadBytes;
}

std::uint64_t leaf_count(std::uint64_t plaintext_bytes) {
  return segment_count(plaintext_bytes) + 1;
}

Digest associated_with(const StreamIdentity& stream) {
  return crypto::labelled_digest(
      "payload", {stream.strongroom.view(), stream.object.view(),
                  number(static_cast<std::uint64_t>(stream.group)), as_bytes(name_of(stream.kind)),
                  number(static_cast<std::uint64_t>(stream.index)), number(stream.bytes),
                  as_bytes(name_of(stream.suite))});
}

}  // namespace strongroom::seal
