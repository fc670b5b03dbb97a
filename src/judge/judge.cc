#include "judge/judge.h"

#include "base/limits.h"
#include "judge/facts.h"
#include "judge/facts_changes.h"
#include "people/rules.h"
#include "registry/rules.h"
#include "registry/rules_sightings.h"
#include "vault/rules.h"
#include "vault/rules_confirmation.h"
#include "vault/rules_levels.h"

namespace strongroom::judge {

using format::Json;
using protocol::Entry;
using protocol::EntryType;
using protocol::Role;

namespace {

template <class T>
Result<Event> as_event(Result<T> decoded) {
  if (!decoded) return tl::unexpected<Error>(decoded.error());
  return Event(std::move(*decoded));
}

// Which parts an entry of each type has, and no others.
struct Shape {
  bool statement;
  bool body;
};
Shape shape_of(EntryType type) {
  switch (type) {
    case EntryType::kTriaged:
    case EntryType::kGranted:
    case EntryType::kChanged:
      return {.statement = false, .body = true};
    case EntryType::kProposed:
      return {.statement = true, .body = true};
    default:
      return {.statement = true, .body = false};
  }
}

}  // namespace

Result<Event> event_of(const Entry& entry) {
  const Shape shape = shape_of(entry.type);
  if (entry.statement.has_value() != shape.statement || entry.body.has_value() != shape.body) {
    return fail(ErrorCode::kMalformed, "an entry of type " + std::string(name_of(entry.type)) +
                                           " with parts missing or left over");
  }
  switch (entry.type) {
    case EntryType::kGenesis: {
      ASSIGN_OR_RETURN(protocol::Genesis genesis, protocol::genesis_from(*entry.statement));
      return Event(Genesis{std::move(genesis)});
    }
    case EntryType::kRegistered:
      return as_event(protocol::registration_from(*entry.statement));
    case EntryType::kTriaged:
      return as_event(registry::triage_from(*entry.body));
    case EntryType::kDeposited:
      return as_event(protocol::deposit_from(*entry.statement));
    case EntryType::kProposed:
      return as_event(vault::proposed_from(*entry.statement, *entry.body));
    case EntryType::kVoted:
      return as_event(protocol::vote_from(*entry.statement));
    case EntryType::kGranted:
      return as_event(vault::granted_from(*entry.body));
    case EntryType::kRedeemed:
      return as_event(protocol::redemption_from(*entry.statement));
    case EntryType::kLeaseEnded:
      return as_event(protocol::lease_end_from(*entry.statement));
    case EntryType::kFrozen:
      return as_event(protocol::freeze_from(*entry.statement));
    case EntryType::kRecalled:
      return as_event(protocol::recall_from(*entry.statement));
    case EntryType::kChangeProposed:
      return as_event(protocol::change_from(*entry.statement));
    case EntryType::kChangeVoted:
      return as_event(protocol::change_vote_from(*entry.statement));
    case EntryType::kChanged:
      return as_event(vault::changed_from(*entry.body));
    case EntryType::kConfirmed:
      return as_event(protocol::confirmation_from(*entry.statement));
    case EntryType::kRehearsed:
      return as_event(protocol::rehearsal_from(*entry.statement));
    case EntryType::kRekeyed:
      return as_event(protocol::rekey_from(*entry.statement));
    case EntryType::kStated:
      return as_event(protocol::facts_stated_from(*entry.statement));
    case EntryType::kFound:
      return as_event(protocol::finding_from(*entry.statement));
    case EntryType::kSwept:
      return as_event(protocol::sweep_from(*entry.statement));
    case EntryType::kExplained:
      return as_event(protocol::explained_from(*entry.statement));
  }
  return fail(ErrorCode::kMalformed, "an entry of an unknown type");
}

namespace {

struct Who {
  PersonId person;
  std::vector<Role> any_of;
  bool human_only = false;
  bool any_member = false;
};

Result<void> signed_by_person(const Entry& entry, const Rooms& rooms, const Who& who) {
  if (entry.signatures.size() != 1)
    return fail(ErrorCode::kNotAuthentic, "not exactly one signature");
  const protocol::Signature& signature = entry.signatures.front();
  ASSIGN_OR_RETURN(const std::optional<people::KeyHolder> holder,
                   rooms.people.holder_of(signature.key));
  RETURN_IF_ERROR(people::may_act({.holder = holder,
                                   .claimed = who.person,
                                   .any_of = who.any_of,
                                   .any_member = who.any_member,
                                   .human_only = who.human_only,
                                   .now = entry.time}));
  return protocol::verify_statement(*entry.statement, signature, holder->key.sign);
}

Result<void> signed_by_host(const Entry& entry, const Rooms& rooms, const HostId& id) {
  if (entry.signatures.size() != 1)
    return fail(ErrorCode::kNotAuthentic, "not exactly one signature");
  ASSIGN_OR_RETURN(const std::optional<protocol::Host> host, rooms.people.host(id));
  if (!host) return fail(ErrorCode::kRefused, "the host is not on the allow-list");
  const protocol::Signature& signature = entry.signatures.front();
  if (signature.key != crypto::key_id_of(host->key)) {
    return fail(ErrorCode::kNotAuthentic, "signed with another key than the host's");
  }
  return protocol::verify_statement(*entry.statement, signature, host->key);
}

// One overload per event: who must have signed it, and may it happen?
struct Judgement {
  const Entry& entry;
  const Rooms& rooms;

