#ifndef STRONGROOM_TESTS_PROMISES_BALLOT_H_
#define STRONGROOM_TESTS_PROMISES_BALLOT_H_

#include "whole_lab.h"

namespace strongroom::promises {

/// An approval as an honest client makes it, not sent: for tests that change something first.
struct Ballot {
  protocol::Vote vote;
  std::vector<seal::ResealedLeaf> leaves;
  protocol::Opening reason;
};
[[nodiscard]] Ballot approval(WholeLab& lab, Person& who, const SealedModel& model,
                              const Asked& asked);
/// A leaf of every group asked for, opened with `who`'s key and re-sealed to the asked recipient.
[[nodiscard]] std::vector<seal::ResealedLeaf> resealed_leaves(const WholeLab& lab,
                                                              const Person& who,
                                                              const SealedModel& model,
                                                              const Asked& asked);
/// As it goes over the wire, without signature.
[[nodiscard]] protocol::Command command_of(const Ballot& ballot);
/// Signed with `signer`'s key.
[[nodiscard]] protocol::Command cast(const Ballot& ballot, const Person& signer);

/// The latest vote of `name` on a proposal, from the log.
[[nodiscard]] protocol::Vote last_vote(WholeLab& lab, const ProposalId& proposal,
                                       const std::string& name);

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_BALLOT_H_
