#include "tally.h"

namespace strongroom::verifier {

Result<Tally> tally_of(const judge::Rooms& rooms) {
  Tally tally;
  ASSIGN_OR_RETURN(const auto assets, rooms.registry.assets());
  ASSIGN_OR_RETURN(const auto objects, rooms.vault.objects());
  ASSIGN_OR_RETURN(const auto freezes, rooms.vault.freezes());
  ASSIGN_OR_RETURN(tally.proposals, rooms.vault.proposals());
  tally.assets = assets.size();
  tally.objects = objects.size();
  tally.freezes = freezes.size();
  const auto note_head = [&tally](const protocol::CheckpointSeen& seen) {
    if (seen.size > 0) ++tally.heads_seen;
  };
  for (const vault::Object& object : objects) note_head(object.deposit.checkpoint);
  for (const vault::FreezeInForce& each : freezes) note_head(each.freeze.checkpoint);
  for (const vault::Proposal& proposal : tally.proposals) {
    note_head(proposal.request.checkpoint);
    for (const vault::CastVote& cast : proposal.votes) {
      note_head(cast.vote.checkpoint);
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

const vault::Ended* end_of(const vault::Proposal& proposal, std::int64_t n) {
  for (const vault::Ended& ended : proposal.ends) {
    if (ended.end.n == n) return &ended;
  }
  return nullptr;
}

}  // namespace strongroom::verifier
