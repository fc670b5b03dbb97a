#include <gtest/gtest.h>

#include "model/scan/scanned_for_test.h"
#include "model/structure_for_test.h"
#include "model/zip_for_test.h"

namespace strongroom::model::scan {
namespace {

const std::string kLambda = R"({"module":"keras.layers","class_name":"Lambda","config":{}})";

TEST(ScanOfAKerasModel, FindsTheLayersThatBringCodeInHdf5) {
  const ScannedFile file =
      scan("model.h5", "\x89HDF\r\n\x1a\n" + std::string(600, '\0') + kLambda + "rest");
  EXPECT_TRUE(says(file, "keras-lambda"));
  EXPECT_EQ(file.verdict(), Verdict::kHostile);
}

TEST(ScanOfAKerasModel, FindsTheLayersThatBringCodeInItsArchive) {
  const ScannedFile file =
      scan("model.keras", hand_made::zip({hand_made::stored("metadata.json", "{}"),
                                          hand_made::packed("config.json", kLambda)}));
  const Finding* found = finding(file, "keras-lambda");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->member, "config.json");
  EXPECT_EQ(file.verdict(), Verdict::kHostile);
}

TEST(ScanOfASavedModel, FindsTheOperatorThatWritesFiles) {
  const Message node = Message().bytes(1, "n").bytes(2, "WriteFile");
  const Message graph = Message().message(2, Message().message(1, node));
  const Message meta = Message().message(1, Message().bytes(4, "serve")).raw(graph.encoded());
  const ScannedFile file =
      scan("saved_model.pb", Message().number(1, 1).message(2, meta).encoded());
  EXPECT_TRUE(says(file, "graph-writes-files"));
}

}  // namespace
}  // namespace strongroom::model::scan
