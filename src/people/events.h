#ifndef STRONGROOM_PEOPLE_EVENTS_H_
#define STRONGROOM_PEOPLE_EVENTS_H_

#include <map>
#include <optional>

#include "protocol/change.h"
#include "protocol/entry.h"
#include "protocol/genesis.h"
#include "protocol/member.h"

/// What can happen to people and hosts, forever, and what it folds to in memory.
namespace strongroom::people {

/// Whose key is it?
struct KeyHolder {
  protocol::Member member;
  crypto::PublicKeys key;
  bool operator==(const KeyHolder&) const = default;
};

/// What is true of people at one position of the log. Two implementations that must agree: the Fold
/// below, in memory, and the View, in tables. Errors: what reading the tables can give.
class State {
 public:
  virtual ~State() = default;
  [[nodiscard]] virtual Result<std::optional<protocol::Member>> member(
      const PersonId& person) const = 0;
  [[nodiscard]] virtual Result<std::optional<KeyHolder>> holder_of(const KeyId& key) const = 0;
  [[nodiscard]] virtual Result<std::optional<protocol::Host>> host(const HostId& host) const = 0;
  [[nodiscard]] virtual Result<std::vector<protocol::Member>> members() const = 0;
  [[nodiscard]] virtual Result<std::vector<protocol::Host>> hosts() const = 0;
  /// Somebody who was retired, as last enrolled: for names, never for rights.
  [[nodiscard]] virtual Result<std::optional<protocol::Member>> former_member(
      const PersonId& person) const = 0;
  /// The log position from which the key is its holder's; also of retired keys.
  [[nodiscard]] virtual Result<std::optional<std::int64_t>> held_since(const KeyId& key) const = 0;
  /// Is or was the key, its signing half or its opening half anybody's?
  [[nodiscard]] virtual Result<bool> is_known(const crypto::PublicKeys& key) const = 0;
  /// Is or was the id or the key any host's?
  [[nodiscard]] virtual Result<bool> is_known(const protocol::Host& host) const = 0;
};

/// The events, applied in the order of the log, each only after `judge` has passed it.
class Changes {
 public:
  virtual ~Changes() = default;
  [[nodiscard]] virtual Result<void> apply(const protocol::Genesis& genesis) = 0;
  /// A change that a quorum has made, at log position `index`. Those of other rooms change nothing
  /// here.
  [[nodiscard]] virtual Result<void> apply(const protocol::Change& change, std::int64_t index) = 0;
};

class Fold final : public State, public Changes {
 public:
  [[nodiscard]] Result<void> apply(const protocol::Genesis& genesis) override;
  [[nodiscard]] Result<void> apply(const protocol::Change& change, std::int64_t index) override;

  [[nodiscard]] Result<std::optional<protocol::Member>> member(
      const PersonId& person) const override;
  [[nodiscard]] Result<std::optional<KeyHolder>> holder_of(const KeyId& key) const override;
  [[nodiscard]] Result<std::optional<protocol::Host>> host(const HostId& host) const override;
  [[nodiscard]] Result<std::vector<protocol::Member>> members() const override;
  [[nodiscard]] Result<std::vector<protocol::Host>> hosts() const override;
  [[nodiscard]] Result<std::optional<protocol::Member>> former_member(
      const PersonId& person) const override;
  [[nodiscard]] Result<std::optional<std::int64_t>> held_since(const KeyId& key) const override;
  [[nodiscard]] Result<bool> is_known(const crypto::PublicKeys& key) const override;
  [[nodiscard]] Result<bool> is_known(const protocol::Host& host) const override;

 private:
  struct Held {
    crypto::PublicKeys key;
    std::int64_t since = 0;
  };
  void enrol(const protocol::Member& member, std::int64_t index);
  void take_key(const PersonId& person, const crypto::PublicKeys& key, std::int64_t index);
  void take_host(const protocol::Host& host);

  std::map<PersonId, protocol::Member> members_;
  std::map<PersonId, protocol::Member> former_;
  std::map<KeyId, PersonId> holders_;
  std::map<KeyId, Held> held_;  // retired ones among them
  std::map<HostId, protocol::Host> hosts_;
  std::map<HostId, protocol::Host> hosts_ever_;
};

}  // namespace strongroom::people

#endif  // STRONGROOM_PEOPLE_EVENTS_H_
