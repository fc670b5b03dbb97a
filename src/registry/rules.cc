#include "registry/rules.h"

namespace strongroom::registry {

Result<void> may_register(const RegisterFacts& facts) {
  if (facts.asset_exists)
    return fail(ErrorCode::kAlreadyExists, "an asset of this id is registered already");
  return {};
}

Triage triage(const Asset& asset) {
  if (asset.kind == protocol::kRehearsalKind) {
    return {.asset = asset.asset,
            .level = protocol::Level::kSl1,
            .because = "throwaway: public, small, and the first deposit"};
  }
  return {.asset = asset.asset, .level = protocol::Level::kSl5, .because = "unassessed: strictest"};
}

Result<void> is_triage_of(const Triage& logged, const std::optional<Asset>& asset) {
  if (!asset) return fail(ErrorCode::kRefused, "triage of an asset that is not registered");
  const Triage expected = triage(*asset);
  if (logged.level != expected.level || logged.because != expected.because) {
    return fail(ErrorCode::kRefused, "triage that the rules do not give");
  }
  return {};
}

}  // namespace strongroom::registry
