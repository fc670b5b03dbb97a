#include "registry/rules_sightings.h"

namespace strongroom::registry {

Result<void> may_sweep(const protocol::Sweep& sweep, const SweepFacts& facts) {
  const std::int64_t last = facts.last ? facts.last->number : 0;
  // A sweep that was broken off is followed by the next one.
  const bool is_next = sweep.number == last + 1 && sweep.part == 1;
  const bool goes_on = facts.last && !facts.last->is_whole && sweep.number == last &&
                       sweep.part == facts.last->part + 1;
  if (!is_next && !goes_on) {
    return fail(ErrorCode::kConflict,
                "part " + std::to_string(sweep.part) + " of sweep " + std::to_string(sweep.number) +
                    " does not follow: the host's last was sweep " + std::to_string(last));
  }
  if (facts.told_before)
    return fail(ErrorCode::kConflict, "a place that is told as new has been told before");
  if (facts.gone_unknown)
    return fail(ErrorCode::kNotFound, "what is told as gone does not stand at this host");
  if (sweep.is_afresh && !sweep.gone.empty())
    return fail(ErrorCode::kConflict, "told afresh, nothing that was there before can be gone");
  const std::int64_t standing = sweep.is_afresh ? 0 : facts.standing;
  const auto seen = static_cast<std::int64_t>(sweep.seen.size());
  const auto gone = static_cast<std::int64_t>(sweep.gone.size());
  if (standing - gone + seen > kPlacesPerHostMax) {
    return fail(ErrorCode::kTooLarge,
                "more than " + std::to_string(kPlacesPerHostMax) +
                    " places of weights at one host: sweep fewer directories there");
  }
  return {};
}

Result<void> may_explain(const protocol::Explained& explained, const ExplainFacts& facts) {
  if (!facts.was_sighted)
    return fail(ErrorCode::kNotFound, "no sweep has seen this digest: strongroom sightings");
  if (explained.asset && !facts.asset_exists)
    return fail(ErrorCode::kNotFound, "there is no such asset");
  if (facts.is_named && explained.meaning != protocol::Meaning::kAsset) {
    return fail(ErrorCode::kConflict,
                "the facts of an asset name this digest: state those anew first");
  }
  const bool same = facts.standing ? facts.standing->meaning == explained.meaning &&
                                         facts.standing->asset == explained.asset
                                   : explained.meaning == protocol::Meaning::kUnexplained;
  if (same) return fail(ErrorCode::kConflict, "that is what stands already");
  return {};
}

}  // namespace strongroom::registry
