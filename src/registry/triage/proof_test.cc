#include "registry/triage/proof.h"

#include <gtest/gtest.h>

#include <random>

#include "registry/triage/decide.h"

namespace strongroom::triage {
namespace {

std::string overlay_text(const std::string& rules, const std::string& without) {
  return R"({"format": "strongroom-triage-overlay-1", "rules": [)" + rules + R"(], "without": [)" +
         without + "]}";
}
std::string rule_text(const std::string& id, const std::string& level, const std::string& when) {
  return R"({"id": ")" + id + R"(", "source": "our lab", "reason": "Because.", )" +
         R"("scenario": "stolen", "term": "actual", "level": ")" + level +
         R"(", "capacity": 3, "evaluate": false, "when": {)" + when + "}}";
}
Result<RuleSet> loaded(const std::string& text) {
  ASSIGN_OR_RETURN(const Overlay overlay, overlay_from(text));
  return checked_overlay(shipped_rules(), overlay);
}
std::string refusal(const std::string& text) {
  const auto result = loaded(text);
  return result || result.error().code != ErrorCode::kRefused ? "" : result.error().context;
}

TEST(TheShippedRules, HoldEveryPromiseInEverySituation) {
  const auto found = find_counterexample(shipped_rules());
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->has_value()) << (*found)->words;
}

