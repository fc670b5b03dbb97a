#ifndef STRONGROOM_VAULT_RULES_LEVELS_H_
#define STRONGROOM_VAULT_RULES_LEVELS_H_

#include <string>
#include <vector>

#include "vault/events.h"

/// Does a strongroom give what a level demands, and what may be excepted from it? Pure.
namespace strongroom::vault {

/// What can be said of a release beside a level, in the units of the level table: what is there. A
/// most that nobody can show is not there.
struct Standing {
  protocol::LevelDemand there;
};
/// What is known from elsewhere.
struct StandingFacts {
  std::int64_t requesters = 0;     ///< members who may ask for releases
  std::int64_t lease_seconds = 0;  ///< that is asked for; 0: nothing is asked for yet
};
/// The weaker of the object's own tree and the policy in force. This version knows no witnesses, no
/// keeper on a host of its own and no attestation, and nobody can show it people's vetting, what
/// runs on hosts, or what leaves them: all that counts as missing.
[[nodiscard]] Standing standing_of(const Founding& founding, const protocol::Policy& object_policy,
                                   const StandingFacts& facts);

/// The fewest groups of the tree that must agree: 1 where single people can make up the quorum.
[[nodiscard]] std::int64_t teams_of(const protocol::Policy& policy);

/// A demand that is not met.
struct Unmet {
  std::string_view demand;  ///< protocol::Demand::name
  std::string words;        ///< "3 approvals, not 2"
};
/// Every demand that is not met. None: the level is.
[[nodiscard]] std::vector<Unmet> unmet(const protocol::LevelDemand& demand,
                                       const Standing& standing);

/// Are releases below the level refused? In modes small and lab. A demonstration shows levels, and
/// solo meets none.
[[nodiscard]] bool levels_bind(protocol::Mode mode);

/// The row of a table. It has one for each level.
[[nodiscard]] const protocol::LevelDemand& row_of(const Founding& founding, protocol::Level level);

/// Why nobody may except this demand; empty: a quorum may.
[[nodiscard]] std::string_view why_never_excepted(std::string_view demand);

/// An exception that a quorum has made, over or not.
struct Exception {
  protocol::ChangeId change;
  protocol::Except excepted;
  std::int64_t made_at = 0;  ///< log position
};
/// Of this object, in log order.
[[nodiscard]] std::vector<Exception> exceptions_of(const ObjectId& object,
                                                   const std::vector<ProposedChange>& changes);
/// Does it stand at `now`, while the object needs `level`?
[[nodiscard]] bool stands(const Exception& exception, protocol::Level level, UnixSeconds now);

/// What somebody wants to take away, and when.
struct Taking {
  HostId host;
  protocol::Level level = protocol::Level::kSl5;  ///< that the object needs now
  UnixSeconds now;
  std::int64_t lease_seconds = 0;
};
/// Takes out what is excepted: for this host, at this level or a stricter one, until after the
/// lease would end. What an exception is too short or for other hosts for stays, and says so.
[[nodiscard]] std::vector<Unmet> without_excepted(std::vector<Unmet> missing,
                                                  const std::vector<Exception>& exceptions,
                                                  const Taking& taking);

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_RULES_LEVELS_H_
