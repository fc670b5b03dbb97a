#ifndef STRONGROOM_VAULT_EVENTS_OBJECT_H_
#define STRONGROOM_VAULT_EVENTS_OBJECT_H_

#include <optional>
#include <string>
#include <vector>

#include "protocol/confirmation.h"
#include "protocol/deposit.h"
#include "protocol/policy.h"
#include "protocol/rekey.h"
#include "vault/events_stamp.h"

/// A sealed object and its key records, epoch by epoch. What each event does to it stands here
/// once, for the fold and for the tables.
namespace strongroom::vault {

/// A key record as the log names it: who can open an object together, in one epoch.
struct Record {
  std::int64_t epoch = 0;
  Digest key_record;
  Digest sealed_shares;
  Digest policy;
  KeyId deposit_key;
  std::string wrap_suite;
  std::int64_t sealed_at = 0;  ///< its shares are sealed to keys held before this log position
  bool operator==(const Record&) const = default;
};

struct Confirmed {
  protocol::Confirmation confirmation;
  Stamp stamp;
  bool operator==(const Confirmed&) const = default;
};
struct Rehearsed {
  protocol::Rehearsal rehearsal;
  std::int64_t groups = 0;  ///< how many of the object's were opened
  std::int64_t epoch = 0;   ///< of the record that was opened
  Stamp stamp;
  bool operator==(const Rehearsed&) const = default;
};
struct Rekeyed {
  protocol::Rekey rekey;
  Stamp stamp;
  bool operator==(const Rekeyed&) const = default;
};

struct Object {
  protocol::Deposit deposit;  ///< as it was signed: epoch 0
  Stamp stamp;
  Record record;                              ///< in force: the only one that leases are given of
  std::optional<Record> pending = {};         ///< written by the last re-key, not certain yet
  std::vector<Confirmed> confirmations = {};  ///< of every epoch, in log order
  std::vector<Rehearsed> rehearsals = {};     ///< of every epoch, in log order
  std::vector<Rekeyed> rekeys = {};           ///< in log order, those that came to nothing too
  bool operator==(const Object&) const = default;

  /// The record of this epoch, if it is in force or waits to be confirmed; none once it has lapsed.
  [[nodiscard]] const Record* record_of(std::int64_t epoch) const;
  /// Of the next key record: no number is given twice.
  [[nodiscard]] std::int64_t next_epoch() const;
};
/// As it is deposited.
[[nodiscard]] Object object_of(const protocol::Deposit& deposit, const Stamp& stamp);

void add(Object& object, Confirmed confirmed);
void add(Object& object, Rehearsed rehearsed);
/// What waited before waits no longer: it is replaced.
void add(Object& object, Rekeyed rekeyed);
/// The release by which the pending record was written has been recalled. Says whether there is
/// such a record; then it waits no longer.
bool withdraw(Object& object, const ProposalId& recalled);
/// Puts the pending record in force, and lets the one before lapse, once it is certain by its own
/// tree: as soon as the last word that was missing is in the log, and by nobody's leave. To be
/// called after every confirmation and rehearsal while there is one.
void settle(Object& object, const protocol::Policy& pending_policy);

/// How certain a key record is.
struct Certainty {
  std::size_t wanted = 0;           ///< k + 1 custodians, or all n where n is k
  std::vector<PersonId> confirmed;  ///< in the order of the policy
  std::vector<PersonId> missing;    ///< who could still confirm, in the order of the policy
  bool rehearsed = false;
  [[nodiscard]] bool certain() const { return rehearsed && confirmed.size() >= wanted; }
};
/// `policy` is the record's.
[[nodiscard]] Certainty certainty_of(const Object& object, const Record& record,
                                     const protocol::Policy& policy);

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_EVENTS_OBJECT_H_
