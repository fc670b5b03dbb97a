#include "seal/resealed_leaves.h"

#include "base/limits.h"

namespace strongroom::seal {

using format::Json;

namespace {
constexpr std::size_t kDocumentBytesMax = 4u << 20;
}

std::string encode(const std::vector<ResealedLeaf>& leaves) {
  Json::Array list;
  for (const ResealedLeaf& leaf : leaves) list.push_back(to_json(leaf));
  return format::encode(Json::Object{{"leaves", std::move(list)}});
}

Result<std::vector<ResealedLeaf>> decode_resealed_leaves(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, kDocumentBytesMax));
  format::Fields fields(json, "resealed leaves");
  ASSIGN_OR_RETURN(const Json::Array* list, fields.array("leaves", limits::kObjectGroupsMax));
  RETURN_IF_ERROR(fields.done());
  std::vector<ResealedLeaf> leaves;
  for (const Json& each : *list) {
    ASSIGN_OR_RETURN(ResealedLeaf leaf, resealed_leaf_from(each));
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

}  // namespace strongroom::seal
