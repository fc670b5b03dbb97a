#include "judge/facts.h"

#include <set>

#include "judge/judge.h"
#include "vault/rules_levels.h"

namespace strongroom::judge {

namespace {

Result<StrongroomId> strongroom_of(const Rooms& rooms) {
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  return founding->strongroom;
}

// The tree that the proposal's object is sealed to; nothing when there is no such proposal or
// object.
Result<std::optional<protocol::Policy>> object_policy(
    const std::optional<vault::Proposal>& proposal, const Rooms& rooms) {
  if (!proposal) return std::nullopt;
  return rooms.vault.policy(proposal->request.policy);
}

// Whether following declared parents up from `parent` comes to `asset`.
Result<bool> descends_from(AssetId parent, const AssetId& asset, const Rooms& rooms) {
  std::set<AssetId> seen;
  while (parent != asset) {
    if (!seen.insert(parent).second) return false;
    ASSIGN_OR_RETURN(const auto known, rooms.registry.known(parent));
    if (!known || !known->facts.derivation || !*known->facts.derivation) return false;
    const auto& above = (*known->facts.derivation)->parent;
    const auto id = above ? AssetId::from_hex_text(*above) : std::nullopt;
    if (!id) return false;
    parent = *id;
  }
  return true;
}

Result<bool> frozen(const std::optional<vault::Proposal>& proposal, const Rooms& rooms) {
  if (!proposal) return false;
  return rooms.vault.is_frozen(proposal->request.object);
}

Result<std::optional<vault::Object>> object_of(const std::optional<vault::Proposal>& proposal,
                                               const Rooms& rooms) {
  if (!proposal) return std::nullopt;
  return rooms.vault.object(proposal->request.object);
}

// What keeps the object from being released at its level. By the tree of the record that is asked
// for; a re-key, by the tree that it ends in. Of a record that is not there the rules say so.
Result<vault::Shortfall> shortfall_of(const protocol::Request& request, const Rooms& rooms,
                                      UnixSeconds now) {
  vault::Shortfall shortfall;
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(request.object));
  if (!founding || !object) return shortfall;
  const vault::Record* record = object->record_of(request.epoch);
  if (record == nullptr) return shortfall;
  ASSIGN_OR_RETURN(auto policy, rooms.vault.policy(record->policy));
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(object->deposit.asset));
  if (!policy) return fail(ErrorCode::kMalformed, "an object's policy is not in the log");
  if (request.act == protocol::ReleaseAct::kRekey) policy = founding->policy;
  if (asset) shortfall.level = asset->level_at(now);
  if (!vault::levels_bind(founding->mode)) return shortfall;
  ASSIGN_OR_RETURN(const vault::StandingFacts known, standing_facts(request.lease_seconds, rooms));
  std::vector<vault::Unmet> unmet = vault::unmet(vault::row_of(*founding, shortfall.level),
                                                 vault::standing_of(*founding, *policy, known));
  if (unmet.empty()) return shortfall;
  ASSIGN_OR_RETURN(const std::vector<vault::ProposedChange> changes, rooms.vault.changes());
  const vault::Taking taking{request.host, shortfall.level, now, request.lease_seconds};
  unmet = vault::without_excepted(std::move(unmet), vault::exceptions_of(request.object, changes),
                                  taking);
  for (vault::Unmet& each : unmet) shortfall.unmet.push_back(std::move(each.words));
  return shortfall;
}
Result<vault::Shortfall> shortfall_of(const std::optional<vault::Proposal>& proposal,
                                      const Rooms& rooms, UnixSeconds now) {
  if (!proposal) return vault::Shortfall();
  return shortfall_of(proposal->request, rooms, now);
}

Result<bool> is_throwaway(const AssetId& id, const Rooms& rooms) {
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(id));
  return asset && asset->kind == protocol::kRehearsalKind;
}

