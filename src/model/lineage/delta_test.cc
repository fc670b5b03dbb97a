#include "model/lineage/delta.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "model/lineage/zoo_files_for_test.h"

namespace strongroom::model::lineage {
namespace {

using zoo::Container;
using zoo::printed;
using zoo::Size;
using zoo::Stored;
using zoo::Zoo;

const Size kSize{.layers = 1, .hidden = 352, .tokens = 256};

Zoo base() { return zoo::make_model(kSize, 31); }
zoo::ZooTensor& named(Zoo& model, std::string_view part) {
  return *std::find_if(model.begin(), model.end(), [&](const zoo::ZooTensor& tensor) {
    return tensor.name.find(part) != std::string::npos;
  });
}
Delta delta_to(const Zoo& after) { return delta_of(printed(base(), kSize), printed(after, kSize)); }

Result<Delta> delta_by_files(const Zoo& after) {
  const Stored before = zoo::stored(base(), kSize, ElementType::kBf16, Container::kSafetensors);
  const Stored later = zoo::stored(after, kSize, ElementType::kBf16, Container::kSafetensors);
  const Fingerprint print_before = printed(before);
  const Fingerprint print_later = printed(later);
  const io::MemoryReader file_before(before.file);
  const io::MemoryReader file_later(later.file);
  return delta_of_files({file_before, before.structure, print_before},
                        {file_later, later.structure, print_later}, [] { return true; });
}
bool has(const TensorDelta& delta, Alarm alarm) {
  return std::find(delta.alarms.begin(), delta.alarms.end(), alarm) != delta.alarms.end();
}

TEST(TheSameReleaseTwice, HasNoDifferenceAndNoAlarm) {
  const Delta delta = delta_to(base());
  EXPECT_EQ(delta.changed + delta.added + delta.removed, 0u);
  EXPECT_EQ(delta.change, 0.0);
  EXPECT_FALSE(delta.has_alarms());
}

TEST(AFineTunedRelease, ChangesEverywhereAndRaisesNoAlarm) {
  const Delta delta = delta_to(zoo::fine_tuned(base(), 0.05f, 1));
  EXPECT_EQ(delta.same, 0u);
  ASSERT_TRUE(delta.change.has_value());
  EXPECT_NEAR(*delta.change, 0.05, 0.005);
  EXPECT_FALSE(delta.rank.has_value());
  EXPECT_FALSE(delta.has_alarms());
}

TEST(AReleaseWithAnAdapterMerged, HasAChangeOfLowRank) {
  EXPECT_EQ(delta_to(zoo::lora_merged(base(), 4, 0.05f, true, 2)).rank, 4u);
}

Zoo with_edited_tokens() {
  Zoo model = base();
  zoo::ZooTensor& table = named(model, "embed_tokens");
  for (std::size_t i = 0; i < table.columns; ++i) {
    table.values[77 * table.columns + i] = -table.values[77 * table.columns + i];
  }
  return model;
}

TEST(OneTokensRowTurnedRound, RaisesTheAlarmsOfAnEdit) {
  const Delta delta = delta_to(with_edited_tokens());
  EXPECT_EQ(delta.changed, 1u);
  ASSERT_TRUE(delta.has_alarms());
  EXPECT_TRUE(has(delta.tensors.front(), Alarm::kAloneChanged));
  EXPECT_TRUE(has(delta.tensors.front(), Alarm::kFewRowsChanged));
  EXPECT_TRUE(has(delta.tensors.front(), Alarm::kEmbeddingRows));
}

TEST(OneTokensRowTurnedRound, IsNamedByItsNumberFromTheFiles) {
  const Result<Delta> delta = delta_by_files(with_edited_tokens());
  ASSERT_TRUE(delta.has_value());
  EXPECT_EQ(delta->tensors.front().rows_changed, 1u);
  EXPECT_EQ(delta->tensors.front().first_row_changed, 77u);
  EXPECT_TRUE(has(delta->tensors.front(), Alarm::kEmbeddingRows));
}

TEST(AChangeFromFiles, IsThatFromFingerprintsButExact) {
  const Zoo after = zoo::fine_tuned(base(), 0.1f, 3);
  const Delta estimate = delta_to(after);
  const Result<Delta> exact = delta_by_files(after);
  ASSERT_TRUE(exact.has_value());
  EXPECT_TRUE(exact->is_from_files);
  EXPECT_NEAR(*estimate.change, *exact->change, 0.005);
  EXPECT_FALSE(exact->has_alarms());
}

TEST(ANanInARelease, RaisesAnAlarm) {
  Zoo model = zoo::fine_tuned(base(), 0.05f, 4);
  named(model, "q_proj").values[9] = std::numeric_limits<float>::quiet_NaN();
  const Delta delta = delta_to(model);
  ASSERT_TRUE(delta.has_alarms());
  EXPECT_TRUE(has(delta.tensors.front(), Alarm::kNotFinite));
}

TEST(AValueFarBeyondAllOthers, RaisesAnAlarm) {
  Zoo model = zoo::fine_tuned(base(), 0.05f, 5);
  named(model, "down_proj").values[1'000] = 3.0f;
  const Delta delta = delta_to(model);
  ASSERT_TRUE(delta.has_alarms());
  EXPECT_TRUE(has(delta.tensors.front(), Alarm::kOutliers));
}

TEST(AnEmptiedTensor, RaisesAnAlarm) {
  Zoo model = zoo::fine_tuned(base(), 0.05f, 6);
  std::fill(named(model, "v_proj").values.begin(), named(model, "v_proj").values.end(), 0.0f);
  const Delta delta = delta_to(model);
  ASSERT_TRUE(delta.has_alarms());
  EXPECT_TRUE(has(delta.tensors.front(), Alarm::kEmptied));
}

TEST(ATensorInAnotherShape, IsRemovedAndAddedWithAnAlarm) {
  Zoo model = base();
  zoo::ZooTensor& table = named(model, "lm_head");
  table.rows -= 16;
  table.values.resize(table.rows * table.columns);
  const Delta delta = delta_to(model);
  EXPECT_EQ(delta.added, 1u);
  EXPECT_EQ(delta.removed, 1u);
  ASSERT_TRUE(delta.has_alarms());
  EXPECT_TRUE(has(delta.tensors.front(), Alarm::kShapeChanged));
}

TEST(AFingerprintOfAnotherFile, IsRefused) {
  const Stored before = zoo::stored(base(), kSize, ElementType::kBf16, Container::kSafetensors);
  const Fingerprint print;
  const io::MemoryReader file(before.file);
  const Release release{file, before.structure, print};
  const Result<Delta> delta = delta_of_files(release, release, [] { return true; });
  ASSERT_FALSE(delta.has_value());
  EXPECT_EQ(delta.error().code, ErrorCode::kUsage);
}

}  // namespace
}  // namespace strongroom::model::lineage
