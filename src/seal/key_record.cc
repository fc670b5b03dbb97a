#include "seal/key_record.h"

#include <charconv>

#include "base/limits.h"
#include "crypto/hash.h"
#include "format/base64.h"
#include "format/json.h"

namespace strongroom::seal {

using format::Fields;
using format::Json;
using protocol::PolicyNode;

namespace {

constexpr std::string_view kFormat = "strongroom key record 1";

void add_paths(const PolicyNode& node, const std::string& path, std::vector<std::string>& paths) {
  paths.push_back(path);
  for (std::size_t i = 0; i < node.of.size(); ++i) {
    add_paths(node.of[i], protocol::child_path(path, i), paths);
  }
}

Json to_json(const GroupKeys& keys, std::int64_t group) {
  Json::Array commitments;
  for (const NodeCommitment& node : keys.commitments) {
    commitments.emplace_back(Json::Object{{"path", node.path}, {"commitment", node.commitment}});
  }
  Json::Object object{{"group", group},
                      {"wrapped", format::to_base64(keys.wrapped.view())},
                      {"commitments", std::move(commitments)}};
  if (!keys.recovery.empty()) {
    Json::Array recovery;
    for (const Commitment& each : keys.recovery) recovery.emplace_back(each);
    object.emplace("recovery", std::move(recovery));
  }
  return object;
}

// One for each holder, in their order; none where there is no recovery.
Result<std::vector<Commitment>> recovery_from(Fields& fields, std::size_t holders) {
  std::vector<Commitment> commitments;
  if (holders == 0) return commitments;
  ASSIGN_OR_RETURN(const Json::Array* items, fields.array("recovery", holders));
  if (items->size() != holders)
    return fail(ErrorCode::kMalformed, "key record: not one commitment for each recovery holder");
  for (const Json& item : *items) {
    const std::optional<Commitment> commitment =
        item.text() != nullptr ? Commitment::from_hex_text(*item.text()) : std::nullopt;
    if (!commitment) return fail(ErrorCode::kMalformed, "key record: not a commitment");
    commitments.push_back(*commitment);
  }
  return commitments;
}

Result<GroupKeys> group_from(const Json& json, std::int64_t expected,
                             const std::vector<std::string>& paths, std::size_t holders) {
  Fields fields(json, "key record group");
  GroupKeys keys;
  RETURN_IF_ERROR(fields.integer("group", expected, expected));
  ASSIGN_OR_RETURN(const Bytes wrapped, fields.base64("wrapped", kWrappedKeyBytes));
  const std::optional<WrappedKey> key = WrappedKey::from_view(wrapped);
  if (!key) return fail(ErrorCode::kMalformed, "key record: a wrapped key of a wrong length");
  keys.wrapped = *key;
  ASSIGN_OR_RETURN(const Json::Array* nodes, fields.array("commitments", paths.size()));
  if (nodes->size() != paths.size()) {
    return fail(ErrorCode::kMalformed, "key record: not one commitment for each policy node");
  }
  for (const Json& node : *nodes) {
    Fields of_node(node, "key record commitment");
    NodeCommitment commitment;
    commitment.path = paths[keys.commitments.size()];
    RETURN_IF_ERROR(of_node.require("path", commitment.path));
    ASSIGN_OR_RETURN(commitment.commitment, of_node.id<Commitment>("commitment"));
    RETURN_IF_ERROR(of_node.done());
    keys.commitments.push_back(std::move(commitment));
  }
  ASSIGN_OR_RETURN(keys.recovery, recovery_from(fields, holders));
  RETURN_IF_ERROR(fields.done());
  return keys;
}

}  // namespace

bool KeyRecord::has_group(std::int64_t group) const {
  return group >= 0 && static_cast<std::size_t>(group) < groups.size();
}

Context KeyRecord::context(std::int64_t group) const {
  return {strongroom, object, group, epoch, suite, policy.digest()};
}

const Commitment& KeyRecord::commitment(std::int64_t group, const std::string& path) const {
  const auto& nodes = groups.at(static_cast<std::size_t>(group)).commitments;
  const auto node = std::ranges::find(nodes, path, &NodeCommitment::path);
  CHECK(node != nodes.end());
  return node->commitment;
}

Result<std::string> encode(const KeyRecord& record) {
  Json::Array groups;
  for (const GroupKeys& keys : record.groups) {
    groups.push_back(to_json(keys, static_cast<std::int64_t>(groups.size())));
  }
  Json::Object document{{"format", std::string(kFormat)},
                        {"strongroom", record.strongroom},
                        {"object", record.object},
                        {"epoch", record.epoch},
                        {"wrap_suite", std::string(name_of(record.suite))},
                        {"policy", record.policy.to_json()},
                        {"groups", std::move(groups)}};
  if (record.recovery) document.emplace("recovery", protocol::to_json(*record.recovery));
  std::string bytes = format::encode(Json(std::move(document)));
  if (bytes.size() > limits::kJsonDocumentBytesMax) {
    return fail(ErrorCode::kTooLarge, "a key record with too many groups");
  }
  return bytes;
}

Result<KeyRecord> decode_key_record(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kJsonDocumentBytesMax));
  Fields fields(json, "key record");
  RETURN_IF_ERROR(fields.require("format", kFormat));
  ASSIGN_OR_RETURN(const StrongroomId strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(const ObjectId object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(const std::int64_t epoch, fields.integer("epoch", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const std::string suite_name, fields.text("wrap_suite"));
  ASSIGN_OR_RETURN(const WrapSuite suite, wrap_suite_from(suite_name));
  ASSIGN_OR_RETURN(const Json* policy_json, fields.any("policy"));
  ASSIGN_OR_RETURN(protocol::Policy policy, protocol::Policy::from_json(*policy_json));
  const std::vector<std::string> paths = node_paths(policy);
  KeyRecord record{strongroom, object, epoch, suite, std::move(policy), {}};
  if (fields.has("recovery")) {
    ASSIGN_OR_RETURN(const Json* recovery, fields.any("recovery"));
    ASSIGN_OR_RETURN(record.recovery, protocol::recovery_from(*recovery));
  }
  const std::size_t holders = record.recovery ? record.recovery->holders.size() : 0;
  ASSIGN_OR_RETURN(const Json::Array* groups, fields.array("groups", limits::kObjectGroupsMax));
  if (groups->empty()) return fail(ErrorCode::kMalformed, "key record: no group");
  for (const Json& item : *groups) {
    const auto expected = static_cast<std::int64_t>(record.groups.size());
    ASSIGN_OR_RETURN(GroupKeys keys, group_from(item, expected, paths, holders));
    record.groups.push_back(std::move(keys));
  }
  RETURN_IF_ERROR(fields.done());
  return record;
}

Digest key_record_digest(std::string_view bytes) {
  return crypto::labelled_digest("key record", {as_bytes(bytes)});
}

Result<void> check_belongs(const KeyRecord& record, const Manifest& manifest) {
  const bool belongs = record.strongroom == manifest.strongroom &&
                       record.object == manifest.object &&
                       record.groups.size() == manifest.groups.size();
  if (!belongs) return fail(ErrorCode::kConflict, "this key record is not of this object");
  return {};
}

std::vector<std::string> node_paths(const protocol::Policy& policy) {
  std::vector<std::string> paths;
  add_paths(policy.root(), "", paths);
  return paths;
}

std::uint8_t x_of(const std::string& path) {
  if (path.empty()) return 0;
  const std::size_t slash = path.rfind('/');
  const std::string_view last =
      std::string_view(path).substr(slash == std::string::npos ? 0 : slash + 1);
  unsigned value = 0;
  const auto parsed = std::from_chars(last.data(), last.data() + last.size(), value);
  CHECK(parsed.ec == std::errc() && value >= 1 && value <= 255);
  return static_cast<std::uint8_t>(value);
}

}  // namespace strongroom::seal
