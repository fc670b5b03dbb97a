#include "seal/floe.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/random.h"

namespace strongroom::seal {

namespace {

constexpr std::size_t kParameterBytes = 10;
constexpr std::size_t kIvBytes = 32;
constexpr std::size_t kHeaderTagBytes = 32;
constexpr std::uint32_t kNotFinal = 0xFFFFFFFF;

std::array<std::uint8_t, kParameterBytes> encoded(const FloeParameters& parameters) {
  std::array<std::uint8_t, kParameterBytes> out{};  // AEAD id 0, KDF id 0
  put_u32(parameters.encrypted_segment_bytes, std::span(out).subspan<2, 4>());
  put_u32(kIvBytes, std::span(out).subspan<6, 4>());
  return out;
}

// FLOE_KDF: the header's parameters and IV, then the purpose, then the associated data.
void derive(ByteView key, ByteView parameters_and_iv, ByteView purpose, ByteView associated,
            MutableByteView out) {
  Bytes info;
  info.reserve(parameters_and_iv.size() + purpose.size() + associated.size());
  info.insert(info.end(), parameters_and_iv.begin(), parameters_and_iv.end());
  info.insert(info.end(), purpose.begin(), purpose.end());
  info.insert(info.end(), associated.begin(), associated.end());
  crypto::hkdf_expand(crypto::HashKind::kSha384, key, info, out);
}

ByteView parameters_and_iv(const FloeHeader& header) {
  return ByteView(header).first(kParameterBytes + kIvBytes);
}

std::array<std::uint8_t, kHeaderTagBytes> tag_of(const FloeHeader& header, const DataKey& key,
                                                 ByteView associated) {
  std::array<std::uint8_t, kHeaderTagBytes> tag{};
  key.with_bytes([&](ByteView bytes) {
    derive(bytes, parameters_and_iv(header), as_bytes("HEADER_TAG:"), associated, tag);
  });
  return tag;
}

std::array<std::uint8_t, 9> associated_of(SegmentPlace place) {
  std::array<std::uint8_t, 9> out{};
  put_u64(place.position, std::span(out).first<8>());
  out[8] = place.final ? 1 : 0;
  return out;
}

}  // namespace

FloeStream::FloeStream(const FloeParameters& parameters, const DataKey& key, ByteView associated,
                       const FloeHeader& header)
    : parameters_(parameters),
      header_(header),
      associated_(copy_bytes(associated)),
      message_key_(MessageKey::filled([&](MutableByteView out) {
        key.with_bytes([&](ByteView bytes) {
          derive(bytes, parameters_and_iv(header), as_bytes("MESSAGE_KEY:"), associated, out);
        });
      })) {}

FloeStream FloeStream::start(const FloeParameters& parameters, const DataKey& key,
                             ByteView associated) {
  CHECK(parameters.encrypted_segment_bytes > kFloeSegmentOverheadBytes);
  FloeHeader header{};
  std::ranges::copy(encoded(parameters), header.begin());
  crypto::random_bytes(MutableByteView(header).subspan(kParameterBytes, kIvBytes));
  std::ranges::copy(tag_of(header, key, associated), header.begin() + kParameterBytes + kIvBytes);
  return {parameters, key, associated, header};
}

Result<FloeStream> FloeStream::open(const FloeParameters& parameters, const DataKey& key,
                                    ByteView associated, ByteView header) {
  FloeHeader own{};
  if (header.size() != own.size()) {
    return fail(ErrorCode::kMalformed, "FLOE header of a wrong length");
  }
  std::ranges::copy(header, own.begin());
  if (!std::ranges::equal(encoded(parameters), header.first(kParameterBytes))) {
    return fail(ErrorCode::kMalformed, "FLOE header with other parameters");
  }
  if (!equal_in_constant_time(tag_of(own, key, associated), header.last(kHeaderTagBytes))) {
    return fail(ErrorCode::kWrongKey, "the data key does not fit this stream");
  }
  return FloeStream(parameters, key, associated, own);
}

void FloeCipher::use_key_for(std::uint64_t position) {
  const unsigned bits = stream_->parameters_.rotation_bits;
  const std::uint64_t rotation = position >> bits << bits;
  if (aead_ && rotation == rotation_) return;
  std::array<std::uint8_t, 12> purpose{'D', 'E', 'K', ':'};
  put_u64(rotation, std::span(purpose).last<8>());
  const auto key = Secret<32, struct FloeSegmentKeyMeaning>::filled([&](MutableByteView out) {
    stream_->message_key_.with_bytes([&](ByteView message_key) {
      derive(message_key, parameters_and_iv(stream_->header_), purpose, stream_->associated_, out);
    });
  });
  key.with_bytes([&](ByteView bytes) { aead_.emplace(crypto::AeadKind::kAes256Gcm, bytes); });
  rotation_ = rotation;
}

void FloeCipher::seal(SegmentPlace place, MutableByteView segment) {
  const std::size_t full = stream_->parameters_.encrypted_segment_bytes;
  CHECK(place.position < kFloeSegmentsMax);
  CHECK(segment.size() >= kFloeSegmentOverheadBytes && segment.size() <= full);
  CHECK(place.final || segment.size() == full);
  use_key_for(place.position);
  put_u32(place.final ? static_cast<std::uint32_t>(segment.size()) : kNotFinal, segment.first<4>());
  const MutableByteView iv = segment.subspan(4, crypto::kAeadNonceBytes);
  crypto::random_bytes(iv);
  const MutableByteView sealed = segment.subspan(kFloeSegmentPrefixBytes);
  aead_->seal(iv, associated_of(place), sealed.first(sealed.size() - crypto::kAeadTagBytes),
              sealed);
}

Result<void> FloeCipher::open(SegmentPlace place, ByteView segment, MutableByteView out) {
  const auto refuse = [&](std::string_view why) {
    std::ranges::fill(out, std::uint8_t{0});
    return fail(ErrorCode::kNotAuthentic, std::string(why));
  };
  const std::size_t full = stream_->parameters_.encrypted_segment_bytes;
  const bool possible = place.position < kFloeSegmentsMax &&
                        segment.size() >= kFloeSegmentOverheadBytes && segment.size() <= full &&
                        (place.final || segment.size() == full);
  if (!possible) return refuse("a segment of an impossible length");
  CHECK(out.size() == segment.size() - kFloeSegmentOverheadBytes);
  const std::uint32_t length = get_u32(segment.first<4>());
  if (length != (place.final ? segment.size() : kNotFinal)) {
    return refuse("a segment that names another length");
  }
  use_key_for(place.position);
  return aead_->open(segment.subspan(4, crypto::kAeadNonceBytes), associated_of(place),
                     segment.subspan(kFloeSegmentPrefixBytes), out);
}

}  // namespace strongroom::seal
