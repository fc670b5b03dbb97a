#ifndef STRONGROOM_TESTS_EXPLORE_ORACLE_H_
#define STRONGROOM_TESTS_EXPLORE_ORACLE_H_

#include <optional>

#include "moves.h"

namespace strongroom::explore {

/// What vault.md of the design says in words, once more and without a line of the product: looks at
/// a log as a list of what people did.
class Oracle {
 public:
  explicit Oracle(const Bounds& bounds) : bounds_(bounds) {}

  /// What is wrong with `move` having been allowed in `state`; nothing if it may happen.
  [[nodiscard]] std::optional<std::string> against(const State& state, const Move& move) const;
  /// Must it be allowed? Of what the design leaves open, nothing: only where it says so.
  [[nodiscard]] bool must_be_allowed(const State& state, const Move& move) const;
  /// What must hold of any state, however it came to be.
  [[nodiscard]] std::optional<std::string> against(const State& state) const;

 private:
  using Complaint = std::optional<std::string>;
  [[nodiscard]] Complaint against_vote(const State& state, const Move& vote) const;
  [[nodiscard]] Complaint against_grant(const State& state, const Move& grant) const;
  [[nodiscard]] Complaint against_redemption(const State& state, const Move& redemption) const;
  [[nodiscard]] Complaint against_opening(const State& state, const Move& opening) const;
  [[nodiscard]] static Complaint against_lift_vote(const State& state, const Move& vote);
  [[nodiscard]] static Complaint against_lift(const State& state, const Move& lift);
  Bounds bounds_;
};

}  // namespace strongroom::explore

#endif  // STRONGROOM_TESTS_EXPLORE_ORACLE_H_
