#include "registry/triage/decide.h"

namespace strongroom::triage {

namespace {

std::vector<Outline> outlines_of(const Lab& lab, const Moment& moment) {
  std::vector<Outline> outlines;
  outlines.reserve(lab.assets.size());
  for (const AssetFacts& each : lab.assets)
    outlines.push_back(outline_of(each, is_listed(lab, each), moment));
  return outlines;
}

std::vector<const Outline*> pointers_to(const std::vector<Outline>& outlines) {
  std::vector<const Outline*> pointers;
  pointers.reserve(outlines.size());
  for (const Outline& each : outlines) pointers.push_back(&each);
  return pointers;
}

}  // namespace

std::optional<Date> reference_end(const Reference& reference, const RuleSet& rules, Date today) {
  const Date end{reference.as_of.days + rules.reference_days};
  if (reference.as_of <= today && today < end) return end;
  return std::nullopt;
}

bool is_listed(const Lab& lab, const AssetFacts& facts) {
  return facts.digest && lab.public_index.contains(*facts.digest);
}

Inventory::Inventory(const Lab& lab, const RuleSet& rules, Date today)
    : lab_(&lab),
      rules_(&rules),
      today_(today),
      reference_ends_(reference_end(lab.reference, rules, today)),
      outlines_(outlines_of(lab, {today, reference_ends_.has_value()})),
      solution_(pointers_to(outlines_), rules, {}) {}

std::optional<std::size_t> Inventory::index_of(std::string_view name) const {
  const AssetFacts* found = lab_->asset(name);
  if (found == nullptr) return std::nullopt;
  return static_cast<std::size_t>(found - lab_->assets.data());
}

Decision Inventory::decision(std::size_t asset) const {
  return solution_.decision(outlines_[asset], today_, reference_ends_);
}

Situations Inventory::situations(std::size_t asset) const {
  return solution_.situations(outlines_[asset]);
}

Decision Inventory::decision_if(const AssetFacts& facts) const {
  return solution_.decision(outline_of(facts, is_listed(*lab_, facts), {today_, reference_holds()}),
                            today_, reference_ends_);
}

}  // namespace strongroom::triage
