#ifndef STRONGROOM_REGISTRY_TRIAGE_OUTLINE_H_
#define STRONGROOM_REGISTRY_TRIAGE_OUTLINE_H_

#include "registry/triage/facts.h"

/// What rules can see of one asset, read off its facts once.
namespace strongroom::triage {

using protocol::Level;

/// The same asset in each domain.
using Situations = std::array<Situation, kDomains>;

/// When, and against what, facts are read.
struct Moment {
  Date today;
  bool reference_holds = false;  ///< it is recent enough to measure against
};

/// Small beside the facts: an inventory of a million is decided from these.
struct Outline {
  enum class From : std::uint8_t { kUnknown, kNothing, kShownLower, kParent };

  std::string name;
  /// All of them but for what its relations decide (Axis::kReach, kParent, kStrictestInHouse).
  Situations situations{};
  std::optional<std::vector<std::string>> reaches;  ///< whose weights; empty optional: unknown
  From from = From::kUnknown;                       ///< what it was made from
  std::string parent;                               ///< of kParent
  std::vector<std::string> found_parents;
  std::optional<Level> found_level;
  std::optional<Date> evaluated_until;  ///< the first of its evaluations that hold ends then
  bool designated = false;
};

/// `listed`: found in an index of public models.
[[nodiscard]] Outline outline_of(const AssetFacts& facts, bool listed, const Moment& moment);

/// What an evaluation in `domain` is worth on `today`, as a value of Axis::kEvaluation.
[[nodiscard]] Value evaluation_worth(const AssetFacts& facts, Domain domain, Date today);

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_OUTLINE_H_
