#ifndef STRONGROOM_PROTOCOL_DEPOSIT_H_
#define STRONGROOM_PROTOCOL_DEPOSIT_H_

#include <array>
#include <map>
#include <string>

#include "protocol/member.h"
#include "protocol/statement.h"

namespace strongroom::protocol {

/// The kind of the throwaway object whose release is rehearsed before anything real is deposited:
/// public, small, and the first deposit there is. Its bounds keep a model from passing as one.
inline constexpr std::string_view kRehearsalKind = "rehearsal";
inline constexpr std::int64_t kRehearsalBytesMax = 64 * 1024;  ///< of plaintext
inline constexpr std::int64_t kRehearsalFilesMax = 4;
inline constexpr std::int64_t kRehearsalBudgetBytesMax = 1024 * 1024;  ///< of one lease

inline constexpr std::array<std::string_view, 8> kAssetKinds{
    "model",     "adapter",         "checkpoint",     "dataset",
    "algorithm", "optimiser_state", "evaluation_set", "code"};

/// A model or artefact becomes known. Signed by a person.
struct Registration {
  StrongroomId strongroom;
  AssetId asset;
  Digest name;                                  ///< commitment "name"
  std::string kind;                             ///< one of kAssetKinds, or kRehearsalKind
  std::map<std::string, std::int64_t> formats;  ///< files of each recognised format
  PersonId person;
  bool operator==(const Registration&) const = default;
};
[[nodiscard]] format::Json to_json(const Registration& registration);
[[nodiscard]] Result<Registration> registration_from(const format::Json& json);

/// One sealed version of an asset. Signed by the depositor; its signature covers manifest, key
/// record and sealed shares through their digests.
struct Deposit {
  StrongroomId strongroom;
  ObjectId object;
  AssetId asset;
  Digest manifest;
  Digest key_record;
  Digest sealed_shares;
  std::int64_t epoch = 0;
  Digest policy;
  KeyId deposit_key;
  std::string payload_suite;
  std::string wrap_suite;
  std::int64_t groups = 1;
  std::int64_t files = 0;
  std::int64_t plaintext_bytes = 0;
  std::int64_t sealed_bytes = 0;
  PersonId person;
  CheckpointSeen checkpoint;
  bool operator==(const Deposit&) const = default;
};
[[nodiscard]] format::Json to_json(const Deposit& deposit);
[[nodiscard]] Result<Deposit> deposit_from(const format::Json& json);

/// Stops votes, grants and redemptions, of one object or of all. Signed by one custodian or
/// officer.
struct Freeze {
  StrongroomId strongroom;
  std::optional<ObjectId> object;  ///< none: all
  PersonId person;
  Digest reason;  ///< commitment "reason"
  CheckpointSeen checkpoint;
  bool operator==(const Freeze&) const = default;
};
[[nodiscard]] format::Json to_json(const Freeze& freeze);
[[nodiscard]] Result<Freeze> freeze_from(const format::Json& json);

/// Ends the leases of one proposal, and its grant. Signed by one custodian, officer, or who asked.
struct Recall {
  StrongroomId strongroom;
  ProposalId proposal;
  PersonId person;
  Digest reason;  ///< commitment "reason"
  CheckpointSeen checkpoint;
  bool operator==(const Recall&) const = default;
};
[[nodiscard]] format::Json to_json(const Recall& recall);
[[nodiscard]] Result<Recall> recall_from(const format::Json& json);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_DEPOSIT_H_
