// expect: (static assertion failed.*formatt|deleted constructor.*formatter)
#include <fmt/format.h>

#include "base/result.h"
#include "base/secret.h"

strongroom::Result<void> blame(const strongroom::SecretBytes& passphrase) {
  return strongroom::fail(strongroom::ErrorCode::kWrongKey, fmt::format("wrong: {}", passphrase));
}
