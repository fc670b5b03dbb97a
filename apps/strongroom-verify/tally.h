#ifndef STRONGROOM_STRONGROOM_VERIFY_TALLY_H_
#define STRONGROOM_STRONGROOM_VERIFY_TALLY_H_

#include <array>
#include <string_view>
#include <vector>

#include "judge/judge.h"

namespace strongroom::verifier {

/// What happened, counted.
struct Tally {
  std::uint64_t assets = 0;
  std::uint64_t objects = 0;
  std::vector<vault::Proposal> proposals;  ///< in log order
  std::uint64_t grants = 0;
  std::uint64_t approvals = 0;
  std::uint64_t refusals = 0;
  std::uint64_t redemptions = 0;
  std::uint64_t lease_ends = 0;
  std::uint64_t freezes = 0;         ///< halves too, and those that were lifted since
  std::uint64_t freezes_lifted = 0;  ///< by a quorum
  std::uint64_t recalls = 0;
  std::uint64_t confirmations = 0;  ///< of deposits, by custodians who opened their shares
  std::uint64_t rehearsals = 0;     ///< openings in which a host recomputed a tree
  std::uint64_t objects_certain = 0;
  std::uint64_t rekeys = 0;                    ///< those that came to nothing too
  std::uint64_t rekeys_in_force = 0;           ///< objects that new keys open
  std::vector<vault::ProposedChange> changes;  ///< in log order
  std::uint64_t changes_made = 0;
  std::uint64_t change_approvals = 0;
  std::uint64_t change_refusals = 0;
  std::uint64_t people = 0;  ///< now: humans, services and AI agents
  std::uint64_t hosts = 0;   ///< now
};
[[nodiscard]] Result<Tally> tally_of(const judge::Rooms& rooms);

/// The vote that stands at log position `index`, or null.
[[nodiscard]] const vault::CastVote* vote_at(const vault::Proposal& proposal, std::int64_t index);
/// The same of a change.
[[nodiscard]] const vault::CastChangeVote* vote_at(const vault::ProposedChange& change,
                                                   std::int64_t index);
/// How the lease of redemption `n` ended, or null.
[[nodiscard]] const vault::Ended* end_of(const vault::Proposal& proposal, std::int64_t n);

/// What a log cannot show yet, in words for everybody.
inline constexpr std::array<std::string_view, 6> kNotProved = {
    "Freshness: this log has no witnesses, so nothing shows that it is the newest, or the only one "
    "that was shown to people. Keep its checkpoint, and give it with --since next time.",
    "Times: they are what the server's clock said. Only the order of the entries is proved.",
    "Wiping: that a host wiped what it was lent is the host's own word.",
    "Confirmations and rehearsals: that a share opened is the word of the custodian or host who "
    "signed it.",
    "Hosts: they showed no evidence of what they run. Levels bind except in a demonstration.",
    "Names and purposes: the log holds only their digests. People appear under pseudonyms.",
};

}  // namespace strongroom::verifier

#endif  // STRONGROOM_STRONGROOM_VERIFY_TALLY_H_
