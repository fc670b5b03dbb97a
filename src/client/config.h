#ifndef STRONGROOM_CLIENT_CONFIG_H_
#define STRONGROOM_CLIENT_CONFIG_H_

#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "http/address.h"

namespace strongroom::client {

/// What a person's or host's home holds besides the key: config.json. The strongroom's id is the
/// pin that everything else is followed from; it came out of band and is never changed by a server.
struct Config {
  StrongroomId strongroom;
  bool demonstration = false;
  std::string server;              ///< an address, or "file:" and the server.json of a local server
  std::string store;               ///< directory of the blob store; empty: not reached from here
  std::optional<PersonId> person;  ///< whose home it is: a person's,
  std::optional<HostId> host;      ///< or a host's
};

/// Home directories: config.json, key.json, log/ (what has been followed).
[[nodiscard]] std::string config_path(const std::string& home);
[[nodiscard]] std::string key_path(const std::string& home);

/// Where the server is now. Errors: kUsage (no address; not loopback in a demonstration), kNetwork
/// (the local server is not running: says how to start it).
[[nodiscard]] Result<http::Address> server_of(const Config& config);

/// Where sealed objects lie, as this machine reaches them. Errors: kUsage (the home joined without:
/// it neither seals nor opens).
[[nodiscard]] Result<std::string> store_of(const Config& config);

/// Errors: kNotFound (no home there: says how to make one), kMalformed.
[[nodiscard]] Result<Config> read_config(const std::string& home);
/// Makes the home (mode 0700) when it is missing. What a host plans to sweep stays. Errors: kDisk,
/// kNoSpace; kMalformed (what is there).
[[nodiscard]] Result<void> write_config(const std::string& home, const Config& config);

}  // namespace strongroom::client

#endif  // STRONGROOM_CLIENT_CONFIG_H_
