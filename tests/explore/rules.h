#ifndef STRONGROOM_TESTS_EXPLORE_RULES_H_
#define STRONGROOM_TESTS_EXPLORE_RULES_H_

#include <functional>

#include "keeper/keeper.h"
#include "people/rules.h"
#include "vault/rules.h"
#include "vault/rules_changes.h"
#include "vault/rules_confirmation.h"

namespace strongroom::explore {

/// The rules that are explored: the real ones, unless a test plants a fault in one.
struct Rules {
  std::function<Result<void>(const people::ActFacts&)> may_act = people::may_act;
  std::function<Result<void>(const vault::Proposed&, const vault::ProposeFacts&)> may_propose =
      vault::may_propose;
  std::function<Result<void>(const protocol::Vote&, const vault::VoteFacts&)> may_vote =
      vault::may_vote;
  std::function<Result<quorum::Decision>(const vault::GrantFacts&)> decide_grant =
      vault::decide_grant;
  std::function<Result<void>(const vault::Granted&, const vault::GrantFacts&)> may_grant =
      vault::may_grant;
  std::function<Result<void>(const protocol::Redemption&, const vault::RedeemFacts&)> may_redeem =
      vault::may_redeem;
  std::function<Result<void>(const protocol::LeaseEnd&, const vault::LeaseEndFacts&)>
      may_end_lease = vault::may_end_lease;
  std::function<Result<void>(const protocol::Freeze&, const vault::FreezeFacts&)> may_freeze =
      vault::may_freeze;
  std::function<Result<void>(const protocol::Recall&, const vault::RecallFacts&)> may_recall =
      vault::may_recall;
  std::function<Result<void>(const protocol::Confirmation&, const vault::ConfirmFacts&)>
      may_confirm = vault::may_confirm;
  std::function<Result<void>(const protocol::Change&, const vault::ProposeChangeFacts&)>
      may_propose_change = vault::may_propose_change;
  std::function<Result<void>(const protocol::ChangeVote&, const vault::VoteChangeFacts&)>
      may_vote_change = vault::may_vote_change;
  std::function<Result<quorum::Decision>(const vault::MakeChangeFacts&)> decide_change =
      vault::decide_change;
  std::function<Result<void>(const vault::Changed&, const vault::MakeChangeFacts&)> may_change =
      vault::may_change;
  std::function<Result<vault::Proposal>(const protocol::Redemption&, const judge::Rooms&)>
      may_open = keeper::may_open;
  /// Whether the keeper acts on what is durable only, as the real one does: it follows what has
  /// been committed.
  bool keeper_waits_for_disk = true;
};

}  // namespace strongroom::explore

#endif  // STRONGROOM_TESTS_EXPLORE_RULES_H_
