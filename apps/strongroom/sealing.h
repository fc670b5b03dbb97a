#ifndef STRONGROOM_STRONGROOM_SEALING_H_
#define STRONGROOM_STRONGROOM_SEALING_H_

#include "io/listing.h"
#include "seal/seal_object.h"
#include "session.h"

/// What seal and rehearse share: from the log that was followed to a sealed object's deposit.
namespace strongroom::terminal {

/// Signs the statement with the session's key, and sends it.
[[nodiscard]] Result<void> send(Session& session, protocol::Command command);

/// To the policy, custodians, site and recovery holders that the log names. Borrows `listing`.
[[nodiscard]] Result<seal::SealRequest> seal_request(Session& session, const io::Listing& listing,
                                                     const std::optional<Digest>& previous);
[[nodiscard]] Result<void> deposit(Session& session, const AssetId& asset,
                                   const seal::SealRequest& request,
                                   const seal::SealedObject& sealed);

/// What scan says of it by headers, in a line unless all is clean. Errors: kRefused (hostile, and
/// not `even_hostile`), kInterrupted, kDisk.
[[nodiscard]] Result<void> screen_before_sealing(const Common& common, const std::string& directory,
                                                 bool even_hostile);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_SEALING_H_
