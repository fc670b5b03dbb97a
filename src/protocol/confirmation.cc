#include "protocol/confirmation.h"

#include "base/limits.h"

namespace strongroom::protocol {

using format::Fields;
using format::Json;

namespace {
constexpr std::size_t kNodePathBytesMax = 64;
}

Json to_json(const Confirmation& confirmation) {
  return Json::Object{{"type", "confirm"},
                      {"strongroom", confirmation.strongroom},
                      {"object", confirmation.object},
                      {"epoch", confirmation.epoch},
                      {"key_record", confirmation.key_record},
                      {"groups", confirmation.groups},
                      {"person", confirmation.person},
                      {"key", confirmation.key},
                      {"checkpoint", to_json(confirmation.checkpoint)}};
}

Result<Confirmation> confirmation_from(const Json& json) {
  Fields fields(json, "confirmation");
  Confirmation confirmation;
  RETURN_IF_ERROR(fields.require("type", "confirm"));
  ASSIGN_OR_RETURN(confirmation.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(confirmation.object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(confirmation.epoch, fields.integer("epoch", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(confirmation.key_record, fields.id<Digest>("key_record"));
  ASSIGN_OR_RETURN(
      confirmation.groups,
      fields.integer("groups", 1, static_cast<std::int64_t>(limits::kObjectGroupsMax)));
  ASSIGN_OR_RETURN(confirmation.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(confirmation.key, fields.id<KeyId>("key"));
  ASSIGN_OR_RETURN(const Json* checkpoint, fields.any("checkpoint"));
  ASSIGN_OR_RETURN(confirmation.checkpoint, checkpoint_seen_from(*checkpoint));
  RETURN_IF_ERROR(fields.done());
  return confirmation;
}

Json to_json(const Rehearsal& rehearsal) {
  Json::Array nodes;
  for (const std::string& node : rehearsal.nodes) nodes.push_back(node);
  return Json::Object{{"type", "rehearse"},
                      {"strongroom", rehearsal.strongroom},
                      {"proposal", rehearsal.proposal},
                      {"n", rehearsal.n},
                      {"host", rehearsal.host},
                      {"nodes", std::move(nodes)}};
}

Result<Rehearsal> rehearsal_from(const Json& json) {
  Fields fields(json, "rehearsal");
  Rehearsal rehearsal;
  RETURN_IF_ERROR(fields.require("type", "rehearse"));
  ASSIGN_OR_RETURN(rehearsal.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(rehearsal.proposal, fields.id<ProposalId>("proposal"));
  ASSIGN_OR_RETURN(rehearsal.n, fields.integer("n", 1, limits::kRedemptionsMax));
  ASSIGN_OR_RETURN(rehearsal.host, fields.id<HostId>("host"));
  ASSIGN_OR_RETURN(const Json::Array* nodes, fields.array("nodes", kRehearsedNodesMax));
  for (const Json& each : *nodes) {
    const std::string* path = each.text();
    const bool in_order = path != nullptr && path->size() <= kNodePathBytesMax &&
                          (rehearsal.nodes.empty() || rehearsal.nodes.back() < *path);
    if (!in_order)
      return fail(ErrorCode::kMalformed, "rehearsal: nodes are paths, each once, ascending");
    rehearsal.nodes.push_back(*path);
  }
  RETURN_IF_ERROR(fields.done());
  return rehearsal;
}

}  // namespace strongroom::protocol
