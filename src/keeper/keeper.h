#ifndef STRONGROOM_KEEPER_KEEPER_H_
#define STRONGROOM_KEEPER_KEEPER_H_

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "crypto/hpke.h"
#include "judge/world.h"
#include "protocol/command.h"
#include "protocol/release.h"
#include "seal/shares.h"

namespace strongroom::keeper {

/// What the keeper needs of an object; it checks their digests against the log.
struct ObjectRecords {
  std::string key_record;
  std::string sealed_shares;
};

/// May T be opened for this redemption, by what the log says in `rooms`? It must stand there
/// exactly as it is asked for, granted, not recalled, its lease not ended, nothing frozen, its key
/// record not lapsed. Gives its proposal. Pure. Errors: kNotYet, kExpired, kRefused, kFrozen.
[[nodiscard]] Result<vault::Proposal> may_open(const protocol::Redemption& redemption,
                                               const judge::Rooms& rooms);

/// Holds the deposit key's private half, which never leaves it, and opens one site secret for one
/// proved redemption. It takes nobody's word: it follows the log itself, from the pinned id, and
/// judges every entry again. Thread-safe.
class Keeper {
 public:
  /// `deposit_key` is the private half of the deposit key in the genesis. Borrows `clock`.
  Keeper(const StrongroomId& pinned, crypto::KemPrivate deposit_key, const Clock& clock)
      : deposit_key_(std::move(deposit_key)), clock_(clock), world_(pinned) {}

  /// How many entries it has followed; `follow` takes the next ones.
  [[nodiscard]] std::int64_t followed() const;
  /// After an error the keeper opens nothing any more. Errors: those of judge::World.
  [[nodiscard]] Result<void> follow(std::span<const std::string> entries);

  /// A fresh nonce for redemption `n`, good for kNonceSeconds. Errors: kUnavailable (too many
  /// open).
  [[nodiscard]] Result<Digest> challenge(const ProposalId& proposal, std::int64_t n);
  /// Before the redemption is logged: is the nonce ours, fresh and unused, and does the evidence
  /// bind it? Uses the nonce up. Errors: kNotAuthentic, kExpired, kRefused.
  [[nodiscard]] Result<void> admit(const protocol::Redemption& redemption,
                                   const protocol::Evidence& evidence);
  /// After it is durable in the log that has been followed: T of every group asked for, re-sealed
  /// to the host. Errors: kNotYet (not in the log), kFrozen, kRefused, kNotAuthentic, kWrongKey.
  [[nodiscard]] Result<std::vector<protocol::RedeemedSite>> open(
      const protocol::Redemption& redemption, const ObjectRecords& records);

  static constexpr std::int64_t kNonceSeconds = 60;
  static constexpr std::size_t kNoncesMax = 4096;

 private:
  struct Challenge {
    ProposalId proposal;
    std::int64_t n;
    BootSeconds until;
  };
  const crypto::KemPrivate deposit_key_;
  const Clock& clock_;
  mutable Mutex mutex_;
  judge::World world_ GUARDED_BY(mutex_);
  bool broken_ GUARDED_BY(mutex_) = false;
  std::map<Digest, Challenge> challenges_ GUARDED_BY(mutex_);
};

}  // namespace strongroom::keeper

#endif  // STRONGROOM_KEEPER_KEEPER_H_
