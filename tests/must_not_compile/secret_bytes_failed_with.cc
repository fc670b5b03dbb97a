// expect: (could not convert|cannot convert|no matching function)
#include "base/result.h"
#include "base/secret.h"

strongroom::Result<void> blame(const strongroom::SecretBytes& passphrase) {
  return strongroom::fail(strongroom::ErrorCode::kWrongKey, passphrase);
}
