#ifndef STRONGROOM_STRONGROOM_SERVER_SITE_H_
#define STRONGROOM_STRONGROOM_SERVER_SITE_H_

#include <string>

#include "base/result.h"

/// The server's three commands. A site's directory holds keys/ (log.key, deposit.key),
/// strongroom.db, public/ (the published log), objects/ (sealed objects) and, while it runs,
/// server.json.
namespace strongroom::site {

/// Makes the site's keys where they are missing, and prints their public halves as one line of
/// JSON, for the genesis.
[[nodiscard]] Result<void> make_keys(const std::string& directory);
/// Puts a signed genesis (an encoded protocol::Command) at the head of a new log.
[[nodiscard]] Result<void> found(const std::string& directory, const std::string& genesis_file);
/// Serves until SIGTERM or SIGINT. `listen`: HOST:PORT, loopback; port 0 takes a free one.
[[nodiscard]] Result<void> serve(const std::string& directory, const std::string& listen);

}  // namespace strongroom::site

#endif  // STRONGROOM_STRONGROOM_SERVER_SITE_H_
