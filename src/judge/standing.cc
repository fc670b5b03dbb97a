#include "judge/standing.h"

#include "judge/facts.h"
#include "vault/rules_confirmation.h"
#include "vault/rules_levels.h"

namespace strongroom::judge {

namespace {

struct Sealed {
  vault::Object object;
  protocol::Policy policy;
};
Result<Sealed> sealed(const ObjectId& id, const Rooms& rooms) {
  ASSIGN_OR_RETURN(auto object, rooms.vault.object(id));
  if (!object) return fail(ErrorCode::kNotFound, "no such object");
  ASSIGN_OR_RETURN(auto policy, rooms.vault.policy(object->record.policy));
  if (!policy) return fail(ErrorCode::kMalformed, "an object's policy is not in the log");
  return Sealed{std::move(*object), std::move(*policy)};
}

}  // namespace

Result<LevelStanding> level_standing(const ObjectId& id, const Rooms& rooms, UnixSeconds now) {
  ASSIGN_OR_RETURN(const Sealed found, sealed(id, rooms));
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  CHECK(founding.has_value());  // something is sealed
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(found.object.deposit.asset));
  LevelStanding standing;
  if (asset) {
    standing.level = asset->level_at(now);
    standing.because = asset->because_at(now);
  }
  ASSIGN_OR_RETURN(const vault::StandingFacts known, standing_facts(0, rooms));
  for (vault::Unmet& each : vault::unmet(vault::row_of(*founding, standing.level),
                                         vault::standing_of(*founding, found.policy, known)))
    standing.unmet.push_back(std::move(each.words));
  if (founding->mode == protocol::Mode::kSolo)
    standing.unmet = {"two-party control: solo meets no level"};
  standing.binds = vault::levels_bind(founding->mode);
  ASSIGN_OR_RETURN(const std::vector<vault::ProposedChange> changes, rooms.vault.changes());
  for (vault::Exception& each : vault::exceptions_of(id, changes)) {
    if (vault::stands(each, standing.level, now)) standing.exceptions.push_back(std::move(each));
  }
  return standing;
}

Result<std::vector<RowStanding>> levels_standing(const Rooms& rooms) {
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!founding) return fail(ErrorCode::kNotYet, "nothing is founded there yet");
  ASSIGN_OR_RETURN(const vault::StandingFacts known, standing_facts(0, rooms));
  const vault::Standing standing = vault::standing_of(*founding, founding->policy, known);
  std::vector<RowStanding> rows;
  for (const protocol::LevelDemand& row : founding->levels)
    rows.push_back({row, vault::unmet(row, standing)});
  return rows;
}

namespace {
DepositStanding standing_of(const vault::Object& object, const vault::Record& record,
                            const protocol::Policy& policy) {
  const vault::Certainty certainty = vault::certainty_of(object, record, policy);
  return {.wanted = certainty.wanted,
          .confirmed = certainty.confirmed,
          .missing = certainty.missing,
          .rehearsed = certainty.rehearsed,
          .certain = certainty.certain(),
          .epoch = record.epoch};
}
}  // namespace

Result<DepositStanding> deposit_standing(const ObjectId& id, const Rooms& rooms) {
  ASSIGN_OR_RETURN(const Sealed found, sealed(id, rooms));
  return standing_of(found.object, found.object.record, found.policy);
}

Result<std::optional<DepositStanding>> rekey_standing(const ObjectId& id, const Rooms& rooms) {
  ASSIGN_OR_RETURN(const Sealed found, sealed(id, rooms));
  if (!found.object.pending) return std::nullopt;
  ASSIGN_OR_RETURN(const auto policy, rooms.vault.policy(found.object.pending->policy));
  if (!policy) return fail(ErrorCode::kMalformed, "a key record's policy is not in the log");
  return standing_of(found.object, *found.object.pending, *policy);
}

Result<std::vector<std::string>> recomputable_in(const ProposalId& id, const Rooms& rooms) {
  ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(id));
  if (!proposal || !proposal->granted) return fail(ErrorCode::kNotFound, "nothing is granted");
  ASSIGN_OR_RETURN(const auto policy, rooms.vault.policy(proposal->request.policy));
  if (!policy) return fail(ErrorCode::kMalformed, "a key record's policy is not in the log");
  return vault::recomputable(*policy, vault::counted_voters(*proposal));
}

}  // namespace strongroom::judge
