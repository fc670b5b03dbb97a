#include "moves.h"

#include <algorithm>
#include <bit>

namespace strongroom::explore {

std::string name_of(Who who) {
  switch (who) {
    case Who::kAlice:
      return "alice";
    case Who::kBob:
      return "bob";
    case Who::kCarol:
      return "carol";
    case Who::kAgent:
      return "the AI agent";
    case Who::kNobody:
      break;
  }
  return "nobody";
}

namespace {

std::string described_vote(const Move& move) {
  return (move.approve ? "approval" : "refusal") + std::string(" of proposal ") +
         std::to_string(move.proposal) + " (their " + std::to_string(move.ordinal) +
         ". vote on it, having seen " + std::to_string(move.seen) + " lines, valid to hour " +
         std::to_string(move.valid_hours) + ")";
}

}  // namespace

std::string described(const Move& move) {
  const std::string proposal = "proposal " + std::to_string(move.proposal);
  const std::string lease = "redemption " + std::to_string(move.n) + " of " + proposal;
  const std::string host = move.host == kRightHost ? "the host" : "another host";
  switch (move.act) {
    case Act::kPropose:
      return name_of(move.who) + " asks: " + proposal;
    case Act::kVote:
      return name_of(move.who) + "'s " + described_vote(move) + " is put into the log";
    case Act::kGrant:
      return "the server grants " + proposal;
    case Act::kRedeem:
      return host + " redeems " + lease;
    case Act::kEndLease:
      return host + " ends the lease of " + lease;
    case Act::kFreeze:
      return name_of(move.who) + " freezes " +
             (move.object == kEverything ? "everything" : "object " + std::to_string(move.object));
    case Act::kRecall:
      return name_of(move.who) + " recalls " + proposal;
    case Act::kAskLift:
      return name_of(move.who) + " asks to lift freezes (" + std::to_string(move.proposal) + ")";
    case Act::kVoteLift:
      return name_of(move.who) + (move.approve ? " approves" : " refuses") + " the lifting (" +
             std::to_string(move.proposal) + ")";
    case Act::kConfirm:
      return name_of(move.who) + " confirms the new keys of object 0: the old ones lapse";
    case Act::kLift:
      return "the server lifts freezes (" + std::to_string(move.proposal) + ")";
    case Act::kSign:
      return name_of(move.who) + " signs an " + described_vote(move) + ", which gets lost";
    case Act::kOpen:
      return "the keeper is asked by " + host + " for the site secret of " + lease;
    case Act::kTick:
      return "an hour passes";
    case Act::kCommit:
      return "the server makes its log durable";
    case Act::kCrash:
      return "the server crashes";
  }
  return "?";
}

namespace {

void put(std::string& out, std::uint64_t number) {
  out += std::to_string(number);
  out += ' ';
}

// Has this person a vote on this proposal in the log since `vote` was signed?
bool outdated(const State& state, const Move& vote) {
  for (std::size_t i = vote.seen; i < state.log.size(); ++i) {
    const Move& line = state.log[i];
    if (line.act == Act::kVote && line.who == vote.who && line.proposal == vote.proposal)
      return true;
  }
  return false;
}

// The lines of one proposal, in order, without their places in the whole log.
void put_lines(std::string& out, const State& state, std::uint8_t proposal) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < state.log.size(); ++i) {
    const Move& line = state.log[i];
    if (is_guard(line.act) || line.proposal != proposal) continue;
    places.push_back(i);
    put(out, i < state.durable);
    put(out, static_cast<std::uint64_t>(line.act));
    put(out, static_cast<std::uint64_t>(line.who));
    put(out, line.approve);
    put(out, line.valid_hours);
    put(out, line.ordinal);
    put(out, line.n);
    put(out, line.host);
    for (std::size_t place = 0; place < places.size(); ++place) {
      if ((line.votes >> places[place] & 1) != 0) put(out, place);
    }
    out += ';';
  }
  out += '|';
}

