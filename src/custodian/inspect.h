#ifndef STRONGROOM_CUSTODIAN_INSPECT_H_
#define STRONGROOM_CUSTODIAN_INSPECT_H_

#include <string>
#include <vector>

#include "client/follower.h"
#include "quorum/quorum.h"
#include "vault/events.h"

/// The trusted display: what exactly is asked, decoded here from bytes whose digests stand in a log
/// that was followed here. Portable: no Linux-only calls.
namespace strongroom::custodian {

/// A vote as people read it.
struct ShownVote {
  std::string name;
  bool approves = false;
  std::string reason;
  UnixSeconds at;
};

/// Every field of a proposal, resolved and checked. Texts are printable, and nothing is cut short.
struct Shown {
  vault::Proposal proposal;
  bool demonstration = false;
  std::string requester;
  std::string object_name;
  std::size_t groups_total = 0;   ///< of the object
  std::int64_t object_bytes = 0;  ///< plaintext of all groups
  std::string freshness;          ///< what is known about how new the log is
  std::string level;              ///< what the asset needs, and why
  std::string host;
  std::string evidence;  ///< the kind, as the log lists it for this host
  std::string purpose;
  std::vector<ShownVote> votes;
  quorum::Decision decision;                ///< meaningful while `open_error` is empty
  std::vector<std::string> could_approve;   ///< whose approval is missing and could still come
  std::string policy;                       ///< "2 of alice, bob, carol"
  std::vector<std::string> open_elsewhere;  ///< other leases of the same object
  std::string new_policy;                   ///< of a re-key: the tree that it ends in
  bool other_tree = false;                  ///< of a re-key: that is another than now
  std::string replaces;       ///< of a re-key: the one that waits and would be replaced, if any
  std::string written_by;     ///< of a rehearsal: the host that wrote what it opens
  bool written_here = false;  ///< of a rehearsal: that is the host that asks
  ErrorCode open_error_code = ErrorCode::kRefused;
  std::string open_error;  ///< why it can no longer be voted on, if so
};

/// The one proposal whose id begins with `id` (with or without "demo-", at least 8 digits).
/// Errors: kUsage, kNotFound, kConflict (several).
[[nodiscard]] Result<ProposalId> find_proposal(const judge::World& world, std::string_view id);

/// Follows the log first. Refuses what cannot be fully decoded and checked: the evidence against
/// its digest, this request and the host's listing; texts against their commitments. Errors:
/// kNotFound, kNotAuthentic, kMalformed, kNetwork.
[[nodiscard]] Result<Shown> inspect(client::Follower& follower, const ProposalId& proposal,
                                    UnixSeconds now);

/// Lines for a terminal of so many columns: who, what, level, where, for what, how long, how much,
/// who else. What others wrote stands behind a bar and cannot pass for a line of the form.
[[nodiscard]] std::string render(const Shown& shown, UnixSeconds now, std::size_t columns = 80);

/// Names of those whose approval of a proposal is missing and could still come. Errors: why it can
/// no longer be voted on.
[[nodiscard]] Result<std::vector<std::string>> waits_for(const client::Follower& follower,
                                                         const vault::Proposal& proposal,
                                                         UnixSeconds now);

/// "alice", or the pseudonym when the text has been erased.
[[nodiscard]] Result<std::string> person_name(const client::Follower& follower,
                                              const PersonId& person);
[[nodiscard]] Result<std::string> host_name(const client::Follower& follower, const HostId& host);
/// The newest name of the asset that the object is a version of.
[[nodiscard]] Result<std::string> object_name(const client::Follower& follower,
                                              const ObjectId& object);
/// "2 of (alice, bob, carol)"
[[nodiscard]] Result<std::string> policy_in_words(const client::Follower& follower,
                                                  const protocol::PolicyNode& node);

}  // namespace strongroom::custodian

#endif  // STRONGROOM_CUSTODIAN_INSPECT_H_
