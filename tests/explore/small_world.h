#ifndef STRONGROOM_TESTS_EXPLORE_SMALL_WORLD_H_
#define STRONGROOM_TESTS_EXPLORE_SMALL_WORLD_H_

#include <memory>

#include "judge/test_lab.h"
#include "moves.h"
#include "rules.h"

namespace strongroom::explore {

/// What a state's log folds to, for the real rules to look at. Borrows people and registry.
struct Folded {
  const people::Fold& people;
  const registry::Fold& registry;
  vault::Fold vault;
  judge::Roots tree;
  [[nodiscard]] judge::Rooms rooms() const { return {people, registry, vault, tree}; }
};

/// Turns the small integers into what the rules take, and asks them.
class SmallWorld {
 public:
  explicit SmallWorld(const Bounds& bounds);

  /// What these lines fold to. Keeps some of the work for the next call: one thread at a time.
  [[nodiscard]] Folded folded(std::span<const Move> lines) const;
  /// Do the rules let it happen? `tip` is the whole log, `durable` what a crash would leave. A
  /// grant gets the votes that it names filled in. What needs no leave is always taken.
  [[nodiscard]] Result<void> attempt(const Rules& rules, const State& state, const Folded& tip,
                                     const Folded& durable, Move& move) const;

  // The same moves as real commands, signed; for comparing with the judge.
  [[nodiscard]] const judge::TestLab& lab() const { return lab_; }
  [[nodiscard]] std::vector<protocol::Command> setting() const;
  /// `seen`: what the log's root was at the size that a vote's signer saw.
  /// `lifts`: what has been asked for so far.
  [[nodiscard]] protocol::Command command(const Move& move, const protocol::CheckpointSeen& seen,
                                          const std::vector<vault::ProposedChange>& lifts) const;

  /// Lines of the log before the first move: founding, registration, triage, deposits.
  static constexpr std::int64_t kSettingLines = 5;
  [[nodiscard]] static UnixSeconds time_at(std::uint8_t hour) {
    return judge::kTestStart + hour * judge::kTestHour;
  }

 private:
  [[nodiscard]] const judge::TestPerson& person(Who who) const;
  [[nodiscard]] const judge::TestHost& host(std::uint8_t host) const;
  [[nodiscard]] protocol::Deposit deposit(std::uint8_t object) const;
  [[nodiscard]] protocol::Request request(std::uint8_t proposal) const;
  [[nodiscard]] protocol::Vote vote(const Move& move) const;
  [[nodiscard]] vault::Granted granted(const Move& move) const;
  [[nodiscard]] protocol::Redemption redemption(const Move& move) const;
  [[nodiscard]] protocol::LeaseEnd lease_end(const Move& move) const;
  [[nodiscard]] protocol::Freeze freeze(const Move& move) const;
  [[nodiscard]] protocol::Recall recall(const Move& move) const;
  [[nodiscard]] protocol::Confirmation confirmation(Who who) const;
  [[nodiscard]] protocol::Change lift(const Move& asked) const;
  [[nodiscard]] protocol::ChangeVote lift_vote(const Move& move,
                                               const protocol::ChangeId& id) const;

  [[nodiscard]] Result<void> may_act(const Rules& rules, const State& state, Who who,
                                     std::vector<protocol::Role> any_of, bool human_only) const;
  [[nodiscard]] Result<void> attempt_proposal(const Rules& rules, const State& state,
                                              const Folded& tip, const Move& move) const;
  [[nodiscard]] Result<void> attempt_vote(const Rules& rules, const State& state, const Folded& tip,
                                          const Move& move) const;
  [[nodiscard]] Result<void> attempt_grant(const Rules& rules, const State& state,
                                           const Folded& tip, Move& move) const;
  [[nodiscard]] Result<void> attempt_recall(const Rules& rules, const State& state,
                                            const Folded& tip, const Move& move) const;
  [[nodiscard]] Result<void> attempt_lift_vote(const Rules& rules, const State& state,
                                               const Folded& tip, const Move& move) const;
  [[nodiscard]] Result<void> attempt_lift(const Rules& rules, const State& state, const Folded& tip,
                                          Move& move) const;
  void apply(vault::Fold& vault, const Move& line, std::int64_t index) const;
  void rekey();

  judge::TestLab lab_;
  std::vector<protocol::Deposit> deposits_;
  std::vector<protocol::Request> requests_;
  std::vector<Digest> evidence_;
  std::vector<ProposalId> proposals_;
  people::Fold people_;
  registry::Fold registry_;
  vault::Fold start_;
  // Neighbours in the search mostly share all lines but the last.
  mutable std::vector<Move> prefix_;
  mutable vault::Fold prefix_fold_;
};

}  // namespace strongroom::explore

#endif  // STRONGROOM_TESTS_EXPLORE_SMALL_WORLD_H_
