#ifndef STRONGROOM_REGISTRY_TRIAGE_SOLUTION_H_
#define STRONGROOM_REGISTRY_TRIAGE_SOLUTION_H_

#include <map>
#include <vector>

#include "registry/triage/outline.h"
#include "registry/triage/rule_set.h"

/// The levels of many assets that rest on one another.
namespace strongroom::triage {

/// A rule that fired, and in which domains.
struct Fired {
  std::size_t rule = 0;      ///< place in RuleSet::rules
  std::uint8_t domains = 0;  ///< bit d: in domain d
  [[nodiscard]] bool in(Domain domain) const { return (unsigned{domains} >> domain & 1u) != 0; }
};

/// What ends a decision before its time.
enum class Ends : std::uint8_t { kPeriod, kEvaluation, kReference };

struct Decision {
  Level level = Level::kSl5;
  std::array<Level, kScenarios> scenarios{};  ///< what each threat alone demands
  std::vector<Fired> fired;                   ///< strictest first, then by id
  std::uint8_t evaluate = 0;  ///< bit d: a comprehensive evaluation is required there
  Date decided;
  Date expires;  ///< the first day on which it does not hold
  Ends ends = Ends::kPeriod;
  [[nodiscard]] bool demands_evaluation(Domain domain) const {
    return (unsigned{evaluate} >> domain & 1u) != 0;
  }
};

/// The strictest level of the rules that fire in one situation; SL5 where none does.
[[nodiscard]] Level level_of(const RuleSet& rules, const Situation& situation);

/// What is not to be decided, but rested on.
struct Around {
  std::map<std::string, Level> levels;  ///< by name
  bool has_sl5 = false;                 ///< one of those, or of others unnamed, needs SL5
};

/// What one asset needs may rest on what others need (parents, weights within reach). Because rules
/// are monotone, levels only rise until nothing changes: the least solution, whatever the order.
class Solution {
 public:
  /// Borrows the outlines and the rules for its lifetime. `outlines` ascend by name, each once.
  Solution(std::vector<const Outline*> outlines, const RuleSet& rules, Around around);
  [[nodiscard]] Level level(std::size_t asset) const { return levels_[asset]; }
  /// Would it need SL5 if nothing that it rests on, and nothing else in the house, did? Whether the
  /// house holds anything of SL5 follows from these, and they from nothing of SL5: so what rests on
  /// the house alone does not hold itself up.
  [[nodiscard]] bool needs_sl5_by_itself(std::size_t asset) const;
  /// With what its relations decide. Also of one that is not among those given: others keep their
  /// levels.
  [[nodiscard]] Situations situations(const Outline& outline) const;
  /// `reference_ends`: the first day on which the reference no longer holds; none: it does not.
  [[nodiscard]] Decision decision(const Outline& outline, Date today,
                                  std::optional<Date> reference_ends) const;

 private:
  void settle();
  [[nodiscard]] std::optional<std::size_t> index_of(const std::string& name) const;
  [[nodiscard]] std::optional<Level> level_of_named(const std::string& name) const;
  [[nodiscard]] Value reach_of(const Outline& outline) const;
  [[nodiscard]] Value parent_of(const Outline& outline) const;
  std::vector<const Outline*> outlines_;
  const RuleSet* rules_;
  Around around_;
  bool sl5_in_house_ = false;
  std::vector<Level> levels_;
};

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_SOLUTION_H_
