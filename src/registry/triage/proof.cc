#include "registry/triage/proof.h"

#include <fmt/format.h>

#include <bit>

#include "registry/triage/decide.h"

namespace strongroom::triage {

namespace {

/// Splits after which rules count as too intertwined; the shipped ones need some thousands in all.
constexpr std::size_t kSplitsMax = 1'000'000;

/// A set of situations: for each axis the values it may have, as bits.
using Box = std::array<std::uint16_t, kAxes>;

std::size_t place(Axis axis) { return static_cast<std::size_t>(axis); }
std::uint16_t bit(std::uint8_t value) { return static_cast<std::uint16_t>(1u << value); }

Box everything() {
  Box box{};
  for (std::size_t i = 0; i < kAxes; ++i)
    box[i] = static_cast<std::uint16_t>((1u << words_of(axis_at(i)).size()) - 1);
  return box;
}

// Without a common situation: nothing.
std::optional<Box> both(const Box& a, const Box& b) {
  Box out{};
  for (std::size_t i = 0; i < kAxes; ++i) {
    out[i] = static_cast<std::uint16_t>(a[i] & b[i]);
    if (out[i] == 0) return std::nullopt;
  }
  return out;
}

Situation mildest_in(const Box& box) {
  Situation situation;
  for (std::size_t i = 0; i < kAxes; ++i)
    situation.at[i] = static_cast<std::uint8_t>(std::countr_zero(box[i]));
  return situation;
}

// What can_occur refuses, as boxes.
std::vector<Box> impossible() {
  std::vector<Box> boxes;
  const auto add = [&](Axis axis, std::string_view value) {
    Box box = everything();
    box[place(Axis::kStrictestInHouse)] = bit(0);
    box[place(axis)] = bit(words_of(axis).value_named(value).value());
    boxes.push_back(box);
  };
  add(Axis::kReach, "SL5");
  add(Axis::kParent, "SL5");
  add(Axis::kDesignated, "yes");
  return boxes;
}

class Search {
 public:
  /// A situation of `box` that lies in none of `covers` from `first` on.
  Result<std::optional<Situation>> outside(const Box& box, const std::vector<Box>& covers,
                                           std::size_t first = 0) {
    for (std::size_t i = first; i < covers.size(); ++i) {
      if (!both(box, covers[i])) continue;
      // What sticks out of this cover, in disjoint pieces, one for each axis that it cuts.
      Box rest = box;
      for (std::size_t axis = 0; axis < kAxes; ++axis) {
        const auto out = static_cast<std::uint16_t>(rest[axis] & ~covers[i][axis]);
        if (out == 0) continue;
        if (++splits_ > kSplitsMax)
          return fail(ErrorCode::kTooLarge,
                      "these rules are too intertwined to be checked: split them up");
        Box piece = rest;
        piece[axis] = out;
        ASSIGN_OR_RETURN(const auto found, outside(piece, covers, i + 1));
        if (found) return found;
        rest[axis] = static_cast<std::uint16_t>(rest[axis] & covers[i][axis]);
      }
      return std::optional<Situation>();
    }
    return std::optional<Situation>(mildest_in(box));
  }

