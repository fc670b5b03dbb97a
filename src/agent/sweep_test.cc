#include "agent/sweep.h"

#include <gtest/gtest.h>

#include "io/temporary_directory.h"
#include "judge/test_inventory.h"

namespace strongroom::agent {
namespace {

using judge::TestLab;

Digest filled(std::uint8_t value) {
  Digest digest;
  digest.bytes.fill(value);
  return digest;
}

SweepScan scan_of(const std::vector<std::pair<std::string, std::uint8_t>>& places) {
  SweepScan scan;
  scan.files = 10;
  scan.begun = judge::kTestStart;
  scan.ended = judge::kTestStart + 5;
  for (const auto& [place, digest] : places)
    scan.found.push_back({filled(digest), "model", "gguf", 7, place});
  return scan;
}

// A host whose sweeps are told to a log, as an agent tells them.
class ASweptHost : public ::testing::Test {
 protected:
  ASweptHost() { judge::must_add(log, lab.founding()); }
  [[nodiscard]] judge::World world() const {
    judge::World world(lab.id);
    for (const std::string& line : log.lines()) CHECK(world.follow(line).has_value());
    return world;
  }
  SweepNews news(const SweepScan& scan) const {
    Result<SweepNews> news = sweep_news(lab.host.host.host, world(), kept, scan, 3'600);
    CHECK(news.has_value());
    return std::move(*news);
  }
  // As far as `parts` parts; then, if that was all, what is kept for the next time.
  void tell(const SweepNews& told, std::size_t parts = 1'000) {
    kept = told.before;
    for (std::size_t i = 0; i < std::min(parts, told.parts.size()); ++i) {
      judge::must_add(
          log, TestLab::signed_by(protocol::EntryType::kSwept, to_json(told.parts[i]), lab.host));
    }
    if (parts >= told.parts.size()) kept = told.after;
  }
  void sweep(const std::vector<std::pair<std::string, std::uint8_t>>& places) {
    tell(news(scan_of(places)));
  }
  [[nodiscard]] std::int64_t standing() const {
    return *log.rooms().registry.sightings().count_standing(lab.host.host.host);
  }

  TestLab lab;
  judge::TestLog log;
  SweepsKept kept;
};

TEST_F(ASweptHost, TellsNothingTwice) {
  sweep({{"/a", 1}});
  const SweepNews again = news(scan_of({{"/a", 1}}));
  ASSERT_EQ(again.parts.size(), 1u);
  EXPECT_TRUE(again.parts[0].seen.empty());
  EXPECT_TRUE(again.parts[0].gone.empty());
  EXPECT_EQ(again.parts[0].number, 2);
}

TEST_F(ASweptHost, TellsARenamedCopyAsOneGoneAndOneNew) {
  sweep({{"/a", 1}});
  const SweepNews moved = news(scan_of({{"/b", 1}}));
  EXPECT_EQ(moved.parts[0].seen.size(), 1u);
  EXPECT_EQ(moved.parts[0].gone, std::vector<Digest>{kept.told[0].commitment()});
}

TEST_F(ASweptHost, TellsOtherBytesAtAPlaceAsOneGoneAndOneNew) {
  sweep({{"/a", 1}});
  const SweepNews changed = news(scan_of({{"/a", 2}}));
  EXPECT_EQ(changed.parts[0].seen.size(), 1u);
  EXPECT_EQ(changed.parts[0].gone.size(), 1u);
}

TEST_F(ASweptHost, ThatCrashedBeforeTheLogTookItTellsItOnce) {
  tell(news(scan_of({{"/a", 1}})), 0);
  EXPECT_EQ(standing(), 0);
  sweep({{"/a", 1}});
  EXPECT_EQ(standing(), 1);
}

TEST_F(ASweptHost, ThatCrashedAfterTheLogTookItTellsNothingTwice) {
  const SweepNews first = news(scan_of({{"/a", 1}}));
  tell(first);
  kept = first.before;  // what was kept before the first part was sent
  const SweepNews again = news(scan_of({{"/a", 1}}));
  EXPECT_FALSE(again.parts[0].is_afresh);
  EXPECT_TRUE(again.parts[0].seen.empty());
}

TEST_F(ASweptHost, ThatForgotEverythingTellsItAfresh) {
  sweep({{"/a", 1}, {"/b", 2}});
  kept = {};
  const SweepNews again = news(scan_of({{"/a", 1}, {"/b", 2}}));
  EXPECT_TRUE(again.parts[0].is_afresh);
  EXPECT_EQ(again.parts[0].seen.size(), 2u);
  EXPECT_TRUE(again.parts[0].gone.empty());
  tell(again);
  EXPECT_EQ(standing(), 2);
}

TEST_F(ASweptHost, TellsMuchInPartsThatTheLogTakes) {
  std::vector<std::pair<std::string, std::uint8_t>> many;
  for (int i = 0; i < 150; ++i) many.emplace_back("/m" + std::to_string(i), 1);
  const SweepNews told = news(scan_of(many));
  ASSERT_EQ(told.parts.size(), 3u);
  EXPECT_FALSE(told.parts[0].is_last);
  EXPECT_TRUE(told.parts[2].is_last);
  EXPECT_EQ(told.texts[0].size(), told.parts[0].seen.size());
  tell(told);
  EXPECT_EQ(standing(), 150);
  sweep({});
  EXPECT_EQ(standing(), 0);
}

TEST_F(ASweptHost, ThatEndedBetweenTwoPartsTellsOnlyTheRest) {
  std::vector<std::pair<std::string, std::uint8_t>> many;
  for (int i = 0; i < 100; ++i) many.emplace_back("/m" + std::to_string(i), 1);
  tell(news(scan_of(many)), 1);
  EXPECT_EQ(standing(), 64);
  const SweepNews rest = news(scan_of(many));
  ASSERT_EQ(rest.parts.size(), 1u);
  EXPECT_EQ(rest.parts[0].seen.size(), 36u);
  tell(rest);
  EXPECT_EQ(standing(), 100);
}

TEST_F(ASweptHost, KeepsWhatItToldAcrossARestart) {
  sweep({{"/a", 1}});
  const io::TemporaryDirectory directory;
  const io::Directory home = *io::Directory::open(directory / ".");
  ASSERT_TRUE(write_sweeps(home, kept).has_value());
  const SweepsKept read = *read_sweeps(home);
  EXPECT_EQ(read.swept_at, kept.swept_at);
  ASSERT_EQ(read.told.size(), 1u);
  EXPECT_EQ(read.told[0].commitment(), kept.told[0].commitment());
}

TEST_F(ASweptHost, WhoseOwnFileIsDamagedBeginsAnew) {
  const io::TemporaryDirectory directory;
  const io::Directory home = *io::Directory::open(directory / ".");
  ASSERT_TRUE(home.write_file_atomically("sweeps.json", as_bytes("{]"), 0600).has_value());
  EXPECT_TRUE(read_sweeps(home)->told.empty());
}

TEST(AScansAnswer, IsRefusedWithAMemberThatNobodyKnows) {
  EXPECT_FALSE(sweep_scan_from(R"({"files":1,"left_out":0,"models":[],"unreadable":0,"x":1})"));
}

TEST(AScansAnswer, IsRefusedWithAPlaceThatIsTooLong) {
  const std::string place(protocol::kPlaceBytesMax + 1, 'x');
  EXPECT_FALSE(sweep_scan_from(R"({"files":1,"left_out":0,"models":[{"bytes":1,"digest":")" +
                               filled(1).hex() + R"(","format":"gguf","kind":"model","place":")" +
                               place + R"("}],"unreadable":0})"));
}

TEST(AScansAnswer, IsReadWhole) {
  const auto scan = sweep_scan_from(R"({"files":3,"left_out":2,"models":[{"bytes":1,"digest":")" +
                                    filled(1).hex() +
                                    R"(","format":"gguf","kind":"model","place":"/a"}],)"
                                    R"("unreadable":1})");
  ASSERT_TRUE(scan.has_value());
  EXPECT_EQ(scan->files, 3);
  EXPECT_EQ(scan->left_out, 2);
  EXPECT_EQ(scan->unreadable, 1);
  EXPECT_EQ(scan->found.at(0).place, "/a");
}

}  // namespace
}  // namespace strongroom::agent
