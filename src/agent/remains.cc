#include "agent/remains.h"

#include "agent/cgroup.h"
#include "agent/mount.h"

namespace strongroom::agent {

namespace {

constexpr std::size_t kCgroupNameDigits = 16;
constexpr std::size_t kHostDigits = 16;
constexpr std::chrono::milliseconds kKillBound{5'000};

bool has_ended(const vault::Proposal& proposal, std::int64_t n) {
  return std::any_of(proposal.ends.begin(), proposal.ends.end(),
                     [n](const vault::Ended& each) { return each.end.n == n; });
}

}  // namespace

std::string cgroup_name_of(const ProposalId& proposal) {
  return proposal.hex().substr(0, kCgroupNameDigits);
}

std::string mount_source_of(const HostId& host) {
  return "strongroom-" + host.hex().substr(0, kHostDigits);
}

Result<protocol::Command> lease_end_command(const OwnHost& host, const protocol::LeaseEnd& end) {
  return host_command(host, protocol::EntryType::kLeaseEnded, to_json(end));
}

Result<Remains> clear_remains(const OwnHost& host, const judge::World& world) {
  Remains remains;
  ASSIGN_OR_RETURN(const std::vector<vault::Proposal> proposals, world.rooms().vault.proposals());
  for (const vault::Proposal& proposal : proposals) {
    if (proposal.request.host != host.id) continue;
    for (const vault::Redeemed& redeemed : proposal.redemptions) {
      if (has_ended(proposal, redeemed.redemption.n)) continue;
      remains.leases.push_back({.strongroom = proposal.request.strongroom,
                                .proposal = proposal.id,
                                .n = redeemed.redemption.n,
                                .host = host.id,
                                .cause = "failed",
                                .served_bytes = 0,
                                .wiped = false});
    }
  }
  // The order of every end: the consumer dies, the plaintext goes, then it is said.
  for (const protocol::LeaseEnd& end : remains.leases) {
    const Result<bool> killed = remove_stale_cgroup(cgroup_name_of(end.proposal), kKillBound);
    // Where no cgroup could be made, none is left.
    if (!killed && killed.error().code != ErrorCode::kUnavailable) {
      return tl::unexpected<Error>(killed.error());
    }
  }
  ASSIGN_OR_RETURN(remains.mounts, detach_stale_mounts_of(mount_source_of(host.id)));
  return remains;
}

Result<void> tell_remains(const OwnHost& host, const Remains& remains, client::Follower& follower) {
  for (const protocol::LeaseEnd& end : remains.leases) {
    ASSIGN_OR_RETURN(const protocol::Command command, lease_end_command(host, end));
    RETURN_IF_ERROR(follower.submit(command));
  }
  return {};
}

}  // namespace strongroom::agent
