#include "tally.h"

#include "judge/standing.h"

namespace strongroom::verifier {

namespace {

void count_changes(Tally& tally) {
  for (const vault::ProposedChange& change : tally.changes) {
    for (const vault::CastChangeVote& cast : change.votes) {
      const bool approves = cast.vote.decision == protocol::VoteDecision::kApprove;
      ++(approves ? tally.change_approvals : tally.change_refusals);
    }
    if (!change.made) continue;
    ++tally.changes_made;
    // Nothing lifts a freeze twice: the rules want each to be in force.
    if (const auto* lifted = std::get_if<protocol::Unfreeze>(&change.change.subject))
      tally.freezes_lifted += lifted->freezes.size();
  }
}

}  // namespace

Result<Tally> tally_of(const judge::Rooms& rooms) {
  Tally tally;
  ASSIGN_OR_RETURN(const auto assets, rooms.registry.assets());
  ASSIGN_OR_RETURN(const auto objects, rooms.vault.objects());
  ASSIGN_OR_RETURN(const auto freezes, rooms.vault.freezes());
  ASSIGN_OR_RETURN(const auto members, rooms.people.members());
  ASSIGN_OR_RETURN(const auto hosts, rooms.people.hosts());
  ASSIGN_OR_RETURN(tally.proposals, rooms.vault.proposals());
  ASSIGN_OR_RETURN(tally.changes, rooms.vault.changes());
  tally.assets = assets.size();
  tally.objects = objects.size();
  tally.people = members.size();
  tally.hosts = hosts.size();
  for (const vault::Object& object : objects) {
    tally.confirmations += object.confirmations.size();
    tally.rehearsals += object.rehearsals.size();
    ASSIGN_OR_RETURN(const judge::DepositStanding standing,
                     judge::deposit_standing(object.deposit.object, rooms));
    if (standing.certain) ++tally.objects_certain;
    tally.rekeys += object.rekeys.size();
    if (object.record.epoch > 0) ++tally.rekeys_in_force;
  }
  count_changes(tally);
  tally.freezes = freezes.size() + tally.freezes_lifted;
  for (const vault::Proposal& proposal : tally.proposals) {
    for (const vault::CastVote& cast : proposal.votes) {
      const bool approves = cast.vote.decision == protocol::VoteDecision::kApprove;
      ++(approves ? tally.approvals : tally.refusals);
    }
    if (proposal.granted) ++tally.grants;
    tally.redemptions += proposal.redemptions.size();
    tally.lease_ends += proposal.ends.size();
    if (proposal.recalled) ++tally.recalls;
  }
  return tally;
}

const vault::CastVote* vote_at(const vault::Proposal& proposal, std::int64_t index) {
  for (const vault::CastVote& cast : proposal.votes) {
    if (cast.stamp.index == index) return &cast;
  }
  return nullptr;
}

const vault::CastChangeVote* vote_at(const vault::ProposedChange& change, std::int64_t index) {
  for (const vault::CastChangeVote& cast : change.votes) {
    if (cast.stamp.index == index) return &cast;
  }
  return nullptr;
}

const vault::Ended* end_of(const vault::Proposal& proposal, std::int64_t n) {
  for (const vault::Ended& ended : proposal.ends) {
    if (ended.end.n == n) return &ended;
  }
  return nullptr;
}

}  // namespace strongroom::verifier