// The throwaway object is the first deposit, if it is there at all: the rules see to that.
Result<bool> rehearsed(const Rooms& rooms) {
  ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
  if (objects.empty()) return false;
  ASSIGN_OR_RETURN(const bool throwaway, is_throwaway(objects.front().deposit.asset, rooms));
  if (!throwaway) return false;
  ASSIGN_OR_RETURN(const std::vector<vault::Proposal> proposals, rooms.vault.proposals());
  return std::any_of(proposals.begin(), proposals.end(), [&](const vault::Proposal& each) {
    return each.request.object == objects.front().deposit.object && vault::is_rehearsal(each);
  });
}

}  // namespace

Result<bool> rehearsal_wanted(const Rooms& rooms) {
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!founding || !vault::wants_rehearsal(founding->mode)) return false;
  ASSIGN_OR_RETURN(const bool done, rehearsed(rooms));
  return !done;
}

Result<vault::StandingFacts> standing_facts(std::int64_t lease_seconds, const Rooms& rooms) {
  vault::StandingFacts facts{.requesters = 0, .lease_seconds = lease_seconds};
  ASSIGN_OR_RETURN(const std::vector<protocol::Member> members, rooms.people.members());
  facts.requesters = std::count_if(members.begin(), members.end(), [](const auto& each) {
    return each.has(protocol::Role::kRequester);
  });
  return facts;
}

Result<registry::StateFacts> state_facts(const protocol::FactsStated& stated, const Rooms& rooms) {
  registry::StateFacts facts;
  ASSIGN_OR_RETURN(facts.asset, rooms.registry.asset(stated.asset));
  ASSIGN_OR_RETURN(const registry::Mentioned mentioned, registry::mentioned_in(stated));
  for (const AssetId& each : mentioned.assets) {
    ASSIGN_OR_RETURN(const auto there, rooms.registry.asset(each));
    if (!there) facts.unregistered.push_back(each);
  }
  if (mentioned.digest) {
    ASSIGN_OR_RETURN(facts.same_digest, rooms.registry.asset_of(*mentioned.digest));
    if (facts.same_digest == stated.asset) facts.same_digest.reset();
  }
  if (mentioned.parent) {
    ASSIGN_OR_RETURN(facts.descends_from_itself,
                     descends_from(*mentioned.parent, stated.asset, rooms));
  }
  if (stated.listing) {
    ASSIGN_OR_RETURN(const auto ground, rooms.registry.ground());
    const auto found = ground->public_roots.find(stated.listing->root);
    if (found != ground->public_roots.end()) facts.listing_size = found->second;
  }
  return facts;
}

Result<registry::FindFacts> find_facts(const protocol::Finding& finding, const Rooms& rooms) {
  registry::FindFacts facts;
  ASSIGN_OR_RETURN(facts.asset, rooms.registry.asset(finding.asset));
  if (finding.parent) {
    ASSIGN_OR_RETURN(const auto parent, rooms.registry.asset(*finding.parent));
    facts.parent_exists = parent.has_value();
  }
  return facts;
}

Result<registry::SweepFacts> sweep_facts(const protocol::Sweep& sweep, const Rooms& rooms) {
  const registry::Sightings& sightings = rooms.registry.sightings();
  registry::SweepFacts facts;
  ASSIGN_OR_RETURN(facts.last, sightings.last_sweep(sweep.host));
  ASSIGN_OR_RETURN(facts.standing, sightings.count_standing(sweep.host));
  for (const protocol::Sighting& each : sweep.seen) {
    ASSIGN_OR_RETURN(const auto known, sightings.at_place(each.place));
    if (known) facts.told_before = true;
  }
  for (const Digest& each : sweep.gone) {
    ASSIGN_OR_RETURN(const auto known, sightings.at_place(each));
    if (!known || known->host != sweep.host || known->gone) facts.gone_unknown = true;
  }
  return facts;
}

