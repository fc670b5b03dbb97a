#include <gtest/gtest.h>

#include <algorithm>

#include "registry/triage/assessment.h"
#include "registry/triage/proof.h"
#include "registry/triage/what_if.h"

namespace strongroom::triage {
namespace {

using format::Json;

const Date kToday{20'700};  // 2026-09-04

std::string each_domain(const std::string& value) {
  std::string out;
  for (const char* domain :
       {"cyber", "biology", "chemistry", "ai_development", "autonomy", "persuasion"})
    out += std::string(out.empty() ? "" : ", ") + "\"" + domain + "\": \"" + value + "\"";
  return "{" + out + "}";
}

std::string evaluations() {
  std::string out;
  for (const char* domain :
       {"cyber", "biology", "chemistry", "ai_development", "autonomy", "persuasion"})
    out += std::string(out.empty() ? "" : ", ") + R"({"id": "ev-)" + domain + R"(", "domain": ")" +
           domain +
           R"(", "elicitation": "strong", "on": "2026-07-01", "valid_until": "2027-01-01"})";
  return "[" + out + "]";
}

using Members = std::map<std::string, std::string>;

// Everything known of it, and nothing to fear.
Members harmless(const std::string& name = "lamb") {
  return {{"name", "\"" + name + "\""},
          {"owner", "\"Ada\""},
          {"kind", "\"model\""},
          {"categories", R"(["general"])"},
          {"standing", each_domain("below")},
          {"dual_use", each_domain("none")},
          {"evaluations", evaluations()},
          {"safeguards", R"({"state": "present", "tested_against": ["jailbreaks"]})"},
          {"access", "[]"},
          {"weights_of", "[]"},
          {"reachable_by", R"({"people": ["Ada"], "anyone": false})"},
          {"exposure", R"(["internal"])"},
          {"derivation", "\"none\""}};
}

std::string text_of(const Members& members) {
  std::string out;
  for (const auto& [name, value] : members)
    out += (out.empty() ? "" : ", ") + ("\"" + name + "\": ") + value;
  return "{" + out + "}";
}

std::string lab_text(const std::vector<Members>& assets, const std::string& index = "") {
  std::string list;
  for (const Members& each : assets) list += (list.empty() ? "" : ", ") + text_of(each);
  return R"({"format": "strongroom-facts-1", "lab": "a lab", "reference": {"name": "best", "as_of": "2026-08-01"},
    "people": {"Ada": "security"}, "hosts": {}, "public_index": [)" +
         index + R"(], "assets": [)" + list + "]}";
}

Members with(Members members, const std::string& name, const std::string& value) {
  members[name] = value;
  return members;
}
Members without(Members members, const std::string& name) {
  members.erase(name);
  return members;
}

Lab lab_of(const std::vector<Members>& assets, const std::string& index = "") {
  Result<Lab> lab = lab_from(lab_text(assets, index));
  EXPECT_TRUE(lab.has_value()) << (lab ? "" : lab.error().context);
  return lab ? *lab : Lab{};
}

Level level_of_first(const std::vector<Members>& assets, const std::string& index = "",
                     Date today = kToday) {
  const Lab lab = lab_of(assets, index);
  return Inventory(lab, shipped_rules(), today).level(0);
}

std::string refusal(const std::vector<Members>& assets) {
  const Result<Lab> lab = lab_from(lab_text(assets));
  EXPECT_FALSE(lab.has_value());
  if (lab) return "";
  EXPECT_EQ(lab.error().code, ErrorCode::kMalformed);
  return lab.error().context;
}

// --- hiding --------------------------------------------------------------------------------------

TEST(AHarmlessAsset, OfWhichEverythingIsKnownNeedsSl1) {
  EXPECT_EQ(level_of_first({harmless()}), Level::kSl1);
}

TEST(AnAssetThatLeavesAnyOneFactOut, NeedsSl4) {
  int tried = 0;
  for (const auto& [name, value] : harmless()) {
    if (name == "name" || name == "owner") continue;
    EXPECT_GE(level_of_first({without(harmless(), name)}), Level::kSl4) << name;
    ++tried;
  }
  EXPECT_EQ(tried, 11);
}

TEST(AnAssetThatLeavesOneDomainOut, NeedsSl4) {
  EXPECT_EQ(level_of_first({with(harmless(), "dual_use", R"({"cyber": "none"})")}), Level::kSl4);
}

