#include "oracle.h"

#include <set>
#include <span>
#include <vector>

namespace strongroom::explore {

namespace {

using Log = std::span<const Move>;
constexpr std::size_t kQuorum = 2;

bool is_custodian(Who who) { return who == Who::kAlice || who == Who::kBob || who == Who::kCarol; }
bool is_cleared(Who who, std::uint8_t hour) {
  return who == Who::kBob ? hour < kBobClearedHours : who != Who::kNobody;
}
Who who_asks(std::uint8_t proposal) { return proposal == 0 ? Who::kCarol : Who::kAgent; }
std::uint8_t object_of(std::uint8_t proposal) { return proposal; }

bool has(Log log, Act act, std::uint8_t proposal) {
  for (const Move& line : log) {
    if (line.act == act && line.proposal == proposal) return true;
  }
  return false;
}
const Move* asked_to_lift(Log log, std::uint8_t lift) {
  for (const Move& line : log) {
    if (line.act == Act::kAskLift && line.proposal == lift) return &line;
  }
  return nullptr;
}

struct Standing {
  std::size_t line;
  Who who;
  std::uint8_t object;
  bool half;
};
// A freeze stands until it is lifted. Whose freeze was lifted freezes with a second person only.
std::vector<Standing> freezes(Log log) {
  std::vector<Standing> standing;
  std::set<Who> curbed;
  for (std::size_t i = 0; i < log.size(); ++i) {
    const Move& line = log[i];
    if (line.act == Act::kFreeze)
      standing.push_back({i, line.who, line.object, curbed.contains(line.who)});
    if (line.act != Act::kLift) continue;
    const std::uint64_t lifted = asked_to_lift(log, line.proposal)->votes;
    for (const Standing& each : standing) {
      if ((lifted >> each.line & 1) != 0) curbed.insert(each.who);
    }
    std::erase_if(standing, [&](const Standing& each) { return (lifted >> each.line & 1) != 0; });
  }
  return standing;
}
bool is_frozen(Log log, std::uint8_t object) {
  std::set<Who> halves;
  for (const Standing& each : freezes(log)) {
    if (each.object != kEverything && each.object != object) continue;
    if (!each.half) return true;
    halves.insert(each.who);
  }
  return halves.size() >= 2;
}
// Nothing is lifted that does not stand.
bool all_stand(Log log, std::uint64_t named) {
  for (const Standing& each : freezes(log)) named &= ~(std::uint64_t{1} << each.line);
  return named == 0;
}
std::uint8_t redeemed(Log log, std::uint8_t proposal) {
  std::uint8_t count = 0;
  for (const Move& line : log) count += line.act == Act::kRedeem && line.proposal == proposal;
  return count;
}

// New keys are in force from the last word on: nothing opens by those of before.
bool has_lapsed(Log log, std::uint8_t proposal) {
  return object_of(proposal) == 0 && has(log, Act::kConfirm, 0);
}

// Stops votes, grants and redemptions alike.
std::optional<std::string> stopped(Log log, std::uint8_t proposal, std::uint8_t hour) {
  if (!has(log, Act::kPropose, proposal)) return "nobody asked";
  if (is_frozen(log, object_of(proposal))) return "although a freeze is in force";
  if (has(log, Act::kRecall, proposal)) return "although it was recalled";
  if (hour >= kProposalHours) return "although the proposal had expired";
  if (has_lapsed(log, proposal)) return "although its key record had lapsed";
  return std::nullopt;
}

// Who stands for it, by the last word of each.
std::set<Who> supporters(Log log, std::uint8_t proposal, std::uint8_t hour) {
  std::set<Who> found;
  for (const Move& line : log) {
    if (line.act != Act::kVote || line.proposal != proposal) continue;
    const bool counts = line.approve && hour < line.valid_hours && is_custodian(line.who) &&
                        is_cleared(line.who, hour) && is_cleared(line.who, line.hour) &&
                        line.who != who_asks(proposal);
    if (counts) {
      found.insert(line.who);
    } else {
      found.erase(line.who);
    }
  }
  return found;
}

// The same of a lift: Carol asks.
std::set<Who> lifters(Log log, std::uint8_t lift, std::uint8_t hour) {
  std::set<Who> found;
  for (const Move& line : log) {
    if (line.act != Act::kVoteLift || line.proposal != lift) continue;
    const bool counts = line.approve && hour < line.valid_hours && is_custodian(line.who) &&
                        is_cleared(line.who, hour) && is_cleared(line.who, line.hour) &&
                        line.who != Who::kCarol;
    if (counts) {
      found.insert(line.who);
    } else {
      found.erase(line.who);
    }
  }
  return found;
}

std::optional<std::string> lift_stopped(Log log, std::uint8_t lift, std::uint8_t hour) {
  if (asked_to_lift(log, lift) == nullptr) return "nobody asked";
  if (has(log, Act::kLift, lift)) return "although it is lifted";
  if (hour >= kProposalHours) return "although the change had expired";
  return std::nullopt;
}

}  // namespace

Oracle::Complaint Oracle::against_lift_vote(const State& state, const Move& vote) {
  const Log log(state.log);
  if (Complaint why = lift_stopped(log, vote.proposal, state.hour))
    return "a vote on a lift was taken: " + *why;
  if (!is_custodian(vote.who)) return "a vote on a lift of " + name_of(vote.who) + " was taken";
  if (!is_cleared(vote.who, state.hour)) return "a vote was taken of somebody not cleared";
  if (vote.approve && vote.who == Who::kCarol) return "who asks for a lift approved it";
  for (std::size_t i = vote.seen; i < log.size(); ++i) {
    const bool same =
        log[i].act == Act::kVoteLift && log[i].who == vote.who && log[i].proposal == vote.proposal;
    if (same) return "a vote on a lift was taken that did not know of a later one";
  }
  return std::nullopt;
}

Oracle::Complaint Oracle::against_lift(const State& state, const Move& lift) {
  const Log log(state.log);
  if (Complaint why = lift_stopped(log, lift.proposal, state.hour)) return "lifted: " + *why;
  if (!all_stand(log, asked_to_lift(log, lift.proposal)->votes))
    return "something was lifted that does not stand";
  const std::set<Who> all = lifters(log, lift.proposal, state.hour);
  if (all.size() < kQuorum)
    return "lifted with " + std::to_string(all.size()) + " of the " + std::to_string(kQuorum) +
           " people it needs";
  std::set<Who> named;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if ((lift.votes >> i & 1) == 0) continue;
    const bool counts = log[i].act == Act::kVoteLift && log[i].proposal == lift.proposal &&
                        log[i].approve && all.contains(log[i].who);
    if (!counts) return "the lift names a line that is no vote for it";
    if (!named.insert(log[i].who).second) return "the lift names one person twice";
  }
  if (named.size() < kQuorum) return "the lift names too few";
  return std::nullopt;
}

