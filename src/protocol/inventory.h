#ifndef STRONGROOM_PROTOCOL_INVENTORY_H_
#define STRONGROOM_PROTOCOL_INVENTORY_H_

#include <optional>
#include <vector>

#include "protocol/member.h"
#include "protocol/statement.h"

/// What people and programs say of assets once they are registered. Source: spec/statements.md.
namespace strongroom::protocol {

/// That a digest stands in an index of public models whose root a quorum has put in force
/// (RFC 6962 with SHA-256; leaves are the index's 32-byte digests, ascending).
struct Listing {
  Digest root;
  std::int64_t size = 0;  ///< of the index
  std::int64_t at = 0;    ///< the digest's place in it
  std::vector<Digest> path;
  bool operator==(const Listing&) const = default;
};

/// All that is known of one asset, in place of what was said of it before. Signed by a person.
struct FactsStated {
  StrongroomId strongroom;
  AssetId asset;
  format::Json facts = format::Json::Object{};  ///< an object; registry reads it (triage/facts.h)
  std::optional<Listing> listing;               ///< of the digest that `facts` names
  PersonId person;
  CheckpointSeen checkpoint;
  bool operator==(const FactsStated&) const = default;
};
[[nodiscard]] format::Json to_json(const FactsStated& stated);
[[nodiscard]] Result<FactsStated> facts_stated_from(const format::Json& json);

/// Something that speaks for more care with an asset: a parent that its weights show and nobody
/// declared, or an assessor's view. It can only raise what the asset needs, and stands until a
/// quorum dismisses it. Signed by any member (a person, a service, an AI agent) or by a host.
struct Finding {
  StrongroomId strongroom;
  AssetId asset;
  std::optional<AssetId> parent;   ///< what it was made from, as its weights show
  std::optional<Level> at_least;   ///< what it needs, as somebody judges
  std::string by;                  ///< a word: "lineage", "assessor", "person"
  Digest evidence;                 ///< SHA-256 of what it rests on
  Digest reason;                   ///< commitment "reason"
  std::optional<PersonId> person;  ///< exactly one of the two
  std::optional<HostId> host;
  CheckpointSeen checkpoint;
  bool operator==(const Finding&) const = default;
};
[[nodiscard]] format::Json to_json(const Finding& finding);
[[nodiscard]] Result<Finding> finding_from(const format::Json& json);

}  // namespace strongroom::protocol

#endif  // STRONGROOM_PROTOCOL_INVENTORY_H_
