#ifndef STRONGROOM_PROTOCOL_LEASE_H_
#define STRONGROOM_PROTOCOL_LEASE_H_

#include <string>
#include <vector>

#include "protocol/command.h"
#include "protocol/release.h"

/// What a person's terminal and the agent on a host say to one another. Canonical JSON.
namespace strongroom::protocol {

/// "Write me a request for this": the host adds itself and a fresh key.
struct DraftAsk {
  ObjectId object;
  std::vector<std::int64_t> groups;  ///< none: all
  PersonId person;
  Digest purpose;
  std::int64_t byte_budget = 0;  ///< 0 for whatever is no lease
  std::int64_t lease_seconds = 0;
  std::int64_t expires_seconds = 0;  ///< from now
  ReleaseAct act = ReleaseAct::kLease;
};
[[nodiscard]] std::string encode(const DraftAsk& ask);
[[nodiscard]] Result<DraftAsk> decode_draft_ask(std::string_view bytes);

/// The request to be read, compared with what was asked for, and signed.
struct Draft {
  Request request;
  Evidence evidence;
};
[[nodiscard]] std::string encode(const Draft& draft);
[[nodiscard]] Result<Draft> decode_draft(std::string_view bytes);

/// "Here it is signed: propose it, and mount it there once it is granted."
struct LeaseAsk {
  ProposalId proposal;
  Signature signature;
  Opening purpose;
  std::string mount;      ///< an empty directory; empty for whatever is no lease
  bool confined = false;  ///< only processes that join may read; they end with the lease
};
[[nodiscard]] std::string encode(const LeaseAsk& ask);
[[nodiscard]] Result<LeaseAsk> decode_lease_ask(std::string_view bytes);

/// waiting → redeeming → mounted → ending → ended; or failed, from anywhere before mounted.
enum class LeasePhase { kWaiting, kRedeeming, kMounted, kEnding, kEnded, kFailed };
[[nodiscard]] std::string_view name_of(LeasePhase phase);

struct LeaseStatus {
  ProposalId proposal;
  LeasePhase phase = LeasePhase::kWaiting;
  std::string mount;
  std::string detail;  ///< why it failed, what was refused, the cause of the end
  std::int64_t approvals_missing = 0;
  std::int64_t seconds_left = 0;
  std::int64_t served_bytes = 0;
  bool wiped = false;
};
[[nodiscard]] std::string encode(const LeaseStatus& status);
[[nodiscard]] Result<LeaseStatus> decode_lease_status(std::string_view bytes);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_LEASE_H_
