#include "explorer.h"

#include <algorithm>
#include <unordered_set>

namespace strongroom::explore {

std::string Found::told() const {
  std::string text = std::to_string(states) + " states, " + std::to_string(transitions) +
                     " transitions, " + std::to_string(refusals) + " refusals, " +
                     std::to_string(states_with_a_key_out) + " states with a key out";
  if (wrong.empty()) return text;
  text += "\nwrong: " + wrong + "\nby the shortest way:";
  for (std::size_t i = 0; i < trace.size(); ++i)
    text += "\n  " + std::to_string(i + 1) + ". " + described(trace[i]);
  return text;
}

namespace {

struct Node {
  State state;
  std::size_t parent;
  Move move;
};

class Explorer {
 public:
  Explorer(const SmallWorld& world, const Bounds& bounds, const Rules& rules)
      : world_(world), bounds_(bounds), rules_(rules), oracle_(bounds) {}

  Found run(const std::function<void(const State&)>& visit) {
    reach(first_state(bounds_), 0, Move{});
    for (std::size_t at = 0; at < nodes_.size() && found_.wrong.empty(); ++at) {
      if (visit) visit(nodes_[at].state);
      expand(at);
    }
    found_.states = nodes_.size();
    return found_;
  }

 private:
  void expand(std::size_t at) {
    const State state = nodes_[at].state;  // a copy: nodes_ grows
    const Folded tip = world_.folded(state.log);
    const bool all_durable = state.durable == state.log.size();
    const Folded rest = world_.folded(std::span(state.log).first(all_durable ? 0 : state.durable));
    const Folded& durable = all_durable ? tip : rest;
    for (Move move : moves_from(state, bounds_)) {
      const bool allowed = world_.attempt(rules_, state, tip, durable, move).has_value();
      ++(allowed ? found_.transitions : found_.refusals);
      ++(allowed ? found_.allowed : found_.refused)[move.act];
      if (allowed) {
        if (const auto complaint = oracle_.against(state, move)) return stop(*complaint, at, move);
        const State next = after(state, move, bounds_);
        if (const auto complaint = oracle_.against(next)) return stop(*complaint, at, move);
        if (next.log.size() <= bounds_.lines) reach(next, at, move);
      } else if (oracle_.must_be_allowed(state, move)) {
        return stop("refused, although nothing speaks against it", at, move);
      }
    }
  }
  void reach(const State& state, std::size_t parent, const Move& move) {
    if (!seen_.insert(key_of(state)).second) return;
    found_.states_with_a_key_out += !state.keys.empty();
    nodes_.push_back({state, parent, move});
  }
  void stop(const std::string& complaint, std::size_t at, const Move& move) {
    found_.wrong = complaint;
    found_.trace = {move};
    for (; at != 0; at = nodes_[at].parent) found_.trace.push_back(nodes_[at].move);
    std::reverse(found_.trace.begin(), found_.trace.end());
  }

  const SmallWorld& world_;
  const Bounds& bounds_;
  const Rules& rules_;
  const Oracle oracle_;
  std::vector<Node> nodes_;
  std::unordered_set<std::string> seen_;
  Found found_;
};

}  // namespace

Found explore(const SmallWorld& world, const Bounds& bounds, const Rules& rules,
              const std::function<void(const State&)>& visit) {
  return Explorer(world, bounds, rules).run(visit);
}

}  // namespace strongroom::explore