Oracle::Complaint Oracle::against_vote(const State& state, const Move& vote) const {
  const Log log(state.log);
  if (Complaint why = stopped(log, vote.proposal, state.hour)) return "a vote was taken: " + *why;
  if (!is_custodian(vote.who)) return "a vote of " + name_of(vote.who) + " was taken";
  if (!is_cleared(vote.who, state.hour)) return "a vote was taken of somebody not cleared";
  if (vote.approve && vote.who == who_asks(vote.proposal)) return "who asks approved";
  if (state.hour >= vote.valid_hours) return "an expired vote was taken";
  for (const Move& line : log) {
    const bool same =
        line.act == Act::kVote && line.who == vote.who && line.proposal == vote.proposal;
    if (same && line.ordinal == vote.ordinal) return "the same vote was taken twice";
    if (same && line.ordinal > vote.ordinal)
      return "a vote was taken that its voter had replaced by a later one";
  }
  return std::nullopt;
}

Oracle::Complaint Oracle::against_grant(const State& state, const Move& grant) const {
  const Log log(state.log);
  if (Complaint why = stopped(log, grant.proposal, state.hour)) return "granted: " + *why;
  if (has(log, Act::kGrant, grant.proposal)) return "granted twice";
  const std::set<Who> all = supporters(log, grant.proposal, state.hour);
  if (all.size() < kQuorum)
    return "granted with " + std::to_string(all.size()) + " of the " + std::to_string(kQuorum) +
           " people it needs";
  std::set<Who> named;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if ((grant.votes >> i & 1) == 0) continue;
    if (log[i].act != Act::kVote || log[i].proposal != grant.proposal || !log[i].approve)
      return "the grant names a line that is no approval of it";
    if (!all.contains(log[i].who)) return "the grant names a vote that does not count";
    if (!named.insert(log[i].who).second) return "the grant names one person twice";
  }
  if (named.size() < kQuorum) return "the grant names too few";
  return std::nullopt;
}

Oracle::Complaint Oracle::against_redemption(const State& state, const Move& redemption) const {
  const Log log(state.log);
  if (Complaint why = stopped(log, redemption.proposal, state.hour)) return "redeemed: " + *why;
  if (!has(log, Act::kGrant, redemption.proposal)) return "redeemed without a grant";
  if (redemption.host != kRightHost) return "redeemed by a host that was not granted it";
  const std::uint8_t before = redeemed(log, redemption.proposal);
  const std::uint8_t allowed = redemption.proposal == 0 ? bounds_.redemptions : 1;
  if (before + 1 > allowed) return "redeemed more often than was granted";
  if (redemption.n != before + 1) return "redemptions are not counted one by one";
  return std::nullopt;
}

