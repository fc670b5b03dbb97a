#include "vault/rules_levels.h"

#include <array>

namespace strongroom::vault {

using protocol::Demand;
using protocol::LevelDemand;
using protocol::Mode;

namespace {

constexpr std::int64_t kHourSeconds = 3'600;

// What no part of this version sees: said as such, so that nobody looks for the number.
constexpr std::array<std::string_view, 10> kUnseen{"senl_min",
                                                   "keeper_apart",
                                                   "attested_host",
                                                   "evidence_hours_max",
                                                   "egress_interface_ppm_year_max",
                                                   "egress_total_ppm_year_max",
                                                   "seats_limited_output_max",
                                                   "seats_isolated_max",
                                                   "slsa_level",
                                                   "exec_allowlist"};

bool is_unseen(std::string_view demand) {
  return std::find(kUnseen.begin(), kUnseen.end(), demand) != kUnseen.end();
}

std::string words_for(const Demand& demand, const LevelDemand& row, const LevelDemand& there) {
  std::string words = demand.in_words(row);
  if (is_unseen(demand.name)) return words + " (this version cannot show it)";
  if (std::holds_alternative<bool LevelDemand::*>(demand.where)) return words;
  return words + ", not " + demand.value_of(there);
}

}  // namespace

std::int64_t teams_of(const protocol::Policy& policy) {
  const protocol::PolicyNode& root = policy.root();
  const auto single = static_cast<std::int64_t>(
      std::count_if(root.of.begin(), root.of.end(),
                    [](const protocol::PolicyNode& each) { return each.person.has_value(); }));
  return std::max<std::int64_t>(1, root.threshold - single);
}

Standing standing_of(const Founding& founding, const protocol::Policy& object_policy,
                     const StandingFacts& facts) {
  Standing standing;
  LevelDemand& there = standing.there;
  there.witnesses = founding.witnesses;
  if (founding.recovery)
    there.recovery_holders = static_cast<std::int64_t>(founding.recovery->holders.size());
  const auto weigh = [](const protocol::Policy& policy) {
    const auto approvals = static_cast<std::int64_t>(policy.approvals_min());
    return std::pair(approvals, static_cast<std::int64_t>(policy.persons().size()) - approvals);
  };
  const auto [own, own_spare] = weigh(object_policy);
  const auto [current, current_spare] = weigh(founding.policy);
  there.approvals = std::min(own, current);
  there.spare_custodians = std::min(own_spare, current_spare);
  there.teams = std::min(teams_of(object_policy), teams_of(founding.policy));
  // Where levels bind, loosening waits as long as the table says, or is refused.
  if (levels_bind(founding.mode))
    there.change_buffer_hours = std::numeric_limits<std::int64_t>::max();
  there.lease_hours_max = (facts.lease_seconds + kHourSeconds - 1) / kHourSeconds;
  there.seats_copiers_max = facts.requesters;
  return standing;
}

std::vector<Unmet> unmet(const LevelDemand& demand, const Standing& standing) {
  std::vector<Unmet> missing;
  for (const Demand& each : protocol::demands()) {
    if (each.met_by(standing.there, demand)) continue;
    missing.push_back({each.name, words_for(each, demand, standing.there)});
  }
  return missing;
}

bool levels_bind(Mode mode) { return mode == Mode::kSmall || mode == Mode::kLab; }

const LevelDemand& row_of(const Founding& founding, protocol::Level level) {
  const auto found = std::find_if(founding.levels.begin(), founding.levels.end(),
                                  [&](const LevelDemand& each) { return each.level == level; });
  CHECK(found != founding.levels.end());  // levels_from has checked it
  return *found;
}

std::string_view why_never_excepted(std::string_view demand) {
  if (demand == "approvals" || demand == "spare_custodians" || demand == "teams")
    return "who must agree is not excepted from: put a policy in force that meets it";
  if (demand == "keeper_apart" || demand == "recovery_holders")
    return "the site's secret is not excepted from: the keeper and the recovery holders stand as "
           "the level demands";
  if (demand == "witnesses" || demand == "verifying_witnesses" || demand == "change_buffer_hours")
    return "the log and its witnesses are not excepted from";
  if (demand == "agents_never") return "no exception lets an AI agent count toward a quorum";
  return {};
}

std::vector<Exception> exceptions_of(const ObjectId& object,
                                     const std::vector<ProposedChange>& changes) {
  std::vector<Exception> found;
  for (const ProposedChange& each : changes) {
    const auto* excepted = std::get_if<protocol::Except>(&each.change.subject);
    if (excepted == nullptr || !each.made_at || excepted->object != object) continue;
    found.push_back({each.id, *excepted, each.made_at->index});
  }
  return found;
}

bool stands(const Exception& exception, protocol::Level level, UnixSeconds now) {
  return level <= exception.excepted.level && now < exception.excepted.until;
}

std::vector<Unmet> without_excepted(std::vector<Unmet> missing,
                                    const std::vector<Exception>& exceptions,
                                    const Taking& taking) {
  std::vector<Unmet> left;
  for (Unmet& each : missing) {
    bool excepted = false;
    std::string_view but;
    for (const Exception& exception : exceptions) {
      const protocol::Except& made = exception.excepted;
      if (made.demand != each.demand || !stands(exception, taking.level, taking.now)) continue;
      if (!std::binary_search(made.hosts.begin(), made.hosts.end(), taking.host)) {
        but = " (excepted for other hosts only)";
      } else if (made.until < taking.now + taking.lease_seconds) {
        but = " (excepted, but not until the lease would end)";
      } else {
        excepted = true;
      }
    }
    if (excepted) continue;
    each.words += but;
    left.push_back(std::move(each));
  }
  return left;
}

}  // namespace strongroom::vault
