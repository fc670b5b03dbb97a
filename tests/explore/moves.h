#ifndef STRONGROOM_TESTS_EXPLORE_MOVES_H_
#define STRONGROOM_TESTS_EXPLORE_MOVES_H_

#include <cstdint>
#include <string>
#include <vector>

/// A small world's alphabet: who may try what, and what one state of the world is. Small integers
/// all through, so that a hundred thousand states fit and compare quickly.
namespace strongroom::explore {

/// Any two of the first three hold the quorum. Bob is corrupt: his key signs whatever helps the
/// attacker. Carol asks for model 0 and is a custodian too; the AI agent asks for model 1 and has
/// the role of a custodian on paper.
enum class Who : std::uint8_t { kAlice, kBob, kCarol, kAgent, kNobody };
[[nodiscard]] std::string name_of(Who who);

enum class Act : std::uint8_t {
  // Lines of the log:
  kPropose,
  kVote,
  kGrant,
  kRedeem,
  kEndLease,
  kFreeze,
  kRecall,
  kAskLift,   ///< a change is proposed that lifts freezes
  kVoteLift,  ///< a vote on it
  kLift,      ///< it is made
  kConfirm,   ///< a custodian's word that the new keys of object 0 fit
  // Everything else:
  kSign,    ///< a vote is signed and does not reach the server: lost, or kept by an attacker
  kOpen,    ///< the keeper is asked for the site secret of redemption n
  kTick,    ///< an hour passes
  kCommit,  ///< what the server holds in memory becomes durable
  kCrash,   ///< what was not durable is gone
};

inline constexpr std::uint8_t kEverything = 255;  ///< a freeze of all objects
inline constexpr std::uint8_t kRightHost = 0;
inline constexpr std::uint8_t kOtherHost = 1;
/// Hours after the start. Proposal p asks for object p.
inline constexpr std::uint8_t kShortVoteHours = 1;
inline constexpr std::uint8_t kBobClearedHours = 2;
inline constexpr std::uint8_t kProposalHours = 3;

/// One thing that is tried. What an act does not need is 0.
struct Move {
  Act act = Act::kTick;
  Who who = Who::kNobody;
  std::uint8_t proposal = 0;  ///< of a lift: the how-manieth that was asked for
  bool approve = false;
  std::uint8_t valid_hours = 0;  ///< a vote's
  std::uint8_t seen = 0;         ///< lines of the log that a vote's signer says to have seen
  std::uint8_t ordinal = 0;      ///< a vote's: the how-manieth that this person signed on it
  std::uint8_t n = 0;            ///< redemption
  std::uint8_t host = kRightHost;
  std::uint8_t object = 0;  ///< a freeze's
  std::uint8_t hour = 0;    ///< when it came into the log
  /// One bit for each line of the log that is named: by a grant or a lift the votes, by who asks
  /// for a lift the freezes.
  std::uint64_t votes = 0;
  bool operator==(const Move&) const = default;
};
[[nodiscard]] std::string described(const Move& move);

/// A site secret that a keeper has given out: it cannot be taken back.
struct KeyOut {
  std::uint8_t proposal = 0;
  std::uint8_t n = 0;
  std::uint8_t host = kRightHost;
  auto operator<=>(const KeyOut&) const = default;
};

struct State {
  std::vector<Move> log;      ///< after founding and deposits
  std::uint8_t durable = 0;   ///< lines of it that a crash leaves
  std::vector<Move> strayed;  ///< signed votes that are in no log, for anybody to put in
  std::vector<KeyOut> keys;   ///< sorted, each once
  std::uint8_t hour = 0;
};

/// Equal for states between which no rule and no invariant can tell: where a line stands in the log
/// matters only beside those of its own proposal, and beside what a vote says to have seen.
[[nodiscard]] std::string key_of(const State& state);

/// How large a world is.
struct Bounds {
  std::uint8_t proposals = 1;  ///< 1 or 2
  std::uint8_t lines = 8;      ///< of the log
  std::uint8_t hours = 3;
  std::uint8_t strayed = 1;
  std::uint8_t votes_each = 2;   ///< by one person on one proposal, signed
  bool crashes = false;          ///< false: every line is durable at once
  std::uint8_t redemptions = 2;  ///< that proposal 0 asks for; proposal 1 asks for one
  std::uint8_t lifts = 0;        ///< how often it may be asked to lift freezes
  bool approved = false;         ///< proposal 0 has been asked for, and approved by Alice and Bob
  bool rekeyed = false;  ///< object 0 has new keys: rehearsed, and confirmed by Alice and Bob, so
                         ///< that Carol's word puts them in force
};

/// Is this a line of the log?
[[nodiscard]] constexpr bool is_line(Act act) { return act < Act::kSign; }
/// Lines about freezes: in force for objects, whatever is proposed.
[[nodiscard]] constexpr bool is_guard(Act act) {
  return act == Act::kFreeze || act == Act::kAskLift || act == Act::kVoteLift || act == Act::kLift;
}

/// Where a world begins.
[[nodiscard]] State first_state(const Bounds& bounds);

/// The state once `move` has been made.
[[nodiscard]] State after(const State& state, const Move& move, const Bounds& bounds);

/// Everything that anybody could try here, allowed or not.
[[nodiscard]] std::vector<Move> moves_from(const State& state, const Bounds& bounds);

}  // namespace strongroom::explore

#endif  // STRONGROOM_TESTS_EXPLORE_MOVES_H_
