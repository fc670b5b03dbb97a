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

namespace {

// A record that waits is put in force by the last word on it: that is no time for a freeze.
Result<void> may_be_told_of(const Record* record, const Object& object, bool frozen) {
  if (record == nullptr)
    return fail(ErrorCode::kExpired, "of a key record that has lapsed: epoch " +
                                         std::to_string(object.record.epoch) + " is in force");
  if (frozen && object.pending && record == &*object.pending) {
    return fail(ErrorCode::kFrozen,
                "a freeze is in force: the new key record waits until it is lifted");
  }
  return {};
}

}  // namespace

Result<void> may_confirm(const protocol::Confirmation& confirmation, const ConfirmFacts& facts) {
  if (confirmation.strongroom != facts.strongroom)
    return fail(ErrorCode::kRefused, "meant for another strongroom");
  if (!facts.object) return fail(ErrorCode::kNotFound, "no such object");
  if (confirmation.key != facts.signed_by)
    return fail(ErrorCode::kNotAuthentic, "signed with another key than the confirmation names");
  const Record* record = facts.object->record_of(confirmation.epoch);
  if (record == nullptr && confirmation.epoch >= facts.object->next_epoch())
    return fail(ErrorCode::kMalformed, "of a key record that is not there");
  RETURN_IF_ERROR(may_be_told_of(record, *facts.object, facts.frozen));
  if (!facts.record_policy) return fail(ErrorCode::kNotFound, "the record's policy is not there");
  if (!facts.record_policy->path_of(confirmation.person))
    return fail(ErrorCode::kRefused, "the person holds no leaf of this object");
  if (confirmation.key_record != record->key_record ||
      confirmation.groups != facts.object->deposit.groups) {
    return fail(ErrorCode::kMalformed, "not of this object's key record, or not of all its groups");
  }
  const bool confirmed = std::any_of(facts.object->confirmations.begin(),
                                     facts.object->confirmations.end(), [&](const Confirmed& each) {
                                       return each.confirmation.person == confirmation.person &&
                                              each.confirmation.epoch == confirmation.epoch;
                                     });
  if (confirmed) return fail(ErrorCode::kConflict, "this person has confirmed it already");
  return {};
}

Result<void> may_rehearse(const protocol::Rehearsal& rehearsal, const RehearseFacts& facts) {
  if (rehearsal.strongroom != facts.strongroom)
    return fail(ErrorCode::kRefused, "meant for another strongroom");
  if (!facts.proposal || !facts.proposal->granted)
    return fail(ErrorCode::kNotFound, "no such release");
  if (!facts.object || !facts.object_policy) return fail(ErrorCode::kNotFound, "no such object");
  RETURN_IF_ERROR(may_be_told_of(facts.object->record_of(facts.proposal->request.epoch),
                                 *facts.object, facts.frozen));
  const bool redeemed = std::any_of(facts.proposal->redemptions.begin(),
                                    facts.proposal->redemptions.end(), [&](const Redeemed& each) {
                                      return each.redemption.n == rehearsal.n &&
                                             each.redemption.host == rehearsal.host;
                                    });
  if (!redeemed) return fail(ErrorCode::kRefused, "this host has not redeemed it");
  if (facts.proposal->recalled) return fail(ErrorCode::kRefused, "the release has been recalled");
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

}  // namespace strongroom::vault
