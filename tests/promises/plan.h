#ifndef STRONGROOM_TESTS_PROMISES_PLAN_H_
#define STRONGROOM_TESTS_PROMISES_PLAN_H_

#include <set>
#include <string>
#include <vector>

#include "protocol/genesis.h"

/// Who founds a test's strongroom, by name.
namespace strongroom::promises {

/// A policy by names; a leaf has a person, an inner node the rest.
struct Tree {
  std::string person;
  std::int64_t threshold = 0;
  std::vector<Tree> of;
};
[[nodiscard]] inline Tree of_teams(std::int64_t threshold, std::vector<Tree> of) {
  return {.person = {}, .threshold = threshold, .of = std::move(of)};
}
[[nodiscard]] inline Tree of_persons(std::int64_t threshold,
                                     const std::vector<std::string>& names) {
  Tree tree{.person = {}, .threshold = threshold, .of = {}};
  for (const std::string& name : names)
    tree.of.push_back({.person = name, .threshold = 0, .of = {}});
  return tree;
}

struct PersonPlan {
  std::string name;
  std::set<protocol::Role> roles;
  protocol::PersonKind kind = protocol::PersonKind::kHuman;
  std::size_t keys = 1;
  std::int64_t cleared_seconds = 10'000 * 3'600;  ///< from the founding
};

/// By default: alice, bob and carol are custodians (who may also ask), any two of whom release;
/// dana seals and asks; "robot" is an AI agent and "daemon" a service, both with a custodian's role
/// on paper.
struct Plan {
  protocol::Mode mode = protocol::Mode::kDemonstration;
  std::vector<PersonPlan> persons;
  Tree policy;
  std::vector<std::string> recovery;    ///< holders by name, in modes small and lab
  std::int64_t recovery_threshold = 2;  ///< of them
  std::vector<std::string> hosts;
  UnixSeconds founded_at{1'800'000'000};

  [[nodiscard]] static Plan flat();
  /// As flat, really protected: with rita, remy and ruth, any two of whom can recover the site.
  [[nodiscard]] static Plan small();
  /// Security (alice, bob, carol: two of them) and research (rita, rolf: one of them) together.
  [[nodiscard]] static Plan nested();
};

}  // namespace strongroom::promises

#endif  // STRONGROOM_TESTS_PROMISES_PLAN_H_
