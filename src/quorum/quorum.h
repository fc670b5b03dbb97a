#ifndef STRONGROOM_QUORUM_QUORUM_H_
#define STRONGROOM_QUORUM_QUORUM_H_

#include <string>
#include <vector>

#include "protocol/policy.h"
#include "protocol/release.h"

/// Who must agree to what: pure functions, no I/O, no clock, thread-safe.
namespace strongroom::quorum {

/// One vote with what the log said of its voter, at the vote and at the position judged.
struct Ballot {
  PersonId person;
  protocol::PersonKind kind = protocol::PersonKind::kHuman;
  bool custodian_at_vote = false;
  bool custodian_now = false;
  bool cleared_at_vote = false;
  bool cleared_now = false;
  ProposalId proposal;
  StrongroomId strongroom;
  protocol::VoteDecision decision = protocol::VoteDecision::kRefuse;
  UnixSeconds valid_until;
};

/// What is being decided, and where in time.
struct Question {
  StrongroomId strongroom;
  ProposalId proposal;
  PersonId asks;                       ///< whose own vote never counts (but see below)
  bool self_approval_allowed = false;  ///< mode solo alone
  UnixSeconds now;
};

/// Why a ballot did not count.
enum class Discounted {
  kNotHuman,
  kNotCustodian,
  kNotCleared,
  kOtherProposal,
  kOtherStrongroom,
  kRefusal,
  kExpired,
  kOwnRequest,
  kSecondVote
};
[[nodiscard]] std::string_view name_of(Discounted reason);

struct Decision {
  bool satisfied = false;
  std::vector<PersonId> counted;  ///< distinct persons whose approval counts, in ballot order
  std::vector<std::pair<PersonId, Discounted>> discounted;
  std::size_t approvals_missing =
      0;  ///< the fewest further persons that would satisfy every policy
};

/// Every one of `policies` must be satisfied by the same set of persons (the object's own tree, and
/// the policy in force). No policy, or no ballot, satisfies nothing. A person's latest ballot
/// stands; the earlier ones are discounted. Source: vault.md in the design, "The release", step 5.
[[nodiscard]] Decision decide(std::span<const protocol::Policy* const> policies,
                              const Question& question, std::span<const Ballot> ballots);

/// Does the set of persons satisfy the tree? Exposed for seal's tests: the same set opens the key.
[[nodiscard]] bool satisfies(const protocol::PolicyNode& node, std::span<const PersonId> persons);

}  // namespace strongroom::quorum

#endif  // STRONGROOM_QUORUM_QUORUM_H_
