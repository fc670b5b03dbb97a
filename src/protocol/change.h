#ifndef STRONGROOM_PROTOCOL_CHANGE_H_
#define STRONGROOM_PROTOCOL_CHANGE_H_

#include <string_view>
#include <variant>
#include <vector>

#include "protocol/deposit.h"
#include "protocol/levels.h"
#include "protocol/member.h"
#include "protocol/policy.h"
#include "protocol/release.h"
#include "protocol/statement.h"

/// What a quorum may change after the founding, and how it says so. One mechanism for all of it:
/// somebody proposes a Change, custodians vote on exactly those bytes, and the server's "changed"
/// names the votes that counted. Source: spec/statements.md.
namespace strongroom::protocol {

/// labelled_digest("change", canonical Change).
using ChangeId = FixedBytes<32, struct ChangeMeaning>;

// The kinds. Which of them loosen: vault/rules_changes.h.

/// Lifts freezes, each named by its log position; whoever made them needs a second person for the
/// next one.
struct Unfreeze {
  std::vector<std::int64_t> freezes;  ///< ascending, 1..64
  bool operator==(const Unfreeze&) const = default;
};
/// The person may freeze alone again.
struct RestoreFreeze {
  PersonId person;
  bool operator==(const RestoreFreeze&) const = default;
};
/// `claims`: one for each of the member's keys, in their order; see key_claim.
struct Enrol {
  Member member;
  std::vector<Signature> claims;
  bool operator==(const Enrol&) const = default;
};
struct AddKey {
  PersonId person;
  crypto::PublicKeys key;
  Signature claim;
  bool operator==(const AddKey&) const = default;
};
struct RetireKey {
  PersonId person;
  KeyId key;
  bool operator==(const RetireKey&) const = default;
};
struct RetireMember {
  PersonId person;
  bool operator==(const RetireMember&) const = default;
};
struct AddHost {
  Host host;
  Signature claim;
  bool operator==(const AddHost&) const = default;
};
struct RetireHost {
  HostId host;
  bool operator==(const RetireHost&) const = default;
};
/// What is sealed from here on, and every grant, also asks for this tree.
struct SetPolicy {
  Policy policy;
  bool operator==(const SetPolicy&) const = default;
};
/// What the asset needs, until a time; then it needs again what triage says.
struct SetLevel {
  AssetId asset;
  Level level = Level::kSl5;
  UnixSeconds until;
  bool operator==(const SetLevel&) const = default;
};
/// The rules of triage, whole, in place of those in force.
struct SetTriageRules {
  format::Json rules = format::Json::Object{};  ///< an object; registry reads it
  bool operator==(const SetTriageRules&) const = default;
};
/// The best public model, which "below", "at" and "beyond" are measured against.
struct SetReference {
  std::string name;
  UnixSeconds as_of;  ///< when it was last looked at; the beginning of a day, UTC
  bool operator==(const SetReference&) const = default;
};
/// An index of public models is believed: what its digests name gains a thief nothing.
struct AddPublicIndex {
  Digest root;            ///< as Listing::root
  std::int64_t size = 0;  ///< digests in it, at least 1
  std::string source;     ///< where it comes from, for people
  bool operator==(const AddPublicIndex&) const = default;
};
struct RetirePublicIndex {
  Digest root;
  bool operator==(const RetirePublicIndex&) const = default;
};
/// Findings no longer stand.
struct Dismiss {
  std::vector<std::int64_t> findings;  ///< their log positions, ascending, 1..64
  bool operator==(const Dismiss&) const = default;
};
/// What each level demands, whole, in place of the table in force.
struct SetLevels {
  std::vector<LevelDemand> levels;  ///< SL1 to SL5
  bool operator==(const SetLevels&) const = default;
};
/// One object may be released to these hosts until a time although one demand of its level is not
/// met. By as many approvals as the level demands, and one more for each exception of the same
/// object and demand that was made before.
struct Except {
  ObjectId object;
  std::vector<HostId> hosts;  ///< ascending, 1..64
  std::string demand;         ///< Demand::name
  Level level = Level::kSl5;  ///< that the object needs; a stricter one ends the exception
  UnixSeconds until;          ///< at most 30 days from the proposal; leases end by then
  bool operator==(const Except&) const = default;
};

using Subject = std::variant<Unfreeze, RestoreFreeze, Enrol, AddKey, RetireKey, RetireMember,
                             AddHost, RetireHost, SetPolicy, SetLevel, SetTriageRules, SetReference,
                             AddPublicIndex, RetirePublicIndex, Dismiss, SetLevels, Except>;
/// "unfreeze", "restore-freeze", "enrol", "add-key", "retire-key", "retire-member", "add-host",
/// "retire-host", "policy", "level", "triage-rules", "reference", "public-index",
/// "retire-public-index", "dismiss", "levels", "exception".
[[nodiscard]] std::string_view kind_of(const Subject& subject);

/// Signed by the person who proposes it.
struct Change {
  StrongroomId strongroom;
  Subject subject;
  PersonId person;
  Digest reason;        ///< commitment "reason"
  UnixSeconds expires;  ///< of the proposal: no vote after it
  CheckpointSeen checkpoint;
  bool operator==(const Change&) const = default;
};
[[nodiscard]] format::Json to_json(const Change& change);
[[nodiscard]] Result<Change> change_from(const format::Json& json);
[[nodiscard]] ChangeId change_id(const Change& change);

struct ChangeVote {
  StrongroomId strongroom;
  ChangeId change;
  VoteDecision decision = VoteDecision::kRefuse;
  PersonId person;
  KeyId key;
  Role role = Role::kCustodian;
  UnixSeconds valid_until;
  CheckpointSeen checkpoint;
  Digest reason;  ///< commitment "reason"
  bool operator==(const ChangeVote&) const = default;
};
[[nodiscard]] format::Json to_json(const ChangeVote& vote);
[[nodiscard]] Result<ChangeVote> change_vote_from(const format::Json& json);

/// What a new key signs itself, as a statement: that it is this person's here. Nobody can be
/// enrolled with a key that another holds.
[[nodiscard]] format::Json key_claim(const StrongroomId& strongroom, const PersonId& person,
                                     const crypto::PublicKeys& key);
/// The same for a host, by its own key.
[[nodiscard]] format::Json host_claim(const StrongroomId& strongroom, const Host& host);
/// Every key that the change brings in has claimed its place. Errors: kNotAuthentic.
[[nodiscard]] Result<void> verify_claims(const Change& change);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_CHANGE_H_
