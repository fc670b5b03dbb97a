#include "vault/rules_confirmation.h"

#include <set>

namespace strongroom::vault {

namespace {

// Adds what the leaves give below and at `node`; true when they satisfy it.
bool recompute(const protocol::PolicyNode& node, const std::string& path,
               const std::vector<PersonId>& leaves, std::set<std::string>& nodes) {
  if (node.person) {
    const bool there = std::find(leaves.begin(), leaves.end(), *node.person) != leaves.end();
    if (there) nodes.insert(path);
    return there;
  }
  std::int64_t satisfied = 0;
  for (std::size_t i = 0; i < node.of.size(); ++i) {
    if (recompute(node.of[i], protocol::child_path(path, i), leaves, nodes)) ++satisfied;
  }
  if (satisfied < node.threshold) return false;
  nodes.insert(path);
  for (std::size_t i = 0; i < node.of.size(); ++i) nodes.insert(protocol::child_path(path, i));
  return true;
}

}  // namespace

std::vector<std::string> recomputable(const protocol::Policy& policy,
                                      const std::vector<PersonId>& leaves) {
  std::set<std::string> nodes;
  recompute(policy.root(), "", leaves, nodes);
  return {nodes.begin(), nodes.end()};
}

std::vector<PersonId> counted_voters(const Proposal& proposal) {
  CHECK(proposal.granted.has_value());
  const std::vector<std::int64_t>& counted = proposal.granted->votes;
  std::vector<PersonId> voters;
  for (const CastVote& cast : proposal.votes) {
    if (std::find(counted.begin(), counted.end(), cast.stamp.index) != counted.end())
      voters.push_back(cast.vote.person);
  }
  return voters;
}

Result<void> may_confirm(const protocol::Confirmation& confirmation, const ConfirmFacts& facts) {
  if (confirmation.strongroom != facts.strongroom)
    return fail(ErrorCode::kRefused, "meant for another strongroom");
  if (!facts.object || !facts.object_policy) return fail(ErrorCode::kNotFound, "no such object");
  if (confirmation.key != facts.signed_by)
    return fail(ErrorCode::kNotAuthentic, "signed with another key than the confirmation names");
  if (!facts.object_policy->path_of(confirmation.person))
    return fail(ErrorCode::kRefused, "the person holds no leaf of this object");
  const protocol::Deposit& deposit = facts.object->deposit;
  if (confirmation.epoch != deposit.epoch || confirmation.key_record != deposit.key_record ||
      confirmation.groups != deposit.groups) {
    return fail(ErrorCode::kMalformed, "not of this object's key record, or not of all its groups");
  }
  const bool confirmed = std::any_of(
      facts.object->confirmations.begin(), facts.object->confirmations.end(),
      [&](const Confirmed& each) { return each.confirmation.person == confirmation.person; });
  if (confirmed) return fail(ErrorCode::kConflict, "this person has confirmed it already");
  return {};
}

Result<void> may_rehearse(const protocol::Rehearsal& rehearsal, const RehearseFacts& facts) {
  if (rehearsal.strongroom != facts.strongroom)
    return fail(ErrorCode::kRefused, "meant for another strongroom");
  if (!facts.proposal || !facts.proposal->granted)
    return fail(ErrorCode::kNotFound, "no such release");
  if (!facts.object || !facts.object_policy) return fail(ErrorCode::kNotFound, "no such object");
  const bool redeemed = std::any_of(facts.proposal->redemptions.begin(),
                                    facts.proposal->redemptions.end(), [&](const Redeemed& each) {
                                      return each.redemption.n == rehearsal.n &&
                                             each.redemption.host == rehearsal.host;
                                    });
  if (!redeemed) return fail(ErrorCode::kRefused, "this host has not redeemed it");
  const bool again = std::any_of(
      facts.object->rehearsals.begin(), facts.object->rehearsals.end(), [&](const Rehearsed& each) {
        return each.rehearsal.proposal == rehearsal.proposal && each.rehearsal.n == rehearsal.n;
      });
  if (again) return fail(ErrorCode::kConflict, "this opening has been reported already");
  if (rehearsal.nodes != recomputable(*facts.object_policy, counted_voters(*facts.proposal))) {
    return fail(ErrorCode::kRefused,
                "not the nodes that the granted votes let a host recompute: either it leaves out a "
                "mismatch, or it makes one up");
  }
  return {};
}

Certainty certainty_of(const Object& object, const protocol::Policy& object_policy) {
  Certainty certainty;
  const std::vector<PersonId> persons = object_policy.persons();
  certainty.wanted = std::min(object_policy.approvals_min() + 1, persons.size());
  for (const PersonId& person : persons) {
    const bool confirmed =
        std::any_of(object.confirmations.begin(), object.confirmations.end(),
                    [&](const Confirmed& each) { return each.confirmation.person == person; });
    (confirmed ? certainty.confirmed : certainty.missing).push_back(person);
  }
  // Of every group: a release of some groups rehearses only those.
  certainty.rehearsed =
      std::any_of(object.rehearsals.begin(), object.rehearsals.end(),
                  [&](const Rehearsed& each) { return each.groups == object.deposit.groups; });
  return certainty;
}

}  // namespace strongroom::vault
