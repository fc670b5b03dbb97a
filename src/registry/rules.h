#ifndef STRONGROOM_REGISTRY_RULES_H_
#define STRONGROOM_REGISTRY_RULES_H_

#include <optional>

#include "registry/events.h"

/// May an asset be registered, and what level does it need? Pure: facts in, verdict out.
namespace strongroom::registry {

struct RegisterFacts {
  bool asset_exists = false;
};
/// Errors: kAlreadyExists.
[[nodiscard]] Result<void> may_register(const RegisterFacts& facts);

/// The level an asset needs. Nothing has been assessed yet: the strictest there is; but for the
/// throwaway object of a rehearsal, which vault's rules hold to what it says it is.
[[nodiscard]] Triage triage(const Asset& asset);

/// Is this logged triage the one that the rules give? Errors: kRefused.
[[nodiscard]] Result<void> is_triage_of(const Triage& logged, const std::optional<Asset>& asset);

}  // namespace strongroom::registry

#endif  // STRONGROOM_REGISTRY_RULES_H_
