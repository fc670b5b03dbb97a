#ifndef STRONGROOM_CRYPTO_RANDOM_H_
#define STRONGROOM_CRYPTO_RANDOM_H_

#include "base/bytes.h"

namespace strongroom::crypto {

/// Fresh from the kernel at each call, never buffered ahead: a cloned virtual machine must not
/// repeat them. Ends the process when the kernel has none to give.
void random_bytes(MutableByteView out);

template <class Id>
[[nodiscard]] Id random_id() {
  Id id;
  random_bytes(id.bytes);
  return id;
}

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_RANDOM_H_
