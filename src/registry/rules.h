#ifndef STRONGROOM_REGISTRY_RULES_H_
#define STRONGROOM_REGISTRY_RULES_H_

#include <optional>

#include "registry/events.h"

/// What may be said of assets, and what follows from it. Pure: facts in, verdict out. Who signed
/// has been decided by people/rules.h before.
namespace strongroom::registry {

struct RegisterFacts {
  bool asset_exists = false;
};
/// Errors: kAlreadyExists.
[[nodiscard]] Result<void> may_register(const RegisterFacts& facts);

/// What the log says of what is stated.
struct StateFacts {
  std::optional<Asset> asset;
  std::optional<AssetId> same_digest;        ///< another asset whose facts name this digest
  std::vector<AssetId> unregistered;         ///< mentioned, and not there
  bool descends_from_itself = false;         ///< with the parent now stated
  std::optional<std::int64_t> listing_size;  ///< of the index that the listing names, if in force
};
/// Errors: kNotFound, kAlreadyExists, kMalformed, kRefused, kNotAuthentic (a listing that does not
/// hold).
[[nodiscard]] Result<void> may_state(const protocol::FactsStated& stated, const StateFacts& facts);
/// The assets that the facts mention, each once, and the digest they name. Errors: kMalformed
/// (facts that the log does not take: free text, names).
struct Mentioned {
  std::vector<AssetId> assets;
  std::optional<AssetId> parent;
  std::optional<Digest> digest;
};
[[nodiscard]] Result<Mentioned> mentioned_in(const protocol::FactsStated& stated);

struct FindFacts {
  std::optional<Asset> asset;
  bool parent_exists = false;
};
/// Errors: kNotFound, kConflict (the same finding stands already), kRefused.
[[nodiscard]] Result<void> may_find(const protocol::Finding& finding, const FindFacts& facts);

/// What a logged triage must be: the first decisions that are due. Errors: kRefused.
[[nodiscard]] Result<void> is_due(const Triage& logged, const std::vector<Decided>& due);

/// Rules that keep every promise (triage/proof.h), in canonical form. Errors: kMalformed, kRefused
/// with the situation in words, kTooLarge.
[[nodiscard]] Result<triage::RuleSet> sound_rules(const format::Json& rules);

/// Could it lower what some asset needs? In doubt, yes. Of the changes that triage rests on;
/// of others: no. Errors: as sound_rules.
[[nodiscard]] Result<bool> may_lower(const protocol::Subject& subject, const Ground& ground);

struct GroundFacts {
  std::shared_ptr<const Ground> in_force;
  std::vector<std::int64_t> missing_findings;  ///< to be dismissed, and not standing
};
/// May what triage rests on be changed so? Errors: kConflict (it would change nothing), kNotFound,
/// those of sound_rules.
[[nodiscard]] Result<void> may_change_ground(const protocol::Subject& subject,
                                             const GroundFacts& facts, UnixSeconds now);

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_RULES_H_
