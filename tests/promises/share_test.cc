// What must fail of shares: quorum secrets split among custodians (spec/key-record.md).
#include <gtest/gtest.h>

#include <set>

#include "crypto/shamir.h"
#include "seal/sealed_for_test.h"

namespace strongroom::promises {
namespace {

using namespace seal;

const Files& files() {
  static const Files all{{"weights", pattern(100)}};
  return all;
}

protocol::Policy three_of_five() {
  return protocol::Policy::checked(
             threshold(3, {leaf_of(1), leaf_of(2), leaf_of(3), leaf_of(4), leaf_of(5)}))
      .value();
}

std::vector<PersonId> persons(std::initializer_list<std::uint8_t> numbers) {
  std::vector<PersonId> ids;
  for (const std::uint8_t number : numbers) ids.push_back(person(number));
  return ids;
}

crypto::SharedSecret filled_with(std::uint8_t value) {
  return crypto::SharedSecret::filled([&](MutableByteView out) { std::ranges::fill(out, value); });
}

crypto::Share copy_of(const crypto::Share& share) {
  return {share.x, crypto::SharedSecret::filled([&](MutableByteView out) {
            share.y.with_bytes([&](ByteView bytes) { std::ranges::copy(bytes, out.begin()); });
          })};
}

TEST(AShareAtZero, IsRefusedBecauseItWouldBeTheSecret) {
  std::vector<crypto::Share> shares = crypto::split(random_quorum_secret(), 2, 2).value();
  shares[1].x = 0;
  EXPECT_EQ(crypto::combine(shares).error().code, ErrorCode::kUsage);
}

TEST(TheSameShareTwice, IsRefused) {
  const std::vector<crypto::Share> split = crypto::split(random_quorum_secret(), 2, 3).value();
  std::vector<crypto::Share> twice;
  twice.push_back(copy_of(split[1]));
  twice.push_back(copy_of(split[1]));
  EXPECT_EQ(crypto::combine(twice).error().code, ErrorCode::kUsage);
}

// k−1 shares are fixed; the missing one runs through every value. Each byte of the secret then
// takes every value exactly once: what is known excludes nothing and prefers nothing.
TEST(OneShareLessThanTheThreshold, LeavesEverySecretPossibleAndEquallyLikely) {
  const std::vector<crypto::Share> known = crypto::split(random_quorum_secret(), 4, 6).value();
  std::array<std::set<std::uint8_t>, crypto::SharedSecret::kBytes> seen;
  for (int value = 0; value < 256; ++value) {
    std::vector<crypto::Share> shares;
    for (const std::size_t i : {0u, 2u, 5u}) shares.push_back(copy_of(known[i]));
    shares.push_back({5, filled_with(static_cast<std::uint8_t>(value))});
    const crypto::SharedSecret secret = crypto::combine(shares).value();
    secret.with_bytes([&](ByteView bytes) {
      for (std::size_t i = 0; i < bytes.size(); ++i) seen[i].insert(bytes[i]);
    });
  }
  for (const std::set<std::uint8_t>& values : seen) EXPECT_EQ(values.size(), 256u);
}

/// A host that was granted a release and combines what custodians sent it.
class SharesOfAQuorum : public testing::Test {
 protected:
  const Lab lab_{three_of_five()};
  const Sealed sealed_{lab_, files()};
  const crypto::KemKeyPair host_ = crypto::generate_kem(lab_.kem());
  const Recipient recipient_{crypto::random_id<ProposalId>(), host_.public_key};
  const RecipientKey own_{recipient_.proposal, &host_.secret};

