#ifndef STRONGROOM_REGISTRY_TRIAGE_DECIDE_H_
#define STRONGROOM_REGISTRY_TRIAGE_DECIDE_H_

#include <map>
#include <vector>

#include "registry/triage/facts.h"
#include "registry/triage/rule_set.h"

/// Required levels, by rules over facts. Pure: facts, rules and a day in, decisions out;
/// thread-safe.
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

/// The same asset in each domain.
using Situations = std::array<Situation, kDomains>;

/// The strictest level of the rules that fire in one situation; SL5 where none does.
[[nodiscard]] Level level_of(const RuleSet& rules, const Situation& situation);

/// A lab decided as a whole: what one asset needs may rest on what others need (parents, weights
/// within reach). Because rules are monotone, levels only rise until nothing changes: the least
/// solution, whatever the order.
class Inventory {
 public:
  /// Beside the assets of `lab`: what is not to be decided, but rested on.
  struct Around {
    std::map<std::string, Level> levels;  ///< of assets that are not in the lab
    bool has_sl5 = false;                 ///< one of those, or of others unnamed, needs SL5
  };
  /// Borrows both for its lifetime. `today`: evaluations and the reference are valid or not as of
  /// it.
  Inventory(const Lab& lab, const RuleSet& rules, Date today)
      : Inventory(lab, rules, today, Around()) {}
  Inventory(const Lab& lab, const RuleSet& rules, Date today, Around around);
  [[nodiscard]] Level level(std::size_t asset) const { return levels_[asset]; }
  [[nodiscard]] Decision decision(std::size_t asset) const;
  /// Would it need SL5 if nothing that it rests on, and nothing else in the house, did? Whether the
  /// house holds anything of SL5 follows from these, and they from nothing of SL5: so what rests on
  /// the house alone does not hold itself up.
  [[nodiscard]] bool needs_sl5_by_itself(std::size_t asset) const;
  [[nodiscard]] Situations situations(std::size_t asset) const;
  /// The same with other facts of this one asset: what would be decided if they were so. Other
  /// assets keep their levels.
  [[nodiscard]] Decision decision_if(const AssetFacts& facts) const;
  /// As decision_if, of situations.
  [[nodiscard]] Situations situations_if(const AssetFacts& facts) const;
  [[nodiscard]] const Lab& lab() const { return *lab_; }
  [[nodiscard]] const RuleSet& rules() const { return *rules_; }
  [[nodiscard]] Date today() const { return today_; }
  /// Is the reference model's date recent enough to measure against?
  [[nodiscard]] bool reference_holds() const;
  [[nodiscard]] std::optional<std::size_t> index_of(std::string_view name) const;

 private:
  void settle();
  /// Of an asset in the lab or around it.
  [[nodiscard]] std::optional<Level> level_of_named(const std::string& name) const;
  [[nodiscard]] Value reach_of(const AssetFacts& facts) const;
  [[nodiscard]] Value parent_of(const AssetFacts& facts) const;
  [[nodiscard]] Decision decided(const AssetFacts& facts, const Situations& situations) const;
  const Lab* lab_;
  const RuleSet* rules_;
  Date today_;
  Around around_;
  bool sl5_in_house_ = false;
  std::vector<Level> levels_;
};

/// What an evaluation in `domain` is worth on `today`, as a value of Axis::kEvaluation.
[[nodiscard]] Value evaluation_worth(const AssetFacts& facts, Domain domain, Date today);
/// In the index of public models, by digest. A declaration alone is not.
[[nodiscard]] bool is_listed(const Lab& lab, const AssetFacts& facts);

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_DECIDE_H_
