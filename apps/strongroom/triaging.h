#ifndef STRONGROOM_STRONGROOM_TRIAGING_H_
#define STRONGROOM_STRONGROOM_TRIAGING_H_

#include "inventory.h"
#include "registry/triage/assessment.h"

/// What `strongroom triage` does over a file of facts and over the log alike.
namespace strongroom::terminal {

struct TriageOptions {
  std::string file;
  std::string asset;
  std::string rules;
  std::string what_if;
  std::string as_of;
  bool example = false;
  bool markdown = false;
};

/// `base`, with the lab's own file of rules over it if one is named; refused if that loosens.
[[nodiscard]] Result<triage::RuleSet> rules_over(const triage::RuleSet& base,
                                                 const TriageOptions& options);
/// Each asset with its level and first reason.
void tell_levels(const Common& common, const triage::Inventory& inventory);
void tell_assessment(const Common& common, const triage::Assessment& assessment);
/// Whom the rules of --what-if would move.
[[nodiscard]] Result<int> tell_moves(const Common& common, const triage::Inventory& now,
                                     const TriageOptions& options);

/// Over the log that the home follows.
[[nodiscard]] Result<int> triage_of_log(const Common& common, const TriageOptions& options);

/// Of an asset in the log: besides what `assess` says, in which entry each fact stands and who said
/// it, who found what and why, what binds, and how triage's level could bind. Borrows from
/// `inventory`, which is over `look.lab`.
[[nodiscard]] Result<triage::Assessment> assess_logged(const Look& look,
                                                       const triage::Inventory& inventory,
                                                       std::size_t asset);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_TRIAGING_H_