  [[nodiscard]] std::vector<ResealedLeaf> leaves(
      std::initializer_list<std::uint8_t> numbers) const {
    return sealed_.resealed(persons(numbers), recipient_);
  }
  [[nodiscard]] Combined combine(const std::vector<ResealedLeaf>& leaves) const {
    return combine_leaves(leaves, *sealed_.record, 0, own_).value();
  }
  /// Sealed to the host as it should be; only the share itself is another.
  [[nodiscard]] ResealedLeaf lie_of(std::uint8_t number) const {
    OpenLeaf leaf = sealed_.open_own_leaf(person(number)).value();
    leaf.secret = random_quorum_secret();
    return reseal_leaf(leaf, *sealed_.record, recipient_).value();
  }
};

TEST_F(SharesOfAQuorum, OfThresholdManyOpen) { EXPECT_TRUE(combine(leaves({2, 3, 5})).secret); }

TEST_F(SharesOfAQuorum, OfOneLessOpenNothing) {
  const Combined combined = combine(leaves({2, 5}));
  EXPECT_FALSE(combined.secret);
  EXPECT_TRUE(combined.bad.empty());
}

TEST_F(SharesOfAQuorum, OfOnePersonThreeTimesCountOnce) {
  EXPECT_FALSE(combine(leaves({2, 2, 2})).secret);
}

TEST_F(SharesOfAQuorum, OfWhichOneIsBadOpenNothingAndNameItsPersonAndPath) {
  for (const std::uint8_t liar : std::array<std::uint8_t, 3>{1, 2, 3}) {
    std::vector<ResealedLeaf> sent = leaves({1, 2, 3});
    sent[liar - 1u] = lie_of(liar);
    const Combined combined = combine(sent);
    EXPECT_FALSE(combined.secret);
    ASSERT_EQ(combined.bad.size(), 1u);
    EXPECT_EQ(combined.bad[0].person, person(liar));
    EXPECT_EQ(combined.bad[0].path, std::to_string(liar));
  }
}

TEST_F(SharesOfAQuorum, OfWhichOneIsBadOpenWithASpareAndStillNameIt) {
  std::vector<ResealedLeaf> sent = leaves({1, 2, 3, 4});
  sent[0] = lie_of(1);
  const Combined combined = combine(sent);
  EXPECT_TRUE(combined.secret);
  ASSERT_EQ(combined.bad.size(), 1u);
  EXPECT_EQ(combined.bad[0].person, person(1));
  EXPECT_EQ(combined.bad[0].path, "1");
}

TEST_F(SharesOfAQuorum, AtAPlaceThatIsZeroOrNoneAreNamedAndNotCounted) {
  for (const char* path : {"0", "6", "", "1/1"}) {
    std::vector<ResealedLeaf> sent = leaves({1, 2, 3});
    sent[2].path = path;
    const Combined combined = combine(sent);
    EXPECT_FALSE(combined.secret) << path;
    ASSERT_EQ(combined.bad.size(), 1u) << path;
    EXPECT_EQ(combined.bad[0].person, person(3)) << path;
  }
}

TEST_F(SharesOfAQuorum, UnderTheSamePlaceTwiceDoNotCountAsTwo) {
  std::vector<ResealedLeaf> sent = leaves({1, 2, 3});
  sent[2].path = "2";
  sent[2].person = person(2);
  EXPECT_FALSE(combine(sent).secret);
}

/// The same people, object and quorum; a key record of the epoch after.
class SharesOfAnotherEpoch : public SharesOfAQuorum {
 protected:
  SharesOfAnotherEpoch() {
    later_.epoch = 1;
    const Context context = later_.context(0);
    quorum_.emplace(random_quorum_secret());
    split_ = split_quorum_secret(*quorum_, lab_.policy, context, lab_.custodians).value();
    later_.groups[0].commitments = split_.commitments;
  }
  [[nodiscard]] ResealedLeaf later_leaf(std::uint8_t number) const {
    const SealedLeaf& sealed = split_.leaves.at(number - 1u);
    const OpenLeaf leaf = open_leaf(sealed, later_, lab_.pairs.at(sealed.key).secret).value();
    return reseal_leaf(leaf, later_, recipient_).value();
  }
  KeyRecord later_ = *sealed_.record;
  std::optional<QuorumSecret> quorum_;
  SplitSecret split_;
};

TEST_F(SharesOfAnotherEpoch, OpenInTheirOwn) {
  const std::vector<ResealedLeaf> sent{later_leaf(1), later_leaf(2), later_leaf(3)};
  EXPECT_TRUE(combine_leaves(sent, later_, 0, own_).value().secret);
}

TEST_F(SharesOfAnotherEpoch, DoNotFillUpAQuorumAndAreNamed) {
  std::vector<ResealedLeaf> sent = leaves({1, 2});
  sent.push_back(later_leaf(3));
  const Combined combined = combine(sent);
  EXPECT_FALSE(combined.secret);
  ASSERT_EQ(combined.bad.size(), 1u);
  EXPECT_EQ(combined.bad[0].person, person(3));
  EXPECT_EQ(combined.bad[0].path, "3");
}

TEST_F(SharesOfAnotherEpoch, DoNotPassWhenAWillingCustodianSealsTheOldOneForTheNew) {
  // Opened in the old epoch, re-sealed under the new one: it opens for the host, and is not what
  // the new epoch committed to.
  const OpenLeaf old = sealed_.open_own_leaf(person(3)).value();
  const std::vector<ResealedLeaf> sent{later_leaf(1), later_leaf(2),
                                       reseal_leaf(old, later_, recipient_).value()};
  const Combined combined = combine_leaves(sent, later_, 0, own_).value();
  EXPECT_FALSE(combined.secret);
  ASSERT_EQ(combined.bad.size(), 1u);
  EXPECT_EQ(combined.bad[0].person, person(3));
}

/// A dishonest sealer: each leaf is what was committed to, and they lie on no common polynomial.
class LeavesOnNoCommonPolynomial : public SharesOfAQuorum {
 protected:
  LeavesOnNoCommonPolynomial() {
    const Context context = crooked_.context(0);
    const QuorumSecret one = random_quorum_secret();
    const QuorumSecret other = random_quorum_secret();
    split_ = split_quorum_secret(one, lab_.policy, context, lab_.custodians).value();
    const SplitSecret second =
        split_quorum_secret(other, lab_.policy, context, lab_.custodians).value();
    split_.commitments[5] = second.commitments[5];  // the root, then leaves 1 to 5
    split_.leaves[4] = second.leaves[4];
    crooked_.groups[0].commitments = split_.commitments;
  }
  [[nodiscard]] std::vector<ResealedLeaf> sent(std::initializer_list<std::uint8_t> numbers) const {
    std::vector<ResealedLeaf> sent;
    for (const std::uint8_t number : numbers) {
      const SealedLeaf& sealed = split_.leaves.at(number - 1u);
      const OpenLeaf leaf = open_leaf(sealed, crooked_, lab_.pairs.at(sealed.key).secret).value();
      sent.push_back(reseal_leaf(leaf, crooked_, recipient_).value());
    }
    return sent;
  }
  KeyRecord crooked_ = *sealed_.record;
  SplitSecret split_;
};

TEST_F(LeavesOnNoCommonPolynomial, AreRefusedThoughEachHoldsByItself) {
  const auto combined = combine_leaves(sent({1, 2, 5}), crooked_, 0, own_);
  ASSERT_FALSE(combined);
  EXPECT_EQ(combined.error().code, ErrorCode::kNotAuthentic);
  EXPECT_NE(combined.error().context.find("no common polynomial"), std::string::npos);
}

TEST_F(LeavesOnNoCommonPolynomial, AreNamedWhenTheOthersSuffice) {
  const Combined combined = combine_leaves(sent({1, 2, 3}), crooked_, 0, own_).value();
  EXPECT_TRUE(combined.secret);
  EXPECT_EQ(combined.inconsistent, std::vector<std::string>{"5"});
}

}  // namespace
}  // namespace strongroom::promises