TEST(AnAssetOfWhichNothingIsKnown, NeedsSl4AndNotSl1) {
  EXPECT_EQ(level_of_first({{{"name", "\"x\""}, {"owner", "\"\""}}}), Level::kSl4);
}

TEST(AnUnknownParent, CouldBeTheStrictestThatTheHouseHolds) {
  EXPECT_EQ(level_of_first({without(harmless("a"), "derivation"),
                            with(harmless("b"), "designated_covered", "true")}),
            Level::kSl5);
}

TEST(ACapabilityBeyondTheReference, NeedsSl4EvenWhereItIsSaidToBePublic) {
  const Members beyond = with(with(harmless(), "standing", each_domain("beyond")), "digest",
                              "\"" + std::string(64, 'a') + "\"");
  EXPECT_EQ(level_of_first({beyond}), Level::kSl4);
  EXPECT_EQ(level_of_first({beyond}, "\"" + std::string(64, 'a') + "\""), Level::kSl4);
}

TEST(ADeclarationThatWeightsArePublic, SettlesNothing) {
  const Members never =
      with(without(harmless(), "evaluations"), "never_evaluated",
           R"(["cyber", "biology", "chemistry", "ai_development", "autonomy", "persuasion"])");
  const Members declared = with(with(never, "exposure", R"(["public_weights"])"), "digest",
                                "\"" + std::string(64, 'a') + "\"");
  EXPECT_EQ(level_of_first({declared}), Level::kSl4);
  EXPECT_EQ(level_of_first({declared}, "\"" + std::string(64, 'a') + "\""), Level::kSl1);
}

TEST(APublicModel, StillNeedsALevelForWhatItReaches) {
  const Members open = with(with(harmless(), "access", R"(["secrets"])"), "digest",
                            "\"" + std::string(64, 'a') + "\"");
  EXPECT_EQ(level_of_first({open}, "\"" + std::string(64, 'a') + "\""), Level::kSl3);
}

TEST(AnEvaluation, ThatHasLapsedCountsAsNone) {
  EXPECT_EQ(level_of_first({harmless()}, "", date_from("2027-01-02").value()), Level::kSl4);
}

TEST(AnEvaluation, OfTheFutureCountsAsNone) {
  EXPECT_EQ(level_of_first({harmless()}, "", date_from("2026-06-30").value()), Level::kSl4);
}

TEST(AReference, ThatIsTooOldMeasuresNothing) {
  const std::string renewed =
      R"([{"id": "e", "domain": "cyber", "elicitation": "strong", "on": "2026-07-01", "valid_until": "2029-01-01"}])";
  const Lab lab = lab_of({with(harmless(), "evaluations", renewed)});
  const Inventory late(lab, shipped_rules(), date_from("2027-02-01").value());
  EXPECT_EQ(late.situations(0)[0].value(Axis::kStanding), "unknown");
}

// --- what rests on others ------------------------------------------------------------------------

TEST(ADerivative, NeedsWhatItsParentNeeds) {
  const Lab lab = lab_of(
      {with(
           harmless("child"), "derivation",
           R"({"parent": "dam", "method": "tuning", "safeguards_removed": false, "capabilities_added": [], "propensities_induced": []})"),
       with(harmless("dam"), "standing", each_domain("beyond"))});
  EXPECT_EQ(Inventory(lab, shipped_rules(), kToday).level(0), Level::kSl4);
}

TEST(ADerivative, ShownLowerInEveryDomainStandsForItself) {
  const auto child = [](const std::string& shown) {
    return with(
        harmless("child"), "derivation",
        R"({"parent": "dam", "method": "distilling", "safeguards_removed": false, "capabilities_added": [], "propensities_induced": [], "shown_lower_by": [)" +
            shown + "]}");
  };
  const Members dam = with(harmless("dam"), "standing", each_domain("beyond"));
  const std::string five =
      R"("ev-cyber", "ev-biology", "ev-chemistry", "ev-ai_development", "ev-autonomy")";
  EXPECT_EQ(level_of_first({child(five + R"(, "ev-persuasion")"), dam}), Level::kSl1);
  EXPECT_EQ(level_of_first({child(five), dam}), Level::kSl4);
}

