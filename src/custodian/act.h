#ifndef STRONGROOM_CUSTODIAN_ACT_H_
#define STRONGROOM_CUSTODIAN_ACT_H_

#include "client/follower.h"
#include "custodian/inspect.h"
#include "keys/key_file.h"

/// What a custodian signs. Every act goes through the caller's own follower, key and eyes.
namespace strongroom::custodian {

/// Whose hands. Borrowed for the call.
struct Hands {
  const keys::KeyFile& key;
  PersonId person;
  const Clock& clock;
};

/// A vote stands this long unless the proposal ends before.
inline constexpr std::int64_t kVoteSeconds = 24 * 3600;

/// Opens the own leaf of every group *for the context of the shown proposal*, checks it against its
/// commitment, re-seals it to the host for this proposal, signs and sends the vote. `shown` must
/// come from `inspect` just now, and have been looked at. Errors: kRefused, kWrongKey (the leaf is
/// not ours, or not of this object), kNotAuthentic, kFrozen, kExpired, kNetwork.
[[nodiscard]] Result<protocol::Receipt> approve(client::Follower& follower, const Hands& hands,
                                                const Shown& shown, const std::string& reason);
[[nodiscard]] Result<protocol::Receipt> refuse(client::Follower& follower, const Hands& hands,
                                               const Shown& shown, const std::string& reason);
/// Does an approval of that person stand? Then another adds nothing.
[[nodiscard]] bool has_approved(const Shown& shown, const PersonId& person, UnixSeconds now);

/// Of one object, or of everything.
[[nodiscard]] Result<protocol::Receipt> freeze(client::Follower& follower, const Hands& hands,
                                               const std::optional<ObjectId>& object,
                                               const std::string& reason);
[[nodiscard]] Result<protocol::Receipt> recall(client::Follower& follower, const Hands& hands,
                                               const ProposalId& proposal,
                                               const std::string& reason);

/// The same, signed and not sent: for who cannot reach the log, or will not wait for it. An agent
/// takes it directly, and anybody enrolled can deliver it to the log. Errors: kMalformed (the
/// reason).
[[nodiscard]] Result<protocol::Command> signed_freeze(const client::Follower& follower,
                                                      const Hands& hands,
                                                      const std::optional<ObjectId>& object,
                                                      const std::string& reason);
[[nodiscard]] Result<protocol::Command> signed_recall(const client::Follower& follower,
                                                      const Hands& hands,
                                                      const ProposalId& proposal,
                                                      const std::string& reason);

/// Signs statements with the key file of a person.
[[nodiscard]] protocol::Signer signer_of(const keys::KeyFile& key);

}  // namespace strongroom::custodian

#endif  // STRONGROOM_CUSTODIAN_ACT_H_
