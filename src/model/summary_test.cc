#include "model/summary.h"

#include <gtest/gtest.h>

#include "base/shown.h"

namespace strongroom::model {
namespace {

RecognisedFile file(std::string path, std::uint64_t bytes, FileKind kind,
                    std::string architecture = "") {
  RecognisedFile made{std::move(path), bytes, {}};
  made.is.kind = kind;
  made.is.architecture = std::move(architecture);
  return made;
}

TEST(DirectoryOfAModel, IsCountedByKindAndDescribedInOneLine) {
  RecognisedFile weights = file("m.gguf", 17'100'000, FileKind::kGguf, "llama");
  weights.is.tensors = 39;
  const Summary summary =
      recognise_directory({weights, file("config.json", 400, FileKind::kJson, "llama"),
                           file("README.md", 99, FileKind::kText)});
  EXPECT_EQ(summary.kinds.at(FileKind::kGguf), (Summary::Count{1, 17'100'000}));
  EXPECT_EQ(describe(summary), "llama model: 1 gguf file, 39 tensors; 3 files, 17.1 MB in all");
}

TEST(DirectoryWhoseFilesNameTwoArchitectures, NamesNeither) {
  const Summary summary = recognise_directory({file("a", 1, FileKind::kGguf, "llama"),
                                               file("b", 1, FileKind::kGguf, "other"),
                                               file("c", 1, FileKind::kGguf, "llama")});
  EXPECT_EQ(summary.architecture, "");
  EXPECT_TRUE(summary.architectures_disagree);
}

TEST(DirectoryWithoutWeights, SaysSo) {
  EXPECT_EQ(describe(recognise_directory({file("a.txt", 5, FileKind::kText)})),
            "no model weights recognised; 1 file, 5 bytes in all");
}

TEST(SizesThatOverflow, StopAtTheLargestNumber) {
  const Summary summary = recognise_directory(
      {file("a", ~std::uint64_t{0}, FileKind::kGguf), file("b", 2, FileKind::kGguf)});
  EXPECT_EQ(summary.bytes, ~std::uint64_t{0});
  EXPECT_EQ(*to_json(summary).object()->at("bytes").integer(), (std::int64_t{1} << 53) - 1);
}

TEST(SummaryAsJson, ListsDoubtedFilesEncodably) {
  RecognisedFile doubted = file("bad\x1bname", 5, FileKind::kPickle);
  doubted.is.doubts = {Doubt::kRunsCode};
  EXPECT_EQ(format::encode(to_json(recognise_directory({doubted}))),
            R"({"architecture":"","bytes":5,"doubted_files":1,"doubts":[{"doubts":["runs_code"],)"
            R"("kind":"pickle","path":"bad\\x1bname"}],"files":1,)"
            R"("kinds":{"pickle":{"bytes":5,"files":1}},"tensors":0})");
}

TEST(ShownBytes, RoundUpIntoTheNextUnit) {
  EXPECT_EQ(shown_bytes(1), "1 byte");
  EXPECT_EQ(shown_bytes(999), "999 bytes");
  EXPECT_EQ(shown_bytes(999'999), "1.0 MB");
  EXPECT_EQ(shown_bytes(~std::uint64_t{0}), "18.4 EB");
}

}  // namespace
}  // namespace strongroom::model
