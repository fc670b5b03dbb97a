#include "judge/facts_changes.h"

#include <set>

#include "judge/facts.h"
#include "registry/rules.h"
#include "vault/rules_levels.h"

namespace strongroom::judge {

using protocol::Level;
using protocol::Role;

namespace {

void raise(std::optional<Level>& level, Level by) { level = std::max(level.value_or(by), by); }

// What the asset of something sealed needs; the strictest when nobody knows the asset.
Result<Level> level_of(const vault::Object& object, const Rooms& rooms, UnixSeconds now) {
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(object.deposit.asset));
  return asset ? asset->level_at(now) : Level::kSl5;
}

Result<std::optional<Level>> most_that_is_sealed(const Rooms& rooms, UnixSeconds now) {
  std::optional<Level> most;
  ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
  for (const vault::Object& object : objects) {
    ASSIGN_OR_RETURN(const Level level, level_of(object, rooms, now));
    raise(most, level);
  }
  return most;
}

// Who would be gone: a person with all keys, or with one of them.
struct Leaving {
  PersonId person;
  std::optional<KeyId> key;
  [[nodiscard]] bool has(const PersonId& who, const KeyId& which) const {
    return who == person && (!key || *key == which);
  }
};

// Those of the tree who stay custodians and keep a key that they held when the tree's leaves were
// sealed, before log position `sealed_at`.
Result<std::vector<PersonId>> able_in(const protocol::Policy& policy, std::int64_t sealed_at,
                                      const Leaving& leaving, const Rooms& rooms) {
  std::vector<PersonId> able;
  for (const PersonId& person : policy.persons()) {
    ASSIGN_OR_RETURN(const auto member, rooms.people.member(person));
    if (!member || !member->has(Role::kCustodian)) continue;
    bool holds = false;
    for (const crypto::PublicKeys& key : member->keys) {
      ASSIGN_OR_RETURN(const auto since, rooms.people.held_since(key.id));
      holds = holds || (since && *since < sealed_at && !leaving.has(person, key.id));
    }
    if (holds) able.push_back(person);
  }
  return able;
}

Result<std::vector<vault::TreeLeft>> trees_after(const Leaving& leaving, const Rooms& rooms) {
  std::vector<vault::TreeLeft> trees;
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!founding) return trees;
  ASSIGN_OR_RETURN(
      std::vector<PersonId> in_force,
      able_in(founding->policy, std::numeric_limits<std::int64_t>::max(), leaving, rooms));
  trees.push_back({founding->policy, std::move(in_force)});
  // Most objects share tree and keys: each combination is looked at once.
  std::set<std::pair<Digest, std::vector<PersonId>>> seen;
  ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
  for (const vault::Object& object : objects) {
    std::vector<vault::Record> records{object.record};
    if (object.pending) records.push_back(*object.pending);
    for (const vault::Record& record : records) {
      ASSIGN_OR_RETURN(auto policy, rooms.vault.policy(record.policy));
      if (!policy) return fail(ErrorCode::kMalformed, "an object's policy is not in the log");
      if (!policy->path_of(leaving.person)) continue;
      ASSIGN_OR_RETURN(std::vector<PersonId> able,
                       able_in(*policy, record.sealed_at, leaving, rooms));
      if (seen.emplace(record.policy, able).second)
        trees.push_back({std::move(*policy), std::move(able)});
    }
  }
  return trees;
}

// The holders who keep a key from the founding, to which their share is sealed.
Result<std::vector<PersonId>> recovery_after(const Leaving& leaving, const Rooms& rooms) {
  std::vector<PersonId> left;
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!founding || !founding->recovery) return left;
  for (const PersonId& person : founding->recovery->holders) {
    ASSIGN_OR_RETURN(const auto member, rooms.people.member(person));
    if (!member) continue;
    const bool holds =
        std::any_of(member->keys.begin(), member->keys.end(),
                    [&](const crypto::PublicKeys& key) { return !leaving.has(person, key.id); });
    if (holds) left.push_back(person);
  }
  return left;
}

// One overload per kind: what its rules ask for.
struct Filling {
  const Rooms& rooms;
  UnixSeconds now;
  vault::SubjectFacts& facts;

