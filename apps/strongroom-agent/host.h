#ifndef STRONGROOM_STRONGROOM_AGENT_HOST_H_
#define STRONGROOM_STRONGROOM_AGENT_HOST_H_

#include <string>

#include "base/result.h"
#include "sweep_asked.h"

/// The agent's two commands. Its directory holds config.json, host.key, log/ (what it has followed)
/// sweeps.json (what it has told of its disks)
/// and, while it runs, agent.sock.
namespace strongroom::host {

/// For a strongroom that stands: which one, and what the host is to be called there.
struct Introduced {
  std::string strongroom;  ///< its id; empty: the host is for a genesis
  std::string name;
};
/// Makes the host's signing key, or takes the one that is there, and prints its public half as one
/// line of JSON, for the genesis; or its introduction, for strongroom host add.
[[nodiscard]] Result<void> make_key(const std::string& directory, const Introduced& introduced);
/// Serves until SIGTERM or SIGINT, which end every lease first; sweeps as config.json plans, once
/// what was asked for is taken into it.
[[nodiscard]] Result<void> serve(const std::string& directory, const SweepAsked& asked);

}  // namespace strongroom::host

#endif  // STRONGROOM_STRONGROOM_AGENT_HOST_H_
