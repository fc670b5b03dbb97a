#ifndef STRONGROOM_STRONGROOM_RELEASE_H_
#define STRONGROOM_STRONGROOM_RELEASE_H_

#include "agent_socket.h"
#include "options.h"
#include "protocol/lease.h"
#include "session.h"
#include "verb.h"

/// What open, close, rehearse and rekey share: a release to this machine, through its agent.
namespace strongroom::terminal {

inline constexpr std::int64_t kAskedForSeconds = 24 * 3600;  ///< a proposal stands so long

/// What is to be asked for.
struct Wanted {
  std::string name;  ///< as typed
  protocol::DraftAsk ask;
  protocol::Opening purpose;
  std::string mount;  ///< empty for what is no lease
  bool confined = false;
};
/// Has the agent write the request, compares it with what is wanted, signs it and has it proposed;
/// says which proposal it is.
[[nodiscard]] Result<protocol::LeaseStatus> propose_release(const Common& common, Session& session,
                                                            Agent& agent, const Wanted& wanted);
/// Waits for the approvals that it needs, and until the agent has done its part; says for whom it
/// waits.
[[nodiscard]] Result<protocol::LeaseStatus> wait_for_release(const Common& common, Session& session,
                                                             Agent& agent,
                                                             protocol::LeaseStatus status);

/// Asks (or takes up `options.proposal`), waits for approvals unless `options.no_wait`, and gives
/// the lease once it is mounted. Errors: kNotYet (not released so far), kExpired, kRefused.
[[nodiscard]] Result<protocol::LeaseStatus> mounted_release(const Common& common,
                                                            const OpenOptions& options,
                                                            Session& session);
/// Ends the lease, through the agent behind the socket.
[[nodiscard]] Result<protocol::LeaseStatus> ended_release(const std::string& agent,
                                                          const ProposalId& proposal);

/// --agent SOCKET
[[nodiscard]] Option agent_option(std::string& into);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_RELEASE_H_
