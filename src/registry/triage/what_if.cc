#include "registry/triage/what_if.h"

namespace strongroom::triage {

std::vector<Move> moves(const Inventory& now, const Inventory& then) {
  CHECK(&now.lab() == &then.lab());
  std::vector<Move> out;
  for (std::size_t i = 0; i < now.lab().assets.size(); ++i) {
    if (now.level(i) == then.level(i)) continue;
    Move move{now.lab().assets[i].name, now.level(i), then.level(i), {}};
    const Inventory& asks = move.to > move.from ? then : now;
    const Decision decision = asks.decision(i);
    for (const Fired& fired : decision.fired) {
      const Rule& rule = asks.rules().rules[fired.rule];
      if (rule.level == decision.level) move.by.push_back(rule.id);
    }
    out.push_back(std::move(move));
  }
  return out;
}

}  // namespace strongroom::triage
