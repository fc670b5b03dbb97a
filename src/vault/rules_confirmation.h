#ifndef STRONGROOM_VAULT_RULES_CONFIRMATION_H_
#define STRONGROOM_VAULT_RULES_CONFIRMATION_H_

#include <optional>
#include <string>
#include <vector>

#include "vault/events.h"

/// Is a deposit certain? Pure: facts in, verdict out.
namespace strongroom::vault {

struct ConfirmFacts {
  StrongroomId strongroom;
  std::optional<Object> object;
  std::optional<protocol::Policy> object_policy;
  KeyId signed_by;
};
/// Errors: kNotFound, kRefused, kNotAuthentic, kConflict (the same person has confirmed),
/// kMalformed (not of this key record, not all groups).
[[nodiscard]] Result<void> may_confirm(const protocol::Confirmation& confirmation,
                                       const ConfirmFacts& facts);

struct RehearseFacts {
  StrongroomId strongroom;
  std::optional<Proposal> proposal;
  std::optional<Object> object;
  std::optional<protocol::Policy> object_policy;
};
/// A host says exactly what the granted votes' leaves let it recompute: less would be a mismatch
/// kept quiet, more a lie. Errors: kNotFound, kRefused, kConflict (rehearsed already).
[[nodiscard]] Result<void> may_rehearse(const protocol::Rehearsal& rehearsal,
                                        const RehearseFacts& facts);

/// Whose votes the grant counted. Of a granted proposal.
[[nodiscard]] std::vector<PersonId> counted_voters(const Proposal& proposal);

/// The nodes that these leaves let anyone recompute: themselves, every node that enough of them
/// satisfy, and all its children. Ascending.
[[nodiscard]] std::vector<std::string> recomputable(const protocol::Policy& policy,
                                                    const std::vector<PersonId>& leaves);

/// How certain a deposit is.
struct Certainty {
  std::size_t wanted = 0;           ///< k + 1 custodians, or all n where n is k
  std::vector<PersonId> confirmed;  ///< in the order of the policy
  std::vector<PersonId> missing;    ///< who could still confirm, in the order of the policy
  bool rehearsed = false;
  [[nodiscard]] bool certain() const { return rehearsed && confirmed.size() >= wanted; }
};
[[nodiscard]] Certainty certainty_of(const Object& object, const protocol::Policy& object_policy);

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_RULES_CONFIRMATION_H_