  Result<void> operator()(const protocol::Unfreeze& subject) const {
    ASSIGN_OR_RETURN(facts.freezes, rooms.vault.freezes());
    for (const vault::FreezeInForce& each : facts.freezes) {
      const auto named =
          std::find(subject.freezes.begin(), subject.freezes.end(), each.stamp.index);
      if (named == subject.freezes.end()) continue;
      if (!each.freeze.object) return everything();
      ASSIGN_OR_RETURN(const auto object, rooms.vault.object(*each.freeze.object));
      if (!object) continue;
      ASSIGN_OR_RETURN(const Level level, level_of(*object, rooms, now));
      raise(facts.concerns, level);
    }
    return {};
  }
  Result<void> operator()(const protocol::RestoreFreeze& subject) const {
    ASSIGN_OR_RETURN(facts.member, rooms.people.member(subject.person));
    ASSIGN_OR_RETURN(const std::vector<PersonId> curbed, rooms.vault.curbed());
    facts.curbed = std::find(curbed.begin(), curbed.end(), subject.person) != curbed.end();
    return {};
  }
  Result<void> operator()(const protocol::Enrol& subject) const {
    ASSIGN_OR_RETURN(facts.member, rooms.people.member(subject.member.person));
    ASSIGN_OR_RETURN(const auto former, rooms.people.former_member(subject.member.person));
    facts.person_known = facts.member.has_value() || former.has_value();
    for (const crypto::PublicKeys& key : subject.member.keys) {
      ASSIGN_OR_RETURN(const bool known, rooms.people.is_known(key));
      facts.key_known = facts.key_known || known;
    }
    return everything();
  }
  Result<void> operator()(const protocol::AddKey& subject) const {
    ASSIGN_OR_RETURN(facts.member, rooms.people.member(subject.person));
    ASSIGN_OR_RETURN(facts.key_known, rooms.people.is_known(subject.key));
    return everything();
  }
  Result<void> operator()(const protocol::RetireKey& subject) const {
    ASSIGN_OR_RETURN(facts.member, rooms.people.member(subject.person));
    return retirement({subject.person, subject.key});
  }
  Result<void> operator()(const protocol::RetireMember& subject) const {
    ASSIGN_OR_RETURN(facts.member, rooms.people.member(subject.person));
    return retirement({subject.person, std::nullopt});
  }
  Result<void> operator()(const protocol::AddHost& subject) const {
    ASSIGN_OR_RETURN(facts.host_known, rooms.people.is_known(subject.host));
    return everything();
  }
  Result<void> operator()(const protocol::RetireHost& subject) const {
    ASSIGN_OR_RETURN(facts.host, rooms.people.host(subject.host));
    return {};
  }
  Result<void> operator()(const protocol::SetPolicy& subject) const {
    for (const PersonId& person : subject.policy.persons()) {
      ASSIGN_OR_RETURN(const auto member, rooms.people.member(person));
      if (member) facts.policy_members.push_back(*member);
    }
    return everything();
  }
  Result<void> operator()(const protocol::SetLevel& subject) const {
    ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(subject.asset));
    if (!asset) return {};
    facts.asset_level = asset->level_at(now);
    if (asset->triage) {
      facts.triage_level = asset->triage->level;
      facts.triage_expires = asset->triage->expires;
    }
    ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
    for (const vault::Object& object : objects) {
      if (object.deposit.asset == subject.asset) raise(facts.concerns, *facts.asset_level);
    }
    return {};
  }
  Result<void> operator()(const protocol::SetLevels& subject) const {
    ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
    if (!founding) return {};
    facts.may_lower = !protocol::weakened(founding->levels, subject.levels).empty();
    return everything();
  }
  Result<void> operator()(const protocol::Except& subject) const {
    for (const HostId& each : subject.hosts) {
      ASSIGN_OR_RETURN(const auto host, rooms.people.host(each));
      if (!host) facts.hosts_unlisted.push_back(each);
    }
    ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
    ASSIGN_OR_RETURN(const auto object, rooms.vault.object(subject.object));
    if (!founding || !object) return {};
    ASSIGN_OR_RETURN(const Level level, level_of(*object, rooms, now));
    facts.object_level = level;
    raise(facts.concerns, level);
    ASSIGN_OR_RETURN(facts.demand_met, is_met(subject.demand, *object, level));
    ASSIGN_OR_RETURN(const std::vector<vault::ProposedChange> changes, rooms.vault.changes());
    for (const vault::Exception& each : vault::exceptions_of(subject.object, changes))
      facts.made_before += each.excepted.demand == subject.demand ? 1 : 0;
    return {};
  }
  // Of a lease nobody knows yet how long it will be: what is bounded is not met.
  Result<bool> is_met(const std::string& name, const vault::Object& object, Level level) const {
    ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
    ASSIGN_OR_RETURN(const auto policy, rooms.vault.policy(object.record.policy));
    if (!policy) return fail(ErrorCode::kMalformed, "an object's policy is not in the log");
    ASSIGN_OR_RETURN(const vault::StandingFacts known,
                     standing_facts(std::numeric_limits<std::int32_t>::max(), rooms));
    const protocol::Demand* demand = protocol::demand_named(name);
    CHECK(demand != nullptr);  // change_from has checked it
    return demand->met_by(vault::standing_of(*founding, *policy, known).there,
                          vault::row_of(*founding, level));
  }
  // What triage rests on.
  template <class Ground>
  Result<void> operator()(const Ground& changed) const {
    const protocol::Subject subject(changed);
    registry::GroundFacts ground;
    ASSIGN_OR_RETURN(ground.in_force, rooms.registry.ground());
    if constexpr (std::is_same_v<Ground, protocol::Dismiss>) {
      for (const std::int64_t index : changed.findings) {
        ASSIGN_OR_RETURN(const auto asset, rooms.registry.finding_at(index));
        if (!asset) ground.missing_findings.push_back(index);
      }
    }
    if (const auto possible = registry::may_change_ground(subject, ground, now); !possible) {
      facts.refused = possible.error();
      return {};
    }
    ASSIGN_OR_RETURN(facts.may_lower, registry::may_lower(subject, *ground.in_force));
    return everything();
  }
  Result<void> retirement(const Leaving& leaving) const {
    ASSIGN_OR_RETURN(facts.trees, trees_after(leaving, rooms));
    ASSIGN_OR_RETURN(facts.recovery_left, recovery_after(leaving, rooms));
    return {};
  }
  Result<void> everything() const {
    ASSIGN_OR_RETURN(facts.concerns, most_that_is_sealed(rooms, now));
    return {};
  }
};

}  // namespace

