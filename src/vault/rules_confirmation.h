#ifndef STRONGROOM_VAULT_RULES_CONFIRMATION_H_
#define STRONGROOM_VAULT_RULES_CONFIRMATION_H_

#include <optional>
#include <string>
#include <vector>

#include "vault/events.h"

/// Is a key record certain? Pure: facts in, verdict out.
namespace strongroom::vault {

struct ConfirmFacts {
  StrongroomId strongroom;
  std::optional<Object> object;
  std::optional<protocol::Policy> record_policy;  ///< of the record of the epoch it names
  KeyId signed_by;
  bool frozen = false;
};
/// Of the record in force, or of the one that a re-key left to be confirmed; of that one not under
/// a freeze, for the last word makes it open and the old one lapse. Errors: kNotFound, kRefused,
/// kNotAuthentic, kConflict (the same person has confirmed), kMalformed (not of this key record,
/// not all groups), kExpired (the record has lapsed), kFrozen.
[[nodiscard]] Result<void> may_confirm(const protocol::Confirmation& confirmation,
                                       const ConfirmFacts& facts);

struct RehearseFacts {
  bool frozen = false;
  StrongroomId strongroom;
  std::optional<Proposal> proposal;
  std::optional<Object> object;
  std::optional<protocol::Policy> object_policy;
};
/// A host says exactly what the granted votes' leaves let it recompute: less would be a mismatch
/// kept quiet, more a lie. Errors: kNotFound, kRefused, kConflict (rehearsed already), kExpired
/// (the record has lapsed), kFrozen.
[[nodiscard]] Result<void> may_rehearse(const protocol::Rehearsal& rehearsal,
                                        const RehearseFacts& facts);

/// Whose votes the grant counted. Of a granted proposal.
[[nodiscard]] std::vector<PersonId> counted_voters(const Proposal& proposal);

/// The nodes that these leaves let anyone recompute: themselves, every node that enough of them
/// satisfy, and all its children. Ascending.
[[nodiscard]] std::vector<std::string> recomputable(const protocol::Policy& policy,
                                                    const std::vector<PersonId>& leaves);

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_RULES_CONFIRMATION_H_
