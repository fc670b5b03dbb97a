#include "crypto/version.h"

#include <openssl/crypto.h>

namespace strongroom::crypto {

std::string library_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace strongroom::crypto