// Those about freezes, among themselves. Until somebody asks to lift one, their order says nothing.
void put_guards(std::string& out, const State& state) {
  std::vector<std::size_t> places;
  std::vector<std::string> lines;
  bool in_order = false;
  for (std::size_t i = 0; i < state.log.size(); ++i) {
    const Move& line = state.log[i];
    if (!is_guard(line.act)) continue;
    places.push_back(i);
    in_order = in_order || line.act != Act::kFreeze;
    std::string& text = lines.emplace_back();
    put(text, i < state.durable);
    put(text, static_cast<std::uint64_t>(line.act));
    put(text, static_cast<std::uint64_t>(line.who));
    put(text, line.object);
    put(text, line.proposal);
    put(text, line.approve);
    put(text, line.valid_hours);
    for (std::size_t place = 0; place < places.size(); ++place) {
      if ((line.votes >> places[place] & 1) != 0) put(text, place);
    }
  }
  if (!in_order) std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) out += line + ';';
  out += '|';
}

void put_strayed(std::string& out, const State& state) {
  std::vector<std::string> strayed;
  for (const Move& vote : state.strayed) {
    strayed.emplace_back();
    put(strayed.back(), static_cast<std::uint64_t>(vote.who));
    put(strayed.back(), vote.proposal);
    put(strayed.back(), vote.approve);
    put(strayed.back(), vote.valid_hours);
    put(strayed.back(), vote.ordinal);
    put(strayed.back(), outdated(state, vote));
  }
  std::sort(strayed.begin(), strayed.end());
  for (const std::string& vote : strayed) out += vote + ';';
  out += '|';
}

}  // namespace

std::string key_of(const State& state) {
  std::string key;
  put(key, state.hour);
  put_lines(key, state, 0);
  put_lines(key, state, 1);
  put_guards(key, state);
  put_strayed(key, state);
  for (const KeyOut& each : state.keys) {
    put(key, each.proposal);
    put(key, each.n);
    put(key, each.host);
  }
  return key;
}

State first_state(const Bounds& bounds) {
  State state;
  if (!bounds.approved) return state;
  state.log = {{.act = Act::kPropose, .who = Who::kCarol}};
  for (const Who who : {Who::kAlice, Who::kBob}) {
    state.log.push_back({.act = Act::kVote,
                         .who = who,
                         .approve = true,
                         .valid_hours = kProposalHours,
                         .seen = 1,
                         .ordinal = 1});
  }
  state.durable = static_cast<std::uint8_t>(state.log.size());
  return state;
}

State after(const State& state, const Move& move, const Bounds& bounds) {
  State next = state;
  switch (move.act) {
    case Act::kSign:
      next.strayed.push_back(move);
      next.strayed.back().act = Act::kVote;
      break;
    case Act::kOpen: {
      const KeyOut out{move.proposal, move.n, move.host};
      if (std::find(next.keys.begin(), next.keys.end(), out) == next.keys.end()) {
        next.keys.push_back(out);
        std::sort(next.keys.begin(), next.keys.end());
      }
      break;
    }
    case Act::kTick:
      ++next.hour;
      break;
    case Act::kCommit:
      next.durable = static_cast<std::uint8_t>(next.log.size());
      break;
    case Act::kCrash:
      for (std::size_t i = state.durable; i < state.log.size(); ++i) {
        if (state.log[i].act != Act::kVote) continue;
        next.strayed.push_back(state.log[i]);
        next.strayed.back().hour = 0;
      }
      next.log.resize(state.durable);
      break;
    default:
      next.log.push_back(move);
      next.log.back().hour = state.hour;
      std::erase(next.strayed, move);
      if (!bounds.crashes) next.durable = static_cast<std::uint8_t>(next.log.size());
      break;
  }
  return next;
}

