#include "seal/layout.h"

namespace strongroom::seal {

std::string object_folder(const ObjectId& object) {
  return std::string(kObjectsFolder) + "/" + object.hex();
}

std::string manifest_blob(const ObjectId& object) { return object_folder(object) + "/manifest"; }

std::string key_record_blob(const ObjectId& object, std::int64_t epoch) {
  return object_folder(object) + "/key-record-" + std::to_string(epoch);
}

std::string sealed_shares_blob(const ObjectId& object, std::int64_t epoch) {
  return object_folder(object) + "/sealed-shares-" + std::to_string(epoch);
}

std::string file_blob(const ObjectId& object, std::int64_t index) {
  return object_folder(object) + "/f" + std::to_string(index);
}

std::string names_blob(const ObjectId& object, std::int64_t group) {
  return object_folder(object) + "/names-" + std::to_string(group);
}

}  // namespace strongroom::seal
