#ifndef STRONGROOM_REGISTRY_TRIAGE_WHAT_IF_H_
#define STRONGROOM_REGISTRY_TRIAGE_WHAT_IF_H_

#include <string>
#include <vector>

#include "registry/triage/decide.h"

/// Other rules replayed over the same facts, before they apply. Pure.
namespace strongroom::triage {

/// An asset whose level would change.
struct Move {
  std::string asset;
  Level from = Level::kSl1;
  Level to = Level::kSl1;
  /// Raised: the rules that ask for the new level. Lowered: those that asked for the old one.
  /// "PARENT-SL4" and the like stand for the parent's own move.
  std::vector<std::string> by;
};
/// In the order of names. Both are of the same lab.
[[nodiscard]] std::vector<Move> moves(const Inventory& now, const Inventory& then);

}  // namespace strongroom::triage

#endif  // STRONGROOM_REGISTRY_TRIAGE_WHAT_IF_H_
