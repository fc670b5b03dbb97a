#ifndef STRONGROOM_PROTOCOL_SWEEP_H_
#define STRONGROOM_PROTOCOL_SWEEP_H_

#include <optional>
#include <string>
#include <vector>

#include "protocol/deposit.h"
#include "protocol/statement.h"

/// What hosts see of weights on their disks, and what people say of it. Source: spec/statements.md.
namespace strongroom::protocol {

inline constexpr std::size_t kSightingsMax = 64;  ///< in one part; each has a text beside it
inline constexpr std::size_t kGoneMax = 256;      ///< in one part
inline constexpr std::size_t kPlaceBytesMax = 4'096;
inline constexpr std::int64_t kSweepPeriodMax = 366 * 24 * 3600;
/// The field under which places are committed to.
inline constexpr std::string_view kPlaceField = "place";

/// Weights that a sweep found and the one before had not.
struct Sighting {
  Digest digest;           ///< SHA-256 of the file, or of what its shards or its member hold
  std::string kind;        ///< "model", "adapter", "shadow"
  std::string format;      ///< a word: "safetensors"
  std::int64_t bytes = 0;  ///< of the weights
  Digest place;  ///< commitment "place": salted anew for each sighting, so no two are alike
  bool operator==(const Sighting&) const = default;
};

/// What is news since the host's sweep before. A sweep with much news has several parts, each a
/// statement. Signed by the host.
struct Sweep {
  StrongroomId strongroom;
  HostId host;
  std::int64_t number = 1;  ///< of the host's sweeps, ascending by one
  std::int64_t part = 1;    ///< of this sweep, ascending by one
  bool is_last = true;      ///< of its parts
  /// Nothing of what was seen before counts any more: everything is told anew.
  bool is_afresh = false;
  UnixSeconds begun;  ///< by the host's clock: a claim, and so is `ended`
  UnixSeconds ended;
  std::int64_t period_seconds = 0;  ///< until the next; 0: swept when somebody asks for it
  std::int64_t files = 0;           ///< looked at
  std::int64_t unreadable = 0;      ///< of them
  std::int64_t left_out = 0;        ///< weights that are over the host's bound, and not told
  std::vector<Sighting> seen;
  std::vector<Digest> gone;  ///< places as they were committed to: no longer there, or other bytes
  CheckpointSeen checkpoint;
  bool operator==(const Sweep&) const = default;
};
[[nodiscard]] format::Json to_json(const Sweep& sweep);
[[nodiscard]] Result<Sweep> sweep_from(const format::Json& json);

enum class Meaning {
  kAsset,       ///< a copy of that asset
  kNotOurs,     ///< harmless, or somebody else's
  kUnexplained  ///< what was said of it before does not hold
};
[[nodiscard]] std::string_view name_of(Meaning meaning);

/// What a digest that was sighted is. The latest counts. Signed by a human: a depositor or officer.
struct Explained {
  StrongroomId strongroom;
  Digest digest;
  Meaning meaning = Meaning::kNotOurs;
  std::optional<AssetId> asset;  ///< exactly with kAsset
  Digest reason;                 ///< commitment "reason"
  PersonId person;
  CheckpointSeen checkpoint;
  bool operator==(const Explained&) const = default;
};
[[nodiscard]] format::Json to_json(const Explained& explained);
[[nodiscard]] Result<Explained> explained_from(const format::Json& json);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_SWEEP_H_
