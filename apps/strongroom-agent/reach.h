#ifndef STRONGROOM_STRONGROOM_AGENT_REACH_H_
#define STRONGROOM_STRONGROOM_AGENT_REACH_H_

#include <memory>
#include <optional>

#include "agent/redemption.h"
#include "base/journal.h"
#include "client/config.h"
#include "client/follower.h"

namespace strongroom::host {

/// An agent's end of its strongroom. Borrowed by what serves; outlives it.
struct Reached {
  http::Address server;
  std::unique_ptr<client::Connection> connection;
  std::unique_ptr<client::Connection> poll;  ///< of its own, for long polls
  std::optional<client::Follower> follower;  ///< has followed
};

/// Who reaches out, and from where. Borrowed for the call.
struct Site {
  const std::string& directory;
  const client::Config& config;
  agent::OwnHost host;
  const Clock& clock;
  const Journal& journal;
};

/// Follows the log to its end, having cleared what an earlier run left on this host. While the
/// server is away it tries again, at first after a quarter of a second, later every ten; meanwhile
/// the agent's socket refuses everything, saying why, and what needs no server is done already. One
/// line of the journal when it begins to wait, one when it is through. SIGTERM and SIGINT end the
/// program at once while it waits; both are blocked in every thread, and so is SIGUSR1, which tells
/// that the wait is over. Errors: those of `client`, once the server can be reached.
[[nodiscard]] Result<std::unique_ptr<Reached>> reach(const Site& site);

}  // namespace strongroom::host

#endif  // STRONGROOM_STRONGROOM_AGENT_REACH_H_