  Result<void> meant_for_here(const StrongroomId& strongroom) const {
    ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
    if (founding && strongroom == founding->strongroom) return {};
    return fail(ErrorCode::kRefused, "meant for another strongroom");
  }
  Result<void> operator()(const Genesis& event) const {
    if (entry.index != 0) return fail(ErrorCode::kRefused, "a second genesis");
    RETURN_IF_ERROR(registry::sound_rules(event.genesis.triage));
    return protocol::verify_founders(event.genesis, entry.signatures);
  }
  Result<void> operator()(const protocol::Registration& event) const {
    RETURN_IF_ERROR(
        signed_by_person(entry, rooms, {event.person, {Role::kDepositor, Role::kOfficer}}));
    RETURN_IF_ERROR(meant_for_here(event.strongroom));
    ASSIGN_OR_RETURN(const auto asset, rooms.registry.asset(event.asset));
    return registry::may_register({.asset_exists = asset.has_value()});
  }
  Result<void> operator()(const registry::Triage& event) const {
    ASSIGN_OR_RETURN(const std::vector<registry::Decided> due, rooms.registry.due());
    return registry::is_due(event, due);
  }
  Result<void> operator()(const protocol::FactsStated& event) const {
    RETURN_IF_ERROR(
        signed_by_person(entry, rooms, {event.person, {Role::kDepositor, Role::kOfficer}}));
    RETURN_IF_ERROR(meant_for_here(event.strongroom));
    ASSIGN_OR_RETURN(const registry::StateFacts facts, state_facts(event, rooms));
    return registry::may_state(event, facts);
  }
  Result<void> operator()(const protocol::Finding& event) const {
    if (event.host) {
      RETURN_IF_ERROR(signed_by_host(entry, rooms, *event.host));
    } else {
      RETURN_IF_ERROR(signed_by_person(
          entry, rooms, {.person = *event.person, .any_of = {}, .any_member = true}));
    }
    RETURN_IF_ERROR(meant_for_here(event.strongroom));
    ASSIGN_OR_RETURN(const registry::FindFacts facts, find_facts(event, rooms));
    return registry::may_find(event, facts);
  }
  Result<void> operator()(const protocol::Sweep& event) const {
    RETURN_IF_ERROR(signed_by_host(entry, rooms, event.host));
    RETURN_IF_ERROR(meant_for_here(event.strongroom));
    ASSIGN_OR_RETURN(const registry::SweepFacts facts, sweep_facts(event, rooms));
    return registry::may_sweep(event, facts);
  }
  Result<void> operator()(const protocol::Explained& event) const {
    RETURN_IF_ERROR(
        signed_by_person(entry, rooms, {event.person, {Role::kDepositor, Role::kOfficer}, true}));
    RETURN_IF_ERROR(meant_for_here(event.strongroom));
    ASSIGN_OR_RETURN(const registry::ExplainFacts facts, explain_facts(event, rooms));
    return registry::may_explain(event, facts);
  }
  Result<void> operator()(const protocol::Deposit& event) const {
    RETURN_IF_ERROR(signed_by_person(entry, rooms, {event.person, {Role::kDepositor}}));
    ASSIGN_OR_RETURN(const vault::DepositFacts facts, deposit_facts(event, rooms));
    return vault::may_deposit(event, facts);
  }
  Result<void> operator()(const vault::Proposed& event) const {
    RETURN_IF_ERROR(signed_by_person(entry, rooms, {event.request.person, {Role::kRequester}}));
    ASSIGN_OR_RETURN(const vault::ProposeFacts facts, propose_facts(event, rooms, entry.time));
    return vault::may_propose(event, facts);
  }
  Result<void> operator()(const protocol::Vote& event) const {
    RETURN_IF_ERROR(signed_by_person(entry, rooms, {event.person, {Role::kCustodian}, true}));
    ASSIGN_OR_RETURN(const vault::VoteFacts facts,
                     vote_facts(event, rooms, entry.signatures.front().key, entry.time));
    return vault::may_vote(event, facts);
  }
  Result<void> operator()(const vault::Granted& event) const {
    ASSIGN_OR_RETURN(const vault::GrantFacts facts, grant_facts(event.proposal, rooms, entry.time));
    return vault::may_grant(event, facts);
  }
  Result<void> operator()(const protocol::Redemption& event) const {
    RETURN_IF_ERROR(signed_by_host(entry, rooms, event.host));
    ASSIGN_OR_RETURN(const vault::RedeemFacts facts, redeem_facts(event, rooms, entry.time));
    return vault::may_redeem(event, facts);
  }
  Result<void> operator()(const protocol::LeaseEnd& event) const {
    RETURN_IF_ERROR(signed_by_host(entry, rooms, event.host));
    ASSIGN_OR_RETURN(const vault::LeaseEndFacts facts, lease_end_facts(event, rooms));
    return vault::may_end_lease(event, facts);
  }
  Result<void> operator()(const protocol::Freeze& event) const {
    RETURN_IF_ERROR(
        signed_by_person(entry, rooms, {event.person, {Role::kCustodian, Role::kOfficer}, true}));
    ASSIGN_OR_RETURN(const vault::FreezeFacts facts, freeze_facts(event, rooms));
    return vault::may_freeze(event, facts);
  }
  Result<void> operator()(const protocol::Recall& event) const {
    ASSIGN_OR_RETURN(const vault::RecallFacts facts, recall_facts(event, rooms));
    // Who asked may take it back, whoever that is; anybody else must be a human in office.
    const bool own = facts.proposal && facts.proposal->request.person == event.person;
    const Who who = own ? Who{event.person, {Role::kCustodian, Role::kOfficer, Role::kRequester}}
                        : Who{event.person, {Role::kCustodian, Role::kOfficer}, true};
    RETURN_IF_ERROR(signed_by_person(entry, rooms, who));
    return vault::may_recall(event, facts);
  }
  Result<void> operator()(const protocol::Change& event) const {
    RETURN_IF_ERROR(
        signed_by_person(entry, rooms, {event.person, {Role::kCustodian, Role::kOfficer}, true}));
    RETURN_IF_ERROR(protocol::verify_claims(event));
    ASSIGN_OR_RETURN(const vault::ProposeChangeFacts facts,
                     propose_change_facts(event, rooms, entry.time));
    return vault::may_propose_change(event, facts);
  }
  Result<void> operator()(const protocol::ChangeVote& event) const {
    RETURN_IF_ERROR(signed_by_person(entry, rooms, {event.person, {Role::kCustodian}, true}));
    ASSIGN_OR_RETURN(const vault::VoteChangeFacts facts,
                     vote_change_facts(event, rooms, entry.signatures.front().key, entry.time));
    return vault::may_vote_change(event, facts);
  }
  Result<void> operator()(const vault::Changed& event) const {
    ASSIGN_OR_RETURN(const vault::MakeChangeFacts facts,
                     make_change_facts(event.change, rooms, entry.time));
    return vault::may_change(event, facts);
  }
  Result<void> operator()(const protocol::Confirmation& event) const {
    RETURN_IF_ERROR(signed_by_person(entry, rooms, {event.person, {Role::kCustodian}, true}));
    ASSIGN_OR_RETURN(const vault::ConfirmFacts facts,
                     confirm_facts(event, rooms, entry.signatures.front().key));
    return vault::may_confirm(event, facts);
  }
  Result<void> operator()(const protocol::Rehearsal& event) const {
    RETURN_IF_ERROR(signed_by_host(entry, rooms, event.host));
    ASSIGN_OR_RETURN(const vault::RehearseFacts facts, rehearse_facts(event, rooms));
    return vault::may_rehearse(event, facts);
  }
  Result<void> operator()(const protocol::Rekey& event) const {
    RETURN_IF_ERROR(signed_by_host(entry, rooms, event.host));
    ASSIGN_OR_RETURN(const vault::RekeyFacts facts, rekey_facts(event, rooms, entry.time));
    return vault::may_rekey(event, facts);
  }
};

struct Application {
  const Entry& entry;
  const Changes& changes;

