#ifndef STRONGROOM_CUSTODIAN_CONFIRM_H_
#define STRONGROOM_CUSTODIAN_CONFIRM_H_

#include "client/follower.h"
#include "custodian/act.h"

/// A custodian's word that a key record can be opened with the own leaves.
namespace strongroom::custodian {

/// Opens the own leaf of every group of the object, as the key record in force has it, or the one
/// that a re-key left to be confirmed if the person has not confirmed that yet; checks each against
/// its commitment, forgets them, and logs that they hold. Follows the log first. Errors: kNotFound,
/// kConflict (confirmed already), kWrongKey (a leaf is not ours, or does not open), kNotAuthentic
/// (it opens, but is not what was committed to: the deposit is bad, seal again), kNetwork.
[[nodiscard]] Result<protocol::Receipt> confirm(client::Follower& follower, const Hands& hands,
                                                const ObjectId& object);

/// Those in whose tree the person stands and which the person has not confirmed, in log order.
[[nodiscard]] Result<std::vector<ObjectId>> unconfirmed_by(const client::Follower& follower,
                                                           const PersonId& person);

}  // namespace strongroom::custodian

#endif  // STRONGROOM_CUSTODIAN_CONFIRM_H_
