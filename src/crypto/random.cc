#include "crypto/random.h"

#include <sys/random.h>

#include <cerrno>

#include "base/result.h"

namespace strongroom::crypto {

void random_bytes(MutableByteView out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0);
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace strongroom::crypto
