#ifndef STRONGROOM_STRONGROOM_RELEASE_H_
#define STRONGROOM_STRONGROOM_RELEASE_H_

#include "options.h"
#include "protocol/lease.h"
#include "session.h"

/// What open, close and rehearse share: a release to this machine, through its agent.
namespace strongroom::terminal {

/// Asks (or takes up `options.proposal`), waits for approvals unless `options.no_wait`, and gives
/// the lease once it is mounted. Errors: kNotYet (not released so far), kExpired, kRefused.
[[nodiscard]] Result<protocol::LeaseStatus> mounted_release(const Common& common,
                                                            const OpenOptions& options,
                                                            Session& session);
/// Ends the lease, through the agent behind the socket.
[[nodiscard]] Result<protocol::LeaseStatus> ended_release(const std::string& agent,
                                                          const ProposalId& proposal);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_RELEASE_H_
