#ifndef STRONGROOM_CRYPTO_BLAKE3_STREAM_H_
#define STRONGROOM_CRYPTO_BLAKE3_STREAM_H_

#include <memory>

#include "base/bytes.h"
#include "base/ids.h"

namespace strongroom::crypto {

/// BLAKE3 bit by bit, for what does not fit memory. Not thread-safe.
class Blake3Stream {
 public:
  Blake3Stream();
  ~Blake3Stream();
  Blake3Stream(Blake3Stream&&) noexcept;
  Blake3Stream& operator=(Blake3Stream&&) noexcept;
  void add(ByteView input);
  [[nodiscard]] Digest finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_BLAKE3_STREAM_H_
