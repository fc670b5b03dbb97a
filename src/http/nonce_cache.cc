#include "http/nonce_cache.h"

namespace strongroom::http {

NonceCache::NonceCache(const NonceLimits& limits, UnixSeconds started)
    : limits_(limits), started_(started), latest_(started) {}

Result<void> NonceCache::admit(const VerifiedSigner& signer, UnixSeconds now) {
  const Lock lock(mutex_);
  // By less, the rule of age below still holds. By more: nonces of what is young again by this
  // clock may be forgotten, so that only what is signed from the next second on is let in.
  if (now + limits_.skew_seconds_max < latest_) {
    latest_ = now;
    started_ = now + 1;
  }
  if (signer.created < started_) {
    return fail(ErrorCode::kNotAuthentic,
                "the request was signed before this server started, or before its clock was set "
                "back: sign it again");
  }
  latest_ = std::max(latest_, now);
  if (signer.created + limits_.skew_seconds_max < latest_) {
    return fail(ErrorCode::kNotAuthentic, "the signed request is too old: sign it again");
  }
  forget();
  const auto known = by_key_.find(signer.key_id);
  if (known != by_key_.end() && known->second.count(signer.nonce) != 0) {
    return fail(ErrorCode::kNotAuthentic,
                "this signed request was already taken once: sign a new one");
  }
  const std::size_t of_key = known == by_key_.end() ? 0 : known->second.size();
  if (by_age_.size() >= limits_.nonces_max || of_key >= limits_.nonces_per_key_max) {
    return fail(ErrorCode::kUnavailable, "too many signed requests at once: wait some minutes");
  }
  by_key_[signer.key_id].insert(signer.nonce);
  by_age_.insert({signer.created.value, signer.key_id, signer.nonce});
  return {};
}

void NonceCache::forget() {
  while (!by_age_.empty() && by_age_.begin()->created + limits_.skew_seconds_max < latest_.value) {
    const Entry& oldest = *by_age_.begin();
    const auto nonces = by_key_.find(oldest.key_id);
    nonces->second.erase(oldest.nonce);
    if (nonces->second.empty()) by_key_.erase(nonces);
    by_age_.erase(by_age_.begin());
  }
}

}  // namespace strongroom::http
