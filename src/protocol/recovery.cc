#include "protocol/recovery.h"

#include <algorithm>

namespace strongroom::protocol {

using format::Json;

std::optional<std::uint8_t> Recovery::x_of(const PersonId& person) const {
  const auto found = std::find(holders.begin(), holders.end(), person);
  if (found == holders.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - holders.begin() + 1);
}

Json to_json(const Recovery& recovery) {
  Json::Array holders;
  for (const PersonId& holder : recovery.holders) holders.push_back(holder);
  return Json::Object{{"holders", std::move(holders)}, {"threshold", recovery.threshold}};
}

Result<Recovery> recovery_from(const Json& json) {
  format::Fields fields(json, "recovery");
  Recovery recovery;
  ASSIGN_OR_RETURN(const Json::Array* holders, fields.array("holders", kRecoveryHoldersMax));
  for (const Json& each : *holders) {
    const std::optional<PersonId> holder =
        each.text() != nullptr ? PersonId::from_hex_text(*each.text()) : std::nullopt;
    if (!holder) return fail(ErrorCode::kMalformed, "recovery: a holder must be a person's id");
    if (recovery.x_of(*holder)) return fail(ErrorCode::kMalformed, "recovery: a holder twice");
    recovery.holders.push_back(*holder);
  }
  ASSIGN_OR_RETURN(recovery.threshold,
                   fields.integer("threshold", 1, static_cast<std::int64_t>(kRecoveryHoldersMax)));
  if (recovery.threshold > static_cast<std::int64_t>(recovery.holders.size())) {
    return fail(ErrorCode::kMalformed, "recovery: asks for more holders than there are");
  }
  RETURN_IF_ERROR(fields.done());
  return recovery;
}

}  // namespace strongroom::protocol
