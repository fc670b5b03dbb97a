#ifndef STRONGROOM_PEOPLE_EVENTS_H_
#define STRONGROOM_PEOPLE_EVENTS_H_

#include <map>
#include <optional>

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
};

/// The events, applied in the order of the log, each only after `judge` has passed it.
class Changes {
 public:
  virtual ~Changes() = default;
  /// The genesis is the only event that changes people so far.
  [[nodiscard]] virtual Result<void> apply(const protocol::Genesis& genesis) = 0;
};

class Fold final : public State, public Changes {
 public:
  [[nodiscard]] Result<void> apply(const protocol::Genesis& genesis) override;

  [[nodiscard]] Result<std::optional<protocol::Member>> member(
      const PersonId& person) const override;
  [[nodiscard]] Result<std::optional<KeyHolder>> holder_of(const KeyId& key) const override;
  [[nodiscard]] Result<std::optional<protocol::Host>> host(const HostId& host) const override;
  [[nodiscard]] Result<std::vector<protocol::Member>> members() const override;
  [[nodiscard]] Result<std::vector<protocol::Host>> hosts() const override;

 private:
  std::map<PersonId, protocol::Member> members_;
  std::map<KeyId, PersonId> holders_;
  std::map<HostId, protocol::Host> hosts_;
};

}  // namespace strongroom::people

#endif  // STRONGROOM_PEOPLE_EVENTS_H_
