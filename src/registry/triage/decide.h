#ifndef STRONGROOM_REGISTRY_TRIAGE_DECIDE_H_
#define STRONGROOM_REGISTRY_TRIAGE_DECIDE_H_

#include "registry/triage/solution.h"

/// Required levels, by rules over facts. Pure: facts, rules and a day in, decisions out;
/// thread-safe.
namespace strongroom::triage {

/// A lab decided as a whole.
class Inventory {
 public:
  /// Borrows both for its lifetime. `today`: evaluations and the reference are valid or not as of
  /// it.
  Inventory(const Lab& lab, const RuleSet& rules, Date today);
  // Its parts point at one another.
  Inventory(const Inventory&) = delete;
  Inventory& operator=(const Inventory&) = delete;
  ~Inventory() = default;
  [[nodiscard]] Level level(std::size_t asset) const { return solution_.level(asset); }
  [[nodiscard]] Decision decision(std::size_t asset) const;
  [[nodiscard]] Situations situations(std::size_t asset) const;
  /// The same with other facts of this one asset: what would be decided if they were so. Other
  /// assets keep their levels.
  [[nodiscard]] Decision decision_if(const AssetFacts& facts) const;
  [[nodiscard]] const Lab& lab() const { return *lab_; }
  [[nodiscard]] const RuleSet& rules() const { return *rules_; }
  [[nodiscard]] Date today() const { return today_; }
  /// Is the reference model's date recent enough to measure against?
  [[nodiscard]] bool reference_holds() const { return reference_ends_.has_value(); }
  [[nodiscard]] std::optional<std::size_t> index_of(std::string_view name) const;

 private:
  const Lab* lab_;
  const RuleSet* rules_;
  Date today_;
  std::optional<Date> reference_ends_;
  std::vector<Outline> outlines_;
  Solution solution_;
};

/// The first day on which `reference` is too old to measure against; none: it is on `today`, or is
/// dated after it.
[[nodiscard]] std::optional<Date> reference_end(const Reference& reference, const RuleSet& rules,
                                                Date today);
/// In the index of public models, by digest. A declaration alone is not.
[[nodiscard]] bool is_listed(const Lab& lab, const AssetFacts& facts);

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_DECIDE_H_
