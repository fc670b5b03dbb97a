#ifndef STRONGROOM_PROTOCOL_RELEASE_H_
#define STRONGROOM_PROTOCOL_RELEASE_H_

#include <string>
#include <vector>

#include "protocol/member.h"
#include "protocol/statement.h"

/// The documents of a release, in the order in which they come to be: request, proposal, vote,
/// (grant: an entry of the server's), redemption, lease end. Each is a statement that somebody
/// signs.
namespace strongroom::protocol {

/// What a release is for. Nothing but a lease is ever read from.
enum class ReleaseAct {
  kLease,
  kRekey,    ///< the host draws new keys for the object and writes its next key record
  kRehearse  ///< the host opens the key record that waits to be confirmed, and tells what fits
};
/// "lease", "rekey", "rehearse".
[[nodiscard]] std::string_view name_of(ReleaseAct act);
/// Errors: kMalformed.
[[nodiscard]] Result<ReleaseAct> release_act_from(std::string_view name);

/// What a re-key is to end in.
struct NewKeys {
  std::int64_t epoch = 0;  ///< of the new key record
  Digest policy;           ///< the tree that Q is to be split by
  std::string wrap_suite;
  bool operator==(const NewKeys&) const = default;
};

/// Everything a custodian needs to decide, and everything the keys are bound to. Signed by the
/// person who asks.
struct Request {
  StrongroomId strongroom;
  ObjectId object;
  Digest manifest;
  Digest key_record;
  std::int64_t epoch = 0;
  Digest policy;
  std::string payload_suite;
  std::string wrap_suite;
  std::vector<std::int64_t> groups;  ///< ascending, at least one
  crypto::KemKind recipient_kem = crypto::KemKind::kX25519;
  Bytes recipient;  ///< the host's fresh public key
  PersonId person;
  HostId host;
  Digest purpose;                ///< commitment "purpose"
  std::int64_t byte_budget = 0;  ///< plaintext bytes the host may serve, over the whole lease; 0
                                 ///< for whatever is no lease, and for nothing else
  std::int64_t lease_seconds = 0;
  std::int64_t redemptions = 1;
  UnixSeconds expires;  ///< of the proposal: no vote, grant or redemption after it
  CheckpointSeen checkpoint;
  ReleaseAct act = ReleaseAct::kLease;
  std::optional<NewKeys> new_keys = std::nullopt;  ///< of a re-key, and of nothing else
  bool operator==(const Request&) const = default;
};
[[nodiscard]] format::Json to_json(const Request& request);
[[nodiscard]] Result<Request> request_from(const format::Json& json);
/// What the first evidence binds: labelled_digest("evidence", labelled_digest("request", bytes)).
[[nodiscard]] Digest evidence_binding(const Request& request);

/// A request and the digest of the host's evidence for it. Its hash is the proposal's id.
[[nodiscard]] ProposalId proposal_id(const Request& request, const Digest& evidence);

enum class VoteDecision { kApprove, kRefuse };

/// Digest over one re-sealed leaf: labelled_digest("resealed leaf", encapsulated, ciphertext).
struct LeafDigest {
  std::int64_t group = 0;
  std::string path;
  Digest digest;
  bool operator==(const LeafDigest&) const = default;
};

struct Vote {
  StrongroomId strongroom;
  ProposalId proposal;
  VoteDecision decision = VoteDecision::kRefuse;
  PersonId person;
  KeyId key;
  Role role = Role::kCustodian;
  UnixSeconds valid_until;
  CheckpointSeen checkpoint;
  std::vector<LeafDigest> leaves;  ///< one for each group asked for; none when refusing
  Digest reason;                   ///< commitment "reason"
  bool operator==(const Vote&) const = default;
};
[[nodiscard]] format::Json to_json(const Vote& vote);
[[nodiscard]] Result<Vote> vote_from(const format::Json& json);

/// Signed by the host.
struct Redemption {
  StrongroomId strongroom;
  ProposalId proposal;
  std::int64_t n = 1;  ///< 1..Request::redemptions
  HostId host;
  Digest nonce;     ///< the keeper's
  Digest evidence;  ///< of evidence over redemption_binding
  bool operator==(const Redemption&) const = default;
};
[[nodiscard]] format::Json to_json(const Redemption& redemption);
[[nodiscard]] Result<Redemption> redemption_from(const format::Json& json);
/// labelled_digest("redeem", proposal, n, nonce).
[[nodiscard]] Digest redemption_binding(const ProposalId& proposal, std::int64_t n,
                                        const Digest& nonce);

/// Signed by the host: a claim, recorded as a claim.
struct LeaseEnd {
  StrongroomId strongroom;
  ProposalId proposal;
  std::int64_t n = 1;
  HostId host;
  std::string cause;  ///< closed · expired · recalled · frozen · budget · failed
  std::int64_t served_bytes = 0;
  bool wiped = false;
  bool operator==(const LeaseEnd&) const = default;
};
[[nodiscard]] format::Json to_json(const LeaseEnd& end);
[[nodiscard]] Result<LeaseEnd> lease_end_from(const format::Json& json);

/// Evidence of kind kEvidenceNone: it names what it would bind, and proves nothing.
struct Evidence {
  std::string kind;
  HostId host;
  Digest binding;
};
[[nodiscard]] format::Json to_json(const Evidence& evidence);
[[nodiscard]] Result<Evidence> evidence_from(const format::Json& json);
[[nodiscard]] Digest digest_of(const Evidence& evidence);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_RELEASE_H_
