// Every published pickle has the verdict of the committed table (tests/scan/pickles.table).
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "model/pickle_for_test.h"
#include "model/scan/scan_file.h"

namespace strongroom::model {
namespace {

namespace fs = std::filesystem;

/// Path to verdict.
std::map<std::string, std::string> table() {
  std::map<std::string, std::string> rows;
  std::ifstream file(STRONGROOM_SOURCE_DIR "/tests/scan/pickles.table");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    CHECK(second != std::string::npos && second + 1 < line.size());
    const bool is_new =
        rows.try_emplace(line.substr(0, first), line.substr(first + 1, second - first - 1)).second;
    CHECK(is_new);
  }
  return rows;
}

std::optional<fs::path> vectors() {
  const char* root = std::getenv("STRONGROOM_VECTORS");
  if (root == nullptr || !fs::is_directory(fs::path(root) / "pickles")) return std::nullopt;
  return fs::path(root) / "pickles";
}

TEST(PublishedPickles, AreEachInTheTableAndNothingElseIs) {
  const auto place = vectors();
  if (!place) GTEST_SKIP() << "STRONGROOM_VECTORS does not name the published pickles";
  const std::map<std::string, std::string> rows = table();
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(*place)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    EXPECT_TRUE(rows.contains(fs::relative(entry.path(), *place).string())) << entry.path();
  }
  EXPECT_EQ(files, rows.size());
}

TEST(PublishedPickles, HaveEachTheVerdictOfTheTable) {
  const auto place = vectors();
  if (!place) GTEST_SKIP() << "STRONGROOM_VECTORS does not name the published pickles";
  for (const auto& [path, verdict] : table()) {
    std::ifstream file(*place / path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    ASSERT_FALSE(bytes.empty()) << path;
    const Result<scan::ScannedFile> scanned =
        scan::scan_file(path, io::MemoryReader(as_bytes(bytes)), {}, {});
    ASSERT_TRUE(scanned.has_value()) << path;
    EXPECT_EQ(name_of(scanned->verdict()), verdict) << path << "\n" << said(scanned->findings);
  }
}

}  // namespace
}  // namespace strongroom::model