Result<registry::ExplainFacts> explain_facts(const protocol::Explained& explained,
                                             const Rooms& rooms) {
  const registry::Sightings& sightings = rooms.registry.sightings();
  registry::ExplainFacts facts;
  ASSIGN_OR_RETURN(facts.was_sighted, sightings.was_sighted(explained.digest));
  ASSIGN_OR_RETURN(facts.standing, sightings.explanation(explained.digest));
  ASSIGN_OR_RETURN(const auto named, rooms.registry.asset_of(explained.digest));
  facts.is_named = named.has_value();
  if (explained.asset) {
    ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(*explained.asset));
    facts.asset_exists = asset.has_value();
  }
  return facts;
}

Result<vault::DepositFacts> deposit_facts(const protocol::Deposit& deposit, const Rooms& rooms) {
  vault::DepositFacts facts;
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(const auto object, rooms.vault.object(deposit.object));
  ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(deposit.asset));
  facts.object_exists = object.has_value();
  facts.asset_exists = asset.has_value();
  facts.is_throwaway = asset && asset->kind == protocol::kRehearsalKind;
  if (facts.is_throwaway) {
    ASSIGN_OR_RETURN(const std::vector<vault::Object> objects, rooms.vault.objects());
    facts.is_first = objects.empty();
  } else {
    ASSIGN_OR_RETURN(const bool wanted, rehearsal_wanted(rooms));
    facts.rehearsed = !wanted;
  }
  return facts;
}

Result<vault::ProposeFacts> propose_facts(const vault::Proposed& proposed, const Rooms& rooms,
                                          UnixSeconds now) {
  vault::ProposeFacts facts;
  const ProposalId id = protocol::proposal_id(proposed.request, proposed.evidence);
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(facts.object, rooms.vault.object(proposed.request.object));
  ASSIGN_OR_RETURN(facts.frozen, rooms.vault.is_frozen(proposed.request.object));
  ASSIGN_OR_RETURN(facts.shortfall, shortfall_of(proposed.request, rooms, now));
  ASSIGN_OR_RETURN(const auto host, rooms.people.host(proposed.request.host));
  ASSIGN_OR_RETURN(const auto proposal, rooms.vault.proposal(id));
  facts.host_listed = host.has_value();
  facts.proposal_exists = proposal.has_value();
  if (facts.object) {
    ASSIGN_OR_RETURN(facts.is_throwaway, is_throwaway(facts.object->deposit.asset, rooms));
  }
  facts.now = now;
  return facts;
}