 private:
  std::size_t splits_ = 0;
};

std::vector<Box> covers_from(const RuleSet& rules, Level level) {
  std::vector<Box> covers = impossible();
  for (const Rule& rule : rules.rules) {
    if (rule.level >= level) covers.push_back(rule.allows);
  }
  return covers;
}

Result<std::optional<Counterexample>> below_floor(const RuleSet& rules, Axis axis,
                                                  std::uint8_t value, std::string_view promise,
                                                  Search& search) {
  Box box = everything();
  box[place(axis)] = bit(value);
  ASSIGN_OR_RETURN(const auto found, search.outside(box, covers_from(rules, Level::kSl4)));
  if (!found) return std::optional<Counterexample>();
  return std::optional<Counterexample>(
      Counterexample{*found, *found,
                     fmt::format("{}, but {} would need {}", promise, in_words(*found),
                                 protocol::name_of(level_of(rules, *found)))});
}

// The step can only lower where a rule that fires before it does not fire after it.
Result<std::optional<Counterexample>> lowered_by_step(const RuleSet& rules, Axis axis,
                                                      std::uint8_t from, std::uint8_t to,
                                                      Search& search) {
  for (const Rule& rule : rules.rules) {
    if (!rule.allows_value(axis, from) || rule.allows_value(axis, to)) continue;
    std::optional<Box> box = both(rule.allows, everything());
    if (!box) continue;
    (*box)[place(axis)] = bit(to);
    std::vector<Box> covers = covers_from(rules, rule.level);
    for (Box before : impossible()) {
      if ((before[place(axis)] & bit(from)) == 0) continue;
      before[place(axis)] = static_cast<std::uint16_t>(~0u);
      covers.push_back(before);
    }
    ASSIGN_OR_RETURN(const auto found, search.outside(*box, covers));
    if (!found) continue;
    Situation mild = *found;
    mild[axis] = from;
    const AxisWords& words = words_of(axis);
    return std::optional<Counterexample>(Counterexample{
        mild, *found,
        fmt::format("making {} {} instead of {} must not lower the level, but it goes from {} to "
                    "{}: {} (rule {} stops firing)",
                    words.says, words.values[to], words.values[from],
                    protocol::name_of(level_of(rules, mild)),
                    protocol::name_of(level_of(rules, *found)), in_words(mild), rule.id)});
  }
  return std::optional<Counterexample>();
}

Result<std::optional<Counterexample>> lowered_on(const RuleSet& rules, Axis axis, Search& search) {
  const AxisWords& words = words_of(axis);
  for (std::uint8_t from = 0; from < words.size(); ++from) {
    for (std::uint8_t to = 0; to < words.size(); ++to) {
      if (!rises(words, from, to)) continue;
      ASSIGN_OR_RETURN(auto found, lowered_by_step(rules, axis, from, to, search));
      if (found) return found;
    }
  }
  return std::optional<Counterexample>();
}

}  // namespace

std::string in_words(const Situation& situation) {
  std::string out =
      fmt::format("{} in {}", situation.value(Axis::kKind), situation.value(Axis::kDomain));
  std::string_view joint = ": ";
  for (std::size_t i = 0; i < kAxes; ++i) {
    const Axis axis = axis_at(i);
    if (axis == Axis::kKind || axis == Axis::kDomain || situation.at[i] == 0) continue;
    out += fmt::format("{}{} {}", joint, words_of(axis).name, situation.value(axis));
    joint = ", ";
  }
  return out;
}

Result<std::optional<Counterexample>> find_counterexample(const RuleSet& rules) {
  Search search;
  ASSIGN_OR_RETURN(const auto undecided,
                   search.outside(everything(), covers_from(rules, Level::kSl1)));
  if (undecided) {
    return std::optional<Counterexample>(Counterexample{
        *undecided, *undecided,
        "every situation must get a decision, but no rule fires for " + in_words(*undecided)});
  }
  const Axis standing = Axis::kStanding;
  ASSIGN_OR_RETURN(auto low,
                   below_floor(rules, standing, words_of(standing).value_named("beyond").value(),
                               "nothing beyond the best public model is below SL4", search));
  if (low) return low;
  for (std::size_t i = 0; i < kAxes; ++i) {
    const AxisWords& words = words_of(axis_at(i));
    if (words.has_unknown()) {
      ASSIGN_OR_RETURN(low, below_floor(rules, axis_at(i), words.unknown(),
                                        "nothing unknown is below SL4", search));
      if (low) return low;
    }
    ASSIGN_OR_RETURN(auto lowered, lowered_on(rules, axis_at(i), search));
    if (lowered) return lowered;
  }
  return std::optional<Counterexample>();
}

Result<std::optional<Counterexample>> find_lowering(const RuleSet& from, const RuleSet& to) {
  Search search;
  for (const Rule& rule : from.rules) {
    const std::optional<Box> box = both(rule.allows, everything());
    if (!box) continue;
    ASSIGN_OR_RETURN(const auto found, search.outside(*box, covers_from(to, rule.level)));
    if (!found) continue;
    return std::optional<Counterexample>(
        Counterexample{*found, *found,
                       fmt::format("{} would need {} instead of {} (rule {})", in_words(*found),
                                   protocol::name_of(level_of(to, *found)),
                                   protocol::name_of(level_of(from, *found)), rule.id)});
  }
  return std::optional<Counterexample>();
}

Result<RuleSet> checked_overlay(const RuleSet& rules, const Overlay& overlay) {
  ASSIGN_OR_RETURN(RuleSet together, with_overlay(rules, overlay));
  ASSIGN_OR_RETURN(const auto found, find_counterexample(together));
  if (found) return fail(ErrorCode::kRefused, "this overlay is refused: " + found->words);
  return together;
}

}  // namespace strongroom::triage