Oracle::Complaint Oracle::against_opening(const State& state, const Move& opening) const {
  const Log log = Log(state.log).first(state.durable);
  const std::string key = "a key went out ";
  if (!has(log, Act::kGrant, opening.proposal)) return key + "without a durable grant";
  if (is_frozen(log, object_of(opening.proposal))) return key + "although a freeze is in force";
  if (has(log, Act::kRecall, opening.proposal)) return key + "although it was recalled";
  if (has_lapsed(log, opening.proposal)) return key + "although its key record had lapsed";
  bool stands = false;
  for (const Move& line : log) {
    if (line.proposal != opening.proposal || line.n != opening.n) continue;
    stands = stands || (line.act == Act::kRedeem && line.host == opening.host);
    if (line.act == Act::kEndLease) return key + "although its lease had ended";
  }
  if (!stands) return key + "whose redemption is not durable in the log";
  return std::nullopt;
}

Oracle::Complaint Oracle::against(const State& state, const Move& move) const {
  const Log log(state.log);
  switch (move.act) {
    case Act::kPropose:
      if (has(log, Act::kPropose, move.proposal)) return "the same proposal twice";
      if (is_frozen(log, object_of(move.proposal))) return "proposed although a freeze is in force";
      if (state.hour >= kProposalHours) return "proposed although expired";
      if (has_lapsed(log, move.proposal)) return "proposed although its key record had lapsed";
      return std::nullopt;
    case Act::kVote:
      return against_vote(state, move);
    case Act::kGrant:
      return against_grant(state, move);
    case Act::kRedeem:
      return against_redemption(state, move);
    case Act::kOpen:
      return against_opening(state, move);
    case Act::kEndLease:
      if (move.host != kRightHost) return "another host ended a lease";
      if (move.n > redeemed(log, move.proposal)) return "a lease ended that nobody has";
      for (const Move& line : log) {
        if (line.act == Act::kEndLease && line.proposal == move.proposal && line.n == move.n)
          return "a lease ended twice";
      }
      return std::nullopt;
    case Act::kFreeze:
      if (!is_custodian(move.who)) return name_of(move.who) + " froze";
      return std::nullopt;
    case Act::kRecall:
      if (!is_custodian(move.who) && move.who != who_asks(move.proposal))
        return name_of(move.who) + " recalled what it had not asked for";
      if (!has(log, Act::kPropose, move.proposal)) return "nothing was recalled";
      return std::nullopt;
    case Act::kConfirm:
      if (move.who != Who::kCarol)
        return name_of(move.who) + " confirmed for somebody else, or again";
      if (is_frozen(log, 0)) return "new keys came into force under a freeze";
      if (has_lapsed(log, 0)) return "the same keys were confirmed twice by one person";
      return std::nullopt;
    case Act::kAskLift:
      if (!is_custodian(move.who)) return name_of(move.who) + " asked for a lift";
      if (!all_stand(log, move.votes)) return "a lift was asked for of what is no freeze";
      return std::nullopt;
    case Act::kVoteLift:
      return against_lift_vote(state, move);
    case Act::kLift:
      return against_lift(state, move);
    default:
      return std::nullopt;
  }
}

bool Oracle::must_be_allowed(const State& state, const Move& move) const {
  switch (move.act) {
    case Act::kGrant:
    case Act::kRedeem:
    case Act::kOpen:
    case Act::kFreeze:
    case Act::kEndLease:
    case Act::kLift:
    case Act::kConfirm:
      return !against(state, move).has_value();
    case Act::kRecall:
      return !has(state.log, Act::kRecall, move.proposal) && !against(state, move).has_value();
    default:
      return false;
  }
}

Oracle::Complaint Oracle::against(const State& state) const {
  const Log log = Log(state.log).first(state.durable);
  for (const KeyOut& key : state.keys) {
    const std::uint8_t allowed = key.proposal == 0 ? bounds_.redemptions : 1;
    if (key.n > allowed) return "more keys are out than were granted";
    bool granted = false;
    bool redeemed_before = false;
    for (const Move& line : log) {
      if (line.proposal != key.proposal) continue;
      granted = granted || line.act == Act::kGrant;
      redeemed_before = redeemed_before || (granted && line.act == Act::kRedeem && line.n == key.n);
    }
    if (!redeemed_before) return "a key is out, and the log that survives does not say so";
  }
  return std::nullopt;
}

}  // namespace strongroom::explore
