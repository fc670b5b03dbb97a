#ifndef STRONGROOM_AGENT_REKEY_H_
#define STRONGROOM_AGENT_REKEY_H_

#include <string>
#include <vector>

#include "agent/redemption.h"
#include "protocol/rekey.h"
#include "seal/new_keys.h"

/// New keys for something sealed: what the host of a re-key does with what it redeemed, and the
/// host that rehearses the result. Nothing is mounted or read but the names of files, to see that
/// the keys are the right ones.
namespace strongroom::agent {

/// What a re-key takes. Borrowed for the call.
struct Rekeying {
  const client::Follower& follower;  ///< has followed to the redemption
  store::BlobStore& store;
  const crypto::KemPrivate& recipient;
  OwnHost host;
};
/// A key record that is in the store and waits for its entry in the log.
struct WrittenRekey {
  protocol::Rekey rekey;
  protocol::Command command;  ///< signed; may be sent again unchanged
  seal::NewKeys keys;         ///< sealed and committed to, nothing secret
  seal::WrittenKeys written;
};
/// Unwraps the data key of every group in locked memory, sees that it opens the object, draws new Q
/// and T, splits and seals them to whom the followed log names for the policy that was asked for,
/// writes the new documents into the store, and signs what is to be logged. Every secret is wiped
/// before it returns. Errors: redeemed_keys'; kConflict (the log no longer names that policy or
/// epoch), kNotAuthentic (the keys do not open the object), seal::draw_keys' and write_keys'.
[[nodiscard]] Result<WrittenRekey> write_rekey(const Rekeying& rekeying,
                                               const protocol::Redemption& redemption,
                                               const std::vector<protocol::RedeemedSite>& sites);
/// The log did not take it.
void take_back(const WrittenRekey& rekey, store::BlobStore& store);

/// Opens the object by the key record that waits to be confirmed: every group's keys, and with them
/// the names of its files, which shows that they are the object's own. Then wipes them. Gives the
/// nodes that were recomputed. Errors: redeemed_keys', and OpenObject::open's.
[[nodiscard]] Result<std::vector<std::string>> rehearse_redeemed(
    const Opening& opening, const protocol::Redemption& redemption,
    const std::vector<protocol::RedeemedSite>& sites);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_REKEY_H_
