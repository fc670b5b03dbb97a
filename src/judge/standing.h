#ifndef STRONGROOM_JUDGE_STANDING_H_
#define STRONGROOM_JUDGE_STANDING_H_

#include <optional>
#include <string>
#include <vector>

#include "judge/judge.h"
#include "vault/rules_levels.h"

/// How something sealed stands, for people and programs that show it or act on it.
namespace strongroom::judge {

/// What an object's level demands and this strongroom does not give, in words, whether levels bind
/// here or not.
struct LevelStanding {
  protocol::Level level = protocol::Level::kSl5;
  std::string because;
  std::vector<std::string> unmet;
  bool binds = false;                        ///< a release below the level is refused
  std::vector<vault::Exception> exceptions;  ///< in force now, for some hosts
};
/// Errors: kNotFound (no such object).
[[nodiscard]] Result<LevelStanding> level_standing(const ObjectId& object, const Rooms& rooms,
                                                   UnixSeconds now);

/// A row of the level table in force, and what of it this strongroom does not give by its policy in
/// force; what a lease asks for is not among it.
struct RowStanding {
  protocol::LevelDemand row;
  std::vector<vault::Unmet> unmet;
};
/// SL1 to SL5. Errors: kNotYet (nothing is founded).
[[nodiscard]] Result<std::vector<RowStanding>> levels_standing(const Rooms& rooms);

/// How certain a key record is: the deposit's, or a re-key's.
struct DepositStanding {
  std::size_t wanted = 0;  ///< so many custodians must have confirmed
  std::vector<PersonId> confirmed;
  std::vector<PersonId> missing;  ///< who could still confirm
  bool rehearsed = false;         ///< an opening of all of it recomputed the tree
  bool certain = false;
  std::int64_t epoch = 0;  ///< of the key record that this is about
};
/// Of the key record in force. Errors: kNotFound.
[[nodiscard]] Result<DepositStanding> deposit_standing(const ObjectId& object, const Rooms& rooms);
/// Of the key record that a re-key left to be confirmed; nothing when none waits. Errors:
/// kNotFound.
[[nodiscard]] Result<std::optional<DepositStanding>> rekey_standing(const ObjectId& object,
                                                                    const Rooms& rooms);

/// The nodes that the granted votes of a release let its host recompute, ascending. Errors:
/// kNotFound (nothing granted).
[[nodiscard]] Result<std::vector<std::string>> recomputable_in(const ProposalId& proposal,
                                                               const Rooms& rooms);

}  // namespace strongroom::judge

#endif  // STRONGROOM_JUDGE_STANDING_H_
