#ifndef STRONGROOM_STRONGROOM_SESSION_H_
#define STRONGROOM_STRONGROOM_SESSION_H_

#include <memory>

#include "base/clock.h"
#include "client/config.h"
#include "client/follower.h"
#include "custodian/act.h"
#include "format/json.h"
#include "keys/key_file.h"
#include "options.h"

namespace strongroom::terminal {

/// A person at work: home, opened key, connection, the log followed to its end.
class Session {
 public:
  /// Errors: those of config, key (kWrongKey), connection and log; kUsage (a demonstration, without
  /// --demonstration).
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const Common& common);
  /// The same, but that a server that is away leaves what was followed before, and `away` says
  /// why. Errors: as `open`; kNetwork when nothing was followed before.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open_even_away(const Common& common);
  [[nodiscard]] const std::optional<Error>& away() const { return away_; }

  [[nodiscard]] const client::Config& config() const { return config_; }
  [[nodiscard]] const keys::KeyFile& key() const { return key_; }
  [[nodiscard]] const PersonId& person() const { return *config_.person; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] client::Follower& follower() { return *follower_; }
  [[nodiscard]] custodian::Hands hands() const { return {key_, person(), clock_}; }
  /// Ids as they are shown in this strongroom.
  [[nodiscard]] std::string shown(std::string_view hex) const {
    return shown_id(hex, config_.demonstration);
  }

 private:
  static Result<std::unique_ptr<Session>> open_as(const Common& common, bool may_be_away);
  Result<void> follow(bool may_be_away);
  Session(client::Config config, keys::KeyFile key)
      : config_(std::move(config)), key_(std::move(key)) {}
  SystemClock clock_;
  client::Config config_;
  keys::KeyFile key_;
  std::unique_ptr<client::Connection> connection_;
  std::optional<client::Follower> follower_;
  std::optional<Error> away_;
};

/// From the descriptor that was named, or the terminal.
[[nodiscard]] Result<SecretBytes> passphrase_from(const Common& common, std::string_view prompt);
/// The same for a passphrase that is to be kept: the terminal asks twice.
[[nodiscard]] Result<SecretBytes> new_passphrase_from(const Common& common,
                                                      std::string_view prompt);

/// Words for people; nothing when --json asks for JSON alone.
void say(const Common& common, std::string_view words);
/// The one line of JSON at the end.
void tell(const Common& common, format::Json::Object object);
/// The same while the server is away: what was known before, with `ok` false, and `error` and
/// `message` saying why.
void tell_away(const Common& common, const Error& away, format::Json::Object known);

/// The newest object of the asset of this name, or the object whose id begins so. Errors:
/// kNotFound, kConflict.
[[nodiscard]] Result<vault::Object> find_object(const client::Follower& follower,
                                                const std::string& name);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_SESSION_H_
