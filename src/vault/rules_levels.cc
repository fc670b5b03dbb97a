#include "vault/rules_levels.h"

namespace strongroom::vault {

using protocol::LevelDemand;
using protocol::Mode;

Standing standing_of(const Founding& founding, const protocol::Policy& object_policy) {
  Standing standing;
  standing.witnesses = founding.witnesses;
  if (founding.recovery)
    standing.recovery_holders = static_cast<std::int64_t>(founding.recovery->holders.size());
  const auto weigh = [](const protocol::Policy& policy) {
    const auto approvals = static_cast<std::int64_t>(policy.approvals_min());
    return std::pair(approvals, static_cast<std::int64_t>(policy.persons().size()) - approvals);
  };
  const auto [own, own_spare] = weigh(object_policy);
  const auto [current, current_spare] = weigh(founding.policy);
  standing.approvals = std::min(own, current);
  standing.spare_custodians = std::min(own_spare, current_spare);
  return standing;
}

std::vector<std::string> unmet(const LevelDemand& demand, const Standing& standing) {
  std::vector<std::string> missing;
  const auto count = [&](std::int64_t wanted, std::int64_t there, const std::string& of) {
    if (there < wanted)
      missing.push_back(std::to_string(wanted) + " " + of + ", not " + std::to_string(there));
  };
  count(demand.approvals, standing.approvals, "approvals");
  count(demand.spare_custodians, standing.spare_custodians, "spare custodians");
  count(demand.witnesses, standing.witnesses, "witnesses");
  count(demand.verifying_witnesses, standing.verifying_witnesses, "verifying witnesses");
  count(demand.recovery_holders, standing.recovery_holders, "recovery holders");
  if (demand.keeper_apart && !standing.keeper_apart) missing.push_back("a keeper on its own host");
  if (demand.attested_host && !standing.attested_host) missing.push_back("attested hosts");
  return missing;
}

bool levels_bind(Mode mode) { return mode == Mode::kSmall || mode == Mode::kLab; }

std::vector<std::string> unmet_where_binding(const Founding& founding,
                                             const protocol::Policy& object_policy,
                                             protocol::Level level) {
  if (!levels_bind(founding.mode)) return {};
  for (const LevelDemand& demand : founding.levels) {
    if (demand.level == level) return unmet(demand, standing_of(founding, object_policy));
  }
  return {"a level table that names " + std::string(name_of(level))};
}

}  // namespace strongroom::vault
