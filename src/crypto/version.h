#ifndef STRONGROOM_CRYPTO_VERSION_H_
#define STRONGROOM_CRYPTO_VERSION_H_

#include <string>

namespace strongroom::crypto {

/// Of the OpenSSL that is loaded now: "3.0.17".
[[nodiscard]] std::string library_version();

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_VERSION_H_
