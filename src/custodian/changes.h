#ifndef STRONGROOM_CUSTODIAN_CHANGES_H_
#define STRONGROOM_CUSTODIAN_CHANGES_H_

#include <string>
#include <vector>

#include "client/follower.h"
#include "custodian/act.h"
#include "custodian/inspect.h"
#include "quorum/quorum.h"
#include "vault/events.h"

/// The trusted display for changes of the strongroom itself: what exactly would change, decoded
/// here from the log that was followed here.
namespace strongroom::custodian {

/// A change waits this long for votes unless its proposer says otherwise.
inline constexpr std::int64_t kChangeSeconds = 7 * 24 * 3600;

/// Every field of a change, resolved. Texts are printable, and nothing is cut short.
struct ShownChange {
  vault::ProposedChange change;
  bool demonstration = false;
  std::string proposer;
  std::vector<std::pair<std::string, std::string>> fields;  ///< what changes: label and value
  bool loosens = false;  ///< something may open after it that could not before
  std::string wait;      ///< what is said of the witnessed wait
  std::string reason;
  std::vector<ShownVote> votes;
  quorum::Decision decision;  ///< meaningful while `open_error` is empty
  std::string policy;         ///< in force
  std::string open_error;     ///< why it can no longer be voted on, if so
};

/// What is to be changed and why, before anybody has signed it.
struct ChangeDraft {
  protocol::Subject subject;
  std::string reason;
  std::vector<protocol::Text> texts;  ///< the names that the subject commits to
  std::int64_t wait_seconds = kChangeSeconds;
};

/// "lift 1 freeze", "enrol a new member", …: one line for lists.
[[nodiscard]] std::string summary_of(const protocol::Subject& subject);

/// The one change whose id begins with `id` (with or without "demo-", at least 8 digits).
/// Errors: kUsage, kNotFound, kConflict (several).
[[nodiscard]] Result<protocol::ChangeId> find_change(const judge::World& world,
                                                     std::string_view id);

/// Follows the log first. Errors: kNotFound, kNotAuthentic, kNetwork.
[[nodiscard]] Result<ShownChange> inspect(client::Follower& follower,
                                          const protocol::ChangeId& change, UnixSeconds now);
/// Lines for a terminal.
[[nodiscard]] std::string render(const ShownChange& shown, UnixSeconds now);

/// Names of those whose approval of a change is missing and could still come. Errors: why it can no
/// longer be voted on.
[[nodiscard]] Result<std::vector<std::string>> waits_for(const client::Follower& follower,
                                                         const vault::ProposedChange& change,
                                                         UnixSeconds now);

/// Signs and sends. Errors: kRefused (with what is missing), kNotFound, kConflict, kNetwork.
[[nodiscard]] Result<protocol::ChangeId> propose(client::Follower& follower, const Hands& hands,
                                                 const ChangeDraft& draft);
/// `shown` must come from `inspect` just now, and have been looked at. Errors: kRefused, kConflict,
/// kExpired, kNetwork.
[[nodiscard]] Result<protocol::Receipt> vote(client::Follower& follower, const Hands& hands,
                                             const ShownChange& shown,
                                             protocol::VoteDecision decision,
                                             const std::string& reason);

}  // namespace strongroom::custodian

#endif  // STRONGROOM_CUSTODIAN_CHANGES_H_
