#ifndef STRONGROOM_CRYPTO_VECTORS_FOR_TEST_H_
#define STRONGROOM_CRYPTO_VECTORS_FOR_TEST_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/bytes.h"

/// Inside this room's tests only: the external vectors, where STRONGROOM_VECTORS points.
namespace strongroom::crypto {

[[nodiscard]] inline std::optional<std::filesystem::path> vectors(const std::string& below) {
  const char* root = std::getenv("STRONGROOM_VECTORS");
  if (root == nullptr) return std::nullopt;
  return std::filesystem::path(root) / below;
}

[[nodiscard]] inline nlohmann::json json_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

/// Empty, and so never equal to what a test expects, when the member is not hexadecimal.
[[nodiscard]] inline Bytes hex_of(const nlohmann::json& json, const char* name) {
  return from_hex(json.at(name).get<std::string>()).value_or(Bytes{});
}

}  // namespace strongroom::crypto

/// `const auto name = …` or the test says that it was skipped.
#define STRONGROOM_VECTORS_OR_SKIP(name, below)           \
  const auto name = ::strongroom::crypto::vectors(below); \
  if (!name) GTEST_SKIP() << "STRONGROOM_VECTORS is not set: no external vectors"

#endif  // STRONGROOM_CRYPTO_VECTORS_FOR_TEST_H_
