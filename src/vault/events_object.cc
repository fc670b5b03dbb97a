#include "vault/events_object.h"

#include <algorithm>

namespace strongroom::vault {

const Record* Object::record_of(std::int64_t epoch) const {
  if (record.epoch == epoch) return &record;
  return pending && pending->epoch == epoch ? &*pending : nullptr;
}

std::int64_t Object::next_epoch() const {
  return rekeys.empty() ? record.epoch + 1 : rekeys.back().rekey.epoch + 1;
}

Object object_of(const protocol::Deposit& deposit, const Stamp& stamp) {
  return {.deposit = deposit,
          .stamp = stamp,
          .record = {.epoch = deposit.epoch,
                     .key_record = deposit.key_record,
                     .sealed_shares = deposit.sealed_shares,
                     .policy = deposit.policy,
                     .deposit_key = deposit.deposit_key,
                     .wrap_suite = deposit.wrap_suite,
                     .sealed_at = stamp.index}};
}

void add(Object& object, Confirmed confirmed) {
  object.confirmations.push_back(std::move(confirmed));
}

void add(Object& object, Rehearsed rehearsed) { object.rehearsals.push_back(std::move(rehearsed)); }

void add(Object& object, Rekeyed rekeyed) {
  const protocol::Rekey& rekey = rekeyed.rekey;
  object.pending = Record{.epoch = rekey.epoch,
                          .key_record = rekey.key_record,
                          .sealed_shares = rekey.sealed_shares,
                          .policy = rekey.policy,
                          .deposit_key = rekey.deposit_key,
                          .wrap_suite = rekey.wrap_suite,
                          .sealed_at = std::min(rekey.checkpoint.size, rekeyed.stamp.index)};
  object.rekeys.push_back(std::move(rekeyed));
}

bool withdraw(Object& object, const ProposalId& recalled) {
  const bool is_its = object.pending && object.rekeys.back().rekey.proposal == recalled;
  if (is_its) object.pending.reset();
  return is_its;
}

void settle(Object& object, const protocol::Policy& pending_policy) {
  if (!object.pending) return;
  if (!certainty_of(object, *object.pending, pending_policy).certain()) return;
  object.record = *object.pending;
  object.pending.reset();
}

Certainty certainty_of(const Object& object, const Record& record, const protocol::Policy& policy) {
  Certainty certainty;
  const std::vector<PersonId> persons = policy.persons();
  certainty.wanted = std::min(policy.approvals_min() + 1, persons.size());
  for (const PersonId& person : persons) {
    const bool confirmed = std::any_of(
        object.confirmations.begin(), object.confirmations.end(), [&](const Confirmed& each) {
          return each.confirmation.person == person && each.confirmation.epoch == record.epoch;
        });
    (confirmed ? certainty.confirmed : certainty.missing).push_back(person);
  }
  // Of every group: a release of some groups rehearses only those.
  certainty.rehearsed =
      std::any_of(object.rehearsals.begin(), object.rehearsals.end(), [&](const Rehearsed& each) {
        return each.epoch == record.epoch && each.groups == object.deposit.groups;
      });
  return certainty;
}

}  // namespace strongroom::vault
