// expect: (no matching (function|conversion)|cannot convert)
#include "base/secret.h"
#include "format/json.h"

strongroom::format::Json document(const strongroom::SecretBytes& passphrase) {
  return strongroom::format::Json(passphrase);
}
