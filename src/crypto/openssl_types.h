#ifndef STRONGROOM_CRYPTO_OPENSSL_TYPES_H_
#define STRONGROOM_CRYPTO_OPENSSL_TYPES_H_

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

/// Inside this room only: OpenSSL's objects as owners that free themselves.
namespace strongroom::crypto {

struct FreeOpenssl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeOpenssl>;
using KeyContextPointer = std::unique_ptr<EVP_PKEY_CTX, FreeOpenssl>;
using DigestContextPointer = std::unique_ptr<EVP_MD_CTX, FreeOpenssl>;
using CipherContextPointer = std::unique_ptr<EVP_CIPHER_CTX, FreeOpenssl>;

/// Drops what OpenSSL queued about a refused input, which would otherwise show up as the cause of a
/// later, unrelated failure in this thread.
class QuietErrors {
 public:
  QuietErrors() = default;
  ~QuietErrors() { ERR_clear_error(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

}  // namespace strongroom::crypto

#endif  // STRONGROOM_CRYPTO_OPENSSL_TYPES_H_
