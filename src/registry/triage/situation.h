#ifndef STRONGROOM_REGISTRY_TRIAGE_SITUATION_H_
#define STRONGROOM_REGISTRY_TRIAGE_SITUATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

/// What the rules of triage look at: one asset in one domain of harm, as a point of a finite space.
/// Facts with dates, names and lists (facts.h) come down to it; what it cannot say, no rule can
/// ask.
namespace strongroom::triage {

/// One axis each. What stands on it, mildest first: situation.cc.
enum class Axis : std::uint8_t {
  kKind,
  kDomain,
  kStanding,
  kDualUse,
  kEvaluation,
  kSafeguards,
  kPublicWeights,
  kCustody,
  kReachableBy,
  kTraining,
  kDeployment,
  kSecrets,
  kInternet,
  kCodeExecution,
  kReach,
  kParent,
  kInfrastructure,
  kHelpfulOnly,
  kModelOrganism,
  kPermissive,
  kMalicious,
  kSafeguardsRemoved,
  kCapabilitiesAdded,
  kPropensities,
  kDesignated,
  kStrictestInHouse,
};
inline constexpr std::size_t kAxes = 26;
inline constexpr std::size_t kDomains = 6;
inline constexpr std::size_t kValuesMax = 9;

/// How the values of an axis are ordered: what stands higher never needs less.
enum class Order : std::uint8_t {
  kRising,   ///< each above the one before it; "unknown", where there is one, above all
  kApart,    ///< none above another, but "unknown" above all
  kNoFacts,  ///< none above another: not a fact that could be missing
};

struct AxisWords {
  std::string_view name;  ///< as rules and facts spell it
  Order order;
  std::span<const std::string_view> values;
  std::string_view says;  ///< "{} its {}": what the axis is, for people
  [[nodiscard]] constexpr std::size_t size() const { return values.size(); }
  [[nodiscard]] constexpr bool has_unknown() const { return values.back() == "unknown"; }
  /// "unknown" is always the last. Only where `has_unknown`.
  [[nodiscard]] constexpr std::uint8_t unknown() const {
    return static_cast<std::uint8_t>(size() - 1);
  }
  [[nodiscard]] std::optional<std::uint8_t> value_named(std::string_view value) const;
};
[[nodiscard]] const AxisWords& words_of(Axis axis);
[[nodiscard]] std::optional<Axis> axis_named(std::string_view name);
[[nodiscard]] inline Axis axis_at(std::size_t index) { return static_cast<Axis>(index); }

/// Would moving from `from` to `to` on this axis make the asset riskier or less known?
[[nodiscard]] bool rises(const AxisWords& axis, std::uint8_t from, std::uint8_t to);

/// For every axis the place of its value in `words_of(axis).values`.
struct Situation {
  std::array<std::uint8_t, kAxes> at{};
  [[nodiscard]] std::uint8_t& operator[](Axis axis) { return at[static_cast<std::size_t>(axis)]; }
  [[nodiscard]] std::uint8_t operator[](Axis axis) const {
    return at[static_cast<std::size_t>(axis)];
  }
  [[nodiscard]] std::string_view value(Axis axis) const {
    return words_of(axis).values[(*this)[axis]];
  }
  bool operator==(const Situation&) const = default;
};

/// Nothing known of it, in a house that may hold anything.
[[nodiscard]] Situation nothing_known();
/// The mildest value everywhere.
[[nodiscard]] Situation mildest();

/// A house in which nothing needs SL5 has nothing of SL5 to reach or to descend from: every other
/// situation can occur.
[[nodiscard]] bool can_occur(const Situation& situation);

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_SITUATION_H_
