#ifndef STRONGROOM_STRONGROOM_AGENT_HOST_H_
#define STRONGROOM_STRONGROOM_AGENT_HOST_H_

#include <string>

#include "base/result.h"

/// The agent's two commands. Its directory holds config.json, host.key, log/ (what it has followed)
/// and, while it runs, agent.sock.
namespace strongroom::host {

/// Makes the host's signing key and prints its public half as one line of JSON, for the genesis.
[[nodiscard]] Result<void> make_key(const std::string& directory);
/// Serves until SIGTERM or SIGINT, which end every lease first.
[[nodiscard]] Result<void> serve(const std::string& directory);

}  // namespace strongroom::host

#endif  // STRONGROOM_STRONGROOM_AGENT_HOST_H_