namespace {

// The moves on one proposal, gathered.
class Gathered {
 public:
  Gathered(const State& state, const Bounds& bounds) : state_(state), bounds_(bounds) {}
  [[nodiscard]] std::vector<Move> take() { return std::move(moves_); }

  void world() {
    if (state_.hour < bounds_.hours) add({.act = Act::kTick});
    if (bounds_.crashes && state_.durable < state_.log.size()) {
      add({.act = Act::kCommit});
      add({.act = Act::kCrash});
    }
  }
  void freezes() {
    const bool all = frozen(kEverything);
    if (!all) add({.act = Act::kFreeze, .who = Who::kAlice, .object = kEverything});
    for (std::uint8_t object = 0; object < bounds_.proposals; ++object) {
      if (!all && !frozen(object)) add({.act = Act::kFreeze, .who = Who::kAlice, .object = object});
    }
    add({.act = Act::kFreeze, .who = Who::kAgent, .object = 0});
    if (bounds_.lifts == 0) return;
    // Once somebody may be curbed it matters who freezes, and that they can do it once more.
    for (const Who who : {Who::kAlice, Who::kCarol}) {
      if (!halved(who)) add({.act = Act::kFreeze, .who = who, .object = 0});
    }
  }
  void lifts() {
    const std::uint8_t asked = lifts_asked();
    if (asked < bounds_.lifts) {
      std::uint64_t all = 0;
      for (std::size_t i = 0; i < state_.log.size(); ++i) {
        if (state_.log[i].act != Act::kFreeze) continue;
        all |= std::uint64_t{1} << i;
        ask(asked, Who::kCarol, std::uint64_t{1} << i);
      }
      if (std::popcount(all) > 1) ask(asked, Who::kCarol, all);
      ask(asked, Who::kAgent, all);
      ask(asked, Who::kCarol, 1);  // which was no freeze
    }
    for (std::uint8_t lift = 0; lift < asked; ++lift) {
      for (const Who who : {Who::kAlice, Who::kBob, Who::kCarol, Who::kAgent}) {
        for (const bool approve : {true, false}) {
          if (!approve && who != Who::kAlice) continue;
          add({.act = Act::kVoteLift,
               .who = who,
               .proposal = lift,
               .approve = approve,
               .valid_hours = kProposalHours,
               .seen = state_.durable});
        }
      }
      add({.act = Act::kLift, .proposal = lift});
    }
    for (const Move& line : state_.log) {
      if (line.act != Act::kVoteLift) continue;
      Move again = line;
      again.hour = 0;
      add(again);
    }
  }
  void votes(std::uint8_t proposal) {
    for (const Who who : {Who::kAlice, Who::kBob, Who::kCarol, Who::kAgent}) {
      for (const bool approve : {true, false}) vote(proposal, who, approve, kProposalHours);
    }
    vote(proposal, Who::kAlice, true, kShortVoteHours);
    for (const Move& stray : state_.strayed) {
      if (stray.proposal == proposal) add(stray);
    }
    for (const Move& line : state_.log) {
      if (line.act == Act::kVote && line.proposal == proposal) {
        Move again = line;
        again.hour = 0;
        add(again);
      }
    }
  }
  void release(std::uint8_t proposal) {
    const std::uint8_t done = count(Act::kRedeem, proposal);
    add({.act = Act::kPropose,
         .who = proposal == 0 ? Who::kCarol : Who::kAgent,
         .proposal = proposal});
    add({.act = Act::kGrant, .proposal = proposal});
    for (std::uint8_t n = std::max<std::uint8_t>(done, 1); n <= done + 1; ++n) {
      add({.act = Act::kRedeem, .proposal = proposal, .n = n});
      add({.act = Act::kEndLease, .proposal = proposal, .n = n});
    }
    const auto next = static_cast<std::uint8_t>(done + 1);
    add({.act = Act::kRedeem, .proposal = proposal, .n = next, .host = kOtherHost});
    add({.act = Act::kEndLease, .proposal = proposal, .n = 1, .host = kOtherHost});
    for (std::uint8_t n = 1; n <= done + 1; ++n)
      add({.act = Act::kOpen, .proposal = proposal, .n = n});
    add({.act = Act::kOpen, .proposal = proposal, .n = 1, .host = kOtherHost});
    for (const Who who : {Who::kAlice, Who::kCarol, Who::kAgent})
      add({.act = Act::kRecall, .who = who, .proposal = proposal});
    if (!bounds_.rekeyed || proposal != 0) return;
    for (const Who who : {Who::kAlice, Who::kCarol, Who::kAgent})
      add({.act = Act::kConfirm, .who = who});
  }

