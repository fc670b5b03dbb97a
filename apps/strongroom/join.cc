#include <fmt/format.h>

#include "base/program.h"
#include "founding.h"
#include "io/directory.h"
#include "protocol/profile.h"
#include "protocol/spoken_id.h"

namespace strongroom::terminal {

namespace {

Result<StrongroomId> pinned_id(const std::string& text) {
  const auto id = StrongroomId::from_hex_text(plain_id(text));
  if (!id) {
    return fail(
        ErrorCode::kUsage,
        "--id: the strongroom's id in full, 64 hexadecimal digits, from somebody who founded "
        "it and not from its server");
  }
  return *id;
}

// A pin is never replaced: a home is of one strongroom for ever.
Result<void> check_pin(const std::string& home, const StrongroomId& id) {
  const Result<client::Config> known = client::read_config(home);
  if (!known && known.error().code == ErrorCode::kNotFound) return {};
  if (!known) return tl::unexpected<Error>(known.error());
  if (known->strongroom != id) {
    return fail(ErrorCode::kAlreadyExists, printable(home) +
                                               " is pinned to another strongroom: take another "
                                               "home for this one");
  }
  return {};
}

/// Followed with one key, from nothing or from what the home has seen.
Result<protocol::Genesis> followed(
    const client::Config& config, const std::string& home, const client::Identity& identity,
    const std::function<Result<void>(const client::Follower&)>& then) {
  const SystemClock clock;
  ASSIGN_OR_RETURN(const http::Address address, client::server_of(config));
  const client::Connection connection(config.strongroom, address, identity, clock);
  ASSIGN_OR_RETURN(client::Follower follower,
                   client::Follower::open(config.strongroom, home, connection));
  const Result<void> done = follower.follow();
  if (!done && done.error().code == ErrorCode::kNotAuthentic && follower.world().size() == 0) {
    return fail(done.error(),
                "nothing was pinned: the server is of another strongroom, or this key is not "
                "enrolled in this one yet (send its introduction to a custodian)");
  }
  if (!done) return tl::unexpected<Error>(done.error());
  RETURN_IF_ERROR(then(follower));
  return follower.world().genesis();
}

Result<void> check_mode(const Common& common, const protocol::Genesis& genesis) {
  if (genesis.demonstration() && !common.demonstration) {
    return fail(
        ErrorCode::kUsage,
        "this is a demonstration, not a strongroom to trust: say --demonstration to use it");
  }
  if (!genesis.demonstration() && common.demonstration)
    return fail(ErrorCode::kUsage, "this is no demonstration: leave --demonstration out");
  return {};
}

Result<int> joined(const Common& common, const JoinOptions& options, const client::Config& config,
                   const protocol::Genesis& genesis, const std::string& who) {
  const std::string& home = options.agent.empty() ? common.home : options.agent;
  RETURN_IF_ERROR(check_mode(common, genesis));
  RETURN_IF_ERROR(client::write_config(home, config));
  say(common, fmt::format("Joined {} as {}\n  {}\n  aloud:\n{}\n  its id is pinned in {}",
                          shown_id(genesis.id().hex(), genesis.demonstration()), who,
                          protocol::in_words(genesis.mode), aloud(genesis.id()), printable(home)));
  tell(common, {{"id", shown_id(genesis.id().hex(), genesis.demonstration())},
                {"spoken", protocol::spoken(genesis.id())},
                {"who", who},
                {"home", home}});
  return 0;
}

Result<int> join_person(const Common& common, const JoinOptions& options, client::Config config) {
  if (!keys::read_public(client::key_path(common.home))) {
    return fail(ErrorCode::kNotFound, "no key in " + printable(common.home) +
                                          ": strongroom key new makes one, with its introduction "
                                          "for the founders or a custodian");
  }
  ASSIGN_OR_RETURN(const SecretBytes passphrase,
                   passphrase_from(common, "Passphrase of " + common.home + ": "));
  ASSIGN_OR_RETURN(const keys::KeyFile key,
                   keys::KeyFile::open(client::key_path(common.home), passphrase));
  std::string name;
  const auto find_self = [&](const client::Follower& follower) -> Result<void> {
    ASSIGN_OR_RETURN(const auto holder,
                     follower.world().rooms().people.holder_of(key.public_keys().id));
    if (!holder || holder->key != key.public_keys())
      return fail(ErrorCode::kRefused, "the log knows nobody with this home's key");
    config.person = holder->member.person;
    ASSIGN_OR_RETURN(name, custodian::person_name(follower, holder->member.person));
    return {};
  };
  ASSIGN_OR_RETURN(const protocol::Genesis genesis,
                   followed(config, common.home,
                            {key.public_keys().id, custodian::signer_of(key).sign}, find_self));
  return joined(common, options, config, genesis, name);
}

Result<int> join_agent(const Common& common, const JoinOptions& options, client::Config config) {
  ASSIGN_OR_RETURN(const keys::SigningKeyFile key,
                   keys::SigningKeyFile::open(options.agent + "/host.key"));
  std::string name;
  const auto find_self = [&](const client::Follower& follower) -> Result<void> {
    ASSIGN_OR_RETURN(const auto hosts, follower.world().rooms().people.hosts());
    for (const protocol::Host& host : hosts) {
      if (host.key != key.public_key()) continue;
      config.host = host.host;
      ASSIGN_OR_RETURN(name, custodian::host_name(follower, host.host));
      return {};
    }
    return fail(ErrorCode::kRefused, "the log knows no host with this agent's key");
  };
  const client::Identity identity{
      key.id(),
      [&key](ByteView bytes) -> Result<crypto::Ed25519Signature> { return key.sign(bytes); }};
  ASSIGN_OR_RETURN(const protocol::Genesis genesis,
                   followed(config, options.agent, identity, find_self));
  return joined(common, options, config, genesis, "host " + name);
}

}  // namespace

Result<int> join(const Common& common, const JoinOptions& options) {
  const std::string& home = options.agent.empty() ? common.home : options.agent;
  if (home.empty()) return fail(ErrorCode::kUsage, "into which home? --home DIR, or --agent DIR");
  ASSIGN_OR_RETURN(const StrongroomId id, pinned_id(options.id));
  RETURN_IF_ERROR(check_pin(home, id));
  client::Config config{.strongroom = id,
                        .demonstration = common.demonstration,
                        .server = options.server,
                        .store = options.store,
                        .person = std::nullopt,
                        .host = std::nullopt};
  return options.agent.empty() ? join_person(common, options, std::move(config))
                               : join_agent(common, options, std::move(config));
}

}  // namespace strongroom::terminal
