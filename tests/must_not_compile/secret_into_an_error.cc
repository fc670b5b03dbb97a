// expect: (no matching function|could not convert|cannot convert|no viable conversion)
#include "base/result.h"
#include "base/secret.h"

strongroom::Error blame(strongroom::SecretBytes passphrase) {
  return strongroom::Error{strongroom::ErrorCode::kWrongKey, std::move(passphrase)};
}
