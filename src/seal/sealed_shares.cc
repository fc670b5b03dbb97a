// The documents that carry shares: encoding and decoding only.
#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/limits.h"
#include "crypto/hash.h"
#include "format/base64.h"
#include "format/json.h"
#include "seal/shares.h"

namespace strongroom::seal {

using format::Fields;
using format::Json;

namespace {

constexpr std::string_view kFormat = "strongroom sealed shares 1";
constexpr std::size_t kSealedSecretBytes = 32 + crypto::kAeadTagBytes;
constexpr std::size_t kEncapsulatedBytesMax = 2'048;
constexpr std::int64_t kGroupMax = static_cast<std::int64_t>(limits::kObjectGroupsMax) - 1;
constexpr std::size_t kLeavesMax = 1'000'000;

// "2/1": numbers of 1..255 without leading zeroes, at least one.
bool is_leaf_path(std::string_view path) {
  for (std::size_t depth = 0; depth < limits::kPolicyDepthMax; ++depth) {
    const std::size_t slash = path.find('/');
    const std::string_view number = path.substr(0, slash);
    unsigned value = 0;
    const char* end = number.data() + number.size();
    const auto parsed = std::from_chars(number.data(), end, value);
    const bool good = parsed.ec == std::errc() && parsed.ptr == end && value >= 1 &&
                      value <= limits::kPolicyChildrenMax && number.front() != '0';
    if (!good) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

void add(Json::Object& object, const crypto::HpkeSealed& sealed) {
  object.emplace("encapsulated", format::to_base64(sealed.encapsulated));
  object.emplace("ciphertext", format::to_base64(sealed.ciphertext));
}

Result<crypto::HpkeSealed> sealed_from(Fields& fields) {
  crypto::HpkeSealed sealed;
  ASSIGN_OR_RETURN(sealed.encapsulated, fields.base64("encapsulated", kEncapsulatedBytesMax));
  ASSIGN_OR_RETURN(sealed.ciphertext, fields.base64("ciphertext", kSealedSecretBytes));
  if (sealed.ciphertext.size() != kSealedSecretBytes) {
    return fail(ErrorCode::kMalformed, "a sealed share of a wrong length");
  }
  return sealed;
}

Result<std::string> path_from(Fields& fields) {
  ASSIGN_OR_RETURN(std::string path, fields.text("path"));
  if (!is_leaf_path(path)) return fail(ErrorCode::kMalformed, "not the path of a leaf");
  return path;
}

Result<SealedLeaf> leaf_from(const Json& json) {
  Fields fields(json, "sealed leaf");
  SealedLeaf leaf;
  ASSIGN_OR_RETURN(leaf.group, fields.integer("group", 0, kGroupMax));
  ASSIGN_OR_RETURN(leaf.path, path_from(fields));
  ASSIGN_OR_RETURN(leaf.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(leaf.key, fields.id<KeyId>("key"));
  ASSIGN_OR_RETURN(leaf.sealed, sealed_from(fields));
  RETURN_IF_ERROR(fields.done());
  return leaf;
}

Result<SealedSite> site_from(const Json& json) {
  Fields fields(json, "sealed site secret");
  SealedSite site;
  ASSIGN_OR_RETURN(site.group, fields.integer("group", 0, kGroupMax));
  ASSIGN_OR_RETURN(site.key, fields.id<KeyId>("key"));
  ASSIGN_OR_RETURN(site.sealed, sealed_from(fields));
  RETURN_IF_ERROR(fields.done());
  return site;
}

Result<SealedRecoveryShare> recovery_share_from(const Json& json) {
  Fields fields(json, "sealed recovery share");
  SealedRecoveryShare share;
  ASSIGN_OR_RETURN(share.group, fields.integer("group", 0, kGroupMax));
  ASSIGN_OR_RETURN(const std::int64_t x, fields.integer("x", 1, 255));
  share.x = static_cast<std::uint8_t>(x);
  ASSIGN_OR_RETURN(share.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(share.key, fields.id<KeyId>("key"));
  ASSIGN_OR_RETURN(share.sealed, sealed_from(fields));
  RETURN_IF_ERROR(fields.done());
  return share;
}

auto order_of(const SealedRecoveryShare& share) {
  return std::tie(share.group, share.x, share.key);
}
auto order_of(const SealedLeaf& leaf) { return std::tie(leaf.group, leaf.path, leaf.key); }
auto order_of(const SealedSite& site) { return std::tie(site.group, site.key); }

// Strictly ascending: one order, nothing twice.
template <class Item, class Read>
Result<std::vector<Item>> items_from(Fields& fields, std::string_view name, Read read) {
  ASSIGN_OR_RETURN(const Json::Array* array, fields.array(name, kLeavesMax));
  std::vector<Item> items;
  for (const Json& json : *array) {
    ASSIGN_OR_RETURN(Item item, read(json));
    if (!items.empty() && !(order_of(items.back()) < order_of(item))) {
      return fail(ErrorCode::kMalformed, "sealed shares: not in ascending order");
    }
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace

const SealedLeaf* SealedShares::leaf(std::int64_t group, const KeyId& key) const {
  const auto found = std::ranges::find_if(
      leaves, [&](const SealedLeaf& leaf) { return leaf.group == group && leaf.key == key; });
  return found == leaves.end() ? nullptr : &*found;
}

const SealedSite* SealedShares::site_of(std::int64_t group, const KeyId& key) const {
  const auto found = std::ranges::find_if(
      site, [&](const SealedSite& one) { return one.group == group && one.key == key; });
  return found == site.end() ? nullptr : &*found;
}

const SealedRecoveryShare* SealedShares::recovery_share(std::int64_t group,
                                                        const KeyId& key) const {
  const auto found = std::ranges::find_if(recovery, [&](const SealedRecoveryShare& one) {
    return one.group == group && one.key == key;
  });
  return found == recovery.end() ? nullptr : &*found;
}

Result<std::string> encode(const SealedShares& shares) {
  Json::Array leaves;
  for (const SealedLeaf& leaf : shares.leaves) {
    Json::Object object{
        {"group", leaf.group}, {"path", leaf.path}, {"person", leaf.person}, {"key", leaf.key}};
    add(object, leaf.sealed);
    leaves.emplace_back(std::move(object));
  }
  Json::Array site;
  for (const SealedSite& one : shares.site) {
    Json::Object object{{"group", one.group}, {"key", one.key}};
    add(object, one.sealed);
    site.emplace_back(std::move(object));
  }
  Json::Object document{{"format", std::string(kFormat)},
                        {"strongroom", shares.strongroom},
                        {"object", shares.object},
                        {"epoch", shares.epoch},
                        {"wrap_suite", std::string(name_of(shares.suite))},
                        {"leaves", std::move(leaves)},
                        {"site", std::move(site)}};
  if (!shares.recovery.empty()) {
    Json::Array recovery;
    for (const SealedRecoveryShare& one : shares.recovery) {
      Json::Object object{{"group", one.group},
                          {"x", std::int64_t{one.x}},
                          {"person", one.person},
                          {"key", one.key}};
      add(object, one.sealed);
      recovery.emplace_back(std::move(object));
    }
    document.emplace("recovery", std::move(recovery));
  }
  std::string bytes = format::encode(Json(std::move(document)));
  if (bytes.size() > limits::kJsonDocumentBytesMax) {
    return fail(ErrorCode::kTooLarge, "sealed shares of too many groups and keys");
  }
  return bytes;
}

Result<SealedShares> decode_sealed_shares(std::string_view bytes) {
  ASSIGN_OR_RETURN(const Json json, format::decode_canonical(bytes, limits::kJsonDocumentBytesMax));
  Fields fields(json, "sealed shares");
  SealedShares shares;
  RETURN_IF_ERROR(fields.require("format", kFormat));
  ASSIGN_OR_RETURN(shares.strongroom, fields.id<StrongroomId>("strongroom"));
  ASSIGN_OR_RETURN(shares.object, fields.id<ObjectId>("object"));
  ASSIGN_OR_RETURN(shares.epoch, fields.integer("epoch", 0, limits::kJsonIntegerMax));
  ASSIGN_OR_RETURN(const std::string suite, fields.text("wrap_suite"));
  ASSIGN_OR_RETURN(shares.suite, wrap_suite_from(suite));
  ASSIGN_OR_RETURN(shares.leaves, items_from<SealedLeaf>(fields, "leaves", leaf_from));
  ASSIGN_OR_RETURN(shares.site, items_from<SealedSite>(fields, "site", site_from));
  if (fields.has("recovery")) {
    ASSIGN_OR_RETURN(shares.recovery,
                     items_from<SealedRecoveryShare>(fields, "recovery", recovery_share_from));
    if (shares.recovery.empty())
      return fail(ErrorCode::kMalformed, "sealed shares: an empty list of recovery shares");
  }
  RETURN_IF_ERROR(fields.done());
  return shares;
}

Digest sealed_shares_digest(std::string_view bytes) {
  return crypto::labelled_digest("sealed shares", {as_bytes(bytes)});
}

Json to_json(const ResealedLeaf& leaf) {
  Json::Object object{{"group", leaf.group}, {"path", leaf.path}, {"person", leaf.person}};
  add(object, leaf.sealed);
  return object;
}

Result<ResealedLeaf> resealed_leaf_from(const Json& json) {
  Fields fields(json, "re-sealed leaf");
  ResealedLeaf leaf;
  ASSIGN_OR_RETURN(leaf.group, fields.integer("group", 0, kGroupMax));
  ASSIGN_OR_RETURN(leaf.path, path_from(fields));
  ASSIGN_OR_RETURN(leaf.person, fields.id<PersonId>("person"));
  ASSIGN_OR_RETURN(leaf.sealed, sealed_from(fields));
  RETURN_IF_ERROR(fields.done());
  return leaf;
}

}  // namespace strongroom::seal