Result<vault::SubjectFacts> subject_facts(const protocol::Subject& subject, const Rooms& rooms,
                                          UnixSeconds now) {
  vault::SubjectFacts facts;
  RETURN_IF_ERROR(std::visit(Filling{rooms, now, facts}, subject));
  return facts;
}

Result<vault::ProposeChangeFacts> propose_change_facts(const protocol::Change& change,
                                                       const Rooms& rooms, UnixSeconds now) {
  vault::ProposeChangeFacts facts;
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(const auto there, rooms.vault.change(protocol::change_id(change)));
  facts.change_exists = there.has_value();
  ASSIGN_OR_RETURN(facts.subject, subject_facts(change.subject, rooms, now));
  facts.now = now;
  return facts;
}

Result<vault::VoteChangeFacts> vote_change_facts(const protocol::ChangeVote& vote,
                                                 const Rooms& rooms, const KeyId& signed_by,
                                                 UnixSeconds now) {
  vault::VoteChangeFacts facts;
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(facts.change, rooms.vault.change(vote.change));
  if (facts.change) {
    ASSIGN_OR_RETURN(facts.subject, subject_facts(facts.change->change.subject, rooms, now));
  }
  facts.signed_by = signed_by;
  facts.now = now;
  return facts;
}

Result<vault::MakeChangeFacts> make_change_facts(const protocol::ChangeId& change,
                                                 const Rooms& rooms, UnixSeconds now) {
  vault::MakeChangeFacts facts;
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(facts.change, rooms.vault.change(change));
  facts.now = now;
  if (!facts.change) return facts;
  ASSIGN_OR_RETURN(facts.subject, subject_facts(facts.change->change.subject, rooms, now));
  for (const vault::CastChangeVote& cast : facts.change->votes) {
    ASSIGN_OR_RETURN(const auto member, rooms.people.member(cast.vote.person));
    if (!member || member->key(cast.vote.key) == nullptr) continue;
    facts.voters.push_back({.person = member->person,
                            .key = cast.vote.key,
                            .kind = member->kind,
                            .custodian = member->has(Role::kCustodian),
                            .cleared = member->cleared_at(now)});
  }
  return facts;
}

}  // namespace strongroom::judge
