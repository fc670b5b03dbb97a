// The explorer asks the rules; everybody else asks the judge, who asks the rules about signed
// bytes. Both must say the same of every move from a good number of the states.
#include <gtest/gtest.h>

#include "explorer.h"
#include "registry/rules.h"

namespace strongroom::explore {
namespace {

/// A log of real entries, judged as any follower judges them.
class RealLog {
 public:
  explicit RealLog(const SmallWorld& world) : world_(world) {
    for (const protocol::Command& command : world.setting()) {
      CHECK(add(command, 0).has_value());
      if (command.type != protocol::EntryType::kRegistered) continue;
      protocol::Command triage;
      triage.type = protocol::EntryType::kTriaged;
      triage.body = to_json(registry::Triage{*registry_.due()});
      CHECK(add(triage, 0).has_value());
    }
    CHECK(size() == SmallWorld::kSettingLines);
  }

  [[nodiscard]] Result<void> judged(const Move& move, std::uint8_t hour) const {
    const protocol::Command command = world_.command(move, seen_by(move), lifts());
    RETURN_IF_ERROR(judge::judge(entry_of(command, hour), rooms(), time_));
    return {};
  }
  [[nodiscard]] Result<void> add(const Move& move) {
    return add(world_.command(move, seen_by(move), lifts()), move.hour);
  }

 private:
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(tree_.size()); }
  [[nodiscard]] std::vector<vault::ProposedChange> lifts() const { return *vault_.changes(); }
  [[nodiscard]] judge::Rooms rooms() const { return {people_, registry_, vault_, tree_}; }
  [[nodiscard]] protocol::CheckpointSeen seen_by(const Move& move) const {
    const std::int64_t lines = SmallWorld::kSettingLines + move.seen;
    const auto root = tree_.root_at(lines);
    return {lines, root->value_or(Digest{})};
  }
  [[nodiscard]] protocol::Entry entry_of(const protocol::Command& command,
                                         std::uint8_t hour) const {
    return {.index = size(),
            .time = SmallWorld::time_at(hour),
            .type = command.type,
            .statement = command.statement,
            .signatures = command.signatures,
            .body = command.body};
  }
  [[nodiscard]] Result<void> add(const protocol::Command& command, std::uint8_t hour) {
    const protocol::Entry entry = entry_of(command, hour);
    ASSIGN_OR_RETURN(const judge::Event event, judge::judge(entry, rooms(), time_));
    RETURN_IF_ERROR(judge::apply(event, entry, {people_, registry_, vault_}));
    ASSIGN_OR_RETURN(const std::string bytes, protocol::encode_entry(entry));
    tree_.add(bytes);
    time_ = entry.time;
    return {};
  }

  const SmallWorld& world_;
  judge::Roots tree_;
  UnixSeconds time_;
  people::Fold people_;
  registry::Fold registry_;
  vault::Fold vault_;
};

std::string shown(const State& state) {
  std::string text;
  for (const Move& line : state.log) text += "\n  " + described(line);
  return text;
}

// How many moves were compared.
std::size_t compare(const SmallWorld& world, const Bounds& bounds, const State& state) {
  RealLog log(world);
  for (const Move& line : state.log) {
    const Result<void> added = log.add(line);
    EXPECT_TRUE(added) << "the judge refuses what the rules took: " << described(line)
                       << shown(state) << "\n"
                       << (added ? "" : added.error().context);
    if (!added) return 0;
  }
  const Folded tip = world.folded(state.log);
  std::size_t compared = 0;
  for (Move move : moves_from(state, bounds)) {
    if (!is_line(move.act)) continue;
    const Result<void> rules = world.attempt(Rules{}, state, tip, tip, move);
    const Result<void> judged = log.judged(move, state.hour);
    EXPECT_EQ(rules.has_value(), judged.has_value())
        << described(move) << shown(state) << "\n"
        << (rules ? judged.error().context : rules.error().context);
    ++compared;
  }
  return compared;
}

// Of about a hundred states, spread over the search.
void expect_agreement(const Bounds& bounds) {
  const SmallWorld world(bounds);
  std::vector<State> states;
  static_cast<void>(
      explore(world, bounds, Rules{}, [&](const State& state) { states.push_back(state); }));
  ASSERT_GT(states.size(), 1'000u);
  std::size_t compared = 0;
  const std::size_t step = states.size() / 100;
  for (std::size_t i = 0; i < states.size(); i += step)
    compared += compare(world, bounds, states[i]);
  EXPECT_GT(compared, 1'000u);
  std::cout << compared << " moves compared\n";
}

TEST(TheJudge, SaysOfSignedBytesWhatTheRulesSayOfTheSmallWorld) {
  expect_agreement(
      {.proposals = 2, .lines = 5, .hours = 1, .strayed = 0, .votes_each = 1, .redemptions = 1});
}

TEST(TheJudge, SaysOfSignedLiftsWhatTheRulesSayOfTheSmallWorld) {
  expect_agreement({.proposals = 1,
                    .lines = 9,
                    .hours = 0,
                    .strayed = 0,
                    .votes_each = 0,
                    .redemptions = 1,
                    .lifts = 1,
                    .approved = true});
}

}  // namespace
}  // namespace strongroom::explore
