#include "quorum/quorum.h"

#include <set>

namespace strongroom::quorum {

using protocol::PolicyNode;

std::string_view name_of(Discounted reason) {
  switch (reason) {
    case Discounted::kNotHuman:
      return "not a human";
    case Discounted::kNotCustodian:
      return "not a custodian";
    case Discounted::kNotCleared:
      return "clearance lapsed";
    case Discounted::kOtherProposal:
      return "for another proposal";
    case Discounted::kOtherStrongroom:
      return "for another strongroom";
    case Discounted::kRefusal:
      return "refused";
    case Discounted::kExpired:
      return "vote expired";
    case Discounted::kOwnRequest:
      return "own request";
    case Discounted::kSecondVote:
      return "replaced by a later vote";
  }
  return "unknown";
}

namespace {

std::optional<Discounted> why_not(const Ballot& ballot, const Question& question) {
  if (ballot.strongroom != question.strongroom) return Discounted::kOtherStrongroom;
  if (ballot.proposal != question.proposal) return Discounted::kOtherProposal;
  if (ballot.kind != protocol::PersonKind::kHuman) return Discounted::kNotHuman;
  if (ballot.person == question.asks && !question.self_approval_allowed)
    return Discounted::kOwnRequest;
  if (!ballot.custodian_at_vote || !ballot.custodian_now) return Discounted::kNotCustodian;
  if (!ballot.cleared_at_vote || !ballot.cleared_now) return Discounted::kNotCleared;
  if (ballot.decision != protocol::VoteDecision::kApprove) return Discounted::kRefusal;
  if (ballot.valid_until <= question.now) return Discounted::kExpired;
  return std::nullopt;
}

bool is_for(const Ballot& ballot, const Question& question) {
  return ballot.strongroom == question.strongroom && ballot.proposal == question.proposal;
}

// The fewest further leaves that would satisfy `node`.
std::size_t missing(const PolicyNode& node, std::span<const PersonId> persons) {
  if (node.person) {
    return std::find(persons.begin(), persons.end(), *node.person) == persons.end() ? 1 : 0;
  }
  std::vector<std::size_t> each;
  for (const PolicyNode& child : node.of) each.push_back(missing(child, persons));
  std::sort(each.begin(), each.end());
  std::size_t sum = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(node.threshold); ++i) sum += each[i];
  return sum;
}

}  // namespace

bool satisfies(const PolicyNode& node, std::span<const PersonId> persons) {
  return missing(node, persons) == 0;
}

Decision decide(std::span<const protocol::Policy* const> policies, const Question& question,
                std::span<const Ballot> ballots) {
  Decision decision;
  for (std::size_t i = 0; i < ballots.size(); ++i) {
    const Ballot& ballot = ballots[i];
    std::optional<Discounted> reason = why_not(ballot, question);
    const bool replaced =
        std::any_of(ballots.begin() + static_cast<std::ptrdiff_t>(i) + 1, ballots.end(),
                    [&](const Ballot& later) {
                      return later.person == ballot.person && is_for(later, question);
                    });
    if (!reason && replaced) reason = Discounted::kSecondVote;
    if (reason) {
      decision.discounted.emplace_back(ballot.person, *reason);
    } else {
      decision.counted.push_back(ballot.person);
    }
  }
  for (const protocol::Policy* policy : policies) {
    decision.approvals_missing =
        std::max(decision.approvals_missing, missing(policy->root(), decision.counted));
  }
  decision.satisfied =
      !policies.empty() && !decision.counted.empty() && decision.approvals_missing == 0;
  return decision;
}

}  // namespace strongroom::quorum
