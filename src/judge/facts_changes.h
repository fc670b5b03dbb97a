#ifndef STRONGROOM_JUDGE_FACTS_CHANGES_H_
#define STRONGROOM_JUDGE_FACTS_CHANGES_H_

#include "judge/judge.h"
#include "vault/rules_changes.h"

/// Fills the facts that the rules of changes ask for. No verdicts here.
namespace strongroom::judge {

[[nodiscard]] Result<vault::SubjectFacts> subject_facts(const protocol::Subject& subject,
                                                        const Rooms& rooms, UnixSeconds now);
[[nodiscard]] Result<vault::ProposeChangeFacts> propose_change_facts(const protocol::Change& change,
                                                                     const Rooms& rooms,
                                                                     UnixSeconds now);
[[nodiscard]] Result<vault::VoteChangeFacts> vote_change_facts(const protocol::ChangeVote& vote,
                                                               const Rooms& rooms,
                                                               const KeyId& signed_by,
                                                               UnixSeconds now);
[[nodiscard]] Result<vault::MakeChangeFacts> make_change_facts(const protocol::ChangeId& change,
                                                               const Rooms& rooms, UnixSeconds now);

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_FACTS_CHANGES_H_
