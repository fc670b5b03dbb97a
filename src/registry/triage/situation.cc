#include "registry/triage/situation.h"

#include <algorithm>

namespace strongroom::triage {

namespace {

using Words = std::string_view;

constexpr std::array<Words, 8> kKinds{"model",     "adapter",         "checkpoint",     "dataset",
                                      "algorithm", "optimiser_state", "evaluation_set", "unknown"};
constexpr std::array<Words, kDomains> kDomainNames{"cyber",          "biology",  "chemistry",
                                                   "ai_development", "autonomy", "persuasion"};
constexpr std::array<Words, 4> kStandings{"below", "at", "beyond", "unknown"};
constexpr std::array<Words, 4> kDualUses{"none", "possible", "demonstrated", "unknown"};
constexpr std::array<Words, 5> kEvaluations{"strong", "weak", "stale", "never", "unknown"};
constexpr std::array<Words, 4> kSafeguardStates{"tested", "untested", "removed", "unknown"};
constexpr std::array<Words, 2> kListed{"listed", "not_listed"};
constexpr std::array<Words, 5> kCustodies{"house", "trusted_access", "contractors", "outside",
                                          "unknown"};
constexpr std::array<Words, 5> kReachers{"few", "many", "models", "anyone", "unknown"};
constexpr std::array<Words, 3> kYesNo{"no", "yes", "unknown"};
constexpr std::array<Words, 7> kReached{"none", "SL1", "SL2", "SL3", "SL4", "SL5", "unknown"};
constexpr std::array<Words, 8> kParents{"none", "shown_lower", "SL1", "SL2",
                                        "SL3",  "SL4",         "SL5", "unknown"};
constexpr std::array<Words, 2> kDesignations{"no", "yes"};

constexpr std::array<AxisWords, kAxes> kAllAxes{{
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

}  // namespace

std::optional<std::uint8_t> AxisWords::value_named(std::string_view value) const {
  const auto found = std::find(values.begin(), values.end(), value);
  if (found == values.end()) return std::nullopt;
  return static_cast<std::uint8_t>(found - values.begin());
}

const AxisWords& words_of(Axis axis) { return kAllAxes[static_cast<std::size_t>(axis)]; }

std::optional<Axis> axis_named(std::string_view name) {
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (kAllAxes[i].name == name) return axis_at(i);
  }
  return std::nullopt;
}

bool rises(const AxisWords& axis, std::uint8_t from, std::uint8_t to) {
  switch (axis.order) {
    case Order::kRising:
      return from < to;
    case Order::kApart:
      return from != to && to == axis.unknown();
    case Order::kNoFacts:
      return false;
  }
  return false;
}

Situation nothing_known() {
  Situation situation;
  for (std::size_t i = 0; i < kAxes; ++i) {
    const AxisWords& axis = kAllAxes[i];
    if (axis.has_unknown()) situation.at[i] = axis.unknown();
  }
  situation[Axis::kPublicWeights] = 1;
  situation[Axis::kStrictestInHouse] = 1;
  return situation;
}

Situation mildest() { return {}; }

bool can_occur(const Situation& situation) {
  if (situation[Axis::kStrictestInHouse] != 0) return true;
  return situation.value(Axis::kReach) != "SL5" && situation.value(Axis::kParent) != "SL5" &&
         situation[Axis::kDesignated] == 0;
}

}  // namespace strongroom::triage
