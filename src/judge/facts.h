#ifndef STRONGROOM_JUDGE_FACTS_H_
#define STRONGROOM_JUDGE_FACTS_H_

#include "judge/judge.h"
#include "registry/rules.h"
#include "registry/rules_sightings.h"
#include "vault/rules.h"
#include "vault/rules_confirmation.h"
#include "vault/rules_levels.h"
#include "vault/rules_rekey.h"

/// Fills the facts that a room's rules ask for, from the rooms' states. No verdicts here.
namespace strongroom::judge {

/// For a lease of so many seconds; 0: none is asked for.
[[nodiscard]] Result<vault::StandingFacts> standing_facts(std::int64_t lease_seconds,
                                                          const Rooms& rooms);
[[nodiscard]] Result<registry::StateFacts> state_facts(const protocol::FactsStated& stated,
                                                       const Rooms& rooms);
[[nodiscard]] Result<registry::FindFacts> find_facts(const protocol::Finding& finding,
                                                     const Rooms& rooms);
[[nodiscard]] Result<registry::SweepFacts> sweep_facts(const protocol::Sweep& sweep,
                                                       const Rooms& rooms);
[[nodiscard]] Result<registry::ExplainFacts> explain_facts(const protocol::Explained& explained,
                                                           const Rooms& rooms);
[[nodiscard]] Result<vault::DepositFacts> deposit_facts(const protocol::Deposit& deposit,
                                                        const Rooms& rooms);
[[nodiscard]] Result<vault::ProposeFacts> propose_facts(const vault::Proposed& proposed,
                                                        const Rooms& rooms, UnixSeconds now);
[[nodiscard]] Result<vault::VoteFacts> vote_facts(const protocol::Vote& vote, const Rooms& rooms,
                                                  const KeyId& signed_by, UnixSeconds now);
[[nodiscard]] Result<vault::GrantFacts> grant_facts(const ProposalId& proposal, const Rooms& rooms,
                                                    UnixSeconds now);
[[nodiscard]] Result<vault::RedeemFacts> redeem_facts(const protocol::Redemption& redemption,
                                                      const Rooms& rooms, UnixSeconds now);
[[nodiscard]] Result<vault::LeaseEndFacts> lease_end_facts(const protocol::LeaseEnd& end,
                                                           const Rooms& rooms);
[[nodiscard]] Result<vault::FreezeFacts> freeze_facts(const protocol::Freeze& freeze,
                                                      const Rooms& rooms);
[[nodiscard]] Result<vault::RecallFacts> recall_facts(const protocol::Recall& recall,
                                                      const Rooms& rooms);
[[nodiscard]] Result<vault::ConfirmFacts> confirm_facts(const protocol::Confirmation& confirmation,
                                                        const Rooms& rooms, const KeyId& signed_by);
[[nodiscard]] Result<vault::RehearseFacts> rehearse_facts(const protocol::Rehearsal& rehearsal,
                                                          const Rooms& rooms);
[[nodiscard]] Result<vault::RekeyFacts> rekey_facts(const protocol::Rekey& rekey,
                                                    const Rooms& rooms, UnixSeconds now);

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_FACTS_H_