Result<vault::VoteFacts> vote_facts(const protocol::Vote& vote, const Rooms& rooms,
                                    const KeyId& signed_by, UnixSeconds now) {
  vault::VoteFacts facts;
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(facts.proposal, rooms.vault.proposal(vote.proposal));
  ASSIGN_OR_RETURN(facts.object, object_of(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.object_policy, object_policy(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.frozen, frozen(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.shortfall, shortfall_of(facts.proposal, rooms, now));
  facts.signed_by = signed_by;
  facts.now = now;
  return facts;
}

Result<vault::GrantFacts> grant_facts(const ProposalId& proposal, const Rooms& rooms,
                                      UnixSeconds now) {
  vault::GrantFacts facts;
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(facts.proposal, rooms.vault.proposal(proposal));
  ASSIGN_OR_RETURN(facts.object, object_of(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.object_policy, object_policy(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.frozen, frozen(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.shortfall, shortfall_of(facts.proposal, rooms, now));
  facts.now = now;
  if (!facts.proposal) return facts;
  for (const vault::CastVote& cast : facts.proposal->votes) {
    ASSIGN_OR_RETURN(const auto member, rooms.people.member(cast.vote.person));
    if (!member || member->key(cast.vote.key) == nullptr) continue;
    facts.voters.push_back({.person = member->person,
                            .key = cast.vote.key,
                            .kind = member->kind,
                            .custodian = member->has(protocol::Role::kCustodian),
                            .cleared = member->cleared_at(now)});
  }
  return facts;
}

Result<vault::RedeemFacts> redeem_facts(const protocol::Redemption& redemption, const Rooms& rooms,
                                        UnixSeconds now) {
  vault::RedeemFacts facts;
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(facts.proposal, rooms.vault.proposal(redemption.proposal));
  ASSIGN_OR_RETURN(facts.object, object_of(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.frozen, frozen(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.shortfall, shortfall_of(facts.proposal, rooms, now));
  facts.now = now;
  return facts;
}

Result<vault::LeaseEndFacts> lease_end_facts(const protocol::LeaseEnd& end, const Rooms& rooms) {
  vault::LeaseEndFacts facts;
  ASSIGN_OR_RETURN(facts.strongroom, strongroom_of(rooms));
  ASSIGN_OR_RETURN(facts.proposal, rooms.vault.proposal(end.proposal));
  return facts;
}

Result<vault::FreezeFacts> freeze_facts(const protocol::Freeze& freeze, const Rooms& rooms) {
  vault::FreezeFacts facts;
  ASSIGN_OR_RETURN(facts.strongroom, strongroom_of(rooms));
  if (freeze.object) {
    ASSIGN_OR_RETURN(const auto object, rooms.vault.object(*freeze.object));
    facts.object_exists = object.has_value();
  }
  return facts;
}

Result<vault::RecallFacts> recall_facts(const protocol::Recall& recall, const Rooms& rooms) {
  vault::RecallFacts facts;
  ASSIGN_OR_RETURN(facts.strongroom, strongroom_of(rooms));
  ASSIGN_OR_RETURN(facts.proposal, rooms.vault.proposal(recall.proposal));
  return facts;
}

Result<vault::ConfirmFacts> confirm_facts(const protocol::Confirmation& confirmation,
                                          const Rooms& rooms, const KeyId& signed_by) {
  vault::ConfirmFacts facts;
  ASSIGN_OR_RETURN(facts.strongroom, strongroom_of(rooms));
  ASSIGN_OR_RETURN(facts.object, rooms.vault.object(confirmation.object));
  const vault::Record* record =
      facts.object ? facts.object->record_of(confirmation.epoch) : nullptr;
  if (record != nullptr) {
    ASSIGN_OR_RETURN(facts.record_policy, rooms.vault.policy(record->policy));
  }
  ASSIGN_OR_RETURN(facts.frozen, rooms.vault.is_frozen(confirmation.object));
  facts.signed_by = signed_by;
  return facts;
}

Result<vault::RehearseFacts> rehearse_facts(const protocol::Rehearsal& rehearsal,
                                            const Rooms& rooms) {
  vault::RehearseFacts facts;
  ASSIGN_OR_RETURN(facts.strongroom, strongroom_of(rooms));
  ASSIGN_OR_RETURN(facts.proposal, rooms.vault.proposal(rehearsal.proposal));
  if (!facts.proposal) return facts;
  ASSIGN_OR_RETURN(facts.object, rooms.vault.object(facts.proposal->request.object));
  ASSIGN_OR_RETURN(facts.object_policy, object_policy(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.frozen, frozen(facts.proposal, rooms));
  return facts;
}

Result<vault::RekeyFacts> rekey_facts(const protocol::Rekey& rekey, const Rooms& rooms,
                                      UnixSeconds now) {
  vault::RekeyFacts facts;
  ASSIGN_OR_RETURN(facts.founding, rooms.vault.founding());
  ASSIGN_OR_RETURN(facts.proposal, rooms.vault.proposal(rekey.proposal));
  ASSIGN_OR_RETURN(facts.object, object_of(facts.proposal, rooms));
  ASSIGN_OR_RETURN(facts.frozen, frozen(facts.proposal, rooms));
  facts.now = now;
  return facts;
}

}  // namespace strongroom::judge
