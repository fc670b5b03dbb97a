#include "registry/triage/situation.h"

#include <algorithm>

#include "registry/triage/axis_words.h"

namespace strongroom::triage {

using axis_words::kAllAxes;

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
