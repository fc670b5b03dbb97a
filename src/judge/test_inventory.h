#ifndef STRONGROOM_JUDGE_TEST_INVENTORY_H_
#define STRONGROOM_JUDGE_TEST_INVENTORY_H_

#include "judge/test_lab.h"

/// For tests: what is said of assets, and what a quorum of the test lab makes of it.
namespace strongroom::judge {

inline constexpr std::int64_t kTestDay = 24 * kTestHour;

/// Beside which everything harmless is "below"; looked at on the day of the log's beginning.
[[nodiscard]] inline protocol::SetReference test_reference() {
  return {"the best public model", {kTestStart.value - kTestStart.value % kTestDay}};
}

/// All that can be known, and none of it bad: triage asks for SL1 once there is a reference.
[[nodiscard]] inline triage::AssetFacts harmless_facts(const AssetId& asset) {
  using namespace triage;
  AssetFacts facts;
  facts.name = asset.hex();
  facts.owner = Digest{}.hex();
  facts.kind = words_of(Axis::kKind).value_named("model");
  facts.categories = {Category::kGeneral};
  for (Domain domain = 0; domain < kDomains; ++domain) {
    facts.standing[domain] = *words_of(Axis::kStanding).value_named("below");
    facts.dual_use[domain] = *words_of(Axis::kDualUse).value_named("none");
    facts.evaluations.push_back({.id = "e" + std::to_string(domain),
                                 .domain = domain,
                                 .elicited_strongly = true,
                                 .on = date_of(kTestStart),
                                 .valid_until = date_of(kTestStart + 300 * kTestDay)});
  }
  facts.safeguards = Safeguards{true, {"tuning"}};
  facts.access.emplace();
  facts.weights_of.emplace();
  facts.reachable_by.emplace();
  facts.exposure = {Exposure::kInternal};
  facts.derivation.emplace(std::nullopt);
  return facts;
}
/// By `person`, who has seen nothing.
[[nodiscard]] inline protocol::FactsStated stated(const TestLab& lab, const TestPerson& person,
                                                  const AssetId& asset,
                                                  const triage::AssetFacts& facts) {
  return {.strongroom = lab.id,
          .asset = asset,
          .facts = to_json(facts),
          .listing = std::nullopt,
          .person = person.id(),
          .checkpoint = {}};
}
[[nodiscard]] inline protocol::Command state(const protocol::FactsStated& stated,
                                             const TestSigner& who) {
  return TestLab::signed_by(protocol::EntryType::kStated, to_json(stated), who);
}

inline void must_add(TestLog& log, const protocol::Command& command) {
  const Result<void> added = log.add(command);
  CHECK(added.has_value());
}
/// Carol asks, Alice and Bob approve.
inline void make_change(TestLog& log, const TestLab& lab, protocol::Subject subject) {
  protocol::Change change = lab.change(lab.carol, std::move(subject), log.seen());
  change.expires = log.now() + kTestDay;
  must_add(log, TestLab::propose(change, lab.carol));
  for (const TestPerson* each : {&lab.alice, &lab.bob})
    must_add(log, TestLab::cast(lab.change_approval(*each, change, log.seen()), *each));
}
/// From here on triage asks for SL1 of the lab's asset, which must be registered.
inline void state_harmless(TestLog& log, const TestLab& lab) {
  if (!log.rooms().registry.ground().value()->reference) make_change(log, lab, test_reference());
  must_add(log, state(stated(lab, lab.alice, lab.asset, harmless_facts(lab.asset)), lab.alice));
}

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_TEST_INVENTORY_H_
