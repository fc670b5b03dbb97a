#ifndef STRONGROOM_VAULT_RULES_LEVELS_H_
#define STRONGROOM_VAULT_RULES_LEVELS_H_

#include <string>
#include <vector>

#include "vault/events.h"

/// Does a strongroom give what a level demands? Pure.
namespace strongroom::vault {

/// What can be said of a strongroom, and of a tree that something is sealed to, beside a level.
struct Standing {
  std::int64_t approvals = 0;         ///< the fewest who can open: k
  std::int64_t spare_custodians = 0;  ///< n − k
  std::int64_t witnesses = 0;
  std::int64_t verifying_witnesses = 0;
  std::int64_t recovery_holders = 0;
  bool keeper_apart = false;
  bool attested_host = false;
};
/// The weaker of the object's own tree and the policy in force. This version knows no witnesses, no
/// keeper on a host of its own and no attestation: they count as missing.
[[nodiscard]] Standing standing_of(const Founding& founding, const protocol::Policy& object_policy);

/// Every demand that is not met, in words: "3 approvals, not 2". None: the level is met.
[[nodiscard]] std::vector<std::string> unmet(const protocol::LevelDemand& demand,
                                             const Standing& standing);

/// Are releases below the level refused? In modes small and lab. A demonstration shows levels, and
/// solo meets none.
[[nodiscard]] bool levels_bind(protocol::Mode mode);

/// What keeps an object of this level from being released here: nothing where levels do not bind.
[[nodiscard]] std::vector<std::string> unmet_where_binding(const Founding& founding,
                                                           const protocol::Policy& object_policy,
                                                           protocol::Level level);

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_RULES_LEVELS_H_
