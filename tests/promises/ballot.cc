#include "ballot.h"

#include "seal/resealed_leaves.h"

namespace strongroom::promises {

std::vector<seal::ResealedLeaf> resealed_leaves(const WholeLab& lab, const Person& who,
                                                const SealedModel& model, const Asked& asked) {
  const seal::KeyRecord record = lab.key_record(model);
  const seal::SealedShares shares = lab.sealed_shares(model);
  const seal::Recipient recipient{.proposal = asked.id(), .public_key = asked.request.recipient};
  std::vector<seal::ResealedLeaf> leaves;
  for (const std::int64_t group : asked.request.groups) {
    const seal::SealedLeaf* sealed = shares.leaf(group, who.key().public_keys().id);
    CHECK(sealed != nullptr);
    const seal::OpenLeaf leaf = must(seal::open_leaf(*sealed, record, who.key().opening_secret()));
    leaves.push_back(must(seal::reseal_leaf(leaf, record, recipient)));
  }
  return leaves;
}

Ballot approval(WholeLab& lab, Person& who, const SealedModel& model, const Asked& asked) {
  must(who.follower().follow());
  Ballot ballot{.vote = {},
                .leaves = resealed_leaves(lab, who, model, asked),
                .reason = must(protocol::open_text("looked at it"))};
  ballot.vote = {.strongroom = lab.id(),
                 .proposal = asked.id(),
                 .decision = protocol::VoteDecision::kApprove,
                 .person = who.id(),
                 .key = who.key().public_keys().id,
                 .role = protocol::Role::kCustodian,
                 .valid_until = asked.request.expires,
                 .checkpoint = who.follower().world().seen(),
                 .leaves = {},
                 .reason = commitment_to("reason", ballot.reason)};
  for (const seal::ResealedLeaf& leaf : ballot.leaves)
    ballot.vote.leaves.push_back({leaf.group, leaf.path, digest_of(leaf)});
  return ballot;
}

protocol::Command command_of(const Ballot& ballot) {
  protocol::Command command;
  command.type = protocol::EntryType::kVoted;
  command.statement = to_json(ballot.vote);
  command.texts = {{"reason", ballot.reason}};
  if (ballot.vote.decision == protocol::VoteDecision::kApprove) {
    command.attachments = {
        {protocol::leaves_name(ballot.vote), copy_bytes(as_bytes(encode(ballot.leaves)))}};
  }
  return command;
}

protocol::Command cast(const Ballot& ballot, const Person& signer) {
  protocol::Command command = command_of(ballot);
  command.signatures = {
      must(protocol::sign_statement(*command.statement, custodian::signer_of(signer.key())))};
  return command;
}

protocol::Vote last_vote(WholeLab& lab, const ProposalId& proposal, const std::string& name) {
  Person& person = lab.person(name);
  CHECK(person.follower().follow().has_value());
  const auto found = person.follower().world().rooms().vault.proposal(proposal);
  CHECK(found.has_value() && found->has_value());
  const std::vector<vault::CastVote>& votes = (*found)->votes;
  const auto cast = std::find_if(votes.rbegin(), votes.rend(), [&](const vault::CastVote& each) {
    return each.vote.person == person.id();
  });
  CHECK(cast != votes.rend());
  return cast->vote;
}

}  // namespace strongroom::promises