// Each promise once more by trying, step by step, where chance leads: an error in the proof would
// have to be one in this, too.
TEST(TheShippedRules, AreMonotoneWhereverAWalkOfChanceTriesThem) {
  std::mt19937 chance(20261121);
  const RuleSet& rules = shipped_rules();
  int steps = 0;
  for (int walk = 0; walk < 20'000; ++walk) {
    Situation low;
    for (std::size_t i = 0; i < kAxes; ++i)
      low.at[i] = static_cast<std::uint8_t>(chance() % words_of(axis_at(i)).size());
    const std::size_t axis = chance() % kAxes;
    Situation high = low;
    high.at[axis] = static_cast<std::uint8_t>(chance() % words_of(axis_at(axis)).size());
    if (!can_occur(low) || !can_occur(high) ||
        !rises(words_of(axis_at(axis)), low.at[axis], high.at[axis]))
      continue;
    ++steps;
    ASSERT_LE(level_of(rules, low), level_of(rules, high)) << in_words(low);
  }
  EXPECT_GT(steps, 2'000);
}

// Small enough to try each situation and each step: the proof and the trial must agree, whatever
// the rules are.
TEST(TheProof, AgreesWithTryingEverythingForRulesMadeByChance) {
  std::mt19937 chance(7);
  const std::array<Axis, 4> used{Axis::kStanding, Axis::kSecrets, Axis::kReach,
                                 Axis::kStrictestInHouse};
  int bad = 0;
  int good = 0;
  for (int round = 0; round < 120; ++round) {
    RuleSet rules;
    for (const char* id : {"BASE", "UNKNOWN-STANDING", "UNKNOWN-SECRETS", "UNKNOWN-REACH"})
      rules.rules.push_back(*shipped_rules().rule(id));
    for (const Rule& rule : shipped_rules().rules) {
      if (rule.id.starts_with("UNKNOWN-") && rules.rule(rule.id) == nullptr)
        rules.rules.push_back(rule);
    }
    rules.rules.push_back(*shipped_rules().rule("REF-BEYOND"));
    for (int each = 0; each < 3; ++each) {
      Rule rule = *shipped_rules().rule("BASE");
      rule.level = static_cast<Level>(2 + chance() % 4);
      for (const Axis axis : used) {
        const auto all = static_cast<std::uint16_t>((1u << words_of(axis).size()) - 1);
        if (chance() % 3 != 0) continue;
        // Mostly what an honest rule says: from some value on.
        const auto from =
            static_cast<std::uint16_t>(all & (all << (chance() % words_of(axis).size())));
        const auto any = static_cast<std::uint16_t>(1 + chance() % all);
        rule.allows[static_cast<std::size_t>(axis)] = chance() % 4 == 0 ? any : from;
      }
      rules.rules.push_back(rule);
    }
    bool lowers = false;
    Situation low;
    const auto tries = [&](std::size_t index, const auto& self) -> void {
      if (index < used.size()) {
        for (std::uint8_t v = 0; v < words_of(used[index]).size(); ++v) {
          low[used[index]] = v;
          self(index + 1, self);
        }
        return;
      }
      for (const Axis axis : used) {
        Situation high = low;
        for (std::uint8_t v = 0; v < words_of(axis).size(); ++v) {
          high[axis] = v;
          lowers =
              lowers || (can_occur(low) && can_occur(high) && rises(words_of(axis), low[axis], v) &&
                         level_of(rules, low) > level_of(rules, high));
        }
      }
    };
    tries(0, tries);
    const auto found = find_counterexample(rules);
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(found->has_value(), lowers) << "round " << round;
    ++(lowers ? bad : good);
    if (lowers) {
      EXPECT_GT(level_of(rules, (*found)->mild), level_of(rules, (*found)->harsh));
    }
  }
  EXPECT_GT(bad, 10);
  EXPECT_GT(good, 10);
}

TEST(AnOverlay, ThatTakesTheFloorUnderWhatIsBeyondTheReferenceAwayIsRefusedInWords) {
  const std::string why = refusal(overlay_text("", "\"REF-BEYOND\", \"UNKNOWN-STANDING\""));
  EXPECT_NE(why.find("nothing beyond the best public model is below SL4, but model in "),
            std::string::npos)
      << why;
  EXPECT_NE(why.find(": standing beyond would need SL1"), std::string::npos) << why;
}

TEST(AnOverlay, ThatMakesNothingOfAnUnknownIsRefused) {
  const std::string why = refusal(overlay_text("", "\"UNKNOWN-SECRETS\""));
  EXPECT_NE(why.find(": secrets unknown would need SL1"), std::string::npos) << why;
}

TEST(AnOverlay, WhoseRuleStopsFiringWhenMoreIsPossibleIsRefused) {
  const std::string why = refusal(overlay_text(
      rule_text("OURS-1", "SL3", R"("dual_use": ["possible"], "public_weights": ["listed"])"), ""));
  EXPECT_NE(why.find("making its dangerous use in the domain demonstrated instead of possible"),
            std::string::npos)
      << why;
}

TEST(AnOverlay, ThatLeavesSomethingUndecidedIsRefused) {
  const std::string why = refusal(overlay_text("", "\"BASE\""));
  EXPECT_NE(why.find("every situation must get a decision"), std::string::npos) << why;
}

TEST(AnOverlay, ThatRaisesIsTakenAndLowersNothing) {
  const auto rules =
      loaded(overlay_text(rule_text("OURS-1", "SL3", R"("internet": ["yes", "unknown"])"), ""));
  ASSERT_TRUE(rules.has_value()) << rules.error().context;
  const auto lowering = find_lowering(shipped_rules(), *rules);
  ASSERT_TRUE(lowering.has_value());
  EXPECT_FALSE(lowering->has_value());
}

TEST(AnOverlay, ThatLowersIsFoundToWithTheSituation) {
  const auto rules = loaded(overlay_text("", "\"ACC-SECRETS\""));
  ASSERT_TRUE(rules.has_value()) << rules.error().context;
  const auto lowering = find_lowering(shipped_rules(), *rules);
  ASSERT_TRUE(lowering.has_value() && lowering->has_value());
  EXPECT_NE(
      (*lowering)->words.find(": secrets yes would need SL1 instead of SL3 (rule ACC-SECRETS)"),
      std::string::npos)
      << (*lowering)->words;
}

TEST(AnOverlay, WithARuleTwiceIsMalformed) {
  const auto result = loaded(
      overlay_text(rule_text("OURS-1", "SL3", "") + "," + rule_text("OURS-1", "SL2", ""), ""));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kMalformed);
}

TEST(AnOverlay, ThatLeavesOutARuleThatIsNotThereIsMalformed) {
  const auto result = loaded(overlay_text("", "\"ACC-SECRET\""));
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().context.find("there is no rule ACC-SECRET"), std::string::npos);
}

TEST(AnOverlay, WithAWordThatNoAxisKnowsIsMalformed) {
  const auto result =
      loaded(overlay_text(rule_text("OURS-1", "SL3", R"("standing": ["behind"])"), ""));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kMalformed);
}

TEST(AnOverlay, WithALevelThatIsANumberIsMalformed) {
  std::string text = overlay_text(rule_text("OURS-1", "SL3", ""), "");
  text.replace(text.find("\"SL3\""), 5, "1e999");
  EXPECT_EQ(loaded(text).error().code, ErrorCode::kMalformed);
}

TEST(AnOverlay, IsWrittenAsItWasRead) {
  const auto overlay = overlay_from(
      overlay_text(rule_text("OURS-1", "SL3", R"("standing": ["unknown", "at"])"), "\"BASE\""));
  ASSERT_TRUE(overlay.has_value()) << overlay.error().context;
  EXPECT_EQ(overlay_from(format::encode(to_json(*overlay))).value(), *overlay);
}

}  // namespace
}  // namespace strongroom::triage
