#include "vault/events.h"

#include "base/limits.h"

namespace strongroom::vault {

using format::Fields;
using format::Json;

namespace {
constexpr std::size_t kVotesMax = 1024;
}

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::kProposed:
      return "proposed";
    case Phase::kGranted:
      return "granted";
    case Phase::kRedeemed:
      return "redeemed";
    case Phase::kEnded:
      return "ended";
  }
  return "unknown";
}

Phase Proposal::phase() const {
  if (recalled || (!redemptions.empty() && ends.size() == redemptions.size() &&
                   static_cast<std::int64_t>(redemptions.size()) == request.redemptions)) {
    return Phase::kEnded;
  }
  if (!redemptions.empty()) return Phase::kRedeemed;
  return granted ? Phase::kGranted : Phase::kProposed;
}

Json to_json(const Granted& granted) {
  Json::Array votes;
  for (const std::int64_t vote : granted.votes) votes.push_back(vote);
  return Json::Object{{"proposal", granted.proposal}, {"votes", std::move(votes)}};
}

Result<Granted> granted_from(const Json& json) {
  Fields fields(json, "grant");
  Granted granted;
  ASSIGN_OR_RETURN(granted.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(const Json::Array* votes, fields.array("votes", kVotesMax));
  for (const Json& vote : *votes) {
    if (vote.integer() == nullptr)
      return fail(ErrorCode::kMalformed, "grant: a vote must be a log position");
    granted.votes.push_back(*vote.integer());
  }
  RETURN_IF_ERROR(fields.done());
  return granted;
}

Json proposed_body(const Proposed& proposed) {
  return Json::Object{{"evidence", proposed.evidence}};
}

Result<Proposed> proposed_from(const Json& statement, const Json& body) {
  Proposed proposed;
  ASSIGN_OR_RETURN(proposed.request, protocol::request_from(statement));
  Fields fields(body, "proposal");
  ASSIGN_OR_RETURN(proposed.evidence, fields.id<Digest>("evidence"));
  RETURN_IF_ERROR(fields.done());
  return proposed;
}

Result<bool> State::is_frozen(const ObjectId& id) const {
  ASSIGN_OR_RETURN(const std::vector<FreezeInForce> all, freezes());
  std::optional<PersonId> half;
  for (const FreezeInForce& each : all) {
    if (each.freeze.object && *each.freeze.object != id) continue;
    if (each.alone || (half && *half != each.freeze.person)) return true;
    half = each.freeze.person;
  }
  return false;
}

Founding founding_of(const protocol::Genesis& genesis) {
  return {.strongroom = genesis.id(),
          .mode = genesis.mode,
          .policy = genesis.policy,
          .deposit_key = genesis.deposit_key,
          .levels = genesis.levels,
          .witnesses = 0,
          .recovery = genesis.recovery};
}

Result<std::optional<Founding>> Fold::founding() const { return founding_; }

Result<std::optional<Object>> Fold::object(const ObjectId& id) const {
  const auto found = objects_.find(id);
  if (found == objects_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<Object>> Fold::objects() const {
  std::vector<Object> all;
  for (const auto& each : objects_) all.push_back(each.second);
  std::sort(all.begin(), all.end(),
            [](const Object& a, const Object& b) { return a.stamp.index < b.stamp.index; });
  return all;
}

Result<std::optional<Proposal>> Fold::proposal(const ProposalId& id) const {
  const auto found = proposals_.find(id);
  if (found == proposals_.end()) return std::nullopt;
  return found->second;
}

Result<std::vector<Proposal>> Fold::proposals() const {
  std::vector<Proposal> all;
  for (const ProposalId& id : proposal_order_) all.push_back(proposals_.at(id));
  return all;
}

Result<std::vector<FreezeInForce>> Fold::freezes() const { return freezes_; }

Result<std::optional<protocol::Policy>> Fold::policy(const Digest& digest) const {
  const auto found = policies_.find(digest);
  if (found == policies_.end()) return std::nullopt;
  return found->second;
}

// The rules have refused every event about something that is not there.
Proposal& Fold::existing(const ProposalId& id) {
  const auto found = proposals_.find(id);
  CHECK(found != proposals_.end());
  return found->second;
}

Result<void> Fold::apply(const protocol::Genesis& genesis) {
  founding_ = founding_of(genesis);
  policies_.emplace(genesis.policy.digest(), genesis.policy);
  return {};
}

Result<void> Fold::apply(const protocol::Deposit& deposit, const Stamp& stamp) {
  objects_.emplace(deposit.object, object_of(deposit, stamp));
  return {};
}

Result<void> Fold::apply(const Proposed& proposed, const Stamp& stamp) {
  const ProposalId id = protocol::proposal_id(proposed.request, proposed.evidence);
  Proposal proposal;
  proposal.id = id;
  proposal.request = proposed.request;
  proposal.evidence = proposed.evidence;
  proposal.stamp = stamp;
  proposals_.emplace(id, std::move(proposal));
  proposal_order_.push_back(id);
  return {};
}

Result<void> Fold::apply(const protocol::Vote& vote, const Stamp& stamp) {
  existing(vote.proposal).votes.push_back({vote, stamp});
  return {};
}

Result<void> Fold::apply(const Granted& granted, const Stamp& stamp) {
  Proposal& proposal = existing(granted.proposal);
  proposal.granted = granted;
  proposal.granted_at = stamp;
  return {};
}

Result<void> Fold::apply(const protocol::Redemption& redemption, const Stamp& stamp) {
  existing(redemption.proposal).redemptions.push_back({redemption, stamp});
  return {};
}

Result<void> Fold::apply(const protocol::LeaseEnd& end, const Stamp& stamp) {
  existing(end.proposal).ends.push_back({end, stamp});
  return {};
}

Result<void> Fold::apply(const protocol::Freeze& freeze, const Stamp& stamp) {
  freezes_.push_back({freeze, stamp, !curbed_.contains(freeze.person)});
  return {};
}

void Fold::settle_pending(Object& object) {
  if (object.pending) settle(object, policies_.at(object.pending->policy));
}

Result<void> Fold::apply(const protocol::Confirmation& confirmation, const Stamp& stamp) {
  Object& object = objects_.at(confirmation.object);
  add(object, Confirmed{confirmation, stamp});
  settle_pending(object);
  return {};
}

Result<void> Fold::apply(const protocol::Rehearsal& rehearsal, const Stamp& stamp) {
  const protocol::Request& request = existing(rehearsal.proposal).request;
  Object& object = objects_.at(request.object);
  add(object,
      Rehearsed{rehearsal, static_cast<std::int64_t>(request.groups.size()), request.epoch, stamp});
  settle_pending(object);
  return {};
}

Result<void> Fold::apply(const protocol::Rekey& rekey, const Stamp& stamp) {
  add(objects_.at(rekey.object), Rekeyed{rekey, stamp});
  return {};
}

Result<void> Fold::apply(const protocol::Recall& recall, const Stamp& stamp) {
  Proposal& proposal = existing(recall.proposal);
  proposal.recalled = stamp;
  const auto object = objects_.find(proposal.request.object);
  if (object != objects_.end()) withdraw(object->second, recall.proposal);
  return {};
}

}  // namespace strongroom::vault