TEST(AnAsset, NeedsWhatTheWeightsInItsReachNeedThroughAnyChain) {
  const Lab lab = lab_of({with(harmless("a"), "weights_of", R"(["b"])"),
                          with(harmless("b"), "weights_of", R"(["c", "a"])"),
                          with(harmless("c"), "designated_covered", "true")});
  const Inventory inventory(lab, shipped_rules(), kToday);
  EXPECT_EQ(inventory.level(0), Level::kSl5);
  EXPECT_EQ(inventory.level(1), Level::kSl5);
}

TEST(AnAsset, ThatDescendsFromItselfIsRefused) {
  const auto from = [](const std::string& name, const std::string& parent) {
    return with(harmless(name), "derivation", R"({"method": "m", "parent": ")" + parent + "\"}");
  };
  EXPECT_NE(refusal({from("a", "b"), from("b", "a")}).find("descends from itself"),
            std::string::npos);
}

// --- contradictions and malformed facts ----------------------------------------------------------

TEST(Facts, ThatNameAnAssetTwiceAreRefused) {
  EXPECT_EQ(refusal({harmless(), harmless()}), "asset lamb stands twice");
}

TEST(Facts, ThatGiveTwoAssetsOneDigestAreRefused) {
  const std::string digest = "\"" + std::string(64, 'a') + "\"";
  EXPECT_NE(refusal({with(harmless("a"), "digest", digest), with(harmless("b"), "digest", digest)})
                .find("has the digest of another one"),
            std::string::npos);
}

TEST(Facts, ThatSayEvaluatedAndNeverEvaluatedAreRefused) {
  EXPECT_NE(refusal({with(harmless(), "never_evaluated", R"(["cyber"])")}).find("never evaluated"),
            std::string::npos);
}

TEST(Facts, ThatSayRemovedAndTestedAreRefused) {
  EXPECT_NE(
      refusal({with(harmless(), "safeguards", R"({"state": "removed", "tested_against": ["x"]})")})
          .find("one of the two is wrong"),
      std::string::npos);
}

TEST(Facts, ThatSpellUnknownInWordsAreToldToLeaveItOut) {
  EXPECT_NE(refusal({with(harmless(), "kind", "\"unknown\"")}).find("leave it out"),
            std::string::npos);
}

TEST(Facts, ThatNameSomebodyWhoIsNotThereAreRefused) {
  EXPECT_NE(refusal({with(harmless(), "reachable_by", R"({"people": ["Adda"], "anyone": false})")})
                .find("the person Adda is not in this file"),
            std::string::npos);
}

TEST(Facts, WithAMemberThatNobodyKnowsAreRefused) {
  EXPECT_NE(refusal({with(harmless(), "harmless", "true")}).find("not known"), std::string::npos);
}

TEST(Facts, WithNullInPlaceOfAFactAreRefused) {
  EXPECT_NE(refusal({with(harmless(), "kind", "null")}).find("leave the member out"),
            std::string::npos);
}

TEST(Facts, WithSomethingThatIsNoNumberAreRefused) {
  for (const char* value : {"NaN", "Infinity", "1e999", "-0.0", "1.5"})
    EXPECT_NE(refusal({with(harmless(), "kind", value)}), "") << value;
}

TEST(Facts, WithADayThatIsNoneAreRefused) {
  for (const char* day : {"2026-02-30", "2026-1-1", "9999-01-01", "2026-07-01 ", "-026-07-01"}) {
    const std::string evaluation =
        std::string(R"([{"id": "e", "domain": "cyber", "elicitation": "strong", "on": ")") + day +
        R"(", "valid_until": "2027-01-01"}])";
    EXPECT_NE(refusal({with(harmless(), "evaluations", evaluation)}).find("is no day"),
              std::string::npos)
        << day;
  }
}

TEST(Facts, WithAnEvaluationThatWasOverBeforeItBeganAreRefused) {
  EXPECT_NE(
      refusal(
          {with(
              harmless(), "evaluations",
              R"([{"id": "e", "domain": "cyber", "elicitation": "strong", "on": "2026-07-01", "valid_until": "2026-06-30"}])")})
          .find("over before"),
      std::string::npos);
}

TEST(Facts, WithAMemberTwiceAreRefused) {
  std::string text = lab_text({harmless()});
  text.replace(text.find("\"owner\""), 7, "\"kind\": \"dataset\", \"owner\"");
  EXPECT_FALSE(lab_from(text).has_value());
}

TEST(Facts, HaveOneCanonicalForm) {
  const Lab lab = lab_of({harmless("b"), harmless("a")});
  EXPECT_EQ(lab_from(format::encode(to_json(lab))).value(), lab);
}

