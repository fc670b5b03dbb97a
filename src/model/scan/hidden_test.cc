#include <gtest/gtest.h>

#include "model/scan/scanned_for_test.h"

namespace strongroom::model::scan {
namespace {

using hand_made::packed;
using hand_made::stored;
using hand_made::zip;

// Two things at once.

TEST(ZipBehindAnything, IsTwoFormatsAndItsMembersAreJudged) {
  const std::string evil = zip({stored("data.pkl", kEvilPickle)});
  const std::string good = zip({stored("a.txt", "text")});
  for (const auto& [name, front] :
       std::vector<std::pair<std::string, std::string>>{{"m.safetensors", safetensors()},
                                                        {"m.gguf", gguf()},
                                                        {"m.pkl", kGoodPickle},
                                                        {"m.png", "\x89PNG\r\n\x1a\n"},
                                                        {"m.txt", "text"},
                                                        {"m.json", "{}"}}) {
    const ScannedFile scanned = scan(name, front + good);
    EXPECT_EQ(scanned.verdict(), Verdict::kHostile) << name;
    EXPECT_TRUE(says(scanned, "two-formats")) << name;
    EXPECT_TRUE(says(scan(name, front + evil), "pickle-runs-code") ||
                says(scan(name, front + evil), "pickle-dangerous-global"))
        << name;
  }
}

TEST(ZipBehindBytesOfNoKind, IsSuspiciousAndItsMembersAreJudged) {
  EXPECT_EQ(rules(scan("a.jmod", std::string("JM\1\0", 4) + zip({stored("a.txt", "text")}))),
            Rules{"zip-hidden-data"});
  EXPECT_EQ(scan("a.jmod", std::string("JM\1\0", 4) + zip({stored("a", kEvilPickle)})).verdict(),
            Verdict::kHostile);
}

TEST(ZipInTheTensorsOfASafetensorsFile, IsTwoFormats) {
  std::string bytes = safetensors(256);
  const std::string evil = zip({stored("data.pkl", kEvilPickle)});
  bytes.replace(bytes.size() - evil.size(), evil.size(), evil);
  EXPECT_TRUE(says(scan("m.safetensors", bytes), "two-formats"));
}

TEST(FileThatIsATarToo, IsTwoFormats) {
  std::string header = tar_header("GGUF\x03", 0);
  const ScannedFile scanned = scan("m.gguf", header + kTarEnd);
  EXPECT_TRUE(says(scanned, "two-formats"));
}

TEST(PickleBehindThePicture, IsJudged) {
  const std::string png = "\x89PNG\r\n\x1a\n" + std::string("\0\0\0\0IEND\xae\x42\x60\x82", 12);
  EXPECT_EQ(rules(scan("a.png", png)), Rules{});
  EXPECT_EQ(scan("a.png", png + kEvilPickle).verdict(), Verdict::kHostile);
}

TEST(ArchiveBehindTheTensorsOfAGguf, IsFound) {
  const std::string tar = tar_member("a.txt", kEvilPickle) + kTarEnd;
  EXPECT_EQ(scan("m.gguf", gguf() + tar).verdict(), Verdict::kHostile);
}

// Shadow weights.

TEST(WeightsUnderAnotherName, AreAShadow) {
  const ScannedFile scanned = scan("holiday.jpg", safetensors());
  ASSERT_NE(shadow(scanned), nullptr);
  EXPECT_EQ(shadow(scanned)->how, "a safetensors file named holiday.jpg");
  EXPECT_TRUE(says(scanned, "shadow-weights"));
  EXPECT_NE(shadow(scan("core.dump", gguf())), nullptr);
  EXPECT_NE(shadow(scan("notes", gguf())), nullptr);
}

TEST(WeightsInAnArchive, AreAShadowWhateverTheirName) {
  const ScannedFile in_zip = scan("backup.zip", zip({stored("model.gguf", gguf())}));
  ASSERT_NE(shadow(in_zip), nullptr);
  EXPECT_EQ(shadow(in_zip)->member, "model.gguf");
  ASSERT_TRUE(shadow(in_zip)->begins_at);
  EXPECT_TRUE(shadow(in_zip)->structure);
  EXPECT_NE(shadow(scan("backup.zip", zip({packed("model.gguf", gguf())}))), nullptr);
  EXPECT_NE(shadow(scan("backup.tar", tar_member("notes.txt", safetensors()) + kTarEnd)), nullptr);
}

TEST(WeightsBehindAPicture, AreAShadow) {
  const std::string jpeg = "\xff\xd8\xff\xe0" + random_bytes(5'000);
  const ScannedFile scanned = scan("a.jpg", jpeg + gguf());
  ASSERT_NE(shadow(scanned), nullptr);
  EXPECT_EQ(shadow(scanned)->begins_at, jpeg.size());
  EXPECT_EQ(shadow(scanned)->how, "a gguf file inside of media");
  EXPECT_NE(shadow(scan("a.jpg", jpeg + safetensors())), nullptr);
}

TEST(WeightsBehindWeightsWithoutEnd, AreReadInBoundedTime) {
  std::string bytes = "\xff\xd8\xff\xe0";
  for (int i = 0; i < 40; ++i) bytes += gguf() + "x";
  const ScannedFile scanned = scan("a.jpg", bytes);
  EXPECT_TRUE(says(scanned, "archive-too-large"));
  EXPECT_LE(scanned.weights.size(), 65U);
}

TEST(BareNumbers, AreAShadowWithoutAHeader) {
  const ScannedFile scanned = scan("model.gguf.part2", bell_numbers(50'000));
  ASSERT_NE(shadow(scanned), nullptr);
  EXPECT_EQ(shadow(scanned)->how, "bare f32 numbers without a header, as weights have");
}

TEST(BareNumbersBehindAPicture, AreAShadow) {
  EXPECT_NE(shadow(scan("a.jpg", "\xff\xd8\xff\xe0" + random_bytes(50'000) + bell_numbers(50'000))),
            nullptr);
}

TEST(ExternalDataOfOnnx, IsFoundAndIsNoShadow) {
  const ScannedFile scanned = scan("model.onnx_data", bell_numbers(50'000));
  ASSERT_EQ(scanned.weights.size(), 1U);
  EXPECT_FALSE(scanned.weights[0].is_shadow);
  EXPECT_EQ(rules(scanned), Rules{});
}

TEST(EvenlySpreadBytesOfNoKind, AreUnreadable) {
  EXPECT_EQ(rules(scan("blob", random_bytes(100'000))), Rules{"not-read"});
}

TEST(ShortBytesOfNoKind, AreCleanWhenWhollyLookedAt) {
  EXPECT_EQ(rules(scan("tokenizer.model", std::string("\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0", 14))),
            Rules{});
}

}  // namespace
}  // namespace strongroom::model::scan
