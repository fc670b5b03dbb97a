#include "custodian/act.h"

#include "custodian/records.h"
#include "protocol/deposit.h"
#include "seal/key_record.h"
#include "seal/resealed_leaves.h"
#include "seal/shares.h"

namespace strongroom::custodian {

using format::Json;
using protocol::Command;
using protocol::EntryType;

namespace {

// What the shown proposal describes must be what the log holds for the object now.
Result<Records> records_for(const client::Follower& follower, const protocol::Request& request) {
  ASSIGN_OR_RETURN(const auto object, follower.world().rooms().vault.object(request.object));
  if (!object) return fail(ErrorCode::kNotFound, "no such object in the log");
  const vault::Record* record = object->record_of(request.epoch);
  if (record == nullptr)
    return fail(ErrorCode::kExpired, "the key record that the request describes has lapsed");
  const bool same = request.key_record == record->key_record && request.policy == record->policy &&
                    request.wrap_suite == record->wrap_suite;
  if (!same)
    return fail(ErrorCode::kNotAuthentic,
                "the key record is not the one that the request describes");
  return records_of(follower, *object, *record);
}

Result<std::vector<seal::ResealedLeaf>> reseal_own_leaves(const Records& records,
                                                          const Hands& hands,
                                                          const vault::Proposal& proposal) {
  const seal::Recipient recipient{.proposal = proposal.id,
                                  .public_key = proposal.request.recipient};
  std::vector<seal::ResealedLeaf> resealed;
  for (const std::int64_t group : proposal.request.groups) {
    const seal::SealedLeaf* sealed = records.shares.leaf(group, hands.key.public_keys().id);
    if (sealed == nullptr)
      return fail(
          ErrorCode::kWrongKey,
          "no leaf of this object is sealed to this key; its custodians alone can answer: ask one");
    ASSIGN_OR_RETURN(const seal::OpenLeaf leaf,
                     seal::open_leaf(*sealed, records.key_record, hands.key.opening_secret()));
    if (leaf.person != hands.person)
      return fail(ErrorCode::kWrongKey, "the leaf is another person's");
    ASSIGN_OR_RETURN(seal::ResealedLeaf again,
                     seal::reseal_leaf(leaf, records.key_record, recipient));
    resealed.push_back(std::move(again));
  }
  return resealed;
}

Result<protocol::Receipt> sign_and_send(client::Follower& follower, const Hands& hands,
                                        Command command) {
  ASSIGN_OR_RETURN(const protocol::Signature signature,
                   protocol::sign_statement(*command.statement, signer_of(hands.key)));
  command.signatures = {signature};
  return follower.submit(command);
}

Result<protocol::Receipt> vote(client::Follower& follower, const Hands& hands, const Shown& shown,
                               const std::string& reason, std::vector<seal::ResealedLeaf> leaves) {
  const UnixSeconds now = hands.clock.now();
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(reason));
  protocol::Vote vote{.strongroom = shown.proposal.request.strongroom,
                      .proposal = shown.proposal.id,
                      .decision = leaves.empty() ? protocol::VoteDecision::kRefuse
                                                 : protocol::VoteDecision::kApprove,
                      .person = hands.person,
                      .key = hands.key.public_keys().id,
                      .role = protocol::Role::kCustodian,
                      .valid_until = std::min(now + kVoteSeconds, shown.proposal.request.expires),
                      .checkpoint = follower.world().seen(),
                      .leaves = {},
                      .reason = commitment_to("reason", opening)};
  for (const seal::ResealedLeaf& leaf : leaves)
    vote.leaves.push_back({leaf.group, leaf.path, digest_of(leaf)});
  Command command{.type = EntryType::kVoted,
                  .statement = to_json(vote),
                  .signatures = {},
                  .body = std::nullopt,
                  .texts = {{"reason", opening}},
                  .attachments = {}};
  if (!leaves.empty()) {
    command.attachments.push_back(
        {protocol::leaves_name(vote), copy_bytes(as_bytes(encode(leaves)))});
  }
  return sign_and_send(follower, hands, std::move(command));
}

}  // namespace

protocol::Signer signer_of(const keys::KeyFile& key) {
  return {key.public_keys().id,
          [&key](ByteView bytes) -> Result<crypto::Ed25519Signature> { return key.sign(bytes); }};
}

Result<protocol::Receipt> approve(client::Follower& follower, const Hands& hands,
                                  const Shown& shown, const std::string& reason) {
  if (!shown.open_error.empty()) return fail(shown.open_error_code, shown.open_error);
  ASSIGN_OR_RETURN(const Records records, records_for(follower, shown.proposal.request));
  ASSIGN_OR_RETURN(std::vector<seal::ResealedLeaf> leaves,
                   reseal_own_leaves(records, hands, shown.proposal));
  return vote(follower, hands, shown, reason, std::move(leaves));
}

Result<protocol::Receipt> refuse(client::Follower& follower, const Hands& hands, const Shown& shown,
                                 const std::string& reason) {
  if (!shown.open_error.empty()) return fail(shown.open_error_code, shown.open_error);
  return vote(follower, hands, shown, reason, {});
}

bool has_approved(const Shown& shown, const PersonId& person, UnixSeconds now) {
  bool approved = false;
  for (const vault::CastVote& cast : shown.proposal.votes) {  // the last one counts
    if (cast.vote.person != person) continue;
    approved =
        cast.vote.decision == protocol::VoteDecision::kApprove && now < cast.vote.valid_until;
  }
  return approved;
}

namespace {

Result<Command> signed_stop(const Hands& hands, EntryType type, format::Json statement,
                            const protocol::Opening& reason) {
  ASSIGN_OR_RETURN(const protocol::Signature signature,
                   protocol::sign_statement(statement, signer_of(hands.key)));
  return Command{.type = type,
                 .statement = std::move(statement),
                 .signatures = {signature},
                 .body = std::nullopt,
                 .texts = {{"reason", reason}},
                 .attachments = {}};
}

}  // namespace

Result<Command> signed_freeze(const client::Follower& follower, const Hands& hands,
                              const std::optional<ObjectId>& object, const std::string& reason) {
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(reason));
  const protocol::Freeze freeze{.strongroom = follower.world().genesis().id(),
                                .object = object,
                                .person = hands.person,
                                .reason = commitment_to("reason", opening),
                                .checkpoint = follower.world().seen()};
  return signed_stop(hands, EntryType::kFrozen, to_json(freeze), opening);
}

Result<Command> signed_recall(const client::Follower& follower, const Hands& hands,
                              const ProposalId& proposal, const std::string& reason) {
  ASSIGN_OR_RETURN(const protocol::Opening opening, protocol::open_text(reason));
  const protocol::Recall recall{.strongroom = follower.world().genesis().id(),
                                .proposal = proposal,
                                .person = hands.person,
                                .reason = commitment_to("reason", opening),
                                .checkpoint = follower.world().seen()};
  return signed_stop(hands, EntryType::kRecalled, to_json(recall), opening);
}

Result<protocol::Receipt> freeze(client::Follower& follower, const Hands& hands,
                                 const std::optional<ObjectId>& object, const std::string& reason) {
  ASSIGN_OR_RETURN(const Command command, signed_freeze(follower, hands, object, reason));
  return follower.submit(command);
}

Result<protocol::Receipt> recall(client::Follower& follower, const Hands& hands,
                                 const ProposalId& proposal, const std::string& reason) {
  ASSIGN_OR_RETURN(const Command command, signed_recall(follower, hands, proposal, reason));
  return follower.submit(command);
}

}  // namespace strongroom::custodian
