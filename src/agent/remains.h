#ifndef STRONGROOM_AGENT_REMAINS_H_
#define STRONGROOM_AGENT_REMAINS_H_

#include <string>

#include "agent/redemption.h"

namespace strongroom::agent {

/// The cgroup of a lease's consumer, and what the mounts of a host are called: an agent that starts
/// finds by them what one that died left behind.
[[nodiscard]] std::string cgroup_name_of(const ProposalId& proposal);
[[nodiscard]] std::string mount_source_of(const HostId& host);

/// The statement that a lease has ended, signed by its host.
[[nodiscard]] Result<protocol::Command> lease_end_command(const OwnHost& host,
                                                          const protocol::LeaseEnd& end);

struct Remains {
  std::size_t leases = 0;  ///< that the log shows open on this host, and now shows ended
  std::size_t mounts = 0;  ///< dead ones, detached
};
/// What an agent of this host left when it died: kills the consumers of its leases, detaches its
/// dead mounts, and tells the log that those leases are over (cause "failed", nothing claimed to be
/// wiped). For the one agent of this host, before its first lease; `follower` has followed. A
/// consumer whose lease was not in a cgroup lives on, with what it had read. Errors: kUnavailable
/// (something could not be killed or detached), and the server's.
[[nodiscard]] Result<Remains> clear_remains(const OwnHost& host, client::Follower& follower);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_REMAINS_H_
