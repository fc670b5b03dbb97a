#include "seal/layout.h"

#include <charconv>

namespace strongroom::seal {

std::string object_folder(const ObjectId& object) {
  return std::string(kObjectsFolder) + "/" + object.hex();
}

std::string manifest_blob(const ObjectId& object) { return object_folder(object) + "/manifest"; }

namespace {

constexpr std::string_view kKeyRecord = "key-record-";
constexpr std::string_view kSealedShares = "sealed-shares-";

std::string document(std::string_view kind, std::int64_t epoch, const Digest& digest) {
  const std::string name = std::string(kind) + std::to_string(epoch);
  return epoch == 0 ? name : name + "-" + digest.hex();
}

}  // namespace

std::string key_record_document(std::int64_t epoch, const Digest& key_record) {
  return document(kKeyRecord, epoch, key_record);
}

std::string sealed_shares_document(std::int64_t epoch, const Digest& sealed_shares) {
  return document(kSealedShares, epoch, sealed_shares);
}

std::string key_record_blob(const ObjectId& object, std::int64_t epoch, const Digest& key_record) {
  return object_folder(object) + "/" + key_record_document(epoch, key_record);
}

std::string sealed_shares_blob(const ObjectId& object, std::int64_t epoch,
                               const Digest& sealed_shares) {
  return object_folder(object) + "/" + sealed_shares_document(epoch, sealed_shares);
}

bool is_document(std::string_view name) {
  if (name == "manifest") return true;
  for (const std::string_view kind : {kKeyRecord, kSealedShares}) {
    if (!name.starts_with(kind)) continue;
    const std::string_view rest = name.substr(kind.size());
    if (rest == "0") return true;
    std::int64_t epoch = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), epoch);
    const auto digits = static_cast<std::size_t>(parsed.ptr - rest.data());
    if (parsed.ec != std::errc() || epoch <= 0 || digits == rest.size()) return false;
    const auto digest = Digest::from_hex_text(rest.substr(digits + 1));
    return digest && name == document(kind, epoch, *digest);
  }
  return false;
}

std::string file_blob(const ObjectId& object, std::int64_t index) {
  return object_folder(object) + "/f" + std::to_string(index);
}

std::string names_blob(const ObjectId& object, std::int64_t group) {
  return object_folder(object) + "/names-" + std::to_string(group);
}

}  // namespace strongroom::seal
