#ifndef STRONGROOM_REGISTRY_TRIAGE_AXIS_WORDS_H_
#define STRONGROOM_REGISTRY_TRIAGE_AXIS_WORDS_H_

#include <algorithm>

#include "registry/triage/situation.h"

/// The words of every axis, where the compiler can look them up. For this folder alone: others ask
/// `words_of`.
namespace strongroom::triage::axis_words {

using Words = std::string_view;

inline constexpr std::array<Words, 8> kKinds{"model",          "adapter",   "checkpoint",
                                             "dataset",        "algorithm", "optimiser_state",
                                             "evaluation_set", "unknown"};
inline constexpr std::array<Words, kDomains> kDomainNames{
    "cyber", "biology", "chemistry", "ai_development", "autonomy", "persuasion"};
inline constexpr std::array<Words, 4> kStandings{"below", "at", "beyond", "unknown"};
inline constexpr std::array<Words, 4> kDualUses{"none", "possible", "demonstrated", "unknown"};
inline constexpr std::array<Words, 5> kEvaluations{"strong", "weak", "stale", "never", "unknown"};
inline constexpr std::array<Words, 4> kSafeguardStates{"tested", "untested", "removed", "unknown"};
inline constexpr std::array<Words, 2> kListed{"listed", "not_listed"};
inline constexpr std::array<Words, 5> kCustodies{"house", "trusted_access", "contractors",
                                                 "outside", "unknown"};
inline constexpr std::array<Words, 5> kReachers{"few", "many", "models", "anyone", "unknown"};
inline constexpr std::array<Words, 3> kYesNo{"no", "yes", "unknown"};
inline constexpr std::array<Words, 7> kReached{"none", "SL1", "SL2",    "SL3",
                                               "SL4",  "SL5", "unknown"};
inline constexpr std::array<Words, 8> kParents{"none", "shown_lower", "SL1", "SL2",
                                               "SL3",  "SL4",         "SL5", "unknown"};
inline constexpr std::array<Words, 2> kDesignations{"no", "yes"};

inline constexpr std::array<AxisWords, kAxes> kAllAxes{{
    {"kind", Order::kApart, kKinds, "its kind"},
    {"domain", Order::kNoFacts, kDomainNames, "the domain of harm"},
    {"standing", Order::kRising, kStandings, "where it stands against the best public model"},
    {"dual_use", Order::kRising, kDualUses, "its dangerous use in the domain"},
    {"evaluation", Order::kRising, kEvaluations, "its evaluation in the domain"},
    {"safeguards", Order::kRising, kSafeguardStates, "its safeguards"},
    {"public_weights", Order::kRising, kListed, "its digest in the index of public models"},
    {"custody", Order::kRising, kCustodies, "where copies of it are held"},
    {"reachable_by", Order::kRising, kReachers, "who can reach it"},
    {"training", Order::kRising, kYesNo, "its access to training infrastructure"},
    {"deployment", Order::kRising, kYesNo, "its access to deployment infrastructure"},
    {"secrets", Order::kRising, kYesNo, "its access to secrets"},
    {"internet", Order::kRising, kYesNo, "its access to the internet"},
    {"code_execution", Order::kRising, kYesNo, "its running of code"},
    {"reach", Order::kRising, kReached, "the level of the weights that it can reach"},
    {"parent", Order::kRising, kParents, "the level of what it was made from"},
    {"infrastructure", Order::kRising, kYesNo, "its being part of the infrastructure"},
    {"helpful_only", Order::kRising, kYesNo, "its being helpful only"},
    {"model_organism", Order::kRising, kYesNo, "its being a model organism"},
    {"permissive_dual_use", Order::kRising, kYesNo, "its permitting dual use"},
    {"maliciously_fine_tuned", Order::kRising, kYesNo, "its having been tuned to do harm"},
    {"safeguards_removed", Order::kRising, kYesNo, "safeguards removed in making it"},
    {"capabilities_added", Order::kRising, kYesNo, "capabilities added in making it"},
    {"propensities_induced", Order::kRising, kYesNo, "propensities induced in making it"},
    {"designated", Order::kRising, kDesignations, "its designation as covered"},
    {"sl5_in_house", Order::kRising, kDesignations, "whether anything in the house needs SL5"},
}};

void no_such_word();  // defined nowhere
/// The place of a word among its axis's. A word that is none does not compile.
[[nodiscard]] consteval std::uint8_t value(Axis axis, std::string_view word) {
  const auto& values = kAllAxes[static_cast<std::size_t>(axis)].values;
  const auto found = std::find(values.begin(), values.end(), word);
  if (found == values.end()) no_such_word();
  return static_cast<std::uint8_t>(found - values.begin());
}

}  // namespace strongroom::triage::axis_words

#endif  // STRONGROOM_REGISTRY_TRIAGE_AXIS_WORDS_H_