 private:
  void add(const Move& move) { moves_.push_back(move); }
  void ask(std::uint8_t lift, Who who, std::uint64_t freezes) {
    if (freezes != 0) add({.act = Act::kAskLift, .who = who, .proposal = lift, .votes = freezes});
  }
  [[nodiscard]] std::uint8_t lifts_asked() const {
    return static_cast<std::uint8_t>(
        std::count_if(state_.log.begin(), state_.log.end(),
                      [](const Move& line) { return line.act == Act::kAskLift; }));
  }
  // Has this person frozen since the last lift? Once is enough to try.
  [[nodiscard]] bool halved(Who who) const {
    bool frozen = false;
    for (const Move& line : state_.log) {
      if (line.act == Act::kLift) frozen = false;
      frozen = frozen || (line.act == Act::kFreeze && line.who == who);
    }
    return frozen;
  }
  [[nodiscard]] bool frozen(std::uint8_t object) const {
    return std::any_of(state_.log.begin(), state_.log.end(), [&](const Move& line) {
      return line.act == Act::kFreeze && line.object == object;
    });
  }
  [[nodiscard]] std::uint8_t count(Act act, std::uint8_t proposal) const {
    return static_cast<std::uint8_t>(std::count_if(
        state_.log.begin(), state_.log.end(),
        [&](const Move& line) { return line.act == act && line.proposal == proposal; }));
  }
  [[nodiscard]] std::uint8_t signed_by(Who who, std::uint8_t proposal) const {
    std::uint8_t most = 0;
    for (const std::vector<Move>* all : {&state_.log, &state_.strayed}) {
      for (const Move& each : *all) {
        if (each.act == Act::kVote && each.who == who && each.proposal == proposal)
          most = std::max(most, each.ordinal);
      }
    }
    return most;
  }
  void vote(std::uint8_t proposal, Who who, bool approve, std::uint8_t valid_hours) {
    const std::uint8_t before = signed_by(who, proposal);
    if (before >= bounds_.votes_each) return;
    Move fresh{.act = Act::kVote,
               .who = who,
               .proposal = proposal,
               .approve = approve,
               .valid_hours = valid_hours,
               .seen = state_.durable,  // what has been published
               .ordinal = static_cast<std::uint8_t>(before + 1)};
    add(fresh);
    const bool proposed = count(Act::kPropose, proposal) > 0;
    if (who == Who::kAlice && proposed && state_.strayed.size() < bounds_.strayed) {
      fresh.act = Act::kSign;
      add(fresh);
    }
    if (who == Who::kBob) {  // who lies about what he has seen
      fresh.act = Act::kVote;
      fresh.seen = 0;
      add(fresh);
    }
  }

  const State& state_;
  const Bounds& bounds_;
  std::vector<Move> moves_;
};

}  // namespace

std::vector<Move> moves_from(const State& state, const Bounds& bounds) {
  Gathered gathered(state, bounds);
  gathered.world();
  gathered.freezes();
  gathered.lifts();
  for (std::uint8_t proposal = 0; proposal < bounds.proposals; ++proposal) {
    gathered.votes(proposal);
    gathered.release(proposal);
  }
  return gathered.take();
}

}  // namespace strongroom::explore
