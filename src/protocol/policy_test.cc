#include "protocol/policy.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace strongroom::protocol {
namespace {

PersonId numbered(std::uint8_t number) {
  PersonId id;
  id.bytes.fill(number);
  return id;
}
ErrorCode code_of(const Result<Policy>& result) {
  return result ? ErrorCode{} : result.error().code;
}

PolicyNode leaf_of(std::uint8_t number) {
  PolicyNode leaf;
  leaf.person = numbered(number);
  return leaf;
}
PolicyNode any_of(std::int64_t threshold, std::vector<PolicyNode> of) {
  PolicyNode node;
  node.threshold = threshold;
  node.of = std::move(of);
  return node;
}

TEST(APolicy, ComesBackAsItWas) {
  const Policy tree =
      *Policy::checked(any_of(2, {leaf_of(1), any_of(1, {leaf_of(2), leaf_of(3)})}));
  EXPECT_EQ(*Policy::from_json(tree.to_json()), tree);
  EXPECT_EQ(tree.path_of(numbered(3)), "2/2");
  EXPECT_EQ(tree.approvals_min(), 2u);
}

TEST(APolicy, RefusesAThresholdOfZero) {
  EXPECT_EQ(code_of(Policy::checked(any_of(0, {leaf_of(1)}))), ErrorCode::kMalformed);
}

TEST(APolicy, RefusesAThresholdAboveItsMembers) {
  EXPECT_EQ(code_of(Policy::checked(any_of(3, {leaf_of(1), leaf_of(2)}))), ErrorCode::kMalformed);
}

TEST(APolicy, RefusesOnePersonInTwoTeams) {
  EXPECT_EQ(code_of(Policy::checked(any_of(2, {leaf_of(1), any_of(1, {leaf_of(1)})}))),
            ErrorCode::kMalformed);
}

TEST(APolicy, RefusesAPersonAsItsRoot) {
  EXPECT_EQ(code_of(Policy::checked(leaf_of(1))), ErrorCode::kMalformed);
}

TEST(APolicy, RefusesAnEmptyThreshold) {
  EXPECT_EQ(code_of(Policy::checked(any_of(1, {}))), ErrorCode::kMalformed);
}

TEST(APolicy, RefusesToBeNestedTooDeeply) {
  PolicyNode node = leaf_of(1);
  for (std::size_t i = 0; i <= limits::kPolicyDepthMax; ++i) node = any_of(1, {node});
  EXPECT_EQ(code_of(Policy::checked(node)), ErrorCode::kTooLarge);
}

TEST(APolicy, RefusesANodeThatIsAPersonAndAThreshold) {
  PolicyNode both = any_of(1, {leaf_of(2)});
  both.person = numbered(1);
  EXPECT_EQ(code_of(Policy::checked(any_of(1, {both}))), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace strongroom::protocol
