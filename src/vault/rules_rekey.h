#ifndef STRONGROOM_VAULT_RULES_REKEY_H_
#define STRONGROOM_VAULT_RULES_REKEY_H_

#include <optional>

#include "vault/events.h"

/// Which key record may a release be of, and when does a new one take its place? Pure: facts in,
/// verdict out.
namespace strongroom::vault {

/// Does the record stand that the request names, and may this kind of release be of it? Asked
/// again at every step of a release, so that what was asked for under a record that has lapsed
/// meanwhile goes no further. A lease and a re-key are of the record in force; a rehearsal is of
/// the one that waits to be confirmed. A re-key ends in the policy in force, in a suite that is not
/// weaker, under the next number. Errors: kExpired (the record has lapsed), kNotYet (not
/// confirmed), kConflict (other digests or numbers than the log's), kRefused, kNotFound (a group).
[[nodiscard]] Result<void> record_stands(const protocol::Request& request, const Object& object,
                                         const Founding& founding);

struct RekeyFacts {
  std::optional<Founding> founding;
  std::optional<Proposal> proposal;
  std::optional<Object> object;
  bool frozen = false;
  UnixSeconds now;
};
/// Only what the quorum of the record in force has granted, by the host that redeemed it, in the
/// time it was given, and exactly as it was asked for. Errors: record_stands'; kNotFound, kRefused,
/// kFrozen, kExpired.
[[nodiscard]] Result<void> may_rekey(const protocol::Rekey& rekey, const RekeyFacts& facts);

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_RULES_REKEY_H_
