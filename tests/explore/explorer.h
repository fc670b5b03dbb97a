#ifndef STRONGROOM_TESTS_EXPLORE_EXPLORER_H_
#define STRONGROOM_TESTS_EXPLORE_EXPLORER_H_

#include <functional>
#include <map>

#include "oracle.h"
#include "small_world.h"

namespace strongroom::explore {

struct Found {
  std::size_t states = 0;
  std::size_t transitions = 0;  ///< moves that were allowed
  std::size_t refusals = 0;
  std::size_t states_with_a_key_out = 0;
  std::map<Act, std::size_t> allowed;
  std::map<Act, std::size_t> refused;
  /// Empty: nothing is wrong anywhere. Otherwise what is, and the shortest way there.
  std::string wrong;
  std::vector<Move> trace;

  [[nodiscard]] std::string told() const;
};

/// Every state that can be reached within `bounds` under `rules`, breadth first, each once; stops
/// at the first thing that the oracle objects to. `visit` sees every state.
[[nodiscard]] Found explore(const SmallWorld& world, const Bounds& bounds, const Rules& rules,
                            const std::function<void(const State&)>& visit = {});

}  // namespace strongroom::explore

#endif  // STRONGROOM_TESTS_EXPLORE_EXPLORER_H_
