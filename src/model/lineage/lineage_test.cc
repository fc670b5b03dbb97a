#include "model/lineage/lineage.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/lineage/spectrum.h"
#include "model/lineage/zoo_files_for_test.h"

namespace strongroom::model::lineage {
namespace {

using zoo::Container;
using zoo::printed;
using zoo::Size;
using zoo::Zoo;

const Size kSize{.layers = 1, .hidden = 352, .tokens = 256};

class ADerivativeOfASeed : public testing::TestWithParam<std::uint64_t> {
 protected:
  Zoo base_ = zoo::make_model(kSize, GetParam());
  Fingerprint base_print_ = printed(base_, kSize);
  std::uint64_t other_seed_ = GetParam() + 1'000;

  Kinship kinship(const Zoo& derived, ElementType type = ElementType::kBf16,
                  Container container = Container::kSafetensors) {
    return compare(base_print_, printed(derived, kSize, type, container));
  }
};
INSTANTIATE_TEST_SUITE_P(Seeds, ADerivativeOfASeed, testing::Values(901, 902));

TEST_P(ADerivativeOfASeed, ThatIsAnotherSeedWithTheSameStatisticsIsUnrelated) {
  const Kinship found = kinship(zoo::make_model(kSize, other_seed_));
  EXPECT_EQ(found.relation, Relation::kUnrelated);
  EXPECT_LT(found.z, 4.0);
}
TEST_P(ADerivativeOfASeed, ThatIsAnotherSeedAsQ4IsUnrelated) {
  const Kinship found =
      kinship(zoo::make_model(kSize, other_seed_), ElementType::kQ4_0, Container::kGguf);
  EXPECT_EQ(found.relation, Relation::kUnrelated);
}
TEST_P(ADerivativeOfASeed, ThatIsItselfIsTheSame) {
  EXPECT_EQ(kinship(base_).relation, Relation::kSame);
}
TEST_P(ADerivativeOfASeed, InAnotherTypeIsRecast) {
  const Kinship found = compare(printed(base_, kSize, ElementType::kF32), base_print_);
  EXPECT_EQ(found.relation, Relation::kRecast);
  EXPECT_EQ(found.direction, 1);
}
TEST_P(ADerivativeOfASeed, InAnotherContainerIsRecastAlthoughNamesAndRowsMoved) {
  const Kinship found = kinship(base_, ElementType::kBf16, Container::kGguf);
  EXPECT_EQ(found.relation, Relation::kRecast);
  EXPECT_EQ(found.evidence.tensors_only_in_b, 0u);
}
TEST_P(ADerivativeOfASeed, FineTunedALittleIsFineTuned) {
  const Kinship found = kinship(zoo::fine_tuned(base_, 0.01f, other_seed_));
  EXPECT_EQ(found.relation, Relation::kFineTuned);
  EXPECT_NEAR(found.evidence.change, 0.01, 0.002);
  EXPECT_LT(found.log10_p, -50);
}
TEST_P(ADerivativeOfASeed, FineTunedALotIsFineTuned) {
  EXPECT_EQ(kinship(zoo::fine_tuned(base_, 0.3f, other_seed_)).relation, Relation::kFineTuned);
}
TEST_P(ADerivativeOfASeed, WithAnAdapterMergedShowsItsRank) {
  const Kinship found = kinship(zoo::lora_merged(base_, 8, 0.05f, true, other_seed_));
  EXPECT_EQ(found.relation, Relation::kLoraMerged);
  EXPECT_EQ(found.evidence.rank, 8u);
}
TEST_P(ADerivativeOfASeed, InEightBitsIsQuantised) {
  const Kinship found = kinship(base_, ElementType::kQ8_0, Container::kGguf);
  EXPECT_EQ(found.relation, Relation::kQuantised);
  EXPECT_EQ(found.direction, 1);
}
TEST_P(ADerivativeOfASeed, InFourBitsIsQuantised) {
  const Kinship found = kinship(base_, ElementType::kQ4_0, Container::kGguf);
  EXPECT_EQ(found.relation, Relation::kQuantised);
  EXPECT_EQ(found.evidence.grid_bits_b, 4);
}
TEST_P(ADerivativeOfASeed, QuantisedAndWrittenAsFloatsIsStillQuantised) {
  EXPECT_EQ(kinship(zoo::quantised(base_, 8, 0)).relation, Relation::kQuantised);
  EXPECT_EQ(kinship(zoo::quantised(base_, 4, 32), ElementType::kF16).relation,
            Relation::kQuantised);
}
TEST_P(ADerivativeOfASeed, WithItsSmallestValuesStruckOutIsPruned) {
  const Kinship found = kinship(zoo::pruned(base_, 0.3, true, other_seed_));
  EXPECT_EQ(found.relation, Relation::kPruned);
  EXPECT_NEAR(found.evidence.projection, 1.0, 0.02);
}
TEST_P(ADerivativeOfASeed, WithHalfItsValuesStruckOutAtRandomIsPruned) {
  EXPECT_EQ(kinship(zoo::pruned(base_, 0.5, false, other_seed_)).relation, Relation::kPruned);
}
TEST_P(ADerivativeOfASeed, WithUnitsAndHeadsInAnotherOrderIsPermuted) {
  EXPECT_EQ(kinship(zoo::permuted(base_, kSize, false, other_seed_)).relation, Relation::kPermuted);
}
TEST_P(ADerivativeOfASeed, LooksDerivedFromTheOtherSideToo) {
  const Kinship found =
      compare(printed(base_, kSize, ElementType::kQ8_0, Container::kGguf), base_print_);
  EXPECT_EQ(found.relation, Relation::kQuantised);
  EXPECT_EQ(found.direction, -1);
}
TEST_P(ADerivativeOfASeed, UnderNamesThatNobodyKnowsIsFoundByItsValues) {
  Zoo renamed = zoo::fine_tuned(base_, 0.02f, other_seed_);
  for (std::size_t i = 0; i < renamed.size(); ++i) {
    renamed[i].name = "t" + std::to_string(renamed.size() - i);
  }
  std::reverse(renamed.begin(), renamed.end());
  EXPECT_EQ(kinship(renamed).relation, Relation::kFineTuned);
}

struct Merging {
  Zoo base = zoo::make_model(kSize, 911);
  Zoo first = zoo::fine_tuned(base, 0.06f, 912);
  Zoo second = zoo::fine_tuned(base, 0.08f, 913);
  Fingerprint base_print = printed(base, kSize);
  Fingerprint first_print = printed(first, kSize);
  Fingerprint second_print = printed(second, kSize);
  std::vector<const Fingerprint*> candidates{&first_print, &second_print, &base_print};
};

TEST(AMergeOfTwo, ShowsBothAndTheirShares) {
  const Merging m;
  const auto found =
      merge_of(printed(zoo::merged_linear(m.first, m.second, 0.3f), kSize), m.candidates);
  ASSERT_TRUE(found.has_value());
  ASSERT_TRUE(found->is_convincing());
  ASSERT_EQ(found->parents.size(), 2u);
  EXPECT_EQ(found->parents[0].model, 0u);
  EXPECT_NEAR(found->parents[0].share, 0.7, 0.03);
  EXPECT_NEAR(found->parents[1].share, 0.3, 0.03);
}
TEST(AMergeOfTwoBySignsAndTrimming, ShowsBothWhenTheirBaseIsThere) {
  const Merging m;
  const auto found =
      merge_of(printed(zoo::merged_ties(m.base, m.first, m.second, 0.5f), kSize), m.candidates);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->is_convincing());
  EXPECT_TRUE(found->is_blend);
}
TEST(ASiblingOfTwoOthers, IsNoMergeOfThem) {
  const Merging m;
  const auto found = merge_of(printed(zoo::fine_tuned(m.base, 0.05f, 914), kSize), m.candidates);
  EXPECT_FALSE(found && found->is_convincing());
}
TEST(AFineTuneOfOneOfThem, IsNoMerge) {
  const Merging m;
  const auto found = merge_of(printed(zoo::fine_tuned(m.first, 0.05f, 915), kSize), m.candidates);
  EXPECT_FALSE(found && found->is_convincing());
}

TEST(TracingASet, FindsEachOnesParentsAndLeavesStrangersAlone) {
  const Merging m;
  const Fingerprint stranger = printed(zoo::make_model(kSize, 920), kSize);
  const Fingerprint merged = printed(zoo::merged_linear(m.first, m.second, 0.5f), kSize);
  const Fingerprint small = printed(m.first, kSize, ElementType::kQ8_0, Container::kGguf);
  const std::vector<const Fingerprint*> models{&stranger,     &m.first_print, &small,
                                               &m.base_print, &merged,        &m.second_print};
  const std::vector<Ancestry> found = trace(models);
  ASSERT_EQ(found.size(), models.size());
  EXPECT_TRUE(found[0].parents.empty());
  EXPECT_NE(found[0].family, found[1].family);
  EXPECT_TRUE(found[3].parents.empty());  // the base
  ASSERT_EQ(found[2].parents.size(), 1u);
  EXPECT_EQ(found[2].parents[0].model, 1u);
  EXPECT_EQ(found[2].relation, Relation::kQuantised);
  EXPECT_EQ(found[4].relation, Relation::kMerged);
  ASSERT_EQ(found[4].parents.size(), 2u);
  ASSERT_EQ(found[1].parents.size(), 1u);
  EXPECT_EQ(found[1].parents[0].model, 3u);
}

TEST(TracingNothing, GivesNothing) { EXPECT_TRUE(trace({}).empty()); }

TEST(ModelsOfOtherShapes, AreIncomparable) {
  const Size other{.width = 64, .layers = 1, .hidden = 192, .tokens = 100};
  EXPECT_EQ(
      compare(printed(zoo::make_model(kSize, 1), kSize), printed(zoo::make_model(other, 1), other))
          .relation,
      Relation::kIncomparable);
}

TEST(AFingerprintWithNumbersThatNobodysWeightsGave, IsStillCompared) {
  Fingerprint strange = printed(zoo::make_model(kSize, 1), kSize);
  for (TensorPrint& tensor : strange.tensors) {
    tensor.moments.square_sum = 1e308;
    tensor.moments.variance = 1e308;
    for (float& bucket : tensor.sketch) bucket = 3e38f;
  }
  const Kinship found = compare(strange, printed(zoo::make_model(kSize, 2), kSize));
  EXPECT_TRUE(std::isfinite(found.z));
}

TEST(AnAdapterAlone, FitsTheModelWhoseShapesItHas) {
  const auto factor = [](std::string name, std::uint64_t rows, std::uint64_t columns) {
    TensorPrint print;
    print.name = std::move(name);
    print.shape = {rows, columns};
    return print;
  };
  Fingerprint adapter;
  const std::string at = "base_model.model.model.layers.0.self_attn.q_proj.lora_";
  adapter.tensors = {factor(at + "A.weight", 8, 128), factor(at + "B.weight", 128, 8)};
  const Fingerprint model = printed(zoo::make_model(kSize, 1), kSize);
  const auto fit = adapter_fit(adapter, model);
  ASSERT_TRUE(fit.has_value());
  EXPECT_EQ(fit->pairs, 1u);
  EXPECT_EQ(fit->pairs_fitting, 1u);
  EXPECT_EQ(fit->rank, 8u);
  adapter.tensors[1].shape = {96, 8};
  EXPECT_EQ(adapter_fit(adapter, model)->pairs_fitting, 0u);
  EXPECT_FALSE(adapter_fit(model, model).has_value());
}

TEST(SingularValues, AreThoseOfAMatrixWhoseAreKnown) {
  // Diagonal 3, 2, 1 turned by a rotation in the first two coordinates.
  const double c = 0.6;
  const double s = 0.8;
  const std::vector<double> matrix{3 * c, -2 * s, 0, 3 * s, 2 * c, 0, 0, 0, 1};
  const std::vector<double> values = singular_values(matrix, 3);
  ASSERT_EQ(values.size(), 3u);
  EXPECT_NEAR(values[0], 3, 1e-9);
  EXPECT_NEAR(values[1], 2, 1e-9);
  EXPECT_NEAR(values[2], 1, 1e-9);
}

}  // namespace
}  // namespace strongroom::model::lineage
