// A large inventory decided anew: the example lab over and over, its assets resting on one another
// as they do there.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/program.h"
#include "registry/triage/decide.h"
#include "verbs.h"

namespace strongroom::bench {

namespace {

std::string copied(const std::string& name, std::uint64_t copy) {
  return fmt::format("{}-{:07}", name, copy);
}

void rename(triage::AssetFacts& facts, std::uint64_t copy) {
  const auto rename_all = [&](std::set<std::string>& names) {
    std::set<std::string> out;
    for (const std::string& name : names) out.insert(copied(name, copy));
    names = std::move(out);
  };
  facts.name = copied(facts.name, copy);
  facts.digest.reset();
  if (facts.weights_of) rename_all(*facts.weights_of);
  if (facts.reachable_by) rename_all(facts.reachable_by->models);
  if (facts.derivation && *facts.derivation && (*facts.derivation)->parent)
    (*facts.derivation)->parent = copied(*(*facts.derivation)->parent, copy);
}

}  // namespace

/// Prints {"assets":…,"seconds":…,"sl4_or_more":…}: levels settled, then every decision with its
/// rules and end.
Result<void> retriage(const Words& words) {
  ASSIGN_OR_RETURN(const std::uint64_t wanted, words.number("assets", 1'000'000));
  ASSIGN_OR_RETURN(triage::Lab lab, triage::lab_from(triage::example_lab_text()));
  const std::vector<triage::AssetFacts> once = std::move(lab.assets);
  lab.assets.clear();
  lab.assets.reserve(wanted);
  for (const triage::AssetFacts& facts : once) {
    for (std::uint64_t copy = 0; copy < wanted / once.size(); ++copy) {
      lab.assets.push_back(facts);
      rename(lab.assets.back(), copy);
    }
  }
  std::sort(lab.assets.begin(), lab.assets.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto start = std::chrono::steady_clock::now();
  const triage::Inventory inventory(lab, triage::shipped_rules(), *lab.as_of);
  std::size_t strict = 0;
  std::size_t fired = 0;
  for (std::size_t i = 0; i < lab.assets.size(); ++i) {
    const triage::Decision decision = inventory.decision(i);
    strict += decision.level >= protocol::Level::kSl4 ? 1 : 0;
    fired += decision.fired.size();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  write_out(fmt::format("{{\"assets\":{},\"fired\":{},\"seconds\":{:.3f},\"sl4_or_more\":{}}}\n",
                        lab.assets.size(), fired, took.count(), strict));
  return {};
}

}  // namespace strongroom::bench