  [[nodiscard]] vault::Stamp stamp() const {
    vault::Stamp stamp{.index = entry.index, .time = entry.time, .signed_by = std::nullopt};
    if (!entry.signatures.empty()) stamp.signed_by = entry.signatures.front().key;
    return stamp;
  }
  [[nodiscard]] registry::Position position() const { return {entry.index, entry.time}; }
  Result<void> operator()(const Genesis& event) const {
    RETURN_IF_ERROR(changes.people.apply(event.genesis));
    RETURN_IF_ERROR(changes.registry.apply(event.genesis));
    return changes.vault.apply(event.genesis);
  }
  Result<void> operator()(const protocol::Registration& event) const {
    return changes.registry.apply(event, position());
  }
  Result<void> operator()(const protocol::FactsStated& event) const {
    return changes.registry.apply(event, position());
  }
  Result<void> operator()(const protocol::Finding& event) const {
    return changes.registry.apply(event, position());
  }
  Result<void> operator()(const protocol::Sweep& event) const {
    return changes.registry.apply(event, position());
  }
  Result<void> operator()(const protocol::Explained& event) const {
    return changes.registry.apply(event, position());
  }
  Result<void> operator()(const registry::Triage& event) const {
    return changes.registry.apply(event);
  }
  Result<void> operator()(const vault::Changed& event) const {
    ASSIGN_OR_RETURN(const protocol::Change change, changes.vault.apply(event, stamp()));
    RETURN_IF_ERROR(changes.people.apply(change, entry.index));
    return changes.registry.apply(change, position());
  }
  template <class VaultEvent>
  Result<void> operator()(const VaultEvent& event) const {
    return changes.vault.apply(event, stamp());
  }
};

}  // namespace

const protocol::CheckpointSeen* checkpoint_seen(const Event& event) {
  const protocol::CheckpointSeen* seen = nullptr;
  if (const auto* deposit = std::get_if<protocol::Deposit>(&event)) seen = &deposit->checkpoint;
  if (const auto* proposed = std::get_if<vault::Proposed>(&event))
    seen = &proposed->request.checkpoint;
  if (const auto* vote = std::get_if<protocol::Vote>(&event)) seen = &vote->checkpoint;
  if (const auto* freeze = std::get_if<protocol::Freeze>(&event)) seen = &freeze->checkpoint;
  if (const auto* recall = std::get_if<protocol::Recall>(&event)) seen = &recall->checkpoint;
  if (const auto* change = std::get_if<protocol::Change>(&event)) seen = &change->checkpoint;
  if (const auto* vote = std::get_if<protocol::ChangeVote>(&event)) seen = &vote->checkpoint;
  if (const auto* confirmed = std::get_if<protocol::Confirmation>(&event))
    seen = &confirmed->checkpoint;
  if (const auto* rekey = std::get_if<protocol::Rekey>(&event)) seen = &rekey->checkpoint;
  if (const auto* stated = std::get_if<protocol::FactsStated>(&event)) seen = &stated->checkpoint;
  if (const auto* finding = std::get_if<protocol::Finding>(&event)) seen = &finding->checkpoint;
  if (const auto* sweep = std::get_if<protocol::Sweep>(&event)) seen = &sweep->checkpoint;
  if (const auto* explained = std::get_if<protocol::Explained>(&event))
    seen = &explained->checkpoint;
  return seen == nullptr || seen->size == 0 ? nullptr : seen;
}

namespace {

// What a signer has seen must lie on this very tree: a signature given over a fork does not count
// here, and shows the fork. Who has seen nothing (size 0) says nothing.
Result<void> saw_this_log(const Event& event, const Rooms& rooms) {
  const protocol::CheckpointSeen* seen = checkpoint_seen(event);
  if (seen == nullptr) return {};
  ASSIGN_OR_RETURN(const std::optional<Digest> root, rooms.tree.root_at(seen->size));
  if (!root || *root != seen->root) {
    return fail(
        ErrorCode::kNotAuthentic,
        "its signer has seen another log than this one: somebody is shown a fork. Raise the alarm");
  }
  return {};
}

}  // namespace

Result<Event> judge(const Entry& entry, const Rooms& rooms, UnixSeconds previous_time) {
  ASSIGN_OR_RETURN(Event event, event_of(entry));
  if (entry.index == 0 && entry.type != EntryType::kGenesis) {
    return fail(ErrorCode::kRefused, "a log begins with its genesis");
  }
  if (entry.type != EntryType::kTriaged && entry.type != EntryType::kGenesis) {
    ASSIGN_OR_RETURN(const std::vector<registry::Decided> due, rooms.registry.due());
    if (!due.empty())
      return fail(ErrorCode::kRefused, "a triage is due, and something else stands here");
  }
  if (entry.time < previous_time) return fail(ErrorCode::kRefused, "the entry's time runs back");
  RETURN_IF_ERROR(std::visit(Judgement{entry, rooms}, event));
  RETURN_IF_ERROR(saw_this_log(event, rooms));
  return event;
}

Result<void> apply(const Event& event, const Entry& entry, const Changes& changes) {
  return std::visit(Application{entry, changes}, event);
}

Result<quorum::Decision> decision_on(const ProposalId& proposal, const Rooms& rooms,
                                     UnixSeconds now) {
  ASSIGN_OR_RETURN(const vault::GrantFacts facts, grant_facts(proposal, rooms, now));
  return vault::decide_grant(facts);
}

Result<bool> loosens(const protocol::Subject& subject, const Rooms& rooms, UnixSeconds now) {
  ASSIGN_OR_RETURN(const vault::SubjectFacts facts, subject_facts(subject, rooms, now));
  return vault::loosens(subject, facts);
}

Result<std::int64_t> approvals_at_least(const protocol::Subject& subject, const Rooms& rooms,
                                        UnixSeconds now) {
  ASSIGN_OR_RETURN(const auto founding, rooms.vault.founding());
  if (!founding) return fail(ErrorCode::kRefused, "nothing is founded here yet");
  ASSIGN_OR_RETURN(const vault::SubjectFacts facts, subject_facts(subject, rooms, now));
  const auto by_policy = static_cast<std::int64_t>(founding->policy.approvals_min());
  return std::max(by_policy, vault::approvals_at_least(subject, facts, *founding));
}

Result<quorum::Decision> decision_on(const protocol::ChangeId& change, const Rooms& rooms,
                                     UnixSeconds now) {
  ASSIGN_OR_RETURN(const vault::MakeChangeFacts facts, make_change_facts(change, rooms, now));
  return vault::decide_change(facts);
}

Result<std::optional<Entry>> follow_up(const Event& event, const Entry& entry, const Rooms& after) {
  Entry next;
  next.index = entry.index + 1;
  next.time = entry.time;
  ASSIGN_OR_RETURN(std::vector<registry::Decided> due, after.registry.due());
  if (!due.empty()) {
    next.type = EntryType::kTriaged;
    next.body = to_json(registry::Triage{std::move(due)});
    return next;
  }
  if (const auto* vote = std::get_if<protocol::Vote>(&event)) {
    // A refusal completes nothing, and may stand where nothing can be granted any more.
    if (vote->decision == protocol::VoteDecision::kRefuse) return std::nullopt;
    ASSIGN_OR_RETURN(const vault::GrantFacts facts, grant_facts(vote->proposal, after, entry.time));
    ASSIGN_OR_RETURN(const quorum::Decision decision, vault::decide_grant(facts));
    if (!decision.satisfied) return std::nullopt;
    next.type = EntryType::kGranted;
    next.body = to_json(vault::grant_from(*facts.proposal, decision));
    return next;
  }
  if (const auto* vote = std::get_if<protocol::ChangeVote>(&event)) {
    // A refusal completes nothing, and may stand where the change can no longer be made.
    if (vote->decision == protocol::VoteDecision::kRefuse) return std::nullopt;
    ASSIGN_OR_RETURN(const vault::MakeChangeFacts facts,
                     make_change_facts(vote->change, after, entry.time));
    ASSIGN_OR_RETURN(const quorum::Decision decision, vault::decide_change(facts));
    if (!decision.satisfied) return std::nullopt;
    next.type = EntryType::kChanged;
    next.body = to_json(vault::made_from(*facts.change, decision));
    return next;
  }
  return std::nullopt;
}

}  // namespace strongroom::judge
