// The same promises as proof_test.cc, by a theorem prover that shares nothing with proof.cc: it is
// given the rules' published JSON and the words of the axes, not our masks.
#include <gtest/gtest.h>
#include <z3++.h>

#include "registry/triage/proof.h"

namespace strongroom::triage {
namespace {

using format::Json;

class Space {
 public:
  explicit Space(z3::context& context, const std::string& prefix) : context_(context) {
    for (std::size_t i = 0; i < kAxes; ++i)
      at_.push_back(context.bv_const((prefix + std::to_string(i)).c_str(), 4));
  }
  [[nodiscard]] z3::expr at(std::size_t axis) const { return at_[axis]; }
  [[nodiscard]] z3::expr is(std::string_view axis, std::string_view value) const {
    const Axis which = axis_named(axis).value();
    return at_[static_cast<std::size_t>(which)] ==
           context_.bv_val(unsigned{words_of(which).value_named(value).value()}, 4);
  }
  [[nodiscard]] z3::expr can_occur() const {
    z3::expr out = is("sl5_in_house", "yes") ||
                   (!is("reach", "SL5") && !is("parent", "SL5") && !is("designated", "yes"));
    for (std::size_t i = 0; i < kAxes; ++i) {
      const auto last = static_cast<unsigned>(words_of(axis_at(i)).size() - 1);
      out = out && z3::ule(at_[i], context_.bv_val(last, 4));
    }
    return out;
  }
  [[nodiscard]] z3::expr fires(const Json& rule) const {
    z3::expr all = context_.bool_val(true);
    for (const auto& [axis, values] : *rule.object()->at("when").object()) {
      z3::expr any = context_.bool_val(false);
      for (const Json& value : *values.array()) any = any || is(axis, *value.text());
      all = all && any;
    }
    return all;
  }
  /// Some rule of `level` or stricter fires.
  [[nodiscard]] z3::expr at_least(const Json& rules, int level) const {
    z3::expr any = context_.bool_val(false);
    for (const Json& rule : *rules.object()->at("rules").array()) {
      if (rule.object()->at("level").text()->back() - '0' >= level) any = any || fires(rule);
    }
    return any;
  }

 private:
  z3::context& context_;
  std::vector<z3::expr> at_;
};

// Everywhere at least as risky, or as unknown.
z3::expr no_milder(z3::context& context, const Space& low, const Space& high) {
  z3::expr all = context.bool_val(true);
  for (std::size_t i = 0; i < kAxes; ++i) {
    const AxisWords& words = words_of(axis_at(i));
    z3::expr step = low.at(i) == high.at(i);
    if (words.order == Order::kRising) step = z3::ule(low.at(i), high.at(i));
    if (words.order == Order::kApart)
      step = step || high.at(i) == context.bv_val(unsigned{words.unknown()}, 4);
    all = all && step;
  }
  return all;
}

z3::check_result some_step_lowers(const RuleSet& rules) {
  z3::context context;
  const Space low(context, "low");
  const Space high(context, "high");
  const Json json = to_json(rules);
  z3::expr lowers = context.bool_val(false);
  for (int level = 1; level <= 5; ++level)
    lowers = lowers || (low.at_least(json, level) && !high.at_least(json, level));
  z3::solver solver(context);
  solver.add(low.can_occur() && high.can_occur() && no_milder(context, low, high) && lowers);
  return solver.check();
}

z3::check_result some_situation(const RuleSet& rules,
                                const std::function<z3::expr(const Space&, const Json&)>& is) {
  z3::context context;
  const Space space(context, "at");
  z3::solver solver(context);
  solver.add(space.can_occur() && is(space, to_json(rules)));
  return solver.check();
}

RuleSet with_planted_rule() {
  RuleSet rules = shipped_rules();
  std::erase_if(rules.rules, [](const Rule& rule) { return rule.id == "ACC-SECRETS"; });
  Rule planted = *shipped_rules().rule("ACC-SECRETS");
  planted.allows[static_cast<std::size_t>(Axis::kInternet)] = 1;  // only while it has no internet
  rules.rules.push_back(planted);
  return rules;
}

TEST(TheShippedRules, AreMonotoneByZ3) { EXPECT_EQ(some_step_lowers(shipped_rules()), z3::unsat); }

TEST(TheShippedRules, KeepWhatIsBeyondTheReferenceAtSl4ByZ3) {
  EXPECT_EQ(some_situation(shipped_rules(),
                           [](const Space& space, const Json& rules) {
                             return space.is("standing", "beyond") && !space.at_least(rules, 4);
                           }),
            z3::unsat);
}

TEST(TheShippedRules, KeepWhatIsUnknownAtSl4ByZ3) {
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (!words_of(axis_at(i)).has_unknown()) continue;
    EXPECT_EQ(some_situation(shipped_rules(),
                             [&](const Space& space, const Json& rules) {
                               return space.is(words_of(axis_at(i)).name, "unknown") &&
                                      !space.at_least(rules, 4);
                             }),
              z3::unsat)
        << words_of(axis_at(i)).name;
  }
}

TEST(TheShippedRules, DecideEverySituationByZ3) {
  EXPECT_EQ(
      some_situation(shipped_rules(), [](const Space& space,
                                         const Json& rules) { return !space.at_least(rules, 1); }),
      z3::unsat);
}

TEST(TheShippedRules, ReachEveryLevelByZ3) {
  for (int level = 1; level <= 5; ++level) {
    EXPECT_EQ(some_situation(shipped_rules(),
                             [&](const Space& space, const Json& rules) {
                               const z3::expr least = space.at_least(rules, level);
                               return level == 5 ? least
                                                 : least && !space.at_least(rules, level + 1);
                             }),
              z3::sat)
        << level;
  }
}

TEST(APlantedRule, ThatStopsFiringIsFoundByZ3) {
  EXPECT_EQ(some_step_lowers(with_planted_rule()), z3::sat);
}

TEST(APlantedRule, ThatStopsFiringIsFoundByOurOwnProofWithACounterexampleInWords) {
  const auto found = find_counterexample(with_planted_rule());
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_NE(
      (*found)->words.find("making its access to the internet yes instead of no must not lower "
                           "the level, but it goes from SL3 to"),
      std::string::npos)
      << (*found)->words;
}

}  // namespace
}  // namespace strongroom::triage
