#include "session.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstdio>

#include "base/program.h"
#include "keys/passphrase.h"

namespace strongroom::terminal {

Result<SecretBytes> passphrase_from(const Common& common, std::string_view prompt) {
  if (common.passphrase_descriptor < 0) return keys::ask_passphrase(prompt);
  // What is run later must not inherit it.
  fcntl(common.passphrase_descriptor, F_SETFD, FD_CLOEXEC);
  return keys::read_passphrase(common.passphrase_descriptor);
}

Result<SecretBytes> new_passphrase_from(const Common& common, std::string_view prompt) {
  return common.passphrase_descriptor < 0 ? keys::ask_new_passphrase(prompt)
                                          : passphrase_from(common, prompt);
}

Result<std::unique_ptr<Session>> Session::open(const Common& common) {
  return open_as(common, false);
}
Result<std::unique_ptr<Session>> Session::open_even_away(const Common& common) {
  return open_as(common, true);
}

Result<std::unique_ptr<Session>> Session::open_as(const Common& common, bool may_be_away) {
  if (common.home.empty()) {
    return fail(ErrorCode::kUsage,
                "whose home? name it with --home DIR, or set STRONGROOM_HOME to it");
  }
  ASSIGN_OR_RETURN(client::Config config, client::read_config(common.home));
  if (!config.person)
    return fail(ErrorCode::kUsage, "that is a host's home; name a person's with --home");
  if (config.demonstration && !common.demonstration) {
    return fail(
        ErrorCode::kUsage,
        "this is a demonstration, not a strongroom to trust: say --demonstration to use it");
  }
  common.trail->emplace_back("strongroom", shown_id(config.strongroom.hex(), config.demonstration));
  common.trail->emplace_back("server", config.server);
  const Result<http::Address> address = client::server_of(config);
  const bool is_away = !address && address.error().code == ErrorCode::kNetwork;
  if (!address && !(is_away && may_be_away)) return tl::unexpected<Error>(address.error());
  ASSIGN_OR_RETURN(const SecretBytes passphrase,
                   passphrase_from(common, "Passphrase of " + common.home + ": "));
  ASSIGN_OR_RETURN(keys::KeyFile key,
                   keys::KeyFile::open(client::key_path(common.home), passphrase));
  auto session = std::unique_ptr<Session>(new Session(std::move(config), std::move(key)));
  const client::Identity identity{
      session->key_.public_keys().id,
      [&own = session->key_](ByteView bytes) -> Result<crypto::Ed25519Signature> {
        return own.sign(bytes);
      }};
  // Of a server that is away there is no address: nobody listens at this one.
  session->connection_ = std::make_unique<client::Connection>(
      session->config_.strongroom,
      address ? *address : http::Address::unix_socket(common.home + "/no-server"), identity,
      session->clock_);
  ASSIGN_OR_RETURN(
      client::Follower follower,
      client::Follower::open(session->config_.strongroom, common.home, *session->connection_));
  session->follower_.emplace(std::move(follower));
  if (!address) session->away_ = address.error();
  RETURN_IF_ERROR(session->follow(may_be_away));
  common.trail->emplace_back(
      "log", fmt::format("{} entries followed", session->follower_->world().size()));
  if (session->follower_->world().genesis().demonstration() != session->config_.demonstration) {
    return fail(ErrorCode::kNotAuthentic,
                "config.json and the genesis disagree on whether this is a demonstration");
  }
  write_err(fmt::format("strongroom: {}\n", client::kFreshnessUnproved));
  return session;
}

Result<void> Session::follow(bool may_be_away) {
  const Result<void> followed = follower_->follow();  // without an address it fails at once
  const bool bearable = may_be_away && !followed && followed.error().code == ErrorCode::kNetwork &&
                        follower_->world().size() > 0;
  if (!followed && !bearable) return away_ ? tl::unexpected<Error>(*away_) : followed;
  if (!followed && !away_) away_ = followed.error();
  return {};
}

void say(const Common& common, std::string_view words) {
  if (common.json) return;
  write_out(fmt::format("{}\n", words));
}

void tell(const Common& common, format::Json::Object object) {
  if (!common.json) return;
  object.emplace("ok", true);
  write_out(fmt::format("{}\n", format::encode(format::Json(std::move(object)))));
}

void tell_away(const Common& common, const Error& away, format::Json::Object known) {
  if (!common.json) return;
  known.emplace("ok", false);
  known.emplace("error", std::string(name_of(away.code)));
  known.emplace("message", printable(away.context));
  write_out(fmt::format("{}\n", format::encode(format::Json(std::move(known)))));
}

Result<vault::Object> find_object(const client::Follower& follower, const std::string& name) {
  constexpr std::size_t kPrefixDigitsMin = 8;
  const judge::Rooms rooms = follower.world().rooms();
  ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
  std::optional<vault::Object> found;
  for (const vault::Object& object : objects) {  // in log order: the newest is the last
    ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(object.deposit.asset));
    if (!asset) continue;
    ASSIGN_OR_RETURN(const auto text, follower.text("name", asset->name));
    if (text && *text == name) found = object;
  }
  if (found) return *found;
  const std::string_view prefix = plain_id(name);
  for (const vault::Object& object : objects) {
    if (prefix.size() < kPrefixDigitsMin || !object.deposit.object.hex().starts_with(prefix))
      continue;
    if (found) return fail(ErrorCode::kConflict, "several objects begin so: give more digits");
    found = object;
  }
  if (!found) {
    return fail(ErrorCode::kNotFound, "nothing sealed is called " + printable(name) +
                                          "; strongroom status lists what there is");
  }
  return *found;
}

}  // namespace strongroom::terminal
