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

/// What an agent of this host left when it died.
struct Remains {
  std::vector<protocol::LeaseEnd> leases;  ///< that the followed log shows open on this host
  std::size_t mounts = 0;                  ///< dead ones, detached
};
/// Kills the consumers of this host's leases and detaches its dead mounts; says nothing yet, so
/// that no server is needed for it. For the one agent of this host, before its first lease. A
/// consumer whose lease was not in a cgroup lives on, with what it had read. Errors: kUnavailable
/// (something could not be killed or detached).
[[nodiscard]] Result<Remains> clear_remains(const OwnHost& host, const judge::World& world);
/// Tells the log that those leases are over (cause "failed", nothing claimed to be wiped). Safe to
/// repeat. Errors: the server's.
[[nodiscard]] Result<void> tell_remains(const OwnHost& host, const Remains& remains,
                                        client::Follower& follower);

}  // namespace strongroom::agent

#endif  // STRONGROOM_AGENT_REMAINS_H_
