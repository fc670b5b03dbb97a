#ifndef STRONGROOM_PROTOCOL_GENESIS_H_
#define STRONGROOM_PROTOCOL_GENESIS_H_

#include <string>
#include <vector>

#include "protocol/levels.h"
#include "protocol/member.h"
#include "protocol/policy.h"
#include "protocol/recovery.h"
#include "protocol/statement.h"

namespace strongroom::protocol {

enum class Mode { kDemonstration, kSolo, kSmall, kLab };
[[nodiscard]] std::string_view name_of(Mode mode);

using GenesisNonce = FixedBytes<32, struct GenesisNonceMeaning>;

/// The root of trust: everything that later entries are judged by starts here.
struct Genesis {
  Mode mode = Mode::kDemonstration;
  GenesisNonce nonce;  ///< random
  std::string origin;  ///< the log's name: "strongroom.invalid/<16 hex of the nonce>"
  crypto::Ed25519Public log_key;
  std::string witness_policy;  ///< "none" until there are witnesses, then C2SP tlog-policy text
  std::vector<LevelDemand> levels;
  format::Json triage = format::Json::Object{};  ///< its rules; registry reads them
  std::vector<Member> members;     ///< founders (who sign) and others known from the start
  std::vector<PersonId> founders;  ///< in the order of members
  std::vector<Host> hosts;         ///< the first allow-list
  Policy policy;
  DepositKey deposit_key;
  std::optional<Recovery> recovery;  ///< in modes small and lab, and only there

  /// SHA-256 of the canonical body.
  [[nodiscard]] StrongroomId id() const;
  [[nodiscard]] const Member* member(const PersonId& person) const;
  [[nodiscard]] bool demonstration() const { return mode == Mode::kDemonstration; }
};
[[nodiscard]] std::string origin_for(const GenesisNonce& nonce);
[[nodiscard]] format::Json to_json(const Genesis& genesis);
/// Checks everything that can be checked without the signatures: the policy names human custodians
/// that are founders, ids and keys are distinct, levels are SL1..SL5, the origin follows from the
/// nonce, and what the mode demands (profile.h). Errors: kMalformed, kTooLarge, kRefused.
[[nodiscard]] Result<Genesis> genesis_from(const format::Json& body);

/// What each founder signs: Joined("genesis", id).
[[nodiscard]] Bytes genesis_signed_bytes(const StrongroomId& id);
/// Every founder has signed, each once, and nobody else. Errors: kNotAuthentic.
[[nodiscard]] Result<void> verify_founders(const Genesis& genesis,
                                           std::span<const Signature> signatures);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_GENESIS_H_
