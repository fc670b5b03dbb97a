#ifndef STRONGROOM_REGISTRY_TRIAGE_PROOF_H_
#define STRONGROOM_REGISTRY_TRIAGE_PROOF_H_

#include <optional>
#include <string>

#include "registry/triage/rule_set.h"

/// What every set of rules must satisfy, decided for every situation there is: not by sampling but
/// by taking boxes of situations apart until each is inside a rule or a counterexample is left.
/// Pure.
namespace strongroom::triage {

/// A situation in which a promise does not hold, and what to say about it.
struct Counterexample {
  Situation mild;  ///< for monotony: the situation before the step; else the same as `harsh`
  Situation harsh;
  std::string words;  ///< one sentence, in words, without a stop
};

/// For every situation that can occur: one rule at least fires; nothing beyond the best public
/// model and nothing unknown needs less than SL4; and no step to a riskier or less known value
/// (situation.h, `rises`) lowers the level. Empty: all of it holds. Errors: kTooLarge (rules so
/// intertwined that they cannot be checked within a bound).
[[nodiscard]] Result<std::optional<Counterexample>> find_counterexample(const RuleSet& rules);

/// A situation in which `to` demands less than `from`; empty: there is none.
/// Errors as find_counterexample.
[[nodiscard]] Result<std::optional<Counterexample>> find_lowering(const RuleSet& from,
                                                                  const RuleSet& to);

/// The shipped rules with an overlay, checked. Errors: kRefused with the counterexample in words,
/// kMalformed, kTooLarge.
[[nodiscard]] Result<RuleSet> checked_overlay(const RuleSet& rules, const Overlay& overlay);

/// The values on each axis that are not the mildest: "a dataset in biology: standing beyond; …".
[[nodiscard]] std::string in_words(const Situation& situation);

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_PROOF_H_