// --- the shipped example, the document, what-if --------------------------------------------------

class TheExampleLab : public testing::Test {
 protected:
  Lab lab = lab_from(example_lab_text()).value();
  Date today = lab.as_of.value();
  Inventory inventory{lab, shipped_rules(), today};
  [[nodiscard]] Assessment of(std::string_view name) const {
    return assess(inventory, inventory.index_of(name).value());
  }
};

TEST_F(TheExampleLab, HasFortyAssetsOfEveryKindCategoryAndLevel) {
  EXPECT_EQ(lab.assets.size(), 40u);
  std::set<Value> kinds;
  std::set<Category> categories;
  std::set<Level> levels;
  for (std::size_t i = 0; i < lab.assets.size(); ++i) {
    if (lab.assets[i].kind) kinds.insert(*lab.assets[i].kind);
    for (const Category each : lab.assets[i].categories.value_or(std::set<Category>()))
      categories.insert(each);
    levels.insert(inventory.level(i));
  }
  EXPECT_EQ(kinds.size(), 7u);
  EXPECT_EQ(categories.size(), 6u);
  EXPECT_EQ(levels.size(), 5u);
}

TEST_F(TheExampleLab, HasAnAssessmentEachOfWhoseIdsCanBeLookedUp) {
  int ids = 0;
  for (std::size_t i = 0; i < lab.assets.size(); ++i) {
    const Assessment assessment = assess(inventory, i);
    std::set<std::string> known;
    for (const NamedFact& fact : assessment.facts)
      EXPECT_TRUE(known.insert(fact.id).second) << fact.id;
    for (const Section& section : assessment.sections) {
      EXPECT_FALSE(section.sentences.empty()) << section.title;
      for (const Sentence& sentence : section.sentences) {
        EXPECT_EQ(sentence.text.back(), '.') << sentence.text;
        const bool is_of_the_future = section.title.starts_with("What is unknown") ||
                                      section.title.starts_with("What would") ||
                                      section.title.starts_with("What to keep");
        EXPECT_TRUE(is_of_the_future || !sentence.facts.empty() || !sentence.rules.empty())
            << sentence.text;
        for (const std::string& id : sentence.facts)
          EXPECT_TRUE(known.contains(id) || id == "category") << id;
        for (const std::string& id : sentence.rules)
          EXPECT_NE(shipped_rules().rule(id), nullptr) << id;
        ids += static_cast<int>(sentence.facts.size() + sentence.rules.size());
      }
    }
  }
  EXPECT_GT(ids, 1'000);
}

TEST_F(TheExampleLab, HasAVerdictForItsFlagship) {
  const Assessment assessment = of("aurora-5");
  EXPECT_EQ(assessment.sections[0].sentences[0].text, "\"aurora-5\" needs SL5.");
  EXPECT_EQ(assessment.sections[0].sentences[0].rules, std::vector<std::string>{"PARENT-SL5"});
}

TEST_F(TheExampleLab, SaysWhatWouldLowerAnUnevaluatedModel) {
  const auto way = way_down(inventory, *lab.asset("ember-3-stale"));
  ASSERT_TRUE(way.has_value());
  ASSERT_EQ(way->steps.size(), 1u);
  EXPECT_NE(way->steps[0].what.find("comprehensive evaluation"), std::string::npos);
  EXPECT_EQ(way->decision.level, Level::kSl1);
}

TEST_F(TheExampleLab, KnowsNoWayDownForWhatWasDesignated) {
  EXPECT_FALSE(way_down(inventory, *lab.asset("aurora-5-base")).has_value());
}

TEST_F(TheExampleLab, DemandsAnEvaluationWhereNoneWasMade) {
  const Decision decision = of("aurora-5-cp-0400").decision;
  EXPECT_EQ(decision.evaluate, (1u << kDomains) - 1);
}

TEST_F(TheExampleLab, LetsADecisionEndWithTheEvaluationThatItRestsOn) {
  const Decision decision = of("toy-arith").decision;
  EXPECT_EQ(shown(decision.expires), "2027-02-16");
  EXPECT_EQ(decision.ends, Ends::kEvaluation);
}

TEST(ADocument, DoesNotFormatOrLinkWhatOthersHaveWritten) {
  const Lab lab = lab_of({with(harmless(), "owner", R"("[x](http://e) <script> | *y* `z`")")});
  const Inventory inventory(lab, shipped_rules(), kToday);
  const std::string text = to_markdown(assess(inventory, 0));
  EXPECT_NE(text.find(R"(\[x\](http://e) \<script\> \| \*y\* \`z\`)"), std::string::npos) << text;
  EXPECT_EQ(text.find("<script>"), std::string::npos);
}

const Section* section_of(const Assessment& assessment, std::string_view title) {
  for (const Section& each : assessment.sections) {
    if (each.title == title) return &each;
  }
  return nullptr;
}

TEST(AnAssessment, OfWhatWasFoundSaysWhatItContradictsAndThatAQuorumDismissesIt) {
  Lab lab = lab_of({harmless("a"), with(harmless("b"), "designated_covered", "true")});
  lab.assets[0].found_parents = {"b"};
  const Inventory inventory(lab, shipped_rules(), kToday);
  const Assessment assessment = assess(inventory, 0);
  EXPECT_EQ(assessment.decision.level, inventory.level(1));
  const Section* found = section_of(assessment, kFoundSection);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->sentences.front().text,
            "It was found to be made from \"b\", which needs SL5; it was declared to be made from "
            "nothing else, so one of the two is wrong.");
  EXPECT_EQ(found->sentences.front().facts,
            (std::vector<std::string>{"found.parents", "derivation.parent"}));
  const std::string text = to_markdown(assessment);
  EXPECT_NE(text.find("until a quorum dismisses it"), std::string::npos);
  EXPECT_NE(text.find("| `found.parents` | b |"), std::string::npos);
  EXPECT_EQ(section_of(assess(inventory, 1), kFoundSection), nullptr);
}

TEST(AnAssessment, OfALevelThatSomebodyFoundNamesTheFindingAsItsGround) {
  Lab lab = lab_of({harmless("a")});
  lab.assets[0].found_level = Level::kSl4;
  const Inventory inventory(lab, shipped_rules(), kToday);
  const Assessment assessment = assess(inventory, 0);
  EXPECT_EQ(assessment.decision.level, Level::kSl4);
  const Sentence& verdict = assessment.sections.front().sentences.front();
  EXPECT_EQ(verdict.facts, std::vector<std::string>{"found.level"});
  const Section* found = section_of(assessment, kFoundSection);
  ASSERT_NE(found, nullptr);
  EXPECT_NE(found->sentences.front().text.find("more than the rules ask for"), std::string::npos);
}

TEST(AnAssessment, SaysInWhichLogEntryAFactStandsWhereItDoes) {
  const Lab lab = lab_of({harmless("a")});
  const Inventory inventory(lab, shipped_rules(), kToday);
  Assessment assessment = assess(inventory, 0);
  EXPECT_EQ(to_markdown(assessment).find("Stands in"), std::string::npos);
  assessment.facts.front().source = Source{12, "stated by *mia*", {1'700'000'000}};
  EXPECT_NE(to_markdown(assessment).find("log entry 12, stated by \\*mia\\*, 2023-11-14"),
            std::string::npos);
  EXPECT_NE(format::encode(to_json(assessment)).find("\"entry\":12"), std::string::npos);
}

TEST(ADocument, IsTheSameInJsonAndCanonical) {
  const Lab lab = lab_of({harmless()});
  const Inventory inventory(lab, shipped_rules(), kToday);
  const std::string json = format::encode(to_json(assess(inventory, 0)));
  EXPECT_TRUE(format::decode_canonical(json, 1u << 20).has_value());
  EXPECT_NE(json.find("\"level\":\"SL1\""), std::string::npos);
}

TEST(AChangeOfRules, IsShownToMoveWhomItMovesAndNobodyElse) {
  const Lab lab = lab_of({with(harmless("a"), "access", R"(["secrets"])"), harmless("b")});
  const RuleSet changed = with_overlay(shipped_rules(), Overlay{{}, {"ACC-SECRETS"}}).value();
  const Inventory now(lab, shipped_rules(), kToday);
  const std::vector<Move> found = moves(now, Inventory(lab, changed, kToday));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].asset, "a");
  EXPECT_EQ(found[0].from, Level::kSl3);
  EXPECT_EQ(found[0].to, Level::kSl1);
  EXPECT_EQ(found[0].by, std::vector<std::string>{"ACC-SECRETS"});
}

}  // namespace
}  // namespace strongroom::triage
