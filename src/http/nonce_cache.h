#ifndef STRONGROOM_HTTP_NONCE_CACHE_H_
#define STRONGROOM_HTTP_NONCE_CACHE_H_

#include <map>
#include <set>
#include <string>

#include "base/mutex.h"
#include "http/signature.h"

namespace strongroom::http {

struct NonceLimits {
  std::int64_t skew_seconds_max = 300;      ///< what verify_request was given
  std::size_t nonces_max = 200'000;         ///< all keys together; about 200 bytes each
  std::size_t nonces_per_key_max = 20'000;  ///< so that one key cannot shut the others out
};

/// Lets each signed request through once. Remembers a nonce for as long as its signature would be
/// accepted, and forgets nothing earlier: when full it refuses. It does not outlive the process, so
/// requests made before it started are refused; and when the clock was set back by more than the
/// skew it begins anew in the same way, so that a clock that ran ahead and is right again shuts
/// nobody out. Thread-safe.
class NonceCache {
 public:
  NonceCache(const NonceLimits& limits, UnixSeconds started);
  /// `signer` comes from verify_request at the same `now`. Errors: kNotAuthentic (seen before, or
  /// older than this cache, or than the clock's last setting back), kUnavailable (full).
  [[nodiscard]] Result<void> admit(const VerifiedSigner& signer, UnixSeconds now);

 private:
  struct Entry {
    std::int64_t created;
    std::string key_id;
    std::string nonce;
    auto operator<=>(const Entry&) const = default;
  };
  void forget() REQUIRES_LOCK(mutex_);

  const NonceLimits limits_;
  Mutex mutex_;
  UnixSeconds started_ GUARDED_BY(mutex_);  // anew when the clock is set back
  UnixSeconds latest_ GUARDED_BY(mutex_);  // the clock may be set back; what is forgotten stays old
  std::set<Entry> by_age_ GUARDED_BY(mutex_);
  std::map<std::string, std::set<std::string>> by_key_ GUARDED_BY(mutex_);
};

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_NONCE_CACHE_H_
