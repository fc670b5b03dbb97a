#include "crypto/blake3_stream.h"

#include <blake3.h>

namespace strongroom::crypto {

struct Blake3Stream::State {
  blake3_hasher hasher;
};

Blake3Stream::Blake3Stream() : state_(std::make_unique<State>()) {
  blake3_hasher_init(&state_->hasher);
}
Blake3Stream::~Blake3Stream() = default;
Blake3Stream::Blake3Stream(Blake3Stream&&) noexcept = default;
Blake3Stream& Blake3Stream::operator=(Blake3Stream&&) noexcept = default;

void Blake3Stream::add(ByteView input) {
  blake3_hasher_update(&state_->hasher, input.data(), input.size());
}

Digest Blake3Stream::finish() const {
  Digest digest;
  blake3_hasher_finalize(&state_->hasher, digest.bytes.data(), digest.bytes.size());
  return digest;
}

}  // namespace strongroom::crypto
