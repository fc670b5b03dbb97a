#ifndef STRONGROOM_AGENT_REDEMPTION_H_
#define STRONGROOM_AGENT_REDEMPTION_H_

#include <memory>

#include "client/follower.h"
#include "keys/key_file.h"
#include "protocol/release.h"
#include "seal/manifest.h"
#include "seal/open_object.h"
#include "store/blob_store.h"

namespace strongroom::agent {

/// The host itself. Borrowed.
struct OwnHost {
  HostId id;
  const keys::SigningKeyFile& key;
};

/// A statement that this host signs. Errors: those of its key.
[[nodiscard]] Result<protocol::Command> host_command(const OwnHost& host, protocol::EntryType type,
                                                     format::Json statement);

/// The evidence of this host for `binding`. Kind "none (development)": it proves nothing, and says
/// so.
[[nodiscard]] protocol::Evidence evidence_for(const OwnHost& host, const Digest& binding);

/// A redemption as it was signed, to be sent again unchanged when an answer is lost.
struct SignedRedemption {
  protocol::Redemption redemption;
  protocol::Command command;
};
/// Asks the keeper for its nonce and signs. Errors: kNetwork, and the keeper's.
[[nodiscard]] Result<SignedRedemption> sign_redemption(const client::Connection& connection,
                                                       const OwnHost& host,
                                                       const vault::Proposal& proposal,
                                                       std::int64_t n);
/// Sends it and gives what the keeper re-sealed. Safe to repeat. Errors: kNetwork, and the
/// server's.
[[nodiscard]] Result<std::vector<protocol::RedeemedSite>> send_redemption(
    const client::Connection& connection, const SignedRedemption& redemption);

/// What opening takes, besides what the log proves. Borrowed for the call.
struct Opening {
  const client::Follower& follower;  ///< has followed to the redemption
  const store::BlobStore& store;
  const crypto::KemPrivate& recipient;
};
/// The data keys that a redemption gives, and what of the trees they came from was recomputed.
/// Move-only.
struct RedeemedKeys {
  protocol::Request request;
  seal::Manifest manifest;
  std::vector<seal::GroupKey> keys;  ///< in the request's order of groups
  std::vector<std::string> nodes;    ///< paths, ascending; the same in every group
};
/// Demands the proofs for itself: the grant and this redemption stand in the followed log, under a
/// key record that has not lapsed, and it was released for this act. Takes the re-sealed leaves of
/// the votes that were granted on, checks each against its vote and its commitment, combines,
/// recomputes the tree, unwraps. Errors: kNotYet (not proved), kRefused (released for something
/// else), kExpired (lapsed), kNotAuthentic (also: the tree was sealed wrong, and no opening under
/// this record has been rehearsed before), kWrongKey (naming bad leaves).
[[nodiscard]] Result<RedeemedKeys> redeemed_keys(const Opening& opening,
                                                 const protocol::Redemption& redemption,
                                                 const std::vector<protocol::RedeemedSite>& sites,
                                                 protocol::ReleaseAct act);

/// An object that is open, and what of its trees the opening recomputed and found as committed.
struct Rehearsed {
  std::unique_ptr<seal::OpenObject> object;
  std::vector<std::string> nodes;  ///< paths, ascending; the same in every group
};
/// Of a lease, and of nothing else: what was released for a re-key is never read. Errors:
/// redeemed_keys', and OpenObject::open's.
[[nodiscard]] Result<Rehearsed> open_and_rehearse(const Opening& opening,
                                                  const protocol::Redemption& redemption,
                                                  const std::vector<protocol::RedeemedSite>& sites);
/// The object alone.
[[nodiscard]] Result<std::unique_ptr<seal::OpenObject>> open_redeemed(
    const Opening& opening, const protocol::Redemption& redemption,
    const std::vector<protocol::RedeemedSite>& sites);

/// Tells the log what the opening recomputed. Errors: kNetwork, and the server's.
[[nodiscard]] Result<void> tell_rehearsed(client::Follower& follower, const OwnHost& host,
                                          const protocol::Redemption& redemption,
                                          const std::vector<std::string>& nodes);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_REDEMPTION_H_
